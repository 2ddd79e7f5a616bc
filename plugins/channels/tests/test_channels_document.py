"""Repodata files: packed and not, good and hostile; and where they say that packages lie."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest
import zstandard

from conda_channels import document
from conda_channels.document import InvalidRepodata, read_document
from conda_channels.package_base import package_base

URL = "https://h/c/linux-64/repodata.json"
MINIMAL: dict[str, Any] = {"packages": {"a-1-0.tar.bz2": {}}, "packages.conda": {"b-1-0.conda": {}}, "removed": ["x"]}


def read(content: object) -> document.Document:
    text = content if isinstance(content, bytes) else json.dumps(content).encode()
    return read_document(text, URL, "linux-64")


def refusal(content: object) -> str:
    with pytest.raises(InvalidRepodata) as caught:
        read(content)
    assert caught.value.hint
    return str(caught.value)


@pytest.mark.parametrize(
    "pack",
    [
        bytes,
        zstandard.ZstdCompressor().compress,
        zstandard.ZstdCompressor(write_content_size=False).compress,
        lambda text: zstandard.compress(text[:9]) + zstandard.compress(text[9:]),
        gzip.compress,
    ],
)
def test_what_a_file_is_packed_with_is_seen(pack: Any) -> None:
    found = read(pack(json.dumps(MINIMAL).encode()))

    assert (list(found.old or ()), list(found.new or ()), found.removed) == (["a-1-0.tar.bz2"], ["b-1-0.conda"], ["x"])


@pytest.mark.parametrize("content", [b"", b" \r\n", b"{}", zstandard.compress(b""), b'{"packages": null}'], ids=len)
def test_an_empty_file_has_no_packages(content: bytes) -> None:
    found = read(content)

    assert (found.old or {}, found.new or {}) == ({}, {})


def test_unknown_keys_are_ignored() -> None:
    assert read({**MINIMAL, "new": [1], "signatures": {}, "info": {"subdir": "linux-64", "more": 1}}).removed == ["x"]


@pytest.mark.parametrize(
    "content",
    [
        b"<html>please log in</html>",
        b"[]",
        b'{"packages": []}',
        b'{"packages": {"a": {}',
        b'{"removed": [1]}',
        b'{"info": {"subdir": 5}}',
        b"\xff\xfe",
        b'{"packages": {"\xff": {}}}',
        b"[" * 100_000,
        b'{"packages": {"a-1-0.tar.bz2": ' + b"[" * 100_000,
        zstandard.compress(json.dumps(MINIMAL).encode())[:-9],
        zstandard.compress(b"{}") + zstandard.compress(b" ")[:-1],
        zstandard.compress(b"{}") + b"garbage",
        b"\x28\xb5\x2f\xfdnonsense",
        b"\x1f\x8bnonsense",
        gzip.compress(json.dumps(MINIMAL).encode(), mtime=0)[:-20],
    ],
    ids=len,
)
def test_a_file_that_is_no_repodata_is_refused(content: bytes) -> None:
    assert refusal(content).startswith(f"the file `{URL}` holds no index: ")


def test_a_file_that_unpacks_to_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(document, "LARGEST", 1000)

    assert "more than 1000 bytes" in refusal(zstandard.compress(b" " * 100_000))
    assert "more than 1000 bytes" in refusal(gzip.compress(b" " * 100_000))


def test_the_index_of_another_subdir_is_refused() -> None:
    assert refusal({"info": {"subdir": "osx-64"}}) == f"the file `{URL}` is the index of `osx-64` instead of `linux-64`"


@pytest.mark.parametrize("where", [{"repodata_version": 3}, {"info": {"repodata_version": 3}}])
def test_a_newer_format_is_refused_wherever_it_is_said(where: dict[str, Any]) -> None:
    with pytest.raises(InvalidRepodata, match="format 3, which is too new"):
        read({"repodata_version": 1, **where})


@pytest.mark.parametrize("version", [1, 2])
def test_the_known_formats_are_read(version: int) -> None:
    assert read({"repodata_version": version, "info": {"repodata_version": 1}}).repodata_version == version


@pytest.mark.parametrize(
    ("base", "expected"),
    [
        (None, "https://h/c/linux-64"),
        ("", "https://h/c/linux-64"),
        ("https://o/p/linux-64/", "https://o/p/linux-64"),
        ("https://o/p/linux-64", "https://o/p/linux-64"),
        ("../packages/", "https://h/c/packages"),
        ("./", "https://h/c/linux-64"),
        ("/abs/", "https://h/abs"),
        ("../../../../../up", "https://h/up"),
        ("https://me:pw@o/t/tk-1/p", "https://o/p"),
    ],
)
def test_packages_lie_where_the_index_says(base: str | None, expected: str) -> None:
    assert package_base("https://h/c/linux-64", base) == expected


@pytest.mark.parametrize(
    ("subdir_url", "expected"),
    [
        ("s3://b/c/noarch", "s3://b/c/p"),
        ("file:///opt/c/noarch", "file:///opt/c/p"),
        ("http://h:8080/c/noarch", "http://h:8080/c/p"),
    ],
)
def test_a_relative_place_is_joined_whatever_the_scheme(subdir_url: str, expected: str) -> None:
    assert package_base(subdir_url, "../p/") == expected


@pytest.mark.parametrize("base", ["https://", "https://h\x00/", "https://[::1", "https:///x"])
def test_a_place_that_is_no_url_is_refused(base: str) -> None:
    with pytest.raises(InvalidRepodata, match="no URL"):
        package_base("https://h/c/linux-64", base)


def test_an_index_of_the_network_does_not_lead_to_local_files() -> None:
    with pytest.raises(InvalidRepodata, match="files of this machine"):
        package_base("https://h/c/linux-64", "file:///etc")
