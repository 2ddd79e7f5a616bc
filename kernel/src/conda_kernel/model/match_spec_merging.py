"""Joins match specs for one package: into one that all agree with, or into one to show that any agrees with."""

from __future__ import annotations

from conda_kernel.model.errors import IncompatibleMatchSpecs
from conda_kernel.model.match_spec import MatchSpec
from conda_kernel.model.pattern import Pattern
from conda_kernel.model.version_spec import all_of, any_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any, Final, NoReturn

    from conda_kernel.model.match_spec_fields import MatchSpecFields
    from conda_kernel.model.version_spec import VersionSpec

_EQUAL: Final = ("build_number", "md5", "sha256", "url", "track_features", "features")
_PATTERNS: Final = ("channel", "subdir", "file_name", "build", "license", "license_family")
_LISTS: Final = ("extras", "flags", "warnings")


class _Apart(Exception):
    """Two specs can hold together but cannot be written as one."""


def merge(specs: Iterable[MatchSpec]) -> tuple[MatchSpec, ...]:
    """Return specs that together select what all of the given ones select, if possible one for each name.

    Names keep their order. Specs named `*` or by a pattern are left alone; specs with different conditions, and
    patterns that cannot be written as one, stay apart. Raise IncompatibleMatchSpecs, which quotes both texts.
    """
    groups: dict[str, list[MatchSpec]] = {}
    for spec in specs:
        merged = groups.setdefault(spec.name if spec.is_exact_name else str(spec), [])
        _add(merged, spec)
    return tuple(spec for merged in groups.values() for spec in merged)


def union(specs: Iterable[MatchSpec]) -> tuple[str, ...]:
    """Return for each name a text that shows what any of the specs selects; it is for people, not for parsing."""
    groups: dict[str, list[MatchSpec]] = {}
    for spec in specs:
        groups.setdefault(spec.name, []).append(spec)
    return tuple(_any_text(group) for group in groups.values())


def _add(merged: list[MatchSpec], spec: MatchSpec, place: int | None = None) -> None:
    """Merge the spec into the first of the list that it can be written with, and what that gives into the others."""
    for index, other in enumerate(merged):
        try:
            joined = _pair(other, spec)
        except _Apart:
            continue
        del merged[index]
        _add(merged, joined, index if place is None else min(index, place))
        return
    merged.insert(len(merged) if place is None else place, spec)


def _pair(first: MatchSpec, second: MatchSpec) -> MatchSpec:
    """Return the one spec for both; raise IncompatibleMatchSpecs, or _Apart where one spec cannot say it.

    Of two URLs that differ in credentials alone the first that has any counts.
    """
    if first == second:
        return second if first.secret_url is None else first
    if first.when != second.when:
        raise _Apart
    ours, theirs = first.fields, second.fields
    changes: dict[str, Any] = {
        "version": _version(first.version, second.version),
        "secret_url": first.secret_url or second.secret_url,
    }
    for field in _EQUAL:
        changes[field] = _equal(ours, theirs, field, first, second)
    apart = False
    for field in _PATTERNS:
        try:
            changes[field] = _pattern(getattr(ours, field), getattr(theirs, field), field, first, second)
        except _Apart:
            apart = True
    if apart:
        raise _Apart
    for field in _LISTS:
        changes[field] = tuple(sorted({*getattr(ours, field), *getattr(theirs, field)}))
    return MatchSpec.from_fields(ours._replace(**changes))


def _version(first: VersionSpec | None, second: VersionSpec | None) -> VersionSpec | None:
    given = [version for version in (first, second) if version is not None]
    return all_of(given) if given else None


def _equal(ours: MatchSpecFields, theirs: MatchSpecFields, field: str, first: MatchSpec, second: MatchSpec) -> object:
    one, other = getattr(ours, field), getattr(theirs, field)
    if one and other and one != other:
        _refuse(field, first, second)
    return one or other


def _pattern(
    one: Pattern | str | None, other: Pattern | str | None, field: str, first: MatchSpec, second: MatchSpec
) -> Pattern | str | None:
    """Return the narrower of two patterns; raise _Apart when neither is."""
    if one is None or other is None or one == other:
        return one if other is None else other
    left, right = Pattern.parse(str(one)), Pattern.parse(str(other))
    for exact, pattern, kept in ((left, right, one), (right, left, other)):
        if exact.is_exact:
            if pattern.matches(str(exact)):
                return kept
            _refuse(field, first, second)
    narrower = _narrower_glob(left, right)
    if narrower == "neither":
        _refuse(field, first, second)
    if not narrower:
        raise _Apart
    return one if narrower == "left" else other


def _narrower_glob(left: Pattern, right: Pattern) -> str:
    """Return which of two globs is narrower: `left`, `right`, `neither` when they exclude each other, or empty.

    Only globs whose one star is at the same end are compared; a regular expression has none there.
    """
    one, other = str(left).lower(), str(right).lower()
    for end, holds in ((-1, str.startswith), (0, str.endswith)):
        if one.count("*") == other.count("*") == 1 and one[end] == other[end] == "*":
            fixed, other_fixed = one.strip("*"), other.strip("*")
            return "left" if holds(fixed, other_fixed) else "right" if holds(other_fixed, fixed) else "neither"
    return ""


def _refuse(field: str, first: MatchSpec, second: MatchSpec) -> NoReturn:
    message = f"`{first}` and `{second}` exclude each other: no package has both values of `{field}`"
    raise IncompatibleMatchSpecs(message, specs=[str(first), str(second)], field=field)


def _any_text(group: list[MatchSpec]) -> str:
    """Return one text with the versions joined where nothing else differs, else all texts."""
    without_version = {str(MatchSpec.from_fields(spec.fields._replace(version=None))) for spec in group}
    if len(without_version) > 1:
        return " | ".join(sorted({str(spec) for spec in group}))
    versions = [spec.version for spec in group if spec.version is not None]
    version = any_of(versions) if versions else None
    return str(MatchSpec.from_fields(group[0].fields._replace(version=version)))
