"""The cache tells what it would have to download, and does nothing for it."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from conda_kernel.kernel import Kernel
from conda_kernel.model.record import PackageRecord, package_record
from conda_kernel.plugin import Plugin
from conda_package_cache.cache import MANY, PackageCache
from conda_testing.channels import ChannelBuilder
from conda_testing.kernels import make_kernel

PLUGINS = (
    Plugin("conda.package_extractors", ".conda", "no.such.module:Extractor", distribution="conda-fake"),
    Plugin("conda.downloaders", "none", "no.such.module:Downloader", distribution="conda-fake"),
)
"""Whoever asks for one of them finds that it cannot be imported."""


class House:
    """A channel whose archives a test puts into caches by itself."""

    def __init__(self, folder: Path) -> None:
        self.pkgs, self.others = folder / "pkgs", folder / "others"
        self.channel = ChannelBuilder(str(folder / "channel"))
        settings = {"pkgs_dirs": [str(self.pkgs), str(self.others)]}
        self.kernel: Kernel = make_kernel(folder, plugins=PLUGINS, settings=settings)

    def add(self, name: str) -> PackageRecord:
        self.channel.add(name, "1.0")
        entry = next(entry for entry in self.channel.records() if entry["name"] == name)
        base = entry["url"].rpartition("/")[0]
        return package_record(
            entry, channel=entry["channel"], subdir=entry["subdir"], base_url=base, file_name=entry["fn"]
        )

    def put_archive(self, record: PackageRecord, cache: Path | None = None) -> Path:
        folder = cache or self.pkgs
        folder.mkdir(exist_ok=True)
        return Path(shutil.copy(Path(self.channel.folder) / record.subdir / record.file_name, folder))

    def put_extracted(self, record: PackageRecord, **changed: object) -> Path:
        """Lay an extracted package into the cache; its record says what is `changed`."""
        stored: dict[str, Any] = {key: getattr(record, key) for key in ("name", "version", "build", "subdir", "sha256")}
        folder = self.pkgs / record.dist_name / "info"
        folder.mkdir(parents=True)
        (folder / "index.json").touch()
        (folder / "repodata_record.json").write_text(json.dumps({**stored, **changed}), encoding="utf-8")
        return folder

    def missing(self, *records: PackageRecord) -> tuple[PackageRecord, ...]:
        return PackageCache(self.kernel).missing(records)


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def test_what_no_cache_has_is_missing_in_the_order_asked(house: House) -> None:
    first, there, last = (house.add(name) for name in ("z", "m", "a"))
    house.put_extracted(there)

    assert house.missing(first, there, last) == (first, last)


def test_of_many_packages_those_are_missing_that_no_cache_has(house: House) -> None:
    absent, extracted, archived, changed = (house.add(name) for name in ("z", "m", "n", "o"))
    house.put_extracted(extracted)
    house.put_archive(archived, house.others)
    house.put_extracted(changed, sha256="0" * 64)
    many = [absent._replace(name=f"a{number}", file_name=f"a{number}-1.0-0.conda") for number in range(MANY)]

    assert house.missing(*many, absent, extracted, archived, changed) == (*many, absent, changed)


def test_nothing_is_made_to_find_out_what_is_missing(house: House) -> None:
    record = house.add("a")

    assert house.missing(record) == (record,)
    assert not house.pkgs.exists()
    house.put_archive(record)
    assert house.missing(record) == ()
    assert os.listdir(house.pkgs) == [record.file_name]


def test_an_archive_in_any_cache_is_no_download(house: House) -> None:
    record = house.add("a")
    house.put_archive(record, house.others)

    assert house.missing(record) == ()


def test_an_archive_of_another_size_is_a_download(house: House) -> None:
    record = house.add("a")
    with open(house.put_archive(record), "ab") as archive:
        archive.write(b"more")

    assert house.missing(record) == (record,)


@pytest.mark.parametrize(("noted", "is_missing"), [("", True), ("https://elsewhere.example/", True), (None, False)])
def test_an_archive_without_digest_is_known_by_its_url(house: House, noted: str | None, *, is_missing: bool) -> None:
    record = house.add("a")._replace(sha256=None, md5=None)
    house.put_archive(record)
    url = record.url if noted is None else noted + record.file_name
    (house.pkgs / "urls.txt").write_text(f"{url}\n", encoding="utf-8")

    assert house.missing(record) == ((record,) if is_missing else ())


def test_an_extracted_package_that_is_another_one_is_a_download(house: House) -> None:
    record = house.add("a")
    house.put_extracted(record, sha256="0" * 64)

    assert house.missing(record) == (record,)


def test_a_package_that_is_not_extracted_to_its_end_is_a_download(house: House) -> None:
    record = house.add("a")
    (house.put_extracted(record) / "repodata_record.json").unlink()

    assert house.missing(record) == (record,)
