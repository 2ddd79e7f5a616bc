"""No path of a third party leads out of its folder."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conda_kernel.model.path_collision import colliding_paths
from conda_kernel.model.paths import (
    UnsafePath,
    check_link_target,
    expanded,
    is_reserved,
    printable,
    safe_name,
    safe_relative_path,
    safe_relative_paths,
)

CASES = Path(__file__).resolve().parents[3] / "shared" / "spec" / "cases" / "safe_extraction.json"


def test_what_the_user_wrote_becomes_an_absolute_path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", os.fspath(tmp_path))
    monkeypatch.setenv("PLACE", "a/../b")
    monkeypatch.chdir(tmp_path)
    assert expanded("~/$PLACE") == os.fspath(tmp_path / "b")
    assert expanded("${PLACE}") == os.path.abspath("b")


def extraction_cases() -> Any:
    if not CASES.is_file():
        reason = "there is no folder `shared` beside the repository"
        return [pytest.param(None, marks=pytest.mark.skip(reason=reason))]
    return [pytest.param(row, id=row["name"]) for row in json.loads(CASES.read_text(encoding="utf-8"))]


UNSAFE = [
    "",
    "/",
    "/evil",
    "//host/share/evil",
    "../evil",
    "..",
    "a/..",
    "a/../b",
    "a/../../evil",
    "./../evil",
    "C:/evil",
    "c:evil",
    "./C:/evil",
    "b\\a",
    "..\\evil",
    "a\x00b",
    "a\x01b",
    "a\nb",
    "a\x7fb",
    "a\x85b",
    "a\u2028b",
    "a\ud800b",
    ".",
    "./",
    "a" * 256,
    "ä" * 128,
    "/".join(["a" * 200] * 21),
]


@pytest.mark.parametrize("path", UNSAFE, ids=[ascii(path)[:30] for path in UNSAFE])
def test_an_unsafe_path_is_refused(path: str) -> None:
    with pytest.raises(UnsafePath):
        safe_relative_path(path)
    with pytest.raises(UnsafePath):
        safe_relative_paths(["good", path, "fine/too"])


@pytest.mark.parametrize(
    ("path", "plain"),
    [
        ("a", "a"),
        ("./a", "a"),
        ("b//a", "b/a"),
        ("a/./b/", "a/b"),
        ("bin/x y", "bin/x y"),
        (".hidden/..x", ".hidden/..x"),
        ("a/..b/c..", "a/..b/c.."),
        ("share/man/Foo::Bar.3pm", "share/man/Foo::Bar.3pm"),
        ("ü/é", "ü/é"),
        ("con", "con"),
        ("a" * 255, "a" * 255),
        ("ä" * 127, "ä" * 127),
        ("ä" * 127 + "b", "ä" * 127 + "b"),
        ("/".join(["a" * 255] * 16) + "/", "/".join(["a" * 255] * 16)),
    ],
)
def test_a_safe_path_comes_back_plain(path: str, plain: str) -> None:
    assert safe_relative_path(path) == plain
    assert safe_relative_path(plain) == plain
    assert safe_relative_paths([path, "x"]) == (plain, "x")


@pytest.mark.parametrize("path", ["con", "a/NUL.txt", "lpt1", "x.", "x ", "ab:c", "a|b", "a?", "COM¹"])
def test_what_windows_cannot_hold_is_refused_there(path: str) -> None:
    assert safe_relative_path(path)
    with pytest.raises(UnsafePath, match="Windows"):
        safe_relative_path(path, windows=True)


def test_a_path_has_4096_bytes_at_most() -> None:
    longest = "/".join([*["a" * 255] * 15, "b" * 254, "c"])

    assert len(longest) == 4096
    assert safe_relative_path(longest) == longest
    with pytest.raises(UnsafePath, match="longer than 4096 bytes"):
        safe_relative_path(longest + "d")


@pytest.mark.parametrize("path", ["C:/x", "./C:/x", "/x", ".//c:x"])
def test_an_absolute_path_is_called_so(path: str) -> None:
    with pytest.raises(UnsafePath, match="is absolute"):
        safe_relative_path(path)


def test_a_long_name_is_shown_shortened_and_printable() -> None:
    with pytest.raises(UnsafePath, match="longer than 255 bytes") as caught:
        safe_name("\u3000" + "a" * 300)

    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 100


def test_an_empty_path_is_called_empty() -> None:
    with pytest.raises(UnsafePath, match="is empty"):
        safe_relative_path("")
    with pytest.raises(UnsafePath, match="the name is empty"):
        safe_name("")


def test_what_windows_can_hold_is_as_it_is() -> None:
    assert safe_relative_path("Lib/site-packages/a b.py", windows=True) == "Lib/site-packages/a b.py"


@given(st.text(max_size=40) | st.text("./\\a:C\x00 ", max_size=12))
def test_whatever_passes_stays_below_its_folder(path: str) -> None:
    try:
        plain = safe_relative_path(path)
    except UnsafePath:
        return
    assert os.path.normpath(os.path.join("/some/tree", plain)) == "/some/tree/" + plain
    assert "\\" not in plain
    assert safe_relative_path(plain) == plain


@given(st.lists(st.text("./\\a:C\n b-", max_size=8), max_size=5))
def test_many_paths_are_judged_as_single_ones_are(paths: list[str]) -> Any:
    def judged(function: Any) -> Any:
        try:
            return function()
        except UnsafePath:
            return "refused"

    assert judged(lambda: safe_relative_paths(paths)) == judged(lambda: tuple(map(safe_relative_path, paths)))


# What these archives are refused for is seen at the archive alone: kinds of members, repeats, their number.
SEEN_ELSEWHERE = {
    "hard link to a symlink",
    "fifo",
    "device",
    "duplicate path",
    "file and folder",
    "too many members",
}


@pytest.mark.parametrize("row", extraction_cases())
def test_members_of_archives_are_judged_by_their_paths(row: dict[str, Any]) -> Any:
    def is_fine(member: dict[str, str]) -> Any:
        try:
            path = safe_relative_path(member["name"])
            if member["type"] == "symlink":
                check_link_target(path, member["target"])
            if member["type"] == "hardlink":
                safe_relative_path(member["target"])
        except UnsafePath:
            return False
        return not is_reserved(path)

    fine = all(map(is_fine, row["members"]))

    assert fine == (row["expected"] != "error" or row["name"] in SEEN_ELSEWHERE)


@pytest.mark.parametrize(
    "name", ["a", "7za", "_x86", "a.b-c_d+e!1", "ü", "numpy-1.26.4-py312_0.conda", "a" * 255, "ü" * 127 + "a"]
)
def test_a_safe_name_is_kept(name: str) -> None:
    assert safe_name(name) == name


NAMES = [
    "",
    ".",
    "..",
    "a/b",
    "a\\b",
    "a:b",
    "a b",
    "a\tb",
    "a\x00",
    "a*",
    "a?",
    "a|b",
    "a\u202eb",
    "\ufeffa",
    "a" * 256,
    "\ud800",
]


@pytest.mark.parametrize("name", NAMES, ids=[ascii(name)[:20] for name in NAMES])
def test_an_unsafe_name_is_refused_with_the_word_for_it(name: str) -> None:
    with pytest.raises(UnsafePath, match="the build"):
        safe_name(name, "build")


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("lib/a", "b"),
        ("lib/a", "nothere"),
        ("lib/x/a", "../../bin/b"),
        ("lib/a", "./b"),
        ("a", "b//c"),
        ("lib/a", ".."),
        ("a", "..b"),
    ],
)
def test_a_link_inside_its_tree_is_kept(path: str, target: str) -> None:
    assert check_link_target(path, target) == target


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("a", "/etc/passwd"),
        ("a", "../../etc/passwd"),
        ("a", ".."),
        ("lib/a", "b/../../../c"),
        ("a", "C:/x"),
        ("a", "b\\c"),
        ("a", "b\x00"),
        ("a", ""),
        ("a", "a"),
        ("x/a", "../x/a"),
        ("a", "./.."),
        ("x/a", ".//../.."),
        ("x/a", "./a"),
    ],
)
def test_a_link_that_leaves_its_tree_is_refused(path: str, target: str) -> None:
    with pytest.raises(UnsafePath):
        check_link_target(path, target)


@given(st.text("./a", min_size=1, max_size=12), st.text("./ab", min_size=1, max_size=12))
def test_a_link_that_passes_ends_below_its_tree(path: str, target: str) -> None:
    try:
        place = safe_relative_path(path)
        check_link_target(place, target)
    except UnsafePath:
        return
    end = os.path.normpath(os.path.join("/some/tree", os.path.dirname(place), target))
    assert (end + "/").startswith("/some/tree/")


def test_the_folder_of_the_package_manager_is_reserved() -> None:
    assert is_reserved("conda-meta/history")
    assert is_reserved("Conda-Meta")
    assert not is_reserved("share/conda-meta/x")


@pytest.mark.parametrize(
    ("paths", "pair"),
    [
        (["a", "b"], None),
        (["a", "a"], None),
        (["A", "b", "a"], ("A", "a")),
        (["x/é", "x/e\u0301"], ("x/é", "x/e\u0301")),
        (["straße", "STRASSE"], ("straße", "STRASSE")),
        ([], None),
    ],
)
def test_paths_that_differ_by_case_or_form_are_found(paths: list[str], pair: tuple[str, str] | None) -> None:
    assert colliding_paths(paths) == pair


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain ü", "plain ü"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07text", "text"),
        ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("a\x9b31mb", "ab"),
        ("a\nb\tc", "a b c"),
        ("a\x00\x07b", "ab"),
        ("a\x1c\x1d\x1e\x1f\x85b", "ab"),
        ("a\u3000b", "a b"),
        ("a\u202eb\u200bc", "abc"),
        ("lone \ud800", "lone "),
    ],
)
def test_third_party_text_is_shown_without_what_a_terminal_obeys(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_line_ends_can_be_kept() -> None:
    assert printable("a\n\x1b[1mb\x00\u202e\tc", lines=True) == "a\nb c"


@given(st.text(max_size=50))
def test_what_is_shown_is_printable(text: str) -> None:
    assert printable(text).isprintable()
    assert printable(printable(text)) == printable(text)
