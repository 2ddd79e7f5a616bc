"""`conda channel-index` makes channels out of real archives, by the real executable; what it makes is used."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
import zstandard

from conda_testing.channels import ChannelBuilder
from conda_testing.executable import Conda
from conda_testing.packages import Member, PackageBuilder, archive_bytes, write_archive
from conda_testing.server import ChannelServer

if TYPE_CHECKING:
    from pathlib import Path

    from conda_testing.executable import Ended


class Channel:
    """A folder of packages, and what the command makes of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "channel"
        self.conda = Conda(folder / "home")
        self.builder = ChannelBuilder(os.fspath(self.folder))

    def index(self, *words: str, status: int = 0) -> Ended:
        ended = self.conda("channel-index", os.fspath(self.folder), *words)
        assert ended.status == status, ended.stdout + ended.stderr
        return ended

    def told(self, *words: str, status: int = 0) -> dict[str, Any]:
        document = self.index("--json", *words, status=status).json()
        assert isinstance(document, dict)
        return document

    def counts(self, *words: str) -> dict[str, int]:
        counts = self.told(*words)["subdirs"]["linux-64"]
        assert isinstance(counts, dict)
        return counts

    def repodata(self, subdir: str) -> dict[str, Any]:
        document = json.loads((self.folder / subdir / "repodata.json").read_bytes())
        assert isinstance(document, dict)
        return document

    def unpacked(self, *parts: str) -> bytes:
        return zstandard.ZstdDecompressor().decompress(self.folder.joinpath(*parts).read_bytes())

    def shards(self, subdir: str) -> dict[str, dict[str, Any]]:
        """Return the shards by name; each has the digest that the index has of it."""
        index = msgspec.msgpack.decode(self.unpacked(subdir, "repodata_shards.msgpack.zst"))
        assert index["info"] == {"base_url": "", "shards_base_url": "./shards/", "subdir": subdir}
        found = {}
        for name, digest in index["shards"].items():
            file = f"{digest.hex()}.msgpack.zst"
            assert hashlib.sha256((self.folder / subdir / "shards" / file).read_bytes()).digest() == digest
            found[name] = msgspec.msgpack.decode(self.unpacked(subdir, "shards", file))
        return found

    def content(self) -> dict[str, bytes]:
        """Return the content of every file that others read."""
        files = (path for path in self.folder.rglob("*") if path.is_file() and ".cache" not in path.parts)
        return {os.fspath(path.relative_to(self.folder)): path.read_bytes() for path in files}


@pytest.fixture
def channel(tmp_path: Path) -> Channel:
    made = Channel(tmp_path)
    made.builder.add("hello", "1.0", depends=["greeting >=1"], files={"share/hello": "hello\n"})
    made.builder.add("hello", "0.9", suffix=".tar.bz2", depends=["greeting"])
    made.builder.add("greeting", "1.0", noarch="generic", info={"run_exports.json": '{"strong": ["greeting >=1"]}'})
    made.builder.add("old-exports", "1.0", noarch="generic", info={"run_exports.json": '["greeting"]'})
    return made


def test_the_index_has_what_the_archives_say(channel: Channel) -> None:
    channel.index()

    assert channel.repodata("linux-64") == channel.builder.repodata("linux-64")
    assert channel.repodata("noarch") == channel.builder.repodata("noarch")


def test_the_compressed_files_hold_the_same(channel: Channel) -> None:
    channel.index()

    for subdir in ("linux-64", "noarch"):
        for name in ("repodata.json", "run_exports.json"):
            assert channel.unpacked(subdir, f"{name}.zst") == (channel.folder / subdir / name).read_bytes()


def test_shards_hold_the_records_of_a_name(channel: Channel) -> None:
    channel.index()

    shards, document = channel.shards("linux-64"), channel.repodata("linux-64")
    assert list(shards) == ["hello"]
    for section in ("packages", "packages.conda"):
        found = shards["hello"][section]
        assert found.keys() == document[section].keys()
        for file_name, record in found.items():
            assert record.pop("run_exports") == {}
            digests = {key: record[key].hex() for key in ("md5", "sha256")}
            assert record | digests == document[section][file_name]


def test_what_packages_export_is_told(channel: Channel) -> None:
    channel.index()

    document = json.loads((channel.folder / "noarch" / "run_exports.json").read_bytes())
    assert document["packages.conda"] == {
        "greeting-1.0-0.conda": {"run_exports": {"strong": ["greeting >=1"]}},
        "old-exports-1.0-0.conda": {"run_exports": {"weak": ["greeting"]}},
    }
    record = channel.shards("noarch")["greeting"]["packages.conda"]["greeting-1.0-0.conda"]
    assert record["run_exports"] == {"strong": ["greeting >=1"]}


@pytest.mark.parametrize("option", ["--repodata-use-shards", "--no-repodata-use-shards"])
def test_an_environment_is_made_out_of_it(channel: Channel, tmp_path: Path, option: str) -> None:
    channel.index()
    with ChannelServer(os.fspath(channel.folder)) as server:
        words = ("-c", server.url, "--subdir", "linux-64", option, "hello")
        made = channel.conda("create", "-y", "-p", os.fspath(tmp_path / "env"), *words)
        asked = {request.path for request in server.requests}

    assert made.status == 0, made.stderr
    assert (tmp_path / "env" / "share" / "hello").read_text() == "hello\n"
    assert ("/linux-64/repodata.json.zst" in asked) is (option == "--no-repodata-use-shards")


def test_an_archive_is_read_once(channel: Channel) -> None:
    assert channel.counts()["read"] == 2
    before = channel.content()

    again = channel.counts()
    assert again == {"packages": 2, "read": 0, "skipped": 0, "gone": 0, "files_written": 0}
    assert channel.content() == before

    channel.builder.add("new", "1.0")
    third = channel.counts()
    assert (third["packages"], third["read"]) == (3, 1)


def test_what_is_gone_is_no_longer_told_of(channel: Channel) -> None:
    channel.index()
    (channel.folder / "linux-64" / "hello-0.9-0.tar.bz2").unlink()

    assert channel.counts()["gone"] == 1
    assert channel.repodata("linux-64")["packages"] == {}
    assert channel.shards("linux-64")["hello"]["packages"] == {}


def test_an_archive_that_was_replaced_is_read_again(channel: Channel) -> None:
    channel.index()
    path = channel.folder / "linux-64" / "hello-1.0-0.conda"
    times = path.stat()
    package = PackageBuilder("hello", "1.0", depends=["greeting >=2"], files={"share/hello": "hello\n"})
    package.write(os.fspath(path.parent))
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert path.stat().st_size == times.st_size

    assert channel.counts()["read"] == 1
    assert channel.repodata("linux-64")["packages.conda"]["hello-1.0-0.conda"]["depends"] == ["greeting >=2"]


def test_everything_is_read_again_on_request(channel: Channel) -> None:
    channel.index()
    before = channel.content()

    counts = channel.counts("--rebuild")

    assert counts == {"packages": 2, "read": 2, "skipped": 0, "gone": 0, "files_written": 0}
    assert channel.content() == before


def test_the_same_packages_give_the_same_files(channel: Channel, tmp_path: Path) -> None:
    other = Channel(tmp_path / "other")
    shutil.copytree(channel.folder, other.folder)
    channel.index("--threads", "1")
    other.index("--threads", "7")

    assert other.content() == channel.content()


@pytest.mark.parametrize("damage", ["", "nothing", "\0" * 100])
def test_what_was_kept_is_made_anew_when_it_is_damaged(channel: Channel, damage: str) -> None:
    channel.index()
    before = channel.content()
    for path in (channel.folder / ".cache").iterdir():
        path.write_text(damage)

    assert channel.counts()["read"] == 2
    assert channel.content() == before


def test_files_that_somebody_else_changed_are_made_anew(channel: Channel) -> None:
    channel.index()
    before = channel.content()
    for path in list(channel.folder.rglob("*.zst")) + list(channel.folder.rglob("*.json")):
        if ".cache" not in path.parts:
            path.write_bytes(b"\0" * path.stat().st_size if "shards" not in path.parts else b"")

    channel.index()

    assert channel.content() == before


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)


def empty(path: Path) -> None:
    path.write_bytes(b"")


def of_another_platform(path: Path) -> None:
    suffix = ".conda" if path.name.endswith(".conda") else ".tar.bz2"
    path.write_bytes(PackageBuilder("hello", "1.0", subdir="osx-64").archive(suffix))


def without_index(path: Path) -> None:
    write_archive(os.fspath(path), [Member("info/files"), Member("share/x")])


def index_of(path: Path, content: bytes = b"", **fields: object) -> None:
    index = {"name": "hello", "version": "1.0", "build": "0", "build_number": 0, **fields}
    write_archive(os.fspath(path), [Member("info/index.json", content=content or json.dumps(index).encode())])


def broken_index(path: Path) -> None:
    index_of(path, b"{nothing")


def deep_index(path: Path) -> None:
    index_of(path, b"[" * 100_000)


def nameless(path: Path) -> None:
    index_of(path, name=None)


def too_new(path: Path) -> None:
    index_of(path, schema_version=9)


def without_version(path: Path) -> None:
    index_of(path, version="1..0")


def escaping(path: Path) -> None:
    index_of(path, name="../hello")


def with_wrong_types(path: Path) -> None:
    index_of(path, depends=[1])


def linked_index(path: Path) -> None:
    write_archive(os.fspath(path), [Member("info/index.json", "symlink", target="/etc/passwd")])


def with_two(path: Path) -> None:
    member = Member("info/index.json", content=b"{}")
    write_archive(os.fspath(path), [member, member])


def a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def a_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def a_link_to_nowhere(path: Path) -> None:
    path.unlink()
    path.symlink_to("nowhere")


DAMAGES = (
    cut,
    flip,
    empty,
    of_another_platform,
    without_index,
    broken_index,
    deep_index,
    nameless,
    too_new,
    without_version,
    escaping,
    with_wrong_types,
    linked_index,
    with_two,
    a_folder,
    a_pipe,
    a_link_to_nowhere,
)


@pytest.mark.parametrize("suffix", [".conda", ".tar.bz2"])
def test_a_package_that_cannot_be_read_is_named_and_left_out(channel: Channel, suffix: str) -> None:
    folder = channel.folder / "linux-64"
    names = {f"hello-1.0-{damage.__name__}{suffix}": damage for damage in DAMAGES}
    for name, damage in names.items():
        package = PackageBuilder("hello", "1.0", damage.__name__, build_number=0, files={"share/x": "x" * 500})
        package.write(os.fspath(folder), suffix)
        damage(folder / name)

    document = channel.told(status=1)

    reasons = {os.path.basename(each["path"]): each["reason"] for each in document["skipped"]}
    assert reasons.keys() == names.keys()
    assert all(reasons.values())
    assert document["success"] is False
    assert document["subdirs"]["linux-64"]["packages"] == 2
    assert channel.repodata("linux-64") == channel.builder.repodata("linux-64")


def test_people_are_told_which_packages_are_left_out(channel: Channel) -> None:
    empty(channel.folder / "noarch" / "bad-1-0.conda")

    ended = channel.index(status=1)

    assert f"warning: `{channel.folder}/noarch/bad-1-0.conda` is left out: " in ended.stderr
    assert ended.stdout.splitlines()[0].split() == ["Subdir", "Packages", "Read", "Skipped", "Gone", "Files", "written"]


def test_an_archive_that_would_fill_the_memory_is_left_out(channel: Channel) -> None:
    bomb = archive_bytes("bomb-1-0", ".tar.bz2", [Member("share/zeros", content=b"\0" * (70 << 20))])
    (channel.folder / "linux-64" / "bomb-1-0.tar.bz2").write_bytes(bomb)

    (skipped,) = channel.told(status=1)["skipped"]
    assert "unpacks to far more than its size" in skipped["reason"]


def test_records_that_old_clients_misread_stand_in_revision_3(channel: Channel) -> None:
    channel.builder.add("plain", "1.0", index={"depends": ["hello[when='python']"], "schema_version": 3})
    channel.builder.add("flagged", "1.0", index={"flags": ["cuda"], "schema_version": 3})
    channel.index()

    document = channel.repodata("linux-64")
    assert list(document["packages.conda"]) == ["hello-1.0-0.conda"]
    assert list(document["v3"]["conda"]) == ["flagged-1.0-0", "plain-1.0-0"]
    assert "schema_version" not in document["v3"]["conda"]["plain-1.0-0"]
    assert list(channel.shards("linux-64")["flagged"]["v3"]["conda"]) == ["flagged-1.0-0"]


def test_packages_may_lie_elsewhere(channel: Channel, tmp_path: Path) -> None:
    for subdir in ("linux-64", "noarch"):
        shutil.copytree(channel.folder / subdir, tmp_path / "elsewhere" / subdir)
    with ChannelServer(os.fspath(tmp_path / "elsewhere")) as packages:
        channel.index("--base-url", f"{packages.url}/")
        for archive in channel.folder.rglob("*.conda"):
            archive.unlink()
        assert channel.repodata("linux-64")["info"]["base_url"] == f"{packages.url}/linux-64/"
        assert channel.repodata("linux-64")["repodata_version"] == 2

        for number, option in enumerate(("--repodata-use-shards", "--no-repodata-use-shards")):
            words = ("-c", channel.builder.url, "--subdir", "linux-64", option, "hello")
            made = channel.conda("create", "-y", "-p", os.fspath(tmp_path / f"env{number}"), *words)
            assert made.status == 0, made.stderr
        assert "/noarch/greeting-1.0-0.conda" in {request.path for request in packages.requests}


def test_a_channel_without_noarch_gets_one(tmp_path: Path) -> None:
    channel = Channel(tmp_path)
    channel.builder.add("a", "1.0")
    channel.index()

    assert channel.repodata("noarch")["packages.conda"] == {}
    assert channel.conda("search", "-c", channel.builder.url, "--subdir", "linux-64", "a").status == 0


def test_a_folder_that_is_no_channel_is_an_error(tmp_path: Path) -> None:
    channel = Channel(tmp_path)
    assert "there is no folder" in channel.index(status=2).stderr
    channel.folder.mkdir()
    assert "has no folder of packages" in channel.index(status=2).stderr
    PackageBuilder("a", "1.0").write(os.fspath(channel.folder))
    assert "as `linux-64`" in channel.index(status=2).stderr
    assert "there is no subdir `linux`" in channel.index("--subdir", "linux", status=2).stderr


@pytest.mark.parametrize("name", ["", " "])
def test_no_name_does_not_mean_the_folder_that_one_is_in(channel: Channel, name: str) -> None:
    assert channel.conda("channel-index", name).status == 2


def test_the_folder_of_a_platform_is_not_taken_for_a_channel(channel: Channel) -> None:
    ended = channel.conda("channel-index", os.fspath(channel.folder / "linux-64"))

    assert ended.status == 2
    assert f"index the folder above it: `{channel.folder}`" in ended.stderr


def test_shards_that_nothing_names_stay_for_a_day(channel: Channel) -> None:
    channel.index()
    before = {path.name for path in channel.folder.glob("linux-64/shards/*")}
    channel.builder.add("hello", "2.0")
    channel.index()
    assert before < {path.name for path in channel.folder.glob("linux-64/shards/*")}

    for path in channel.folder.glob("linux-64/shards/*"):
        os.utime(path, (0, 0))
    channel.index()

    assert len(list(channel.folder.glob("linux-64/shards/*"))) == 1
    assert len(channel.shards("linux-64")["hello"]["packages.conda"]) == 2
