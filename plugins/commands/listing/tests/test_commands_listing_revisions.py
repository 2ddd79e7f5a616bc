"""`conda list --revisions` tells what each change of an environment was."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from conda_commands_listing.revisions import Dist, changes_between

CONDA = os.path.join(os.path.dirname(sys.executable), "conda")
HISTORY = """\
==> 2026-01-02 03:04:05 <==
# cmd: conda create a
# conda version: 26.7.0
+chan/linux-64::a-9-h1_0
+chan/linux-64::old-0.9-0
+defaults/linux-64::two-parts-1-py_1
# update specs: ['a']
==> 2026-01-02 03:05:00 <==
-chan/linux-64::a-9-h1_0
-chan/linux-64::old-0.9-0
-defaults/linux-64::two-parts-1-py_1
+chan/linux-64::a-10-h1_0
+chan/noarch::b-1-0
+defaults/linux-64::two-parts-1-py_0
==> 2026-01-02 03:06:00 <==
-chan/linux-64::a-10-h1_0
+other/linux-64::a-9-h1_0
"""
TEXT = """\
2026-01-02 03:04:05  (rev 0)
    +a-9 (chan/linux-64)
    +old-0.9 (chan/linux-64)
    +two-parts-1

2026-01-02 03:05:00  (rev 1)
     a  {9 (chan/linux-64) -> 10 (chan/linux-64)}
     two-parts  {1 -> 1}
    -old-0.9 (chan/linux-64)
    +b-1 (chan/noarch)

2026-01-02 03:06:00  (rev 2)
     a  {10 (chan/linux-64) -> 9 (other/linux-64)}

"""


def run(folder: Path, history: str, *words: str) -> subprocess.CompletedProcess[str]:
    meta = folder / "env" / "conda-meta"
    meta.mkdir(parents=True)
    (meta / "history").write_text(history)
    environ = {"HOME": str(folder), "XDG_CACHE_HOME": str(folder / "cache"), "PATH": os.environ["PATH"]}
    return subprocess.run(
        [CONDA, "list", "--revisions", "-p", str(folder / "env"), *words],
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )


def test_each_revision_is_a_block(tmp_path: Path) -> None:
    done = run(tmp_path, HISTORY)

    assert (done.stdout, done.stderr) == (TEXT, "")


def test_ten_is_newer_than_nine(tmp_path: Path) -> None:
    first, second, third = json.loads(run(tmp_path, HISTORY, "--json").stdout)

    assert first == {
        "date": "2026-01-02 03:04:05",
        "rev": 0,
        "install": ["a-9-h1_0-chan/linux-64", "old-0.9-0-chan/linux-64", "two-parts-1-py_1-defaults/linux-64"],
        "remove": [],
        "upgrade": [],
        "downgrade": [],
    }
    assert second["upgrade"] == [{"old": "a-9-h1_0-chan/linux-64", "new": "a-10-h1_0-chan/linux-64"}]
    assert second["downgrade"] == [
        {"old": "two-parts-1-py_1-defaults/linux-64", "new": "two-parts-1-py_0-defaults/linux-64"}
    ]
    assert second["remove"] == ["old-0.9-0-chan/linux-64"]
    assert third["downgrade"] == [{"old": "a-10-h1_0-chan/linux-64", "new": "a-9-h1_0-other/linux-64"}]


def test_a_history_without_revisions_has_none(tmp_path: Path) -> None:
    assert json.loads(run(tmp_path, "", "--json").stdout) == []


def test_damaged_lines_are_told_and_passed_over(tmp_path: Path) -> None:
    done = run(
        tmp_path,
        "==> 2026-01-02 03:04:05 <==\n+a b c\n+chan/linux-64::a-9-h1_0\n\x1b[2J\udcff\n".encode(
            "utf-8", "surrogateescape"
        ).decode("utf-8", "replace"),
    )

    assert done.returncode == 0
    assert "+a-9 (chan/linux-64)\n" in done.stdout
    assert done.stderr.startswith("warning: line 2 of the history is damaged")
    assert "\x1b" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("text", "dist"),
    [
        ("chan/linux-64::a-b-1.0-h_0", Dist("a-b", "1.0", "h_0", "chan/linux-64")),
        ("https://host/x::a-1-0", Dist("a", "1", "0", "https://host/x")),
        ("a-1-0", Dist("a", "1", "0", "")),
        ("odd-1", Dist("odd-1", "", "", "")),
        ("odd", Dist("odd", "", "", "")),
    ],
)
def test_the_texts_of_the_history_are_taken_apart(text: str, dist: Dist) -> None:
    assert Dist.parse(text) == dist


@pytest.mark.parametrize(
    ("older", "newer"),
    [("a-9-0", "a-10-0"), ("a-1-py_1", "a-1-py_2"), ("a-1-1", "a-1-10"), ("a-1.0rc1-0", "a-1.0-0"), ("a-~-0", "a-1-0")],
)
def test_versions_then_build_numbers_say_which_is_newer(older: str, newer: str) -> None:
    assert Dist.parse(older).order < Dist.parse(newer).order


def test_states_that_are_equal_have_no_changes_between_them() -> None:
    assert changes_between(["c/l::a-1-0"], ["c/l::a-1-0"]) == ([], [], [])
