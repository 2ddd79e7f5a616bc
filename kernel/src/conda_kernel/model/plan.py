"""A change of an environment: the wish, the plan that it leads to, and what came of it."""

from __future__ import annotations

from enum import Enum

from conda_kernel.model.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from conda_kernel.model.file_table import FileTable
    from conda_kernel.model.match_spec import MatchSpec
    from conda_kernel.model.prefix_record import PrefixRecord
    from conda_kernel.model.record import PackageRecord


class UpdateMode(Enum):
    """What may change besides the packages that were asked for.

    SPECS: what has to. FREEZE: nothing, if that is possible. ALL: everything is brought up to date. DEPENDENCIES: what
    the requested packages need is brought up to date with them. SATISFIED: nothing, if what was asked for is there.
    """

    SPECS = "update_specs"
    FREEZE = "freeze_installed"
    ALL = "update_all"
    DEPENDENCIES = "update_deps"
    SATISFIED = "specs_satisfied_skip_solve"


class DependencyMode(Enum):
    """Which part of the solution is carried out: all of it, without dependencies, or only the dependencies."""

    WITH = "not_set"
    NONE = "no_deps"
    ONLY = "only_deps"


class Change(Value):
    """What a user wants of the environment at `prefix`.

    `creates` is true when the environment is to be made. `command` is the command line for the history, without
    secrets. Channels, solver and the like are settings; a planner reads them from its context.

    `records` are linked as they stand, in the place of what is installed under their names, and no solver is asked:
    then `install` is what the history is to say was asked for, and `remove` names what goes unless it is among them.
    `clones` is the environment that a new one is to be like, also in what no package owns; empty for none.
    """

    prefix: str
    install: tuple[MatchSpec, ...] = ()
    remove: tuple[MatchSpec, ...] = ()
    creates: bool = False
    update: UpdateMode = UpdateMode.SPECS
    dependencies: DependencyMode = DependencyMode.WITH
    force_reinstall: bool = False
    force_remove: bool = False
    ignore_pinned: bool = False
    prune: bool = False
    command: str = ""
    records: tuple[PackageRecord, ...] = ()
    clones: str = ""


class Plan(Value):
    """What is to be done at `prefix`: unlink these, link those.

    `unlink` is in the order of dependents first, `link` of dependencies first. `base` is the fingerprint of the state
    of the prefix that the plan was made for. `requested` maps the names that a user asked for, now or before, to their
    specs. `updated`, `removed` and `neutered` are the specs that the history records. `change` is where it comes from.
    """

    change: Change
    base: str
    unlink: tuple[PrefixRecord, ...] = ()
    link: tuple[PackageRecord, ...] = ()
    requested: Mapping[str, tuple[str, ...]] = {}
    updated: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    neutered: tuple[str, ...] = ()
    solver: str = ""

    @property
    def prefix(self) -> str:
        """The environment that changes."""
        return self.change.prefix

    @property
    def is_empty(self) -> bool:
        """True when the environment is as it is wanted."""
        return not self.unlink and not self.link


class Explanation(Value):
    """Whether a change can be made: its plan, or why there is none.

    `summary` is one sentence, `lines` tell people the rest in 80 columns, `hint` is advice or empty. `document` is the
    same as plain JSON.
    """

    summary: str
    plan: Plan | None = None
    lines: tuple[str, ...] = ()
    hint: str = ""
    document: Mapping[str, object] = {}


class ExtractedPackage(Value):
    """A package in a cache, complete and verified.

    `folder` holds its files, `files` says what is to be linked; `archive` is the file it was made from, when it is
    still there. `fetched` is true when it was downloaded or extracted for this command. `is_as_listed` is true when its
    plain files are known to be there, by way of no link and with the sizes listed; otherwise that has to be looked at.
    """

    record: PackageRecord
    folder: str
    files: FileTable
    archive: str | None = None
    fetched: bool = False
    is_as_listed: bool = False


class Action(Value):
    """Something done with a transaction that is no link: `do` answers with plain JSON, `undo` is handed the answer.

    `undo` gets `None` when `do` did not come to an end; calling it again changes nothing. An answer may hold a list
    `warnings` of texts, which are shown. `is_before` is true for what is done before packages are unlinked.
    """

    name: str
    do: Callable[[], object]
    undo: Callable[[object], None]
    is_before: bool = False


class Applied(Value):
    """A transaction that was committed; `messages` are what link scripts said, `warnings` what went not so well."""

    linked: tuple[PackageRecord, ...] = ()
    unlinked: tuple[PrefixRecord, ...] = ()
    messages: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


class Recovery(Enum):
    """What became of an unfinished change: there was none, or the environment is as before it, or as after it."""

    NOTHING = "nothing"
    UNDONE = "undone"
    COMPLETED = "completed"


class Outcome(Value):
    """What carrying out a plan came to. `fetched` are the records that had to be downloaded or extracted."""

    plan: Plan
    applied: Applied
    fetched: tuple[PackageRecord, ...] = ()
