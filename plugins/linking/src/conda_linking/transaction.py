"""Carries out one plan between the taking of the journal and the commit."""

from __future__ import annotations

import json
import os

from conda_kernel.errors import StalePlan
from conda_kernel.model.event import Advanced, Finished, Started
from conda_kernel.model.manifest import bytecode_path
from conda_kernel.model.paths import printable
from conda_kernel.model.plan import Applied
from conda_kernel.model.prefix import Prefix
from conda_kernel.model.secret import mask_secrets
from conda_linking.bytecode import compiled
from conda_linking.clobbering import rewritten_records
from conda_linking.faults import PlanBroken
from conda_linking.folders import Folders, Listing, folds_case
from conda_linking.layout import Item, Parcel, Python, parcel, python_of
from conda_linking.link_scripts import POST_LINK, PRE_LINK
from conda_linking.moves import Batch, Workshop, announce
from conda_linking.records import linked_record, write_history, write_record, write_time_of_creation
from conda_linking.removal import Removal, removal
from conda_linking.script_runs import ScriptRuns
from conda_linking.settlement import announce_action, note_answer
from conda_linking.soundness import altered
from conda_linking.staging import Staged, stage
from conda_linking.survey import Rules, Survey, survey

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from conda_kernel.model.event import Event
    from conda_kernel.model.plan import Action, ExtractedPackage, Plan
    from conda_kernel.model.prefix_record import PrefixRecord
    from conda_linking.journal import Journal
    from conda_linking.policies import Policies

FILES, RECORDS = 0, 1
"""The numbers of the two batches of every change."""

HISTORY = "conda-meta/history"
TIME_OF_CREATION = "conda-meta/created_at"


class Transaction:
    """One plan on its way; nothing is done that the journal does not tell how to undo."""

    def __init__(  # noqa: PLR0913 - what the linker has, each in its own role
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
        self._warnings: list[str] = []
        self._scripts = ScriptRuns(plan.prefix, policies, self._warnings)

    def carry_out(self, actions: Sequence[Action], now: float) -> Applied:
        """Change the environment, up to the commit; `now` is the time for the history, in seconds since 1970.

        Raises `CondaError` and `OSError`; then the journal is to be settled.
        """
        self._check_base()
        python = self._python()
        parcels = self._parcels(python)
        self._scripts.check(parcels)
        self._check_files(parcels)
        going = self._removal()
        surveyed = survey(self._plan.prefix, Listing(), parcels, going, self._rules(), self._remaining)
        self._warnings += [*going.warnings, *surveyed.warnings]
        parcels = surveyed.parcels
        staged = self._staged(surveyed)
        self._act([action for action in actions if action.is_before])
        self._scripts.run_before_unlinking(self._plan.unlink)
        self._scripts.run(parcels, PRE_LINK)
        self._move(Batch(FILES, surveyed.old, surveyed.new, emptied=self._emptied(going, surveyed)))
        self._scripts.run(parcels, POST_LINK)
        self._record(surveyed, staged, python, now)
        self._act([action for action in actions if not action.is_before])
        return Applied(self._plan.link, self._plan.unlink, tuple(self._scripts.messages), tuple(self._warnings))

    def _act(self, actions: Sequence[Action]) -> None:
        for action in actions:
            announce_action(self._journal, action)
            answer = _plain(action.name, action.do())
            note_answer(self._journal, action, answer)
            told = answer.get("warnings") if isinstance(answer, dict) else None
            self._warnings += [text for text in told or () if isinstance(text, str)]

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
        parcels = []
        for record in self._plan.link:
            package = extracted.get(record.dist_name)
            if package is None:
                raise PlanBroken(f"{record.dist_name} is to be linked, and was not provided")
            parcels.append(parcel(package, record, self._policies.subdir, python))
        return tuple(parcels)

    def _remaining(self) -> tuple[PrefixRecord, ...]:
        unlinked = {installed.name for installed in self._plan.unlink}
        return tuple(installed for installed in self._prefix.records() if installed.name not in unlinked)

    def _removal(self) -> Removal:
        if not self._plan.unlink:
            return Removal()
        prefix = self._plan.prefix
        return removal(prefix, Listing(), self._plan.unlink, self._remaining(), folds_case=folds_case(prefix))

    def _staged(self, surveyed: Survey) -> Staged:
        folder = self._workshop.open(FILES)
        task = f"linking {self._plan.prefix}"
        self._tell(Started(task, "Linking", surveyed.file_count(), "files"))
        try:
            staged = stage(
                surveyed,
                self._plan.prefix,
                folder,
                lambda done: self._tell(Advanced(task, done)),
                self._policies.links,
            )
        except BaseException:
            self._tell(Finished(task, failed=True))
            raise
        self._tell(Finished(task))
        return staged

    def _move(self, batch: Batch) -> None:
        announce(self._journal, batch)
        self._workshop.carry_out(batch)

    def _record(self, surveyed: Survey, staged: Staged, python: Python | None, now: float) -> None:
        """Compile, write records and history, and put all that in place."""
        prefix = self._plan.prefix
        folder = self._workshop.open(RECORDS)
        folders = Folders(prefix, Listing(), folds_case=folds_case(prefix))
        parcels = surveyed.parcels
        bytecode = self._bytecode(surveyed, python)
        sizes = {path: os.path.getsize(made) for path, (_, made) in bytecode.items()}
        new, old = _placed_below(folder, {path: made for path, (_, made) in bytecode.items()}, folders)
        old += [_record_path(installed) for installed in self._plan.unlink]
        own: list[dict[str, int]] = [{} for _ in parcels]
        for path, (owner, _) in bytecode.items():
            own[owner][path] = sizes[path]
        for number, each in enumerate(parcels):
            requested = self._plan.requested.get(each.record.name, ())
            link_type = staged.link_types[number]
            lost = {path: place for (owner, path), place in surveyed.clobbered.items() if owner == number}
            places = {path: place for (owner, path), place in surveyed.led.items() if owner == number} | lost
            installed = linked_record(prefix, each, staged, link_type, own[number], requested, lost, places)
            path = write_record(installed, folder, each.plain_files())
            new.append(path)
            if path not in old and os.path.lexists(f"{prefix}/{path}"):
                old.append(path)
        for installed in self._rewritten(surveyed):
            old.append(_record_path(installed))
            new.append(write_record(installed, folder))
        write_history(self._prefix, self._plan, folder, now)
        if self._prefix.is_environment:
            self._workshop.keep(RECORDS, HISTORY)
            self._move(Batch(RECORDS, tuple(old), tuple(new), (HISTORY,)))
        else:
            write_time_of_creation(folder, now)
            self._move(Batch(RECORDS, tuple(old), (*new, TIME_OF_CREATION, HISTORY)))

    def _rewritten(self, surveyed: Survey) -> tuple[PrefixRecord, ...]:
        """Return the records of packages that stay, of which files move or that are asked for otherwise now."""
        rewritten = {installed.name: installed for installed in rewritten_records(surveyed.moved)}
        changed = {installed.name for installed in self._plan.unlink} | {record.name for record in self._plan.link}
        for summary in self._prefix.summaries():
            name = summary.record.name
            wanted = tuple(map(mask_secrets, self._plan.requested.get(name, ())))
            if name not in changed and wanted != summary.requested_specs:
                installed = rewritten.get(name) or self._prefix.record(name)
                if installed is not None:
                    rewritten[name] = installed._replace(requested_specs=wanted)
        return tuple(rewritten.values())

    def _bytecode(self, surveyed: Survey, python: Python | None) -> dict[str, tuple[int, str]]:
        """Compile the sources of noarch packages; return for each result whose it is, and where it waits."""
        if python is None or not self._policies.compiles or not self._policies.runs_here:
            return {}
        sources = _sources(surveyed, python)
        made = compiled(
            self._plan.prefix,
            tuple(sources),
            python,
            os.path.join(self._workshop.folder, "compiled"),
            self._policies.environ,
        )
        return {bytecode_path(source, python.version): (sources[source], file) for source, file in made.items()}

    @staticmethod
    def _emptied(going: Removal, surveyed: Survey) -> tuple[str, ...]:
        return (*going.emptied, *[each.source.rpartition("/")[0] for each in surveyed.moved])

    def _rules(self) -> Rules:
        prefix = self._plan.prefix
        return Rules(self._policies.path_conflict, self._policies.links, folds_case=folds_case(prefix))

    def _check_files(self, parcels: Sequence[Parcel]) -> None:
        """Compare what lies in the cache with what the packages list, as the settings want it."""
        if self._policies.safety_checks == "disabled":
            return
        for error in altered(parcels, thorough=self._policies.extra_safety_checks):
            if self._policies.safety_checks == "enabled":
                raise error
            self._warnings.append(str(error))


def _plain(name: str, answer: object) -> object:
    """Return the answer of an action when it can be written to the journal."""
    try:
        json.dumps(answer)
    except (TypeError, ValueError, RecursionError) as error:
        raise PlanBroken(f"the action `{name}` answered with what is no JSON") from error
    return answer


def _sources(surveyed: Survey, python: Python) -> dict[str, int]:
    """Return the sources that are compiled, each with the number of the parcel that it is of."""
    noarch = {number for number, each in enumerate(surveyed.parcels) if each.record.noarch == "python"}
    plain = [(number, path) for number in sorted(noarch) for path in surveyed.parcels[number].plain]
    items = [
        (number, item.path)
        for number, item in surveyed.files.values()
        if number in noarch and isinstance(item, Item) and item.target is None
    ]
    inside = python.site_packages + "/"
    return {path: number for number, path in (*plain, *items) if path.endswith(".py") and path.startswith(inside)}


def _placed_below(folder: str, made: Mapping[str, str], folders: Folders) -> tuple[list[str], list[str]]:
    """Move files below a staging folder; return what is to be moved into place from there, and what is in its way."""
    new: dict[str, None] = {}
    old = []
    for path, file in made.items():
        above, _, name = path.rpartition("/")
        place = folders.place(above)
        os.makedirs(f"{folder}/{place}", exist_ok=True)
        os.rename(file, f"{folder}/{place}/{name}")
        kinds = folders.kinds(place)
        new[place if kinds is None else f"{place}/{name}"] = None
        if kinds is not None and name in kinds:
            old.append(f"{place}/{name}")
    return list(new), old


def _record_path(installed: PrefixRecord) -> str:
    """Return where the record of a package is, which need not be where it belongs."""
    name = os.path.basename(installed.file_path)
    return f"conda-meta/{name if name.endswith('.json') and name.isprintable() else installed.file_name}"
