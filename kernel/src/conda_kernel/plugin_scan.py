"""Finds installed plugins in the metadata of distributions, without importing any of them.

The only module that imports `importlib_metadata`.
"""

from __future__ import annotations

import ast
import os
import re

import importlib_metadata

from conda_kernel.model.plugin import Plugin
from conda_kernel.model.typed import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

BUNDLE = "conda-standard"
"""The distribution whose requirements survive `--no-plugins`."""


def scan(path: Sequence[str]) -> list[Plugin]:
    """Return a plugin for every `conda.*` entry point of the distributions on the path; the first of a name counts."""
    distributions: dict[str, importlib_metadata.Distribution] = {}
    found = cast("Iterable[importlib_metadata.Distribution]", importlib_metadata.distributions(path=list(path)))
    for distribution in found:
        name = _name_of(distribution)
        if name:
            distributions.setdefault(name, distribution)
    bundled = _bundled(distributions)
    plugins: list[Plugin] = []
    for name, distribution in sorted(distributions.items()):
        plugins.extend(_plugins_of(name, distribution, path, bundled=name in bundled))
    return plugins


def normalised(name: str) -> str:
    """Return the name of a distribution as indexes compare it: lower case, runs of `-_.` as one dash."""
    return re.sub(r"[-_.]+", "-", name).lower()


def summary_of(target: str, path: Sequence[str]) -> str:
    """Return the first line of the docstring of the module that a target names, found without importing anything."""
    file = _source_of(target.partition(":")[0], path)
    if file is None:
        return ""
    try:
        with open(file, "rb") as source:
            documented = ast.get_docstring(ast.parse(source.read()))
    except (OSError, SyntaxError, ValueError, RecursionError):
        return ""
    return (documented or "").strip().partition("\n")[0]


def _name_of(distribution: importlib_metadata.Distribution) -> str:
    try:
        return normalised(distribution.name)
    except (KeyError, TypeError, OSError, UnicodeError):
        return ""


def _plugins_of(
    name: str, distribution: importlib_metadata.Distribution, path: Sequence[str], *, bundled: bool
) -> Iterator[Plugin]:
    try:
        points = [point for point in distribution.entry_points if point.group.startswith("conda.")]
        version = distribution.version
    except (KeyError, TypeError, ValueError, OSError, UnicodeError):
        return
    for point in points:
        target = point.value.partition("[")[0].strip()
        yield Plugin(
            point.group,
            point.name,
            target,
            distribution=name,
            version=version or "?",
            bundled=bundled,
            summary=summary_of(target, path),
        )


def _bundled(distributions: Mapping[str, importlib_metadata.Distribution]) -> frozenset[str]:
    """Return what the bundle requires, directly or not, of that which is installed."""
    found: set[str] = set()
    waiting = [BUNDLE]
    while waiting:
        name = waiting.pop()
        if name in found or name not in distributions:
            continue
        found.add(name)
        waiting.extend(_required(distributions[name].requires or ()))
    return frozenset(found)


def _required(requirements: Iterable[str]) -> Iterator[str]:
    for requirement in requirements:
        head, _, marker = requirement.partition(";")
        found = re.match(r"[A-Za-z0-9._-]+", head.strip())
        if found and "extra" not in marker:
            yield normalised(found.group())


def _source_of(module: str, path: Sequence[str]) -> str | None:
    relative = os.path.join(*module.split("."))
    for entry in path:
        for candidate in (os.path.join(entry, relative + ".py"), os.path.join(entry, relative, "__init__.py")):
            if os.path.isfile(candidate):
                return candidate
    return None
