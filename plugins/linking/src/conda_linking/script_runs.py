"""Runs the link scripts of a change, those that may be, and keeps what they have to say."""

from __future__ import annotations

import os

from conda_kernel.model.subdir import is_windows
from conda_linking.faults import LinkScriptFailed
from conda_linking.link_scripts import PRE_LINK, PRE_UNLINK, Surroundings, run, script_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from conda_kernel.model.prefix_record import PrefixRecord
    from conda_kernel.model.record import PackageRecord
    from conda_linking.layout import Parcel
    from conda_linking.policies import Policies


class ScriptRuns:
    """The scripts of one change; `messages` is what they have to say, warnings are added to a list."""

    def __init__(self, prefix: str, policies: Policies, warnings: list[str]) -> None:
        self.messages: list[str] = []
        self._prefix = prefix
        self._policies = policies
        self._warnings = warnings
        self._windows = is_windows(policies.subdir)
        self._around = Surroundings(prefix, policies.root_prefix, policies.environ, windows=self._windows)

    def check(self, parcels: Iterable[Parcel]) -> None:
        """Raise `LinkScriptFailed` when there is a pre-link script, and those are not allowed."""
        for each in parcels:
            if self._has_script(each, PRE_LINK) and not self._policies.pre_link_scripts:
                raise LinkScriptFailed(
                    f"{each.record.dist_name} has a pre-link script, which could damage the package cache",
                    hint="if you trust it, set `allow_pre_link_scripts: true`",
                    package=each.record.dist_name,
                )

    def run(self, parcels: Iterable[Parcel], action: str) -> None:
        """Run the scripts of packages that are linked; raise `LinkScriptFailed`."""
        for each in parcels:
            if self._has_script(each, action) and self._may_run(each.record, action):
                source = each.package.folder if action == PRE_LINK else ""
                self._note(run(each.record, action, self._around, source))

    def run_before_unlinking(self, unlinked: Sequence[PrefixRecord]) -> None:
        """Run the scripts of packages that are unlinked; one that fails is warned of."""
        for installed in unlinked:
            script = script_path(installed.record, PRE_UNLINK, windows=self._windows)
            if (
                script in installed.files
                and os.path.isfile(os.path.join(self._prefix, script))
                and self._may_run(installed.record, PRE_UNLINK)
            ):
                try:
                    self._note(run(installed.record, PRE_UNLINK, self._around))
                except LinkScriptFailed as error:
                    self._warnings.append(str(error))

    def _has_script(self, each: Parcel, action: str) -> bool:
        wanted = script_path(each.record, action, windows=self._windows)
        # A pre-link script is looked for in the package, before it is known what goes where.
        return wanted in each.plain or any(item.path == wanted for item in each.items)

    def _may_run(self, record: PackageRecord, action: str) -> bool:
        policy = self._policies.link_scripts
        is_trusted = policy == "trusted" and any(spec.matches(record) for spec in self._policies.trusted)
        if (policy == "run" or is_trusted) and self._policies.runs_here:
            return True
        self._warnings.append(f"the {action} script of {record.dist_name} was not run")
        return False

    def _note(self, message: str) -> None:
        if message:
            self.messages.append(message)
