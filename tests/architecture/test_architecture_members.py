"""Every member is laid out alike, and every check sees all of them."""

from __future__ import annotations

import ast
from collections import Counter

import pytest

from workspace import ROOT, Member, read_members, read_packages, read_pyproject

MEMBERS = [pytest.param(member, id=member.name) for member in read_members()]
PACKAGES = [pytest.param(member, id=member.name) for member in read_packages()]


def python_files() -> set[str]:
    """Return every Python file of the workspace, relative to its root, but for the examples of untyped plugins."""
    folders = [ROOT / folder for folder in ("kernel", "plugins", "tests", "examples", "benchmarks", "docs")]
    inside = {path for folder in folders for path in folder.rglob("*.py")}
    files = {path.relative_to(ROOT).as_posix() for path in inside | set(ROOT.glob("*.py"))}
    return {file for file in files if not file.startswith("examples/plugins/")}


def test_no_pyproject_is_left_out_of_the_workspace() -> None:
    found = {path.parent.relative_to(ROOT).as_posix() for path in (ROOT / "plugins").rglob("pyproject.toml")}

    assert found | {"kernel"} == {member.folder for member in read_members()}


@pytest.mark.parametrize("member", MEMBERS)
def test_a_member_has_a_readme(member: Member) -> None:
    assert (ROOT / member.folder / "README.md").read_text(encoding="utf-8").startswith(f"# {member.name}\n")


@pytest.mark.parametrize("member", PACKAGES)
def test_a_member_is_typed_and_has_one_package_named_as_it_is(member: Member) -> None:
    assert (member.package_folder(ROOT) / "py.typed").is_file()
    assert [path.name for path in member.package_folder(ROOT).parent.glob("conda_*")] == [member.import_name]


@pytest.mark.parametrize("member", PACKAGES)
def test_an_entry_point_names_something_that_its_member_defines(member: Member) -> None:
    if len(list(member.package_folder(ROOT).rglob("*.py"))) == 1:
        pytest.skip("nothing but the package's name is written yet")
    targets = {target for names in member.entry_points.values() for target in names.values()}

    assert [target for target in sorted(targets) if not is_defined(member, target)] == []


def is_defined(member: Member, target: str) -> bool:
    """Tell whether the module of an entry point exists and has, at its top level, the name that is asked for."""
    module, _, attribute = target.partition(":")
    path = member.package_folder(ROOT).parent.joinpath(*module.split("."))
    path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    if not path.is_file() or not attribute:
        return path.is_file()
    return attribute in set(top_level_names(path.read_text(encoding="utf-8")))


def top_level_names(text: str) -> list[str]:
    """Return the names that a module binds at its top level."""
    names: list[str] = []
    for node in ast.parse(text).body:
        match node:
            case ast.ClassDef(name=name) | ast.FunctionDef(name=name) | ast.AnnAssign(target=ast.Name(id=name)):
                names.append(name)
            case ast.ImportFrom(names=aliases):
                names += [alias.asname or alias.name for alias in aliases]
            case ast.Assign(targets=targets):
                names += [target.id for target in targets if isinstance(target, ast.Name)]
    return names


def test_a_missing_entry_point_is_noticed() -> None:
    kernel = next(member for member in read_members() if member.name == "conda-kernel")

    assert is_defined(kernel, "conda_kernel")
    assert is_defined(kernel, "conda_kernel.model.errors:CondaError")
    assert not is_defined(kernel, "conda_kernel.model.errors:Forgotten")
    assert not is_defined(kernel, "conda_kernel.forgotten:CondaError")


def test_the_type_checker_sees_every_file() -> None:
    patterns = read_pyproject(ROOT)["tool"]["mypy"]["files"]
    seen = {path.relative_to(ROOT).as_posix() for pattern in patterns for path in ROOT.glob(pattern)}

    assert python_files() - seen == set()


def test_the_linter_knows_the_packages_of_every_member() -> None:
    patterns = read_pyproject(ROOT)["tool"]["ruff"]["src"]
    seen = {path for pattern in patterns for path in ROOT.glob(pattern)}

    assert {member.package_folder(ROOT).parent for member in read_packages()} <= seen


def test_file_names_of_tests_are_unique() -> None:
    counted = Counter(path.rpartition("/")[2] for path in python_files() if "/tests/" in f"/{path}")

    assert [name for name, number in counted.items() if number > 1] == []


@pytest.mark.parametrize("member", PACKAGES)
def test_a_test_file_carries_the_name_of_its_member(member: Member) -> None:
    prefixes = [f"test_{member.import_name.removeprefix('conda_')}"]
    prefixes += [] if member.is_plugin else ["test_model"]
    files = sorted(path.name for path in (ROOT / member.folder / "tests").rglob("test_*.py"))

    assert [name for name in files if not name.startswith(tuple(prefixes))] == []
