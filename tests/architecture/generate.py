"""Writes the files that follow from the members' `pyproject.toml` files, or tells with `--check` which are out of date.

`constraints.txt`       the pins of `[tool.uv] constraint-dependencies`, for users of pip
`.importlinter`         who may import whom, for import-linter
`known_plugins.tsv`     which distribution brings which entry point, for the kernel's errors

Before that, the pins themselves are brought in line with `uv.lock`.
"""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

from import_contracts import contracts
from workspace import ROOT, read_members, read_pyproject

_HEADER = "# Written by tests/architecture/generate.py; change the pyproject.toml files instead.\n"
_PINS = re.compile(r"(?<=^constraint-dependencies = \[\n)[^\]]*(?=^\])", re.MULTILINE)


def generated_files(root: Path = ROOT) -> dict[str, str]:
    """Return the text of every generated file, by its path below the root."""
    return {
        ".importlinter": _HEADER + contracts(root),
        "constraints.txt": _HEADER + "".join(f"{pin}\n" for pin in pins(root)),
        "kernel/src/conda_kernel/known_plugins.tsv": known_plugins(root),
    }


def pins(root: Path = ROOT) -> list[str]:
    """Return the pins `name==version` of the workspace."""
    listed: list[str] = read_pyproject(root)["tool"]["uv"]["constraint-dependencies"]
    return listed


def locked_pins(root: Path = ROOT) -> list[str]:
    """Return `name==version` for every third party that `uv.lock` resolved.

    Raises FileNotFoundError where nothing was locked yet.
    """
    lock = tomllib.loads((root / "uv.lock").read_text(encoding="utf-8"))
    return sorted(f"{entry['name']}=={entry['version']}" for entry in lock["package"] if "registry" in entry["source"])


def known_plugins(root: Path = ROOT) -> str:
    """Return a line `group, name, distribution`, separated by tabs, for every `conda.*` entry point of the members."""
    lines = [
        f"{group}\t{name}\t{member.name}\n"
        for member in read_members(root)
        for group, names in member.entry_points.items()
        if group.startswith("conda.")
        for name in names
    ]
    return "".join(sorted(lines))


def out_of_date(root: Path = ROOT) -> list[str]:
    """Return the generated files whose text is not what would be written now."""
    return [name for name, text in generated_files(root).items() if _read(root / name) != text]


def write_all(root: Path = ROOT) -> list[str]:
    """Bring pins and generated files up to date and return the files that changed."""
    pyproject = root / "pyproject.toml"
    before = pyproject.read_text(encoding="utf-8")
    after = _PINS.sub("".join(f'    "{pin}",\n' for pin in locked_pins(root)), before)
    changed = ["pyproject.toml"] if after != before else []
    if changed:
        pyproject.write_text(after, encoding="utf-8")
    for name in out_of_date(root):
        (root / name).write_text(generated_files(root)[name], encoding="utf-8")
        changed.append(name)
    return changed


def main(arguments: list[str]) -> int:
    """Write the files, or with `--check` only compare them, and return the exit status."""
    if arguments == ["--check"]:
        stale = out_of_date()
        sys.stderr.writelines(f"out of date: {name}\n" for name in stale)
        return 1 if stale else 0
    sys.stderr.writelines(f"written: {name}\n" for name in write_all())
    return 0


def _read(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.is_file() else None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
