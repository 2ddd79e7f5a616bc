"""The rules of the house that no linter knows; each gives back its findings, one line for each."""

from __future__ import annotations

import ast
import graphlib
import importlib.metadata
import re
import sys
from typing import TYPE_CHECKING

from source_modules import SourceModule, import_graph, imports_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from workspace import Member

_LAZY_IMPORT_REASON = re.compile(r"#\s*noqa:\s*PLC0415\s+[-(]\s*\w")
_REASON = re.compile(r"[-#(]\s*(?!noqa\b|type:)\w")
_SUPPRESSION = re.compile(r"#\s*(noqa\b(?!:)|noqa:[ A-Z0-9,]+|type:\s*ignore(?:\[[^\]]*\])?)(?P<rest>.*)")
_BROAD = {"Exception", "BaseException"}


def cycles(modules: Sequence[SourceModule]) -> list[str]:
    """Return one import cycle, if there is any, with imports in functions and under `TYPE_CHECKING` counted."""
    try:
        graphlib.TopologicalSorter(import_graph(modules)).prepare()
    except graphlib.CycleError as error:
        return [" <- ".join(error.args[1])]
    return []


def unexplained_lazy_imports(modules: Iterable[SourceModule]) -> list[str]:
    """Return the imports inside functions whose line does not say why: `# noqa: PLC0415 - pluggy costs 24 ms`."""
    return [
        f"{module.name}:{imported.line}: imports {imported.target} in a function and does not say why"
        for module in modules
        for imported in imports_of(module)
        if imported.in_function and not _LAZY_IMPORT_REASON.search(module.line(imported.line))
    ]


def ungranted_third_parties(modules: Iterable[SourceModule], homes: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the imports of third parties that `homes` does not grant to the importing distribution."""
    modules = tuple(modules)
    own = {module.package for module in modules} | sys.stdlib_module_names
    return [
        f"{module.name}:{imported.line}: imports {imported.target}, which [tool.conda.homes] does not grant"
        for module in modules
        for imported in imports_of(module)
        if (top := imported.target.partition(".")[0]) not in own
        and module.package.replace("_", "-") not in homes.get(top, ())
    ]


def undeclared_homes(members: Iterable[Member], homes: Mapping[str, Sequence[str]]) -> list[str]:
    """Return where what a member requires and what `homes` grants it differ."""
    providers = importlib.metadata.packages_distributions()
    granted = {
        (home, _normal(name)) for top, all_of in homes.items() for home in all_of for name in providers.get(top, [top])
    }
    required = {
        (member.name, _normal(name)) for member in members for name in (*_third_parties(member), *member.unrequired)
    }
    return [f"{home}: {name} is granted and not required" for home, name in sorted(granted - required)] + [
        f"{home}: {name} is required and not granted" for home, name in sorted(required - granted)
    ]


def scattered_third_parties(modules: Iterable[SourceModule], package: str) -> list[str]:
    """Return the third parties that more than one module of `package` imports."""
    importers: dict[str, set[str]] = {}
    for module in modules:
        for imported in imports_of(module) if module.package == package else ():
            importers.setdefault(imported.target.partition(".")[0], set()).add(module.name)
    return [
        f"{third_party}: imported by {', '.join(sorted(names))}"
        for third_party, names in sorted(importers.items())
        if len(names) > 1 and third_party not in sys.stdlib_module_names and third_party != package
    ]


def prints(modules: Iterable[SourceModule]) -> list[str]:
    """Return where anything but the command line and the reporters writes to the terminal."""
    return [
        f"{module.name}:{line}: prints; only conda_cli and reporters do"
        for module in modules
        if module.package != "conda_cli" and not module.package.startswith("conda_reporter_")
        for line in _lines(module, _is_print)
    ]


def exits(modules: Iterable[SourceModule]) -> list[str]:
    """Return where anything but the command line ends the process."""
    return [
        f"{module.name}:{line}: ends the process; only conda_cli does"
        for module in modules
        if module.package != "conda_cli"
        for line in _lines(module, _is_exit)
    ]


def broad_excepts(modules: Iterable[SourceModule], allowed: Mapping[str, str]) -> list[str]:
    """Return where every exception is caught and kept; cleaning up and raising again is no such place."""
    return [
        f"{module.name}:{line}: catches every exception outside [tool.conda.broad-excepts]"
        for module in modules
        if module.name not in allowed
        for line in _lines(module, _is_broad_except)
    ]


def stale_broad_excepts(modules: Iterable[SourceModule], allowed: Mapping[str, str]) -> list[str]:
    """Return the allowed places of broad excepts that have none, or do not exist."""
    used = {module.name for module in modules if any(_lines(module, _is_broad_except))}
    return [f"{name}: has no broad except, or does not exist" for name in sorted(set(allowed) - used)]


def unexplained_suppressions(name: str, text: str) -> list[str]:
    """Return the lines that silence a check and do not say why after the code: ` - why`, ` (why)` or `  # why`."""
    return [
        f"{name}:{number}: silences a check and does not say why"
        for number, line in enumerate(text.splitlines(), start=1)
        if (found := _SUPPRESSION.search(line)) and not _REASON.search(found["rest"])
    ]


def _third_parties(member: Member) -> Iterator[str]:
    for requirement in member.dependencies:
        name = re.split(r"[^A-Za-z0-9._-]", requirement, maxsplit=1)[0]
        if not name.startswith("conda-"):
            yield name


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _lines(module: SourceModule, matches: Callable[[ast.AST], bool]) -> Iterator[int]:
    for node in ast.walk(module.tree):
        if matches(node):
            yield node.lineno  # type: ignore[attr-defined]  # every matching node is an expression or a statement


def _is_print(node: ast.AST) -> bool:
    match node:
        case ast.Call(func=ast.Name(id="print")):
            return True
        case ast.Attribute(
            attr="write" | "writelines",
            value=ast.Attribute(attr="stdout" | "stderr" | "__stdout__" | "__stderr__", value=ast.Name(id="sys")),
        ):
            return True
        case _:
            return False


def _is_exit(node: ast.AST) -> bool:
    match node:
        case ast.Call(func=ast.Name(id="exit" | "quit")):
            return True
        case ast.Attribute(attr="exit", value=ast.Name(id="sys")) | ast.Attribute(attr="_exit"):
            return True
        case ast.ImportFrom(module="sys", names=names):
            return any(alias.name == "exit" for alias in names)
        case ast.Raise(exc=ast.Name(id="SystemExit") | ast.Call(func=ast.Name(id="SystemExit"))):
            return True
        case _:
            return False


def _is_broad_except(node: ast.AST) -> bool:
    match node:
        case ast.ExceptHandler(type=caught, body=body):
            return (caught is None or _names_broad(caught)) and not _raises_again(body)
        case ast.Call(func=ast.Name(id="suppress") | ast.Attribute(attr="suppress"), args=args):
            return any(_names_broad(argument) for argument in args)
        case _:
            return False


def _names_broad(caught: ast.AST) -> bool:
    return any(isinstance(node, ast.Name) and node.id in _BROAD for node in ast.walk(caught))


def _raises_again(body: Sequence[ast.stmt]) -> bool:
    return isinstance(body[-1], ast.Raise) and body[-1].exc is None
