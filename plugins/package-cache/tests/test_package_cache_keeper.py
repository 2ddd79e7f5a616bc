"""The keeper lists, checks and removes what the caches hold, and takes nothing from anybody."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path
from typing import Any

import pytest

from conda_kernel.hookspecs import CACHE_KEEPERS
from conda_kernel.kernel import Kernel
from conda_kernel.model.cached import CachedItem, CachedKind
from conda_kernel.model.record import PackageRecord, package_record
from conda_kernel.plugin import Plugin
from conda_package_cache.cache import PackageCache
from conda_package_cache.cache_folder import CacheFolder
from conda_package_cache.errors import CacheFailed
from conda_package_cache.keeper import CacheKeeper
from conda_testing.channels import ChannelBuilder
from conda_testing.kernels import make_kernel
from conda_testing.packages import File

PLUGINS = [
    Plugin(group, name, target, distribution="conda-package-cache")
    for group, name, target in (
        ("conda.cache_keepers", "folders", "conda_package_cache.keeper:CacheKeeper"),
        ("conda.package_extractors", ".conda", "conda_package_cache.conda_format:CondaExtractor"),
        ("conda.package_extractors", ".tar.bz2", "conda_package_cache.tar_bz2:TarBz2Extractor"),
    )
]


class House:
    """A cache with packages that lie there as archives, and what reads it."""

    def __init__(self, folder: Path) -> None:
        self.pkgs = folder / "pkgs"
        self.channel = ChannelBuilder(str(folder / "channel"))
        self.kernel: Kernel = make_kernel(folder, plugins=PLUGINS)
        self.keeper = CacheKeeper(self.kernel)

    def archive(self, name: str, *, suffix: str = ".conda", **fields: Any) -> PackageRecord:
        """Put the archive of a package into the cache and return its record."""
        self.channel.add(name, "1.0", suffix=suffix, **fields)
        entry = next(entry for entry in self.channel.records() if entry["name"] == name)
        folder, _, file_name = entry["url"].rpartition("/")
        self.pkgs.mkdir(exist_ok=True)
        (self.pkgs / "urls.txt").touch()
        os.link(Path(self.channel.folder, entry["subdir"], file_name), self.pkgs / file_name)
        return package_record(
            entry, channel=entry["channel"], subdir=entry["subdir"], base_url=folder, file_name=file_name
        )

    def package(self, name: str, **fields: Any) -> PackageRecord:
        """Extract a package in the cache and return its record."""
        record = self.archive(name, **fields)
        with PackageCache(self.kernel).provide([record]):
            return record

    def item(self, name: str) -> CachedItem:
        return next(item for item in self.keeper.contents() if item.name == name)

    def names(self) -> list[str]:
        return [item.name for item in self.keeper.contents()]


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def test_archives_packages_and_leftovers_are_listed_with_their_sizes(house: House) -> None:
    record = house.package("a", files={"share/a": "x" * 1000})
    house.archive("b", suffix=".tar.bz2")
    (house.pkgs / "c-1.0-0.conda.partial").write_bytes(b"half")
    (house.pkgs / "d-1.0-0" / "info").mkdir(parents=True)
    (house.pkgs / "d-1.0-0" / "info" / "index.json").write_text("{}")
    (house.pkgs / ".trash" / "7-old").mkdir(parents=True)
    (house.pkgs / "cache").mkdir()
    (house.pkgs / "notes").write_text("somebody's")

    items = {item.name: item for item in house.keeper.contents()}

    assert {name: item.kind.value for name, item in items.items()} == {
        "a-1.0-0": "package",
        "a-1.0-0.conda": "archive",
        "b-1.0-0.tar.bz2": "archive",
        "c-1.0-0.conda.partial": "leftover",
        "d-1.0-0": "leftover",
        ".trash/7-old": "leftover",
    }
    found = items["a-1.0-0"].record
    assert found is not None
    assert (found.dist_name, found.sha256) == ("a-1.0-0", record.sha256)
    assert items["a-1.0-0"].size > 1000
    assert items["a-1.0-0.conda"].size == record.size
    assert not any(item.is_leased for item in items.values())


def test_a_folder_that_is_no_cache_holds_nothing(house: House) -> None:
    (house.pkgs / "a-1.0-0.conda").parent.mkdir()
    (house.pkgs / "a-1.0-0.conda").write_text("somebody's")

    assert house.keeper.contents() == ()
    assert os.listdir(house.pkgs) == ["a-1.0-0.conda"]


def test_what_is_asked_for_is_removed_and_nothing_else(house: House) -> None:
    house.package("a")
    house.package("b")
    items = [house.item("a-1.0-0"), house.item("b-1.0-0.conda")]

    assert house.keeper.remove(items) == tuple(items)
    assert house.names() == ["a-1.0-0.conda", "b-1.0-0"]
    assert sorted(path.name for path in house.pkgs.glob(".*/*")) == []


def test_what_a_process_uses_is_not_removed(house: House) -> None:
    record = house.package("a")
    house.package("b")

    with PackageCache(house.kernel).provide([record]) as (package,):
        items = house.keeper.contents()
        gone = house.keeper.remove(items)

        assert [item.name for item in items if item.is_leased] == ["a-1.0-0", "a-1.0-0.conda"]
        assert [item.name for item in gone] == ["b-1.0-0", "b-1.0-0.conda"]
        assert os.path.isdir(package.folder)
    assert house.keeper.remove(house.keeper.contents())
    assert house.names() == []


def test_a_lease_of_a_dead_process_keeps_nothing_and_one_of_another_machine_does_for_a_day(house: House) -> None:
    house.package("a")
    lease = house.pkgs / ".leases" / "1-x"
    lease.write_text(json.dumps({"host": "elsewhere", "pid": 1, "folders": ["a-1.0-0"]}))

    assert house.item("a-1.0-0").is_leased
    os.utime(lease, (0, 0))
    assert not house.item("a-1.0-0").is_leased


def test_who_wants_a_package_waits_for_who_is_removing_it(house: House) -> None:
    record = house.package("a")
    collector = CacheFolder(str(house.pkgs))
    collector.prepare((), collects=["a-1.0-0"])
    answers: list[bool] = []

    def provide() -> None:
        with PackageCache(house.kernel).provide([record]) as (package,):
            answers.append(package.fetched)

    thread = threading.Thread(target=provide)
    thread.start()
    thread.join(0.2)
    assert answers == []
    collector.set_aside("a-1.0-0")
    collector.close()
    thread.join(30)

    assert answers == [True]


def test_a_path_outside_of_the_cache_is_never_removed(house: House, tmp_path: Path) -> None:
    house.package("a")
    outside = tmp_path / "outside"
    outside.mkdir()
    pkgs = str(house.pkgs)

    for name, path in (("../outside", str(outside)), ("a-1.0-0", str(outside))):
        with pytest.raises(ValueError, match="is not in the cache"):
            house.keeper.remove([CachedItem(CachedKind.PACKAGE, pkgs, name, path, 0)])
    assert outside.is_dir()


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_cache_that_cannot_be_written_is_told(house: House) -> None:
    house.package("a")
    item = house.item("a-1.0-0")
    house.pkgs.chmod(0o555)
    try:
        assert not house.item("a-1.0-0").is_removable
        with pytest.raises(CacheFailed):
            house.keeper.remove([item])
    finally:
        house.pkgs.chmod(0o755)


def test_a_sound_cache_has_no_faults(house: House) -> None:
    house.package("a", files={"share/a": "x", "bin/a": File("run", 0o755)})

    assert [house.keeper.faults(item) for item in house.keeper.contents()] == [(), ()]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda path: path.write_text("y"), "`share/a` has another content"),
        (lambda path: path.write_text("longer"), "`share/a` has 6 bytes instead of 1"),
        (lambda path: path.unlink(), "`share/a` is missing"),
    ],
)
def test_files_that_were_altered_are_found(house: House, change: Any, told: str) -> None:
    house.package("a", files={"share/a": "x"})
    change(house.pkgs / "a-1.0-0" / "share" / "a")

    assert house.keeper.faults(house.item("a-1.0-0")) == (told,)


def test_an_archive_of_another_content_is_found(house: House) -> None:
    record = house.package("a")
    archive = house.pkgs / "a-1.0-0.conda"
    content = archive.read_bytes()
    archive.unlink()
    archive.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))

    assert house.keeper.faults(house.item("a-1.0-0.conda")) == (f"its SHA-256 is not {record.sha256}",)
    archive.write_bytes(b"short")
    assert house.keeper.faults(house.item("a-1.0-0.conda")) == (f"it has 5 bytes instead of {record.size}",)


def test_the_keeper_is_a_driver(house: House) -> None:
    house.package("a")

    assert house.kernel.driver(CACHE_KEEPERS).contents() == house.keeper.contents()


def test_a_package_that_is_known_by_its_url_alone_says_itself_what_it_is(house: House) -> None:
    full = house.archive("a", depends=["b >=1"], noarch="generic")
    bare = PackageRecord(full.name, full.version, full.build, file_name=full.file_name, url=full.url)

    with PackageCache(house.kernel).provide_stated([bare]) as (first,):
        assert first.record.depends == ("b >=1",)
        assert (first.record.sha256, first.record.noarch, first.record.url) == (full.sha256, "generic", full.url)
    with PackageCache(house.kernel).provide_stated([bare]) as (second,):
        assert (second.record, second.fetched) == (first.record, False)


def test_a_local_archive_that_was_made_anew_is_extracted_anew(house: House) -> None:
    old = house.archive("a", files={"share/a": "old"}, noarch="generic")
    bare = PackageRecord(old.name, old.version, old.build, file_name=old.file_name, url=old.url)
    with PackageCache(house.kernel).provide_stated([bare]):
        pass
    archive = Path(house.channel.folder, old.subdir, old.file_name)
    archive.unlink()
    new = House(Path(house.pkgs, "..", "other").resolve()).archive("a", files={"share/a": "new"}, noarch="generic")
    os.link(Path(house.pkgs, "..", "other", "channel", new.subdir, new.file_name), archive)
    os.unlink(house.pkgs / old.file_name)
    os.link(archive, house.pkgs / old.file_name)

    with PackageCache(house.kernel).provide_stated([bare]) as (package,):
        assert Path(package.folder, "share/a").read_text() == "new"
