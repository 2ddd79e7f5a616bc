"""Packages that are given by URL or path: read, checked, installed as they stand, in a real process."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from conda_commands_environments.explicit_packages import OtherPlatform, recorded_spec, stated_records
from conda_commands_environments.wanted import wanted
from conda_kernel.context import Context
from conda_kernel.errors import CondaError, UsageError
from conda_kernel.model.channel import ChannelNames, ChannelSettings
from conda_testing.channels import ChannelBuilder
from conda_testing.executable import Conda, Ended
from conda_testing.fork_server import ForkServer
from conda_testing.server import ChannelServer, require_basic


class House:
    """An executable without any channel, and a folder of archives whose URLs and digests are known."""

    def __init__(self, folder: Path, server: ForkServer | None) -> None:
        self.home = folder / "home"
        self.home.mkdir()
        builder = ChannelBuilder(str(folder / "channel"))
        self.records = [
            builder.add("word", "1.0", subdir="noarch", files={"share/word": "word\n"}),
            builder.add("speech", "1.0", depends=["word"], subdir="noarch", files={"share/speech": "speech\n"}),
            builder.add("word", "2.0", subdir="noarch", files={"share/word": "word 2\n"}, suffix=".tar.bz2"),
        ]
        self.channel = builder.write()
        self.conda = Conda(self.home, environ={"CONDA_OFFLINE": "1"}, server=server)
        self.prefix = self.home / ".conda" / "envs" / "x"

    def url(self, number: int, digest: str = "") -> str:
        """Return the URL of a package, with `md5` or `sha256` behind it when asked for."""
        record = self.records[number]
        suffix = ".tar.bz2" if number == 2 else ".conda"
        url = f"{self.channel}/noarch/{record['name']}-{record['version']}-0{suffix}"
        return f"{url}#{record[digest]}" if digest else url

    def file(self, *lines: str) -> str:
        path = self.home / "explicit.txt"
        path.write_text("\n".join(["@EXPLICIT", *lines, ""]), encoding="utf-8")
        return str(path)

    def run(self, *words: str, status: int = 0) -> Ended:
        ended = self.conda(*words, "-y")
        assert ended.status == status, ended.stdout + ended.stderr
        return ended

    def installed(self) -> list[str]:
        return sorted(file.stem for file in (self.prefix / "conda-meta").glob("*.json"))

    def record(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.prefix / "conda-meta" / f"{name}.json").read_text(encoding="utf-8"))
        return found


@pytest.fixture
def house(tmp_path: Path, fork_server: ForkServer | None) -> House:
    return House(tmp_path, fork_server)


def test_an_environment_is_made_of_an_explicit_file_without_channels_and_solver(house: House) -> None:
    file = house.file("# platform: linux-64", house.url(1, "sha256"), "", house.url(0, "md5"))
    ended = house.run("create", "-n", "x", "--file", file, "--json", "--platform", "linux-64")
    document = ended.json()
    assert isinstance(document, dict)
    # In the order of dependencies, whatever that of the file.
    assert [entry["dist_name"] for entry in document["actions"]["LINK"]] == ["word-1.0-0", "speech-1.0-0"]
    assert house.installed() == ["speech-1.0-0", "word-1.0-0"]
    assert (house.prefix / "share" / "word").read_text(encoding="utf-8") == "word\n"
    record = house.record("speech-1.0-0")
    assert record["depends"] == ["word"]
    assert record["sha256"] == house.records[1]["sha256"]
    assert record["url"] == house.url(1)
    history = (house.prefix / "conda-meta" / "history").read_text(encoding="utf-8")
    assert "speech==1.0=0" in history


def test_what_list_prints_as_explicit_makes_the_same_environment(house: House) -> None:
    house.run("create", "-n", "x", house.url(0), house.url(1))
    listed = house.conda("list", "-n", "x", "--explicit", "--md5").stdout
    file = house.home / "listed.txt"
    file.write_text(listed, encoding="utf-8")
    house.run("create", "-n", "y", "--file", str(file))
    again = house.conda("list", "-n", "y", "--explicit", "--md5").stdout
    assert again == listed


def test_the_old_package_goes_and_the_same_stays(house: House) -> None:
    house.run("create", "-n", "x", house.url(0), house.url(1))
    assert "already installed" in house.run("install", "-n", "x", house.url(0, "sha256")).stdout
    house.run("install", "-n", "x", house.url(2, "md5"))
    assert house.installed() == ["speech-1.0-0", "word-2.0-0"]
    assert (house.prefix / "share" / "word").read_text(encoding="utf-8") == "word 2\n"


def test_a_package_at_a_path_is_installed(house: House) -> None:
    path = f"{house.home.parent}/channel/noarch/word-1.0-0.conda"
    house.run("create", "-n", "x", path)
    assert house.record("word-1.0-0")["url"] == house.url(0)


@pytest.mark.parametrize("digest", ["0" * 32, "0" * 64, "sha256:" + "0" * 64])
def test_a_wrong_digest_installs_nothing_and_keeps_nothing(house: House, digest: str) -> None:
    ended = house.run("create", "-n", "x", f"{house.url(0)}#{digest}", status=5)
    assert "word-1.0-0.conda" in ended.stderr
    assert not house.prefix.exists()
    assert not list((house.home / ".conda" / "pkgs").glob("word-*"))


def test_a_wrong_digest_leaves_an_environment_as_it_was(house: House) -> None:
    house.run("create", "-n", "x", house.url(0))
    house.run("install", "-n", "x", f"{house.url(2)}#{'0' * 64}", status=5)
    house.run("create", "-n", "x", f"{house.url(2)}#{'0' * 64}", status=5)
    assert house.installed() == ["word-1.0-0"]
    assert (house.prefix / "share" / "word").read_text(encoding="utf-8") == "word\n"


def test_a_missing_archive_is_named(house: House) -> None:
    ended = house.run("create", "-n", "x", f"{house.channel}/noarch/nothing-1-0.conda", status=1)
    assert "nothing-1-0.conda" in ended.stderr


def test_a_dry_run_shows_what_would_be_linked_and_brings_nothing(house: House) -> None:
    ended = house.run("create", "-n", "x", house.url(0), "--dry-run")
    assert "word-1.0-0" in ended.stdout
    assert not (house.home / ".conda").exists() or not house.prefix.exists()
    assert not (house.home / ".conda" / "pkgs").exists()


def test_packages_are_only_downloaded(house: House) -> None:
    house.run("create", "-n", "x", house.url(0), "--download-only")
    assert (house.home / ".conda" / "pkgs" / "word-1.0-0" / "info" / "repodata_record.json").exists()
    assert not house.prefix.exists()


def test_packages_from_a_server_need_no_repodata(house: House) -> None:
    (house.home.parent / "channel" / "noarch" / "repodata.json").unlink()
    with ChannelServer(str(house.home.parent / "channel")) as server:
        online = Conda(house.home)
        ended = online("create", "-n", "x", f"{server.url}/noarch/word-1.0-0.conda#{house.records[0]['md5']}", "-y")
    assert ended.status == 0, ended.stderr
    assert house.installed() == ["word-1.0-0"]


@pytest.mark.parametrize("way", ["create", "install"])
def test_a_login_in_a_url_is_used_and_written_nowhere(house: House, way: str) -> None:
    with ChannelServer(str(house.home.parent / "channel"), {"/": require_basic("me", "s3cret")}) as server:
        online = Conda(house.home)
        assert online("create", "-n", "x", f"{server.url}/noarch/word-1.0-0.conda", "-y").status == 5
        if way == "install":
            assert online("create", "-n", "x", "-y").status == 0
        url = server.url.replace("://", "://me:s3cret@") + "/noarch/word-1.0-0.conda"
        ended = online(way, "-n", "x", url, "-y")
    assert ended.status == 0, ended.stderr
    assert house.installed() == ["word-1.0-0"]
    assert "s3cret" not in ended.stdout + ended.stderr
    for path in house.home.rglob("*"):
        assert not path.is_file() or b"s3cret" not in path.read_bytes(), path


def test_what_a_package_lacks_is_told(house: House) -> None:
    ended = house.run("create", "-n", "x", house.url(1))
    assert "word" in ended.stderr
    assert "inconsistent" in ended.stderr
    assert house.installed() == ["speech-1.0-0"]


def test_names_and_urls_are_not_mixed(house: House) -> None:
    assert "do not go together" in house.run("create", "-n", "x", "word", house.url(0), status=2).stderr
    assert "do not go together" in house.run("install", "-n", "x", "word", "-f", house.file(), status=2).stderr


def test_a_list_for_another_platform_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "explicit.txt"
    file.write_text("# platform: win-64\n@EXPLICIT\n", encoding="utf-8")
    with pytest.raises(OtherPlatform, match="win-64"):
        wanted((), (str(file),), "linux-64")
    assert wanted((), (str(file),), "win-64").is_explicit


def test_a_bad_line_is_named_with_its_file(tmp_path: Path) -> None:
    file = tmp_path / "explicit.txt"
    file.write_text("@EXPLICIT\nnumpy=1.0\n", encoding="utf-8")
    with pytest.raises(CondaError, match=r"explicit\.txt"):
        wanted((), (str(file),), "linux-64")


def test_lines_are_read_as_the_digest_says(shared: Path, tmp_path: Path) -> None:
    with open(shared / "spec" / "cases" / "packages.json", encoding="utf-8") as file:
        cases = json.load(file)["explicit"]
    assert cases
    for number, case in enumerate(cases):
        place = tmp_path / f"{number}.txt"
        place.write_text(f"@EXPLICIT\n{case['line']}\n", encoding="utf-8")
        if case.get("error"):
            with pytest.raises(CondaError):
                wanted((), (str(place),), "linux-64")
        else:
            (found,) = wanted((), (str(place),), "linux-64").explicit
            assert found.file_name == case["fn"]
            assert (found.md5, found.sha256) == (case.get("md5"), case.get("sha256"))


def test_a_file_name_without_three_parts_is_refused(tmp_path: Path) -> None:
    (package,) = wanted(["https://a.example/c/noarch/word.conda"], (), "linux-64").explicit
    context = Context((), root_prefix=str(tmp_path))
    with pytest.raises(CondaError, match="name-version-build"):
        stated_records([package], context, ChannelNames(ChannelSettings()))


def test_the_history_remembers_channel_subdir_version_and_build(tmp_path: Path) -> None:
    (package,) = wanted(["https://a.example/c/noarch/word-1.0-0.conda"], (), "linux-64").explicit
    (record,) = stated_records([package], Context((), root_prefix=str(tmp_path)), ChannelNames(ChannelSettings()))
    assert str(recorded_spec(record)) == "https://a.example/c/noarch::word==1.0=0"


def test_usage_errors_end_with_status_2() -> None:
    with pytest.raises(UsageError):
        wanted(["word", "./word-1.0-0.conda"], (), "linux-64")


def test_digests_of_the_builder_are_those_of_its_archives(house: House) -> None:
    archive = Path(f"{house.home.parent}/channel/noarch/word-1.0-0.conda")
    assert hashlib.sha256(archive.read_bytes()).hexdigest() == house.records[0]["sha256"]
