"""The members of the workspace, read from their `pyproject.toml` files."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[2]


class Member(NamedTuple):
    """One distribution of the workspace; `folder` is relative to the root of the workspace.

    `unrequired` are the third parties that it imports where they are, and cannot require.
    """

    name: str
    folder: str
    dependencies: tuple[str, ...]
    entry_points: dict[str, dict[str, str]]
    unrequired: tuple[str, ...] = ()

    @property
    def import_name(self) -> str:
        """Return the name of the member's package: the distribution's, with underscores."""
        return self.name.replace("-", "_")

    @property
    def is_plugin(self) -> bool:
        """Tell whether the member is anything but the kernel."""
        return self.name != "conda-kernel"

    def package_folder(self, root: Path) -> Path:
        """Return where the member's package lies; a bundle of dependencies has none there."""
        return root / self.folder / "src" / self.import_name


def read_pyproject(folder: Path) -> dict[str, Any]:
    """Return the contents of the `pyproject.toml` in `folder`."""
    return tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))


def read_members(root: Path = ROOT) -> tuple[Member, ...]:
    """Return the members of the workspace at `root`, ordered by name; the root's own distribution is none of them."""
    workspace = read_pyproject(root)["tool"]["uv"]["workspace"]
    excluded = {folder for pattern in workspace.get("exclude", ()) for folder in root.glob(pattern)}
    folders = {folder for pattern in workspace["members"] for folder in root.glob(pattern)} - excluded
    members = [_read_member(root, folder) for folder in folders if (folder / "pyproject.toml").is_file()]
    return tuple(sorted(members))


def read_packages(root: Path = ROOT) -> tuple[Member, ...]:
    """Return the members that have a package, which a bundle of dependencies has not."""
    return tuple(member for member in read_members(root) if member.package_folder(root).is_dir())


def read_conda_table(root: Path = ROOT) -> dict[str, Any]:
    """Return `[tool.conda]` of the root: who may import which third party, and where broad excepts stand."""
    table: dict[str, Any] = read_pyproject(root)["tool"]["conda"]
    return table


def _read_member(root: Path, folder: Path) -> Member:
    contents = read_pyproject(folder)
    project = contents["project"]
    ignored = contents.get("tool", {}).get("deptry", {}).get("per_rule_ignores", {})
    return Member(
        name=project["name"],
        folder=folder.relative_to(root).as_posix(),
        dependencies=tuple(project.get("dependencies", ())),
        entry_points=project.get("entry-points", {}),
        unrequired=tuple(ignored.get("DEP001", ())),
    )
