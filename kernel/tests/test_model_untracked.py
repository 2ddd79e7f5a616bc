"""What no package owns in an environment."""

from __future__ import annotations

import json
from pathlib import Path

from conda_kernel.model.untracked import untracked_files


def environment(folder: Path, owned: list[str], *others: str) -> str:
    meta = folder / "conda-meta"
    meta.mkdir()
    record = {"name": "a", "version": "1", "build": "0", "build_number": 0, "files": owned, "depends": []}
    (meta / "a-1-0.json").write_text(json.dumps(record), encoding="utf-8")
    for path in (*owned, *others):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).touch()
    return str(folder)


def test_files_and_links_of_nobody_are_found_and_no_link_is_followed(tmp_path: Path) -> None:
    prefix = environment(tmp_path, ["lib/a.py"], "lib/own", "share/deep/er")
    (tmp_path / "way").symlink_to(tmp_path / "share")
    (tmp_path / "circle").symlink_to(tmp_path)
    assert untracked_files(prefix) == ["circle", "lib/own", "share/deep/er", "way"]


def test_bytecode_is_of_the_package_that_has_its_source(tmp_path: Path) -> None:
    bytecode = ("lib/__pycache__/a.cpython-312.pyc", "lib/__pycache__/a.cpython-312.opt-1.pyc", "lib/a.pyc")
    prefix = environment(tmp_path, ["lib/a.py"], *bytecode, "lib/__pycache__/b.cpython-312.pyc", "b.pyc")
    assert untracked_files(prefix) == ["b.pyc", "lib/__pycache__/b.cpython-312.pyc"]


def test_what_is_no_part_of_an_environment_is_left_out_at_its_top_alone(tmp_path: Path) -> None:
    prefix = environment(tmp_path, [], "pkgs/x", "envs/y/z", "conda-meta/pinned", "lib/pkgs/x", "old~", "bin/conda")
    assert untracked_files(prefix) == ["lib/pkgs/x"]
