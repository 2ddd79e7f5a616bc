"""Whether records can be used, and which names they need."""

from __future__ import annotations

import re

from conda_channels.package_names import VIRTUAL
from conda_kernel.model.candidates import unreadable
from conda_kernel.model.errors import ParseError
from conda_kernel.model.match_spec import AllOf, AnyOf, MatchSpec
from conda_kernel.model.match_spec_fields import LONGEST_NAME
from conda_kernel.model.version import Version

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from conda_kernel.model.record import PackageRecord


_VERSION = r"[0-9][0-9a-z]*(?:\.[0-9][0-9a-z]*)*(?:\.(?:a|b|dev|post|rc)[0-9]+)?"
_BOUNDS = rf"\*|{_VERSION}(?:\.\*)?|>={_VERSION}(?:,<{_VERSION})?|(?:[!=]=|<=?|>){_VERSION}"
_right = re.compile(rf"(_?[a-z0-9]+(?:[_-][a-z0-9]+)*)(?: (?:{_BOUNDS})(?: [0-9A-Za-z_*]+)?)?").fullmatch
"""Finds match specs right without reading them: a name, one or two bounds of the version, a build, as most are."""


class Checks:
    """Reads match specs and versions of records, each list once."""

    def __init__(self) -> None:
        self._specs: dict[str, str | dict[str, None]] = {}
        self._lists: dict[tuple[str, ...], str | dict[str, None]] = {}

    def of(self, record: PackageRecord) -> tuple[str, dict[str, None]]:
        """Return why a record is no candidate, empty when it is one, and the names that it needs."""
        try:
            Version.parse(record.version)
        except ParseError as error:
            return unreadable(error), {}
        needed, constrained = self._list(record.depends), self._list(record.constrains)
        for outcome in (needed, constrained):
            if isinstance(outcome, str):
                return outcome, {}
        names = needed if isinstance(needed, dict) else {}
        if record.extra_depends:
            groups = [self._list(specs) for specs in record.extra_depends.values()]
            names = {name: None for found in (names, *groups) if isinstance(found, dict) for name in found}
        return "", names

    def needs_of_all(
        self,
        versions: Iterable[str],
        needed: Iterable[tuple[str, ...]],
        constrained: Iterable[tuple[str, ...]],
    ) -> set[str] | None:
        """Return the names in the lists that records need; `None` when a version or a list of theirs cannot be read."""
        try:
            for version in versions:
                Version.parse(version)
        except ParseError:
            return None
        required, others = ({text for texts in lists for text in texts} for lists in (needed, constrained))
        known, every = self._specs, required | others
        for text in every:
            if text not in known:
                self._spec(text)
        if str in {type(known[text]) for text in every}:
            return None
        return {name for text in required for name in known[text]}

    def names(self, text: str) -> tuple[str, ...]:
        """Return the names in one match spec, none when it cannot be read."""
        found = self._spec(text)
        return () if isinstance(found, str) else tuple(found)

    def _list(self, texts: tuple[str, ...]) -> str | dict[str, None]:
        """Return the names in a list of match specs, or why it cannot be read."""
        found = self._lists.get(texts)
        if found is None:
            names: dict[str, None] = {}
            found = names
            for text in texts:
                outcome = self._spec(text)
                if isinstance(outcome, str):
                    found = outcome
                    break
                names.update(outcome)
            self._lists[texts] = found
        return found

    def _spec(self, text: str) -> str | dict[str, None]:
        found = self._specs.get(text)
        if found is None:
            right = _right(text)
            if right is not None and right.end(1) <= LONGEST_NAME:
                self._specs[text] = found = {right[1]: None}
                return found
            try:
                spec = MatchSpec.parse(text)
            except ParseError as error:
                found = unreadable(error)
            else:
                specs = (spec, *_conditions(spec.condition))
                found = {each.name: None for each in specs if not each.name.startswith(VIRTUAL)}
            self._specs[text] = found
        return found


def _conditions(condition: object) -> Iterable[MatchSpec]:
    if isinstance(condition, MatchSpec):
        return (condition,)
    if isinstance(condition, (AllOf, AnyOf)):
        return [spec for part in condition.parts for spec in _conditions(part)]
    return ()
