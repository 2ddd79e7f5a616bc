"""Tells which packages environments have, down to the channel that each came from."""

from __future__ import annotations

import os

from conda_kernel.model.prefix_packages import PrefixPackages
from conda_kernel.model.prefix_record import CorruptedEnvironment

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from conda_kernel.model.record import PackageRecord

    Used = Mapping[str, tuple[PackageRecord | None, ...]]


def used_packages(prefixes: Iterable[str]) -> Used:
    """Return by `name-version-build` the records of what environments have.

    `None` stands for one that cannot be read. Where packages are linked to, and how often, does not count.
    """
    found: dict[str, tuple[PackageRecord | None, ...]] = {}
    for prefix in prefixes:
        for name, record in _installed(prefix):
            found[name] = (*found.get(name, ()), record)
    return found


def is_used(record: PackageRecord, used: Used) -> bool:
    """Tell whether an environment has the package: the same archive, as far as that can be told."""
    return any(each is None or _is_same(record, each) for each in used.get(record.dist_name, ()))


def _installed(prefix: str) -> list[tuple[str, PackageRecord | None]]:
    there = PrefixPackages(prefix)
    try:
        # Of an environment in the middle of a change nobody knows how it ends.
        if not there.unfinished_change():
            return [(summary.record.dist_name, summary.record) for summary in there.summaries()]
    except CorruptedEnvironment:
        pass
    return [(name.removesuffix(".json"), None) for name in _record_names(there.meta_folder)]


def _record_names(folder: str) -> list[str]:
    try:
        return [name for name in os.listdir(folder) if name.endswith(".json")]
    except OSError:
        return []


def _is_same(one: PackageRecord, other: PackageRecord) -> bool:
    """Compare by the first digest that both know, else by URL; what knows neither is taken for the same."""
    for mine, theirs in ((one.sha256, other.sha256), (one.md5, other.md5), (one.url, other.url)):
        if mine and theirs:
            return mine == theirs
    return True
