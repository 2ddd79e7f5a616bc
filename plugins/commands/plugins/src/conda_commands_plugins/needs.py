"""Finds out what the modules of a distribution import that the distribution does not require."""

from __future__ import annotations

import ast
import os
import sys

from conda_commands_plugins.metadata import metadata_of, normalised

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping


PARTS: tuple[str, ...] = ("body", "orelse", "finalbody", "handlers", "cases")
"""The fields of a statement that hold others. A lambda's body is none, and imports nothing."""


def undeclared_needs(
    distribution: str,
    packages: Iterable[str],
    owners: Mapping[str, str],
    brought: Mapping[str, frozenset[str]],
) -> Iterator[tuple[str, str, str]]:
    """Yield, for each package that is imported without being required, its distribution, its name, and a file.

    `packages` are the distribution's own, which were imported; `owners` tells which distribution has plugins in a
    package, `brought` which distributions bring one. An import under `TYPE_CHECKING`, or one that may fail, is no need.
    What no distribution is known to bring is not judged.
    """
    own = frozenset(packages)
    declared = metadata_of(distribution).required_names | {normalised(distribution)}
    told: set[str] = set()
    for package in sorted(own):
        for file in _sources(package):
            for name in sorted(_imported(file) - own - sys.stdlib_module_names - told):
                bringing = brought.get(name) or frozenset({owners[name]} if name in owners else ())
                if bringing and bringing.isdisjoint(declared):
                    told.add(name)
                    yield " or ".join(sorted(bringing)), name, file


def _sources(package: str) -> Iterator[str]:
    """Yield the files of a package, or of a module that is none, sorted."""
    module = sys.modules[package]
    for folder in sorted(getattr(module, "__path__", ())):
        for place, folders, names in os.walk(folder):
            folders.sort()
            yield from (os.path.join(place, name) for name in sorted(names) if name.endswith(".py"))
    file = getattr(module, "__file__", None)
    if file is not None and not hasattr(module, "__path__"):
        yield file


def _imported(file: str) -> set[str]:
    """Return the packages whose import in a file must not fail; none when the file cannot be read."""
    try:
        with open(file, "rb") as source:
            tree = ast.parse(source.read())
    except (OSError, SyntaxError, ValueError, RecursionError):
        return set()
    found: set[str] = set()
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Import):
            found.update(alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0])
        waiting += _what_must_work(node)
    return found


def _what_must_work(node: ast.AST) -> list[ast.AST]:
    """Return the statements within a statement, but for those that may fail or are for type checkers alone."""
    if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
        return list(node.orelse)
    parts = PARTS
    if isinstance(node, ast.Try) and any(_expects_absence(handler) for handler in node.handlers):
        parts = ("orelse", "finalbody")
    return [statement for part in parts for statement in getattr(node, part, ()) if isinstance(statement, ast.AST)]


def _expects_absence(handler: ast.ExceptHandler) -> bool:
    caught = ast.dump(handler.type) if handler.type is not None else "Exception"
    return any(
        word in caught for word in ("ImportError", "ModuleNotFoundError", "'Exception'", "Exception", "BaseException")
    )
