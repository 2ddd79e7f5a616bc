"""The cache provides packages: found, extracted or downloaded, and always the ones that were asked for."""

from __future__ import annotations

import importlib.util
import json
import os
import platform
import shutil
import stat
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from conda_kernel.errors import ChecksumMismatch, CondaError, FetchError, PackageCorrupt, PluginNotFound
from conda_kernel.kernel import Kernel
from conda_kernel.model.event import Advanced, Finished, Started
from conda_kernel.model.paths import UnsafePath
from conda_kernel.model.plan import ExtractedPackage
from conda_kernel.model.record import PackageRecord
from conda_package_cache.cache import PackageCache
from conda_package_cache.cache_folder import CacheFolder
from conda_package_cache.errors import CacheFailed, NoWritableCache, PackagesUnavailable
from conda_package_cache.listed_files import listed_files
from conda_package_cache.locking import ArtefactLock
from conda_testing.channels import ChannelBuilder
from conda_testing.kernels import RecordingReporter, make_kernel
from conda_testing.packages import File, Member, PackageBuilder, Symlink, write_archive


def load_process() -> ModuleType:
    name = "package_cache_process"
    if name not in sys.modules:
        specification = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
        assert specification is not None
        assert specification.loader is not None
        sys.modules[name] = importlib.util.module_from_spec(specification)
        specification.loader.exec_module(sys.modules[name])
    return sys.modules[name]


process = load_process()


class House:
    """A channel, and a kernel with caches, below one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.pkgs = folder / "pkgs"
        self.channel = ChannelBuilder(str(folder / "channel"))
        self.kernel = self.kernel_with()

    def kernel_with(self, environ: dict[str, str] | None = None, **settings: object) -> Kernel:
        return make_kernel(self.folder, plugins=process.plugins(process.__name__), settings=settings, environ=environ)

    def add(self, name: str, *, known: bool = True, suffix: str = ".conda", **fields: Any) -> PackageRecord:
        """Add a package to the channel and return its record, without size and digests unless they are `known`."""
        self.channel.add(name, "1.0", suffix=suffix, **fields)
        entry = next(entry for entry in self.channel.records() if entry["name"] == name)
        record: PackageRecord = process.record_of(entry)
        return record if known else record._replace(size=None, sha256=None, md5=None)

    def provide(self, *records: PackageRecord, kernel: Kernel | None = None) -> tuple[ExtractedPackage, ...]:
        with PackageCache(kernel or self.kernel).provide(records) as packages:
            return tuple(packages)

    def fetched(self) -> list[str]:
        """Return what was downloaded so far."""
        log = self.folder / "fetched"
        return log.read_text().split() if log.exists() else []

    def archive_in_channel(self, record: PackageRecord) -> Path:
        return Path(self.channel.folder) / record.subdir / record.file_name

    def left_behind(self) -> list[str]:
        """Return what lies in the folders that only work in progress should fill."""
        return sorted(str(path.relative_to(self.pkgs)) for path in self.pkgs.glob(".*/*"))


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def record_in(folder: str | Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(Path(folder, "info", "repodata_record.json").read_text(encoding="utf-8"))
    return document


def test_packages_are_brought_and_given_in_the_order_asked(house: House) -> None:
    small = house.add("small", files={"bin/x": File("run", 0o755), "lib/x": Symlink("../bin/x")})
    large = house.add("large", files={"share/y": os.urandom(5000)}, suffix=".tar.bz2")

    packages = house.provide(small, large, small)

    assert [package.record for package in packages] == [small, large, small]
    assert [package.folder for package in packages[:2]] == [
        str(house.pkgs / f"{name}-1.0-0") for name in ("small", "large")
    ]
    assert [package.archive for package in packages[:2]] == [str(house.pkgs / r.file_name) for r in (small, large)]
    assert all(package.fetched for package in packages)
    assert [(entry.path, entry.path_type) for entry in packages[0].files.entries()] == [
        ("bin/x", "hardlink"),
        ("lib/x", "softlink"),
    ]
    assert Path(packages[0].folder, "lib/x").read_text() == "run"
    assert house.left_behind() == []


def test_the_largest_is_downloaded_first(house: House) -> None:
    records = [house.add(name, files={"x": os.urandom(size)}) for name, size in (("a", 10), ("b", 9000), ("c", 500))]

    house.provide(*records)

    assert house.fetched() == [records[1].url, records[2].url, records[0].url]


def test_what_is_there_is_not_brought_again(house: House) -> None:
    record = house.add("a")
    house.provide(record)

    again = house.provide(record)

    assert [package.fetched for package in again] == [False]
    assert house.fetched() == [record.url]


def test_a_package_that_was_just_unpacked_is_known_to_be_as_it_lists_its_files(house: House) -> None:
    record = house.add("a", files={"share/a": "right", "share/link": Symlink("a"), "bin/a": File("run", 0o755)})
    entry = {"_path": "share/b", "path_type": "hardlink", "sha256": "0" * 64, "size_in_bytes": 6}
    lying = house.add("b", files={"share/b": "right"}, info={"paths.json": json.dumps({"paths": [entry]})})

    assert [package.is_as_listed for package in house.provide(record, lying)] == [True, False]
    # Who finds it later has not seen what happened to it meanwhile.
    assert [package.is_as_listed for package in house.provide(record)] == [False]


def test_nothing_is_made_where_nothing_is_asked_for(house: House) -> None:
    assert house.provide() == ()
    assert not house.pkgs.exists()


def test_other_tools_find_the_url_of_what_was_brought(house: House) -> None:
    record = house.add("a")

    house.provide(record)

    assert (house.pkgs / "urls.txt").read_text() == record.url + "\n"


def test_the_record_in_the_package_is_that_of_the_channel(house: House) -> None:
    record = house.add(
        "a", depends=["b >=1"], record={"depends": ["b >=2"]}, index={"license": "MIT", "track_features": "x", "odd": 1}
    )._replace(track_features=())

    (package,) = house.provide(record)

    stored = record_in(package.folder)
    assert stored["depends"] == ["b >=2"]
    assert (stored["fn"], stored["url"], stored["sha256"]) == (record.file_name, record.url, record.sha256)
    assert (stored["channel"], stored["license"], stored["odd"]) == (house.channel.url, "MIT", 1)
    assert "track_features" not in stored


def test_the_digest_of_what_had_none_is_noted(house: House) -> None:
    known = house.add("a")
    record = known._replace(size=None, sha256=None, md5=None)

    (package,) = house.provide(record)

    assert record_in(package.folder)["sha256"] == known.sha256
    assert [again.fetched for again in house.provide(record)] == [False]


def test_no_credentials_are_noted(house: House) -> None:
    record = house.add("a")
    house.provide(record)
    archive = house.pkgs / record.file_name
    shutil.rmtree(house.pkgs / "a-1.0-0")
    url = f"https://user:secret@example.com/t/tk-123/{record.file_name}"

    house.provide(record._replace(url=url))

    assert archive.exists()
    assert "secret" not in json.dumps(record_in(house.pkgs / "a-1.0-0"))
    assert "tk-123" not in json.dumps(record_in(house.pkgs / "a-1.0-0"))


def test_the_credentials_of_a_channel_go_to_the_downloader_alone(house: House) -> None:
    record = house.add("a")._replace(url="https://example.com/private/noarch/a-1.0-0.conda", size=None)
    kernel = house.kernel_with(channels=["https://example.com/t/tk-123/private"])

    with pytest.raises(CondaError) as caught:
        house.provide(record, kernel=kernel)

    assert house.fetched() == ["https://example.com/t/tk-123/private/noarch/a-1.0-0.conda"]
    assert "tk-123" not in str(caught.value)


def test_an_archive_in_the_cache_is_extracted_without_downloading(house: House) -> None:
    record = house.add("a")
    house.pkgs.mkdir()
    shutil.copy(house.archive_in_channel(record), house.pkgs)

    (package,) = house.provide(record)

    assert package.fetched
    assert house.fetched() == []


@pytest.mark.parametrize("digest", ["sha256", "md5"])
def test_an_archive_of_another_content_is_downloaded_anew(house: House, digest: str) -> None:
    record = house.add("a", files={"x": "right"})
    unknown = {"size": None, "sha256": None, "md5": None}
    record = record._replace(**{**unknown, digest: getattr(record, digest)})
    house.pkgs.mkdir()
    PackageBuilder("a", "1.0", files={"x": "wrong"}).write(str(house.pkgs))

    (package,) = house.provide(record)

    assert Path(package.folder, "x").read_text() == "right"
    assert house.fetched() == [record.url]


def test_a_known_sha256_decides_where_the_md5_is_wrong(house: House) -> None:
    record = house.add("a")._replace(md5="0" * 32)
    house.pkgs.mkdir()
    shutil.copy(house.archive_in_channel(record), house.pkgs)

    house.provide(record)

    assert house.fetched() == []


def test_an_archive_without_digest_is_used_when_it_came_from_the_url(house: House) -> None:
    record = house.add("a", known=False)
    house.provide(record)
    shutil.rmtree(house.pkgs / "a-1.0-0")

    house.provide(record)

    assert house.fetched() == [record.url]


def test_an_archive_without_digest_from_elsewhere_is_not_used(house: House) -> None:
    record = house.add("a", known=False, files={"x": "right"})
    house.pkgs.mkdir()
    PackageBuilder("a", "1.0", files={"x": "wrong"}).write(str(house.pkgs))
    (house.pkgs / "urls.txt").write_text(f"{record.url}\nhttps://example.com/noarch/{record.file_name}\n")

    (package,) = house.provide(record)

    assert Path(package.folder, "x").read_text() == "right"


def test_a_folder_that_another_tool_left_unfinished_is_replaced(house: House) -> None:
    record = house.add("a", files={"x": "right"})
    (house.pkgs / "a-1.0-0" / "info").mkdir(parents=True)
    (house.pkgs / "a-1.0-0" / "info" / "index.json").write_text("{}")
    (house.pkgs / "a-1.0-0" / "y").write_text("left over")

    (package,) = house.provide(record)

    assert sorted(os.listdir(package.folder)) == ["info", "x"]
    assert house.left_behind() == []


@pytest.mark.parametrize("make", [Path.touch, lambda path: path.symlink_to("/etc")])
def test_what_is_no_folder_is_replaced(house: House, make: Callable[[Path], None]) -> None:
    record = house.add("a", files={"x": "right"})
    house.pkgs.mkdir()
    make(house.pkgs / "a-1.0-0")

    (package,) = house.provide(record)

    assert Path(package.folder, "x").read_text() == "right"
    assert not os.path.islink(package.folder)


def test_the_same_package_of_another_channel_takes_the_place_without_changing_what_was_linked(house: House) -> None:
    ours = house.add("a", files={"x": "ours"})
    other = House(house.folder / "other").add("a", files={"x": "theirs"})
    (package,) = house.provide(ours)
    linked = house.folder / "linked"
    os.link(Path(package.folder, "x"), linked)

    (theirs,) = house.provide(other)

    assert theirs.folder == package.folder
    assert Path(theirs.folder, "x").read_text() == "theirs"
    assert linked.read_text() == "ours"
    assert house.left_behind() == []


def test_a_package_in_use_is_left_where_it_is(house: House) -> None:
    ours = house.add("a", files={"x": "ours"})
    other = House(house.folder / "other").add("a", files={"x": "theirs"})

    with PackageCache(house.kernel).provide([ours]) as (package,):
        (theirs,) = house.provide(other)
        assert Path(package.folder, "x").read_text() == "ours"
        assert Path(theirs.folder, "x").read_text() == "theirs"
        assert theirs.folder.startswith(package.folder + "-")
        assert [again.fetched for again in house.provide(other)] == [False]


def test_the_same_archive_from_elsewhere_is_the_same_package(house: House) -> None:
    record = house.add("a")
    house.provide(record)

    (package,) = house.provide(record._replace(url="https://mirror.example.com/a-1.0-0.conda", channel="mirror"))

    assert not package.fetched


@pytest.mark.parametrize("change", [{"sha256": "0" * 64}, {"size": 7}, {"md5": "0" * 32, "sha256": None}])
def test_a_record_that_differs_from_what_is_extracted_is_not_satisfied_by_it(
    house: House, change: dict[str, Any]
) -> None:
    record = house.add("a", noarch="generic")
    house.provide(record)
    os.unlink(house.pkgs / record.file_name)
    os.unlink(house.archive_in_channel(record))

    with pytest.raises(FetchError):
        house.provide(record._replace(**change))


def test_a_package_without_digest_is_known_by_its_url(house: House) -> None:
    record = house.add("a", known=False)
    house.provide(record)
    os.unlink(house.archive_in_channel(record))

    with pytest.raises(FetchError):
        house.provide(record._replace(url=record.url.replace("noarch", "elsewhere").replace("linux-64", "elsewhere")))


def test_a_list_of_files_is_read_once(house: House) -> None:
    record = house.add("a", files={"x": "x", "y": Symlink("x")})
    (first,) = house.provide(record)
    listed = Path(first.folder, "info", "paths.json")
    changed = listed.read_text().replace('"x"', "broken")
    before = listed.stat()

    table = Path(first.folder, "info", "file_table.txt")
    kept = table.read_text()
    assert house.provide(record)[0].files == first.files
    table.unlink()
    assert house.provide(record)[0].files == first.files
    assert table.read_text() == kept
    listed.write_text(changed)
    os.utime(listed, ns=(before.st_atime_ns, before.st_mtime_ns))
    (again,) = house.provide(record)
    assert again.fetched
    assert house.left_behind() == []


def test_lists_of_files_that_are_read_side_by_side_are_all_kept(house: House) -> None:
    packages = house.provide(*[house.add(f"a{number}", files={f"x{number}": "x"}) for number in range(40)])
    tables = [Path(package.folder, "info", "file_table.txt") for package in packages]
    kept = [table.read_text() for table in tables]
    for table in tables:
        table.unlink()
    cache = CacheFolder(str(house.pkgs))
    cache.prepare(())

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda package: listed_files(package.folder, cache), packages))
    cache.close()

    assert [table.read_text() for table in tables] == kept


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_a_shared_cache_stays_shared_when_a_list_of_files_is_the_first_that_is_kept(house: House) -> None:
    (package,) = house.provide(house.add("a", files={"x": "x"}))
    Path(package.folder, "info", "file_table.txt").unlink()
    shutil.rmtree(house.pkgs / ".extracting")
    house.pkgs.chmod(0o2775)

    house.provide(package.record)

    assert stat.S_IMODE((house.pkgs / ".extracting").stat().st_mode) == 0o2775


def test_a_table_of_files_that_leads_elsewhere_is_not_believed(house: House) -> None:
    record = house.add("a", files={"x": "x"})
    (first,) = house.provide(record)
    table = Path(first.folder, "info", "file_table.txt")
    table.write_text(table.read_text().replace("\nx\n", "\n../x\n"))

    assert house.provide(record)[0].files == first.files


def test_a_table_of_files_that_comes_in_an_archive_is_not_unpacked(house: House) -> None:
    record = house.add("a", files={"x": "x"}, info={"file_table.txt": "told by the archive"})

    (package,) = house.provide(record)

    assert "told by the archive" not in Path(package.folder, "info", "file_table.txt").read_text()


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere")
def test_the_list_of_a_package_that_cannot_be_written_to_is_read_each_time(house: House) -> None:
    record = house.add("a", files={"x": "x"})
    (first,) = house.provide(record)
    info = Path(first.folder, "info")
    (info / "file_table.txt").unlink()
    info.chmod(0o555)

    assert house.provide(record)[0].files == first.files
    info.chmod(0o755)
    assert not (info / "file_table.txt").exists()


def test_an_extracted_package_whose_list_of_files_is_broken_is_extracted_anew(house: House) -> None:
    record = house.add("a", files={"x": "right"})
    (package,) = house.provide(record)
    Path(package.folder, "info", "paths.json").write_text("{")

    (again,) = house.provide(record)

    assert again.fetched
    assert [entry.path for entry in again.files.entries()] == ["x"]
    assert house.fetched() == [record.url]


def test_an_archive_that_is_broken_is_downloaded_once_more(house: House) -> None:
    record = house.add("a", known=False)

    (package,) = house.provide(record, kernel=house.kernel_with({"SPOIL": "1"}))

    assert package.fetched
    assert house.fetched() == [record.url] * 2


def test_an_archive_that_stays_broken_is_an_error_that_names_file_and_url_and_is_not_kept(house: House) -> None:
    record = house.add("a", known=False)

    with pytest.raises(PackageCorrupt, match=r"a-1\.0-0\.conda") as caught:
        house.provide(record, kernel=house.kernel_with({"SPOIL": "5"}))

    assert record.url in str(caught.value)
    assert house.fetched() == [record.url] * 2
    assert not (house.pkgs / record.file_name).exists()
    assert not (house.pkgs / "a-1.0-0").exists()
    assert house.left_behind() == []


def test_a_broken_archive_that_lay_in_the_cache_is_replaced(house: House) -> None:
    record = house.add("a", known=False)
    house.provide(record)
    shutil.rmtree(house.pkgs / "a-1.0-0")
    (house.pkgs / record.file_name).write_bytes(b"no archive")

    (package,) = house.provide(record)

    assert package.fetched
    assert house.fetched() == [record.url] * 2


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"index": {"name": "b"}}, "`b-1.0-0`"),
        ({"index": {"version": "2"}}, "`a-2-0`"),
        ({"index": {"build": "1"}}, "`a-1.0-1`"),
        ({"index": {"name": "b\x1b[31m"}}, "`b-1.0-0`"),
        ({"info": {"index.json": "{"}}, "cannot be read"),
        ({"info": {"index.json": "[]"}}, "no JSON object"),
        ({"info": {"index.json": "[" * 100_000}}, "cannot be read"),
        ({"info": {"paths.json": '{"paths": [{"_path": "../x"}]}'}}, r"\.\."),
        ({"info": {"paths.json": '{"paths": [{"_path": "x"}]}'}}, "`x` is missing"),
        ({"info": {"paths.json": '{"paths_version": 9}'}}, "version"),
    ],
)
def test_a_package_that_is_not_what_it_claims_to_be_is_refused(house: House, fields: dict[str, Any], told: str) -> None:
    record = house.add("a", record={"name": "a", "version": "1.0", "build": "0"}, **fields)

    with pytest.raises(PackageCorrupt, match=told) as caught:
        house.provide(record)

    assert str(caught.value).isprintable()
    assert not (house.pkgs / "a-1.0-0").exists()


@pytest.mark.parametrize(
    "members",
    [
        [Member("info", "symlink", target="share"), Member("share/index.json")],
        [Member("info", "file")],
        [Member("info/index.json", "symlink", target="index.json.none")],
    ],
)
def test_an_info_folder_that_is_none_is_refused(house: House, members: list[Member]) -> None:
    record = house.add("a", known=False, suffix=".tar.bz2")
    write_archive(str(house.archive_in_channel(record)), members)

    with pytest.raises(PackageCorrupt):
        house.provide(record)


def test_a_record_of_an_archive_without_an_extractor_says_what_could_be_installed(house: House) -> None:
    record = house.add("a")._replace(file_name="a-1.0-0.whl")

    with pytest.raises(PluginNotFound, match="whl"):
        house.provide(record)


def test_a_package_that_is_not_the_one_announced_is_refused(house: House) -> None:
    record = house.add("a")._replace(sha256="0" * 64, md5=None)

    with pytest.raises(ChecksumMismatch):
        house.provide(record)

    assert not (house.pkgs / "a-1.0-0").exists()


def test_every_error_is_told_once_and_what_could_be_had_is_kept(house: House) -> None:
    good, wrong, gone = house.add("good"), house.add("wrong")._replace(sha256="0" * 64), house.add("gone")
    os.unlink(house.archive_in_channel(gone))

    with pytest.raises(PackagesUnavailable) as caught:
        house.provide(good, wrong, gone)

    assert [type(error) for error in sorted(caught.value.errors, key=str)] == [FetchError, ChecksumMismatch]
    assert gone.url in str(caught.value)
    assert "wrong-1.0-0 is another file" in str(caught.value)
    assert json.dumps(caught.value.fields)
    assert [package.fetched for package in house.provide(good)] == [False]


def test_a_package_that_nobody_knows_where_to_get_from_is_an_error(house: House) -> None:
    with pytest.raises(FetchError, match=r"a-1\.0-0"):
        house.provide(house.add("a")._replace(url=""))


@pytest.mark.parametrize(
    "change",
    [{"name": "../a"}, {"version": "1/0"}, {"build": ""}, {"file_name": "../a-1.0-0.conda"}, {"file_name": ""}],
)
def test_a_record_whose_names_make_no_path_is_refused(house: House, change: dict[str, str]) -> None:
    record = house.add("a")._replace(**change)  # type: ignore[arg-type]  # each is a text

    with pytest.raises(CondaError):
        house.provide(record)
    with pytest.raises(CondaError):
        PackageCache(house.kernel).missing([record])

    assert not (house.folder / "a-1.0-0.conda").exists()
    assert house.fetched() == []


def test_two_packages_that_would_lie_in_one_folder_are_not_provided_together(house: House) -> None:
    record = house.add("a")

    with pytest.raises(CondaError, match=r"both are `a-1\.0-0`"):
        house.provide(record, record._replace(sha256="0" * 64))


def test_two_packages_of_one_archive_are_not_provided_together(house: House) -> None:
    record = house.add("a")

    with pytest.raises(CondaError, match=r"both are `a-1\.0-0\.conda`"):
        house.provide(record, record._replace(name="b"))


def test_a_lease_names_the_packages_while_they_are_in_use(house: House) -> None:
    record = house.add("a")

    with PackageCache(house.kernel).provide([record]):
        (lease,) = (house.pkgs / ".leases").iterdir()
        content = json.loads(lease.read_text())

    assert content["pid"] == os.getpid()
    assert "a-1.0-0" in content["folders"]
    assert house.left_behind() == []


def test_the_lease_ends_with_an_error_too(house: House) -> None:
    record = house.add("a")

    with pytest.raises(ZeroDivisionError), PackageCache(house.kernel).provide([record]):
        raise ZeroDivisionError

    assert house.left_behind() == []


def test_what_a_killed_process_left_is_removed(house: House) -> None:
    record = house.add("a")
    for folder, name in (
        (".leases", "1-dead"),
        (".extracting/1-dead/a-1.0-0", "x"),
        (".trash/y", "z"),
        (".locks", "a"),
    ):
        (house.pkgs / folder).mkdir(parents=True)
        (house.pkgs / folder / name).write_text(json.dumps({"host": platform.node(), "folders": ["a-1.0-0"]}))
    (house.pkgs / ".extracting" / "2-without-lease").mkdir()
    (house.pkgs / "urls.txt").touch()

    house.provide(record)

    assert house.left_behind() == []


def test_the_lease_of_another_machine_is_left(house: House) -> None:
    record = house.add("a")
    (house.pkgs / ".leases").mkdir(parents=True)
    (house.pkgs / ".leases" / "1-far").write_text(json.dumps({"host": "elsewhere.example.com", "folders": []}))

    house.provide(record)

    assert house.left_behind() == [".leases/1-far"]


@pytest.mark.parametrize("content", [b"\xff\xfe", b"[]", b'{"folders": 7}', b"", b"[" * 100_000])
def test_a_lease_that_cannot_be_read_stops_nobody(house: House, content: bytes) -> None:
    record = house.add("a")
    (house.pkgs / ".leases").mkdir(parents=True)
    (house.pkgs / ".leases" / "1-odd").write_bytes(content)

    assert [package.fetched for package in house.provide(record)] == [True]


class ReadOnlyHouse(House):
    """A house with a second cache, `foreign`, in which this process may not write; it holds the package `record`."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.foreign = folder / "foreign"
        self.record = self.add("a")

    def fill(self, *, extracted: bool) -> None:
        """Put the package into the foreign cache, as it is after extraction or as a mere archive."""
        self.provide(self.record, kernel=self.kernel_with(pkgs_dirs=[str(self.foreign)]))
        (self.folder / "fetched").unlink()
        if not extracted:
            shutil.rmtree(self.foreign / "a-1.0-0")
        for place, _, files in os.walk(self.foreign):
            for name in files:
                set_mode(os.path.join(place, name), 0o444)
            set_mode(place, 0o555)


def set_mode(path: str | Path, mode: int) -> None:
    os.chmod(path, mode)


@pytest.fixture
def without_rights() -> Iterator[ReadOnlyHouse]:
    """Return a house whose foreign cache nobody may write to; modes do not stop root, so it becomes somebody else."""
    if not hasattr(os, "geteuid"):
        pytest.skip("rights are those of POSIX here")
    folder = tempfile.mkdtemp()
    set_mode(folder, 0o777)
    house = ReadOnlyHouse(Path(folder))
    yield house
    os.seteuid(os.getuid())
    for place, _, _ in os.walk(folder):
        set_mode(place, 0o755)
    shutil.rmtree(folder)


def become_somebody_else() -> None:
    if os.geteuid() == 0:
        os.seteuid(65534)


def test_a_package_in_a_cache_that_cannot_be_written_is_used_there(without_rights: ReadOnlyHouse) -> None:
    house = without_rights
    house.fill(extracted=True)
    become_somebody_else()

    (package,) = house.provide(house.record, kernel=house.kernel_with(pkgs_dirs=[str(house.pkgs), str(house.foreign)]))

    assert package.folder == str(house.foreign / "a-1.0-0")
    assert not package.fetched
    assert not house.pkgs.exists()


def test_an_archive_in_a_cache_that_cannot_be_written_is_extracted_into_one_that_can(
    without_rights: ReadOnlyHouse,
) -> None:
    house = without_rights
    house.fill(extracted=False)
    become_somebody_else()

    (package,) = house.provide(house.record, kernel=house.kernel_with(pkgs_dirs=[str(house.foreign), str(house.pkgs)]))

    assert package.folder == str(house.pkgs / "a-1.0-0")
    assert package.archive == str(house.pkgs / house.record.file_name)
    assert (house.pkgs / "urls.txt").read_text() == house.record.url + "\n"
    assert house.fetched() == []


def test_without_a_cache_that_can_be_written_the_error_says_what_stands_against_each(
    without_rights: ReadOnlyHouse,
) -> None:
    house = without_rights
    house.fill(extracted=True)
    become_somebody_else()
    folders = [str(house.foreign), str(house.foreign / "deeper")]

    with pytest.raises(NoWritableCache) as caught:
        house.provide(house.record._replace(sha256="0" * 64), kernel=house.kernel_with(pkgs_dirs=folders))

    assert all(f"`{folder}`: Permission denied" in str(caught.value) for folder in folders)
    assert "pkgs_dirs" in caught.value.hint


def test_a_cache_that_is_a_file_is_told(house: House) -> None:
    house.pkgs.write_text("no folder")

    with pytest.raises(NoWritableCache, match="pkgs"):
        house.provide(house.add("a"))


def test_an_archive_that_cannot_be_written_is_told_with_its_place(house: House) -> None:
    record = house.add("a")
    house.pkgs.mkdir()
    (house.pkgs / ".extracting").write_text("in the way")

    with pytest.raises(CacheFailed, match=r"cannot extract to .*pkgs"):
        house.provide(record)


def test_without_locks_packages_are_brought_too(house: House) -> None:
    record = house.add("a")

    (package,) = house.provide(record, kernel=house.kernel_with(no_lock=True))

    assert package.fetched
    assert not (house.pkgs / ".locks").exists()


def test_without_locks_an_archive_that_was_replaced_after_it_was_verified_is_not_extracted(house: House) -> None:
    record = house.add("a")._replace(size=None)

    with pytest.raises(ChecksumMismatch):
        house.provide(record, kernel=house.kernel_with({"REPLACE": "another archive"}, no_lock=True))

    assert not (house.pkgs / "a-1.0-0").exists()


def test_a_lock_is_held_by_one(tmp_path: Path) -> None:
    path = str(tmp_path / "lock")
    first, second = ArtefactLock(path), ArtefactLock(path)

    assert [first.attempt(), second.attempt()] == [True, False]
    first.release()
    assert second.attempt()
    assert second.held
    second.release()
    assert os.listdir(tmp_path) == []


def test_where_no_lock_can_be_had_one_goes_on_without(tmp_path: Path) -> None:
    lock = ArtefactLock(str(tmp_path / "absent" / "lock"))

    assert lock.attempt()
    assert not lock.held


def test_progress_is_told(house: House) -> None:
    records = [house.add("a"), house.add("b")]

    house.provide(*records)

    reporter = house.kernel.reporter
    assert isinstance(reporter, RecordingReporter)
    assert reporter.events == [
        Started("extract packages", "extracting packages", 2, "packages"),
        Advanced("extract packages", 1),
        Advanced("extract packages", 2),
        Finished("extract packages"),
    ]


def test_failure_is_told_too(house: House) -> None:
    with pytest.raises(FetchError):
        house.provide(house.add("a")._replace(url=""))

    assert isinstance(house.kernel.reporter, RecordingReporter)
    assert house.kernel.reporter.events[-1] == Finished("extract packages", failed=True)


def test_extracted_folders_are_for_everybody_and_work_in_progress_is_not(house: House) -> None:
    before = os.umask(0o022)
    try:
        (package,) = house.provide(house.add("a", files={"x": "y"}))
    finally:
        os.umask(before)

    assert stat.S_IMODE(os.stat(package.folder).st_mode) == 0o755
    assert stat.S_IMODE(os.stat(Path(package.folder, "x")).st_mode) == 0o644


def test_unsafe_names_never_reach_the_downloader(house: House) -> None:
    with pytest.raises(UnsafePath):
        house.provide(house.add("a")._replace(file_name="a/../../b.conda"))

    assert house.fetched() == []


def test_nothing_is_downloaded_that_the_disk_has_no_room_for(house: House) -> None:
    record = house.add("a")._replace(size=1 << 60)

    with pytest.raises(CacheFailed, match="and the packages to download have 11529215046068"):
        house.provide(record, house.add("b"))

    assert house.fetched() == []
    assert house.left_behind() == []


def test_a_broken_archive_of_the_right_digest_is_not_downloaded_again(house: House) -> None:
    record = house.add("a", info={"paths.json": "{"})

    with pytest.raises(PackageCorrupt) as caught:
        house.provide(record)

    assert house.fetched() == [record.url]
    assert "its digest is the one that the channel announces" in caught.value.hint
    assert not (house.pkgs / record.file_name).exists()
