"""How changes are made: the settings of the linker, and what scripts see of the world."""

from __future__ import annotations

from conda_kernel.model.named_tuple import NamedTuple
from conda_kernel.model.subdir import host_subdir
from conda_linking.link_kinds import LinkPolicy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from conda_kernel.model.match_spec import MatchSpec


class Policies(NamedTuple):
    """How changes are made: the settings of the linker, and what scripts see of the world."""

    root_prefix: str
    environ: Mapping[str, str]
    subdir: str
    links: LinkPolicy = LinkPolicy()
    path_conflict: str = "warn"
    safety_checks: str = "warn"
    extra_safety_checks: bool = False
    link_scripts: str = "run"
    trusted: tuple[MatchSpec, ...] = ()
    pre_link_scripts: bool = False
    compiles: bool = True

    @property
    def runs_here(self) -> bool:
        """True when programs of the platform can be run on this machine."""
        host, target = host_subdir(), self.subdir
        return host == target or (host.partition("-")[0] == target.partition("-")[0] != "linux")
