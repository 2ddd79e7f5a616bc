"""Every setting of a distribution is listed by its plugin in `conda.settings`, and described in words."""

from __future__ import annotations

import ast
import importlib
from typing import TYPE_CHECKING, Any

import pytest

from workspace import ROOT, Member, read_packages

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conda_kernel.setting import Setting

GROUP = "conda.settings"
PLUGINS = [member for member in read_packages() if member.is_plugin]


def declared_names(source: str) -> Iterator[str]:
    """Yield the names of the settings that a module makes with a name that is written down."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Setting" and node.args:
            name = node.args[0]
            if isinstance(name, ast.Constant):
                yield str(name.value)


def listed_settings(member: Member) -> list[Setting[Any]]:
    """Return what the plugins of a member list."""
    found: list[Setting[Any]] = []
    for target in member.entry_points.get(GROUP, {}).values():
        module, _, name = target.partition(":")
        found += getattr(importlib.import_module(module), name)()
    return found


def test_a_setting_is_found_in_a_module() -> None:
    assert list(declared_names('A = Setting("a", text)\nB: Setting[int] = Setting("b", whole)\nf(name)\n')) == [
        "a",
        "b",
    ]


@pytest.mark.parametrize("member", PLUGINS, ids=lambda member: member.name)
def test_every_setting_of_a_plugin_is_listed(member: Member) -> None:
    modules = member.package_folder(ROOT).rglob("*.py")
    made = {name for module in modules for name in declared_names(module.read_text(encoding="utf-8"))}
    assert made <= {setting.name for setting in listed_settings(member)}, (
        f"list them in an entry point of {GROUP}, as conda_linking.settings does"
    )


@pytest.mark.parametrize("member", PLUGINS, ids=lambda member: member.name)
def test_every_setting_says_what_it_is_for(member: Member) -> None:
    for setting in listed_settings(member):
        assert setting.description, setting.name
        assert not setting.description.endswith("."), setting.name
