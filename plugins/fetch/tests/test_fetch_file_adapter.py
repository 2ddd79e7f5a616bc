"""`file:` URLs."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from conda_fetch.file_adapter import FileAdapter
from conda_kernel.errors import CondaError, FetchError
from conda_kernel.hookspecs import DOWNLOADERS
from conda_kernel.model.fetching import AdapterRequest, FetchRequest
from conda_testing.kernels import make_kernel


@pytest.fixture(name="adapter")
def _adapter(tmp_path: Path) -> FileAdapter:
    return FileAdapter(make_kernel(tmp_path))


@pytest.mark.parametrize("name", ["plain", "a b", "50%", "größe", "q?#", "\udce9latin"])
def test_a_file_of_any_name_is_read(adapter: FileAdapter, tmp_path: Path, name: str) -> None:
    path = os.fsencode(tmp_path / name)
    with open(path, "wb") as file:
        file.write(b"content")
    escaped = "".join(
        chr(octet) if (octet < 128 and chr(octet).isalnum()) or octet == 47 else f"%{octet:02X}" for octet in path
    )

    with adapter.open(AdapterRequest(f"file://{escaped}")) as response:
        assert (response.status, b"".join(response.chunks())) == (200, b"content")
        assert response.headers == {"content-length": "7"}


def test_the_host_of_a_local_url_may_be_written(adapter: FileAdapter, tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"1")

    with adapter.open(AdapterRequest(f"file://localhost{tmp_path}/x")) as response:
        assert response.status == 200


def test_a_file_is_read_from_an_offset_on(adapter: FileAdapter, tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"0123456789")

    with adapter.open(AdapterRequest(f"file://{tmp_path}/x", offset=7)) as response:
        assert (response.status, b"".join(response.chunks())) == (206, b"789")
        assert response.headers == {"content-length": "3", "content-range": "bytes 7-9/10"}
    with adapter.open(AdapterRequest(f"file://{tmp_path}/x", offset=10)) as response:
        assert response.status == 416


@pytest.mark.parametrize("path", ["missing", "x/below-a-file"])
def test_a_missing_file_is_not_found(adapter: FileAdapter, tmp_path: Path, path: str) -> None:
    (tmp_path / "x").write_bytes(b"")

    with adapter.open(AdapterRequest(f"file://{tmp_path}/{path}")) as response:
        assert (response.status, list(response.chunks())) == (404, [])


def test_a_folder_is_not_a_file(adapter: FileAdapter, tmp_path: Path) -> None:
    with pytest.raises(FetchError, match="is not a file"):
        adapter.open(AdapterRequest(f"file://{tmp_path}"))


def test_a_pipe_keeps_nobody_waiting(adapter: FileAdapter, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")

    with pytest.raises(FetchError, match="is not a file"):
        adapter.open(AdapterRequest(f"file://{tmp_path}/pipe"))


def test_a_url_with_a_nul_is_refused(adapter: FileAdapter) -> None:
    with pytest.raises(CondaError, match="NUL"):
        adapter.open(AdapterRequest("file:///a%00b"))


def test_a_local_file_is_copied_and_checked(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"content")
    engine = make_kernel(tmp_path, settings={"offline": True}).driver(DOWNLOADERS)

    (good,) = engine.fetch([FetchRequest(f"file://{tmp_path}/x", str(tmp_path / "to" / "x"), size=7)])
    (bad,) = engine.fetch([FetchRequest(f"file://{tmp_path}/x", str(tmp_path / "to" / "y"), md5="0" * 32)])
    (gone,) = engine.fetch([FetchRequest(f"file://{tmp_path}/z", str(tmp_path / "to" / "z"))])

    assert (tmp_path / "to" / "x").read_bytes() == b"content"
    assert good.path == str(tmp_path / "to" / "x")
    assert "has the md5" in str(bad.error)
    assert str(gone.error) == f"`file://{tmp_path}/z` is not there (status 404)"
    assert os.listdir(tmp_path / "to") == ["x"]
