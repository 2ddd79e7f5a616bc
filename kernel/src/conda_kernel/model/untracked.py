"""Finds the files of an environment that no package owns; it only looks."""

from __future__ import annotations

import os
import re

from conda_kernel.model.prefix_packages import PrefixPackages

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

LEFT_OUT = frozenset(
    (
        *("pkgs", "envs", "conda-bld", "conda-meta", "conda-recipes", "users", "info"),
        *(".conda_lock", ".index", ".unionfs", ".nonadmin", ".trash", ".condatmp", "LICENSE.txt"),
    )
)
"""What lies directly in an environment and is no part of it, or is made anew."""

OF_THE_TOOL = frozenset(("bin/activate", "bin/deactivate", "bin/conda"))
_BYTECODE = re.compile(r"(?:(.*/)?__pycache__/([^/]+?)\.[^/]*|(.*))\.py[co]")


def untracked_files(prefix: str) -> list[str]:
    """Return the paths, relative and sorted, of files and links that no package owns; raise CorruptedEnvironment.

    Bytecode of a source that a package owns counts as the package's; `conda-meta` and what other tools keep directly in
    an environment are left out.
    """
    owned = frozenset(path for installed in PrefixPackages(prefix).records() for path in installed.files)
    return sorted(path for path in _files(prefix) if path not in owned and not _is_of(path, owned))


def _files(prefix: str) -> Iterator[str]:
    for folder, folders, files in os.walk(prefix):
        inside = os.path.relpath(folder, prefix).replace(os.sep, "/")
        below = "" if inside == "." else f"{inside}/"
        left_out = LEFT_OUT if not below else frozenset()
        links = [name for name in folders if os.path.islink(os.path.join(folder, name))]
        folders[:] = [name for name in folders if name not in left_out and name not in links]
        for name in (*files, *links):
            path = below + name
            if name not in left_out and path not in OF_THE_TOOL and not name.endswith("~") and name != ".DS_Store":
                yield path


def _is_of(path: str, owned: frozenset[str]) -> bool:
    """Tell whether a path is bytecode of a source among those that are owned."""
    match = _BYTECODE.fullmatch(path)
    if match is None:
        return False
    source = f"{match[3]}.py" if match[3] is not None else f"{match[1] or ''}{match[2]}.py"
    return source in owned
