"""The modules of the workspace as syntax trees, and what each of them imports."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from workspace import ROOT, read_packages

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


class SourceModule(NamedTuple):
    """One module: its dotted name, its text and its syntax tree."""

    name: str
    is_package: bool
    text: str
    tree: ast.Module

    @property
    def package(self) -> str:
        """Return the name of the distribution's package that the module belongs to."""
        return self.name.partition(".")[0]

    def line(self, number: int) -> str:
        """Return the source line with that number, counted from 1."""
        return self.text.splitlines()[number - 1]


class Import(NamedTuple):
    """One imported module or name, in full; `in_function` when it is imported only once a function runs."""

    target: str
    line: int
    in_function: bool


def parse_module(name: str, text: str, *, is_package: bool = False) -> SourceModule:
    """Return the module that `text` is the source of."""
    return SourceModule(name, is_package, text, ast.parse(text))


def read_modules(root: Path = ROOT) -> tuple[SourceModule, ...]:
    """Return every module of every member of the workspace at `root`, without the tests."""
    return tuple(
        _read_module(member.package_folder(root).parent, path)
        for member in read_packages(root)
        for path in sorted(member.package_folder(root).rglob("*.py"))
    )


def imports_of(module: SourceModule) -> Iterator[Import]:
    """Yield all that a module imports, wherever the import stands, literal `import_module("…")` calls included."""
    yield from _imports_below(module, module.tree, in_function=False)


def import_graph(modules: Iterable[SourceModule]) -> dict[str, set[str]]:
    """Return which of the modules each of them imports, in functions and under `TYPE_CHECKING` too."""
    by_name = {module.name: module for module in modules}
    graph: dict[str, set[str]] = {}
    for name, module in by_name.items():
        targets = {_longest_known_prefix(imported.target, by_name) for imported in imports_of(module)}
        graph[name] = {target for target in targets if target is not None} - {name}
    return graph


def _read_module(source: Path, path: Path) -> SourceModule:
    parts = path.relative_to(source).with_suffix("").parts
    is_package = parts[-1] == "__init__"
    name = ".".join(parts[:-1] if is_package else parts)
    return parse_module(name, path.read_text(encoding="utf-8"), is_package=is_package)


def _imports_below(module: SourceModule, parent: ast.AST, *, in_function: bool) -> Iterator[Import]:
    for node in ast.iter_child_nodes(parent):
        for target in _targets(module, node):
            yield Import(target, node.lineno, in_function)  # type: ignore[attr-defined]  # imports and calls have one
        yield from _imports_below(module, node, in_function=in_function or isinstance(node, _FUNCTIONS))


def _targets(module: SourceModule, node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Import(names=names):
            yield from (alias.name for alias in names)
        case ast.ImportFrom(module=origin, names=names, level=level):
            prefix = ".".join(filter(None, (_parent(module, level), origin)))
            yield from (f"{prefix}.{alias.name}" for alias in names)
        case ast.Call(
            func=ast.Name(id="import_module" | "__import__") | ast.Attribute(attr="import_module"),
            args=[ast.Constant(value=str(target)), *_],
        ):
            yield target


def _parent(module: SourceModule, level: int) -> str:
    if level == 0:
        return ""
    parts = module.name.split(".")
    return ".".join(parts[: len(parts) - level + module.is_package])


def _longest_known_prefix(target: str, known: Iterable[str]) -> str | None:
    while target not in known and target:
        target = target.rpartition(".")[0]
    return target or None
