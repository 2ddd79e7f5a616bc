"""The contracts for import-linter, made from the members of the workspace and `[tool.conda.homes]`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workspace import read_conda_table, read_packages

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


def contracts(root: Path) -> str:
    """Return the configuration of import-linter for the workspace at `root`."""
    members = read_packages(root)
    homes: dict[str, list[str]] = read_conda_table(root)["homes"]
    packages = [member.import_name for member in members]
    plugins = [member.import_name for member in members if member.is_plugin]
    sections = [
        _section("importlinter", root_packages=packages, include_external_packages=["True"]),
        _contract(
            "kernel",
            name=["The kernel imports no plugin"],
            type=["forbidden"],
            source_modules=["conda_kernel"],
            forbidden_modules=plugins,
        ),
        _contract(
            "plugins",
            name=["No plugin imports a plugin"],
            type=["independence"],
            modules=plugins,
        ),
    ]
    if (root / "kernel/src/conda_kernel/model/__init__.py").is_file():
        sections.append(
            _contract(
                "model",
                name=["The model imports the standard library alone"],
                type=["forbidden"],
                source_modules=["conda_kernel.model"],
                forbidden_modules=["conda_kernel.*", *sorted(homes)],
            )
        )
    sections += [_home(third_party, granted, packages) for third_party, granted in sorted(homes.items())]
    return "\n".join(sections)


def _home(third_party: str, granted: Iterable[str], packages: Iterable[str]) -> str:
    allowed = {name.replace("-", "_") for name in granted}
    return _contract(
        third_party,
        name=[f"Only its homes import {third_party}: {', '.join(sorted(allowed))}"],
        type=["forbidden"],
        source_modules=[package for package in packages if package not in allowed],
        forbidden_modules=[third_party],
        allow_indirect_imports=["True"],
    )


def _contract(identifier: str, **options: list[str]) -> str:
    return _section(f"importlinter:contract:{identifier}", **options)


def _section(title: str, **options: list[str]) -> str:
    lines = [f"[{title}]\n"]
    for option, values in options.items():
        one_line = len(values) == 1
        lines += [f"{option} = {values[0]}\n"] if one_line else [f"{option} =\n", *(f"    {name}\n" for name in values)]
    return "".join(lines)
