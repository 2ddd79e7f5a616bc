"""Installed distributions for tests: what a plugin's author would publish, good or broken, laid out in a folder."""

from __future__ import annotations

import os
import textwrap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def install(  # noqa: PLR0913 - what a distribution consists of; all but two have defaults
    folder: str | os.PathLike[str],
    name: str,
    *,
    version: str = "1.0",
    modules: Mapping[str, str] | None = None,
    entry_points: Mapping[str, Mapping[str, str]] | None = None,
    requires: Iterable[str] = (),
) -> str:
    """Install a distribution into a folder of `sys.path` as an installer does, and return the folder.

    `modules` maps the names of modules to their source text; `entry_points` maps groups to names to targets.
    """
    place = os.fspath(folder)
    metadata = os.path.join(place, f"{name.replace('-', '_')}-{version}.dist-info")
    os.makedirs(metadata)
    for module, source in (modules or {}).items():
        _write(os.path.join(place, *module.split(".")) + ".py", textwrap.dedent(source))
    required = "".join(f"Requires-Dist: {requirement}\n" for requirement in requires)
    _write(os.path.join(metadata, "METADATA"), f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{required}")
    sections = [
        f"[{group}]\n" + "".join(f"{point} = {target}\n" for point, target in points.items())
        for group, points in (entry_points or {}).items()
    ]
    _write(os.path.join(metadata, "entry_points.txt"), "\n".join(sections))
    return place


def _write(path: str, text: str) -> None:
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
