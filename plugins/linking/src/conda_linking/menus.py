"""Makes and removes the menu items of packages where the library `menuinst` is installed (CEP 11)."""

from __future__ import annotations

import json
import os

from conda_kernel.model.paths import printable
from conda_kernel.model.plan import Action
from conda_kernel.model.prefix_record import CorruptedEnvironment, prefix_record
from conda_kernel.model.typed import TYPE_CHECKING, Protocol, cast
from conda_kernel.settings import SHORTCUTS, SHORTCUTS_ONLY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from conda_kernel.context import Context
    from conda_kernel.model.plan import Plan
    from conda_kernel.model.record import PackageRecord

NAME = "menu-items"


class Menus(Protocol):
    """What is used of `menuinst.api`."""

    def install(self, document: object, *, target_prefix: str, base_prefix: str) -> object:
        """Make the items of a document."""

    def remove(self, document: object, *, target_prefix: str, base_prefix: str) -> object:
        """Remove the items of a document."""


def items_removed(plan: Plan, context: Context) -> Action | None:
    """Return what removes the items of packages that are unlinked."""
    menus = _library(context)
    records = [installed.record for installed in plan.unlink]
    if menus is None or not records:
        return None
    there = _Items(plan.prefix, context, records)
    return Action(NAME, lambda: there.each(menus.remove), lambda _answer: there.again(menus.install))


def items_made(plan: Plan, context: Context) -> Action | None:
    """Return what makes the items of packages that are linked."""
    if not plan.link:
        return None
    menus = _library(context)
    if menus is None:
        return _told_to_be_left(context)
    there = _Items(plan.prefix, context, plan.link)
    return Action(NAME, lambda: there.each(menus.install), lambda _answer: there.again(menus.remove))


class _Items:
    """The documents of menu items that packages of an environment have."""

    def __init__(self, prefix: str, context: Context, records: Sequence[PackageRecord]) -> None:
        only = context[SHORTCUTS_ONLY]
        self._prefix = prefix
        self._base = context.root_prefix
        self._records = [record for record in records if not only or record.name in only]

    def each(self, change: Callable[..., object]) -> object:
        """Make or remove the items of each document; what fails is told, and keeps nobody from anything."""
        warnings = []
        done = []
        for path in self._paths():
            try:
                with open(os.path.join(self._prefix, path), encoding="utf-8") as file:
                    document = json.load(file)
                change(document, target_prefix=self._prefix, base_prefix=self._base)
                done.append(path)
            except Exception as error:  # noqa: BLE001 - a desktop that is not as it should be undoes no change
                warnings.append(f"the menu items of `{printable(path)}` are left: {type(error).__name__}: {error}")
        return {"done": done, "warnings": warnings}

    def again(self, change: Callable[..., object]) -> None:
        """Undo, which is the other thing done."""
        self.each(change)

    def _paths(self) -> Iterator[str]:
        """Yield the documents, from the records in the environment."""
        if not any(name.lower() == "menu" for name in os.listdir(self._prefix)):
            return
        for record in self._records:
            place = os.path.join(self._prefix, "conda-meta", f"{record.dist_name}.json")
            try:
                with open(place, "rb") as file:
                    installed = prefix_record(file.read(), place)
            except (OSError, CorruptedEnvironment):
                continue
            for path in installed.files:
                folder, _, name = path.lower().rpartition("/")
                if folder == "menu" and name.endswith(".json"):
                    yield path


def _told_to_be_left(context: Context) -> Action | None:
    """Return what tells that no items are made, where the command line asked for some."""
    given = (*context.entries(SHORTCUTS), *context.entries(SHORTCUTS_ONLY))
    if not context[SHORTCUTS] or all(entry.source != "the command line" for entry in given):
        return None
    warning = "no menu items are made, because the library `menuinst` is not installed"
    return Action(NAME, lambda: {"done": [], "warnings": [warning]}, lambda _answer: None)


def _library(context: Context) -> Menus | None:
    if not context[SHORTCUTS]:
        return None
    try:
        from menuinst import api  # noqa: PLC0415 - it need not be installed
    except ImportError:
        return None
    return cast("Menus", api)
