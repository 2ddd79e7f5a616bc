"""Packages whose requirements are not met by what stands beside them, or that do not go together."""

from __future__ import annotations

from conda_kernel.channels import channel_settings, target_subdir
from conda_kernel.hookspecs import PLANNERS
from conda_kernel.machine import virtual_packages
from conda_kernel.model.channel import ChannelNames
from conda_kernel.model.finding import Finding
from conda_kernel.model.match_spec import MatchSpec
from conda_kernel.model.plan import Change
from conda_kernel.model.prefix import Prefix
from conda_planner.together import Together

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from conda_kernel.kernel import Kernel


class Consistency:
    """The health check `consistency`."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel

    def find(self, prefix: str) -> Sequence[Finding] | None:
        """Return every rule that the packages of the environment break, on this machine; raise CorruptedEnvironment."""
        context = self._kernel.context
        there = Prefix(prefix, ChannelNames(channel_settings(context)))
        if not there.is_environment:
            return None
        machine = virtual_packages(self._kernel, target_subdir(context))
        faults = Together([installed.record for installed in there.records()], machine).faults()
        remedy = (
            "install what is missing, and other builds of what does not fit, so that all that was asked for is there"
        )
        return [Finding(fault.told, {"package": fault.name}, remedy=remedy) for fault in faults]

    def fix(self, prefix: str, findings: Sequence[Finding]) -> None:
        """Solve for what was asked for, else for the packages of the findings, and carry that out.

        Raises what planning and carrying out a plan raises: `Unsolvable` where there is no way.
        """
        context = self._kernel.context
        there = Prefix(prefix, ChannelNames(channel_settings(context)))
        asked = there.history().requested(summary.record.name for summary in there.summaries())
        faulty = [MatchSpec.parse(str(finding.details["package"])) for finding in findings]
        planner = self._kernel.driver(PLANNERS)
        change = Change(prefix, install=tuple(asked.values()) or tuple(faulty), command="conda doctor --fix")
        planner.carry_out(planner.plan(change))
