"""Explicit files list packages by their URLs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conda_kernel.model.explicit import ExplicitPackage, InvalidExplicitLine, is_explicit, parse_explicit

CASES = Path(__file__).resolve().parents[3] / "shared" / "spec" / "cases" / "packages.json"
MD5 = "7dbaa197d7ba6032caf7ae7f32c1efa0"
SHA256 = "f453db4ffe2271ec492a2913af4e61d4a6c118201f07de757df0eff769b65d2e"


def explicit_cases() -> Any:
    if not CASES.is_file():
        reason = "there is no folder `shared` beside the repository"
        return [pytest.param(None, marks=pytest.mark.skip(reason=reason))]
    rows = json.loads(CASES.read_text(encoding="utf-8"))["explicit"]
    return [pytest.param(row, id=row["line"]) for row in rows]


@pytest.mark.parametrize("row", explicit_cases())
def test_a_line_is_read_as_in_the_table(row: dict[str, Any]) -> None:
    if row.get("error"):
        with pytest.raises(InvalidExplicitLine):
            ExplicitPackage.parse(row["line"])
    else:
        package = ExplicitPackage.parse(row["line"])
        assert (package.file_name, package.base) == (row["fn"], row["base"])
        assert (package.md5, package.sha256) == (row["md5"], row["sha256"])


@pytest.mark.parametrize(
    "line", ["", "#", "#x", "https://h/c/noarch/.conda/..", "https://h/a\x00.conda", "a/b c.conda", "a\x1b[31m.conda"]
)
def test_other_lines_are_refused(line: str) -> None:
    with pytest.raises(InvalidExplicitLine) as caught:
        ExplicitPackage.parse(line)

    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    ("fragment", "md5", "sha256"),
    [("", None, None), (f"#{MD5}", MD5, None), (f"#{SHA256}", None, SHA256), (f"# sha256:{SHA256} ", None, SHA256)],
)
def test_a_digest_may_stand_behind_a_line(fragment: str, md5: str | None, sha256: str | None) -> None:
    package = ExplicitPackage.parse(f"https://h/c/noarch/a-1-0.conda{fragment}")

    assert (package.md5, package.sha256) == (md5, sha256)
    assert ExplicitPackage.parse(str(package)) == package


@pytest.mark.parametrize("fragment", ["#", "#x", f"#{MD5.upper()}", f"#sha256:{MD5}", f"#md5:{MD5}"])
def test_what_is_no_digest_is_refused(fragment: str) -> None:
    with pytest.raises(InvalidExplicitLine, match="digest"):
        ExplicitPackage.parse(f"https://h/c/noarch/a-1-0.conda{fragment}")


def test_credentials_in_a_line_are_not_shown() -> None:
    line = "https://u:hunter2@h/t/hunter3/c/noarch/a-1-0.conda"

    package = ExplicitPackage.parse(f"{line}#{MD5}")

    assert "hunter" not in f"{package}{package!r}{package.url({})}"
    assert package.location == "https://h/c/noarch/a-1-0.conda"
    assert package.login is not None
    assert package.login.reveal() == line


def test_credentials_in_a_wrong_line_are_not_shown() -> None:
    with pytest.raises(InvalidExplicitLine) as caught:
        ExplicitPackage.parse("https://u:hunter2@h/c/a.zip")

    assert "hunter" not in f"{caught.value}{caught.value.fields}"


@pytest.mark.parametrize(
    ("line", "url"),
    [
        ("https://h/c/noarch/a-1-0.conda", "https://h/c/noarch/a-1-0.conda"),
        ("./a-1-0.conda", "file:///w/a-1-0.conda"),
        ("a-1-0.conda", "file:///w/a-1-0.conda"),
        ("../x y/a-1-0.conda", "file:///x%20y/a-1-0.conda"),
        ("~/a-1-0.conda", "file:///home/u/a-1-0.conda"),
        ("$PKGS/a-1-0.conda", "file:///pkgs/a-1-0.conda"),
        ("${PKGS}/a-1-0.conda", "file:///pkgs/a-1-0.conda"),
        ("%PKGS%/a-1-0.conda", "file:///pkgs/a-1-0.conda"),
        ("/x/$OTHER/a-1-0.conda", "file:///x/$OTHER/a-1-0.conda"),
        ("C:\\p\\a-1-0.conda", "file:///C:/p/a-1-0.conda"),
    ],
)
def test_a_path_becomes_a_url(line: str, url: str) -> None:
    assert ExplicitPackage.parse(line).url({"PKGS": "/pkgs"}, "/w", "/home/u") == url


def test_a_whole_file_is_read() -> None:
    text = f"\ufeff# platform: Linux-64\n# comment\n\n@EXPLICIT\nhttps://h/c/linux-64/a-1-0.conda#{MD5}\r\n/p/b-1-0.tar.bz2\n"

    explicit = parse_explicit(text)

    assert explicit.platform == "linux-64"
    assert [package.file_name for package in explicit.packages] == ["a-1-0.conda", "b-1-0.tar.bz2"]
    assert str(explicit.packages[0]) == f"https://h/c/linux-64/a-1-0.conda#{MD5}"


def test_the_marker_stands_alone_on_its_line() -> None:
    assert is_explicit("# x\n @EXPLICIT \n")
    assert not is_explicit("# @EXPLICIT\nnumpy\n")


@given(st.text(max_size=40).map(lambda text: text + ".conda"))
def test_whatever_passes_names_a_plain_file(line: str) -> None:
    try:
        package = ExplicitPackage.parse(line)
    except InvalidExplicitLine:
        return
    assert "/" not in package.file_name
    assert "\\" not in package.file_name


def test_a_variable_with_a_control_character_is_refused() -> None:
    with pytest.raises(InvalidExplicitLine, match="control character") as caught:
        ExplicitPackage.parse("$PKGS/a-1-0.conda").url({"PKGS": "/p\x1b[31m"})

    assert str(caught.value).isprintable()
