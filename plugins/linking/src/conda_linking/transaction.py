"""Carries out one plan between the taking of the journal and the commit."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from conda_kernel.errors import StalePlan
from conda_kernel.model.event import Advanced, Finished, Started
from conda_kernel.model.paths import printable
from conda_kernel.model.plan import Applied
from conda_kernel.model.prefix import Prefix
from conda_kernel.model.subdir import host_subdir, is_windows
from conda_linking.bytecode import compiled
from conda_linking.faults import LinkScriptFailed, PlanBroken
from conda_linking.folders import Folders, Listing
from conda_linking.layout import Item, Parcel, Python, parcel, python_of
from conda_linking.link_scripts import POST_LINK, PRE_LINK, PRE_UNLINK, Surroundings, has_script, run
from conda_linking.moves import Batch, Workshop, announce
from conda_linking.records import linked_record, write_history, write_record, write_time_of_creation
from conda_linking.removal import Removal, removal
from conda_linking.settlement import announce_action, commit, note_answer
from conda_linking.staging import Staged, stage
from conda_linking.survey import Survey, survey

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from conda_kernel.model.event import Event
    from conda_kernel.model.plan import Action, ExtractedPackage, Plan
    from conda_kernel.model.prefix_record import PrefixRecord
    from conda_kernel.model.record import PackageRecord
    from conda_linking.journal import Journal

FILES, RECORDS = 0, 1
"""The numbers of the two batches of every change."""


class Policies(NamedTuple):
    """How changes are made: the settings of the linker, and what scripts see of the world."""

    root_prefix: str
    environ: Mapping[str, str]
    subdir: str
    always_copy: bool = False
    path_conflict: str = "warn"
    link_scripts: bool = True
    pre_link_scripts: bool = False


class Transaction:
    """One plan on its way.

    Up to the last line of `carry_out`, which commits, nothing is done that the journal does not tell how to undo.
    """

    def __init__(
        self,
        plan: Plan,
        packages: Sequence[ExtractedPackage],
        policies: Policies,
        journal: Journal,
        tell: Callable[[Event], None],
        channel_name: Callable[[str], str],
    ) -> None:
        self._plan = plan
        self._packages = packages
        self._policies = policies
        self._journal = journal
        self._tell = tell
        self._prefix = Prefix(plan.prefix, channel_name)
        self._workshop = Workshop(plan.prefix, journal.token())
        self._windows = is_windows(policies.subdir)
        self._messages: list[str] = []
        self._warnings: list[str] = []

    def carry_out(self, actions: Sequence[Action], now: float) -> Applied:
        """Change the environment and commit; `now` is the time for the history, in seconds since 1970.

        Raises `CondaError` and `OSError`; then the journal is to be settled.
        """
        self._check_base()
        python = self._python()
        parcels = self._parcels(python)
        self._check_scripts(parcels)
        going = self._removal()
        remaining = self._remaining
        surveyed = survey(
            self._plan.prefix, Listing(), parcels, going, self._policies.path_conflict, remaining
        )
        self._warnings += [*going.warnings, *surveyed.warnings]
        staged = self._staged(parcels, surveyed, python)
        self._unlink_scripts()
        self._run_scripts(parcels, PRE_LINK)
        self._move(Batch(FILES, surveyed.old, surveyed.new, emptied=going.emptied))
        self._run_scripts(parcels, POST_LINK)
        linked = self._record(parcels, surveyed, staged, python, now)
        for action in actions:
            announce_action(self._journal, action.name)
            note_answer(self._journal, action.name, action.do())
        commit(self._journal)
        return Applied(linked, self._plan.unlink, tuple(self._messages), tuple(self._warnings))

    def _check_base(self) -> None:
        if self._prefix.fingerprint() != self._plan.base:
            raise StalePlan(
                f"`{printable(self._plan.prefix)}` has changed since the plan was made", prefix=self._plan.prefix
            )
        names = [record.name for record in self._plan.link]
        if len(names) != len(set(names)):
            raise PlanBroken("the plan links two packages of one name")
        if names:
            staying = {summary.record.name for summary in self._prefix.summaries()}
            staying.difference_update(installed.name for installed in self._plan.unlink)
            for name in names:
                if name in staying:
                    raise PlanBroken(f"the plan links {name}, which is installed and not unlinked")

    def _python(self) -> Python | None:
        record = next((record for record in self._plan.link if record.name == "python"), None)
        if record is None and any(each.noarch == "python" for each in self._plan.link):
            unlinked = any(installed.name == "python" for installed in self._plan.unlink)
            summaries = () if unlinked else self._prefix.summaries()
            record = next((summary.record for summary in summaries if summary.record.name == "python"), None)
        return None if record is None else python_of(record, self._policies.subdir)

    def _parcels(self, python: Python | None) -> tuple[Parcel, ...]:
        extracted = {package.record.dist_name: package for package in self._packages}
        listing = Listing()
        parcels = []
        for record in self._plan.link:
            package = extracted.get(record.dist_name)
            if package is None:
                raise PlanBroken(f"{record.dist_name} is to be linked, and was not provided")
            parcels.append(parcel(package, record, python, listing))
        return tuple(parcels)

    def _remaining(self) -> tuple[PrefixRecord, ...]:
        unlinked = {installed.name for installed in self._plan.unlink}
        return tuple(installed for installed in self._prefix.records() if installed.name not in unlinked)

    def _removal(self) -> Removal:
        if not self._plan.unlink:
            return Removal()
        return removal(self._plan.prefix, Listing(), self._plan.unlink, self._remaining())

    def _staged(self, parcels: Sequence[Parcel], surveyed: Survey, python: Python | None) -> Staged:
        folder = self._workshop.open(FILES)
        task = f"linking {self._plan.prefix}"
        self._tell(Started(task, "Linking", len(surveyed.files), "files"))
        try:
            staged = stage(
                parcels,
                surveyed,
                self._plan.prefix,
                folder,
                python,
                lambda done: self._tell(Advanced(task, done)),
                always_copy=self._policies.always_copy,
            )
        except BaseException:
            self._tell(Finished(task, failed=True))
            raise
        self._tell(Finished(task))
        return staged

    def _move(self, batch: Batch) -> None:
        announce(self._journal, batch)
        self._workshop.carry_out(batch)

    def _record(
        self,
        parcels: Sequence[Parcel],
        surveyed: Survey,
        staged: Staged,
        python: Python | None,
        now: float,
    ) -> tuple[PrefixRecord, ...]:
        """Compile, write records and history, and put all that in place."""
        prefix = self._plan.prefix
        folder = self._workshop.open(RECORDS)
        folders = Folders(prefix, Listing())
        bytecode = self._bytecode(parcels, surveyed, python)
        old, new, replaced = [], [], []
        places = _put_below(folder, bytecode, folders)
        for unit, is_there in places.items():
            new.append(unit)
            if is_there:
                old.append(unit)
        linked = []
        sizes = {path: os.path.getsize(f"{folder}/{path}") for path in bytecode}
        for number, each in enumerate(parcels):
            own = {path: sizes[path] for path, (owner, _) in bytecode.items() if owner == number}
            requested = self._plan.requested.get(each.record.name, ())
            record = linked_record(prefix, each, staged, staged.link_types[number], own, folders, requested)
            linked.append(record)
            new.append(write_record(record, folder))
        old += [f"conda-meta/{_record_file(installed)}" for installed in self._plan.unlink]
        write_history(self._prefix, self._plan, folder, now)
        if self._prefix.is_environment:
            self._workshop.keep(RECORDS, "conda-meta/history")
            replaced.append("conda-meta/history")
        else:
            write_time_of_creation(folder, now)
            new += ["conda-meta/created_at", "conda-meta/history"]
        self._move(Batch(RECORDS, tuple(old), tuple(new), tuple(replaced)))
        return tuple(linked)
