"""What a command loads of this distribution, and of the libraries that it reads channels with: what it needs."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from conda_testing.channels import ChannelBuilder
from conda_testing.executable import Conda
from conda_testing.server import ChannelServer

READERS = {"msgspec", "zstandard", "conda_channels.first_reading", "conda_channels.entries"}
MAKERS = {"conda_channels.flat_making", "conda_channels.shard_making", "conda_channels.splitting"}
ASKERS = {"conda_channels.refresh", "conda_channels.outcomes", "conda_fetch.engine"}
UNUSED = {"requests", "pluggy", "inspect", "conda_kernel.hooks", "charset_normalizer.api"}
RARE = {"conda_channels.span_reading", "conda_channels.revisions"}


def loaded(conda: Conda, *arguments: str) -> set[str]:
    """Return the modules that a command that plans a new environment imports."""
    ended = conda("create", "-n", "new", "--dry-run", "--json", "--override-channels", *arguments, "a")
    assert (ended.status, "error" in ended.stdout) == (0, False), ended
    lines = [line for line in ended.stderr.splitlines() if line.startswith("import time:")]
    return {line.rpartition("|")[2].strip() for line in lines}


@pytest.fixture(name="conda")
def _conda(tmp_path: Path) -> Conda:
    (tmp_path / "home").mkdir()
    return Conda(tmp_path / "home", environ={"PYTHONPROFILEIMPORTTIME": "1"})


def channel(folder: Path, form: str) -> str:
    builder = ChannelBuilder(os.fspath(folder))
    builder.add_record("a", "1", depends=["b >=1"], subdir="linux-64")
    builder.add_record("b", "1", noarch="generic")
    return builder.write() if form == "flat" else builder.write_shards() or builder.url


def plain_channel(folder: Path) -> str:
    """Return the URL of a channel of flat files that are not packed."""
    url = channel(folder, "flat")
    for packed in folder.glob("*/repodata.json.zst"):
        packed.unlink()
    return url


@pytest.mark.parametrize("form", ["flat", "sharded"])
def test_a_folder_that_has_not_changed_is_read_with_the_standard_library(
    tmp_path: Path, conda: Conda, form: str
) -> None:
    url = channel(tmp_path / "c", form)
    first, again = loaded(conda, "-c", url), loaded(conda, "-c", url)

    assert first & READERS == READERS
    assert first & MAKERS
    assert again & (READERS | MAKERS | ASKERS | RARE) == set()


def test_a_file_of_this_machine_that_is_not_packed_is_read_without_openssl_and_decompressors(
    tmp_path: Path, conda: Conda
) -> None:
    url = plain_channel(tmp_path / "c")
    found = loaded(conda, "-c", url)

    assert "conda_channels.flat_making" in found
    assert found & {"_hashlib", "zstandard", "_bz2", "zlib"} == set()


def test_a_file_of_this_machine_of_which_little_has_changed_is_read_with_the_standard_library(
    tmp_path: Path, conda: Conda
) -> None:
    url = plain_channel(tmp_path / "c")
    path = tmp_path / "c" / "linux-64" / "repodata.json"
    document = json.loads(path.read_bytes())
    commands = []
    for size in (1, 2):
        for entry in document["packages.conda"].values():
            entry["size"] = size
        path.write_text(json.dumps(document, separators=(",", ":")))
        commands.append(loaded(conda, "-c", url))
    first, second = commands

    assert "msgspec" in first
    assert {"conda_channels.flat_making", "conda_channels.first_reading"} <= second
    assert second & {"msgspec", "zstandard", "_hashlib"} == set()


def test_shards_of_which_few_have_changed_are_read_without_what_is_quick_with_many(
    tmp_path: Path, conda: Conda
) -> None:
    commands = []
    with ChannelServer(os.fspath(tmp_path / "c")) as server:
        for size in (1, 2):
            builder = ChannelBuilder(os.fspath(tmp_path / "c"))
            builder.add_record("a", "1", depends=["b >=1"], subdir="linux-64", size=size)
            builder.add_record("b", "1", noarch="generic")
            builder.write_shards()
            commands.append(loaded(conda, "-c", server.url))
    first, second = commands

    assert "msgspec" in first
    assert {"conda_channels.shard_making", "conda_channels.first_reading", "msgpack"} <= second
    assert "msgspec" not in second


@pytest.mark.parametrize("form", ["flat", "sharded"])
def test_an_index_that_the_server_confirms_is_read_with_the_standard_library(
    tmp_path: Path, conda: Conda, form: str
) -> None:
    channel(tmp_path / "c", form)
    with ChannelServer(os.fspath(tmp_path / "c")) as server:
        loaded(conda, "-c", server.url)
        again = loaded(conda, "-c", server.url)
        offline = loaded(conda, "--offline", "-c", server.url)

    assert again & (READERS | MAKERS | UNUSED | RARE) == set()
    assert again & ASKERS == ASKERS
    assert offline & (READERS | MAKERS | ASKERS | RARE | {"_hashlib"}) == set()
