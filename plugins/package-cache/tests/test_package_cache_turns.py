"""Threads that extract take turns, and decompress at once."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path

from conda_kernel.hookspecs import Downloader
from conda_kernel.model.record import PackageRecord, package_record
from conda_package_cache.cache_folder import CacheFolder
from conda_package_cache.conda_format import CondaExtractor
from conda_package_cache.provision import Means, Provision
from conda_testing.kernels import RecordingReporter
from conda_testing.packages import PackageBuilder

PATIENCE_SECONDS = 30.0


class Watched:
    """Extracts, and counts the threads that are at it; the first two do not go on before both are aside."""

    def __init__(self) -> None:
        self.most = 0
        self._busy = 0
        self._meeting = threading.Barrier(2)
        self._met = threading.local()

    def extract(
        self, archive: str, into: str, *, size_limit: int, aside: Callable[[], AbstractContextManager[object]]
    ) -> Mapping[str, int | None]:
        @contextmanager
        def watched() -> Iterator[None]:
            self._busy -= 1
            with aside():
                if not getattr(self._met, "done", False):
                    self._met.done = True
                    self._meeting.wait(PATIENCE_SECONDS)
                yield
            self._come()

        self._come()
        try:
            return CondaExtractor().extract(archive, into, size_limit=size_limit, aside=watched)
        finally:
            self._busy -= 1

    def _come(self) -> None:
        self._busy += 1
        self.most = max(self.most, self._busy)


def archived(folder: Path, name: str) -> PackageRecord:
    """Return the record of a package whose archive lies in a folder."""
    builder = PackageBuilder(name, "1.0", files={f"share/{name}/{number}": os.urandom(2000) for number in range(200)})
    archive = builder.write(str(folder))
    return package_record(
        builder.index() | {"size": os.path.getsize(archive)},
        channel="c",
        subdir=builder.subdir,
        base_url=f"https://host.example/c/{builder.subdir}",
        file_name=os.path.basename(archive),
    )


def nothing_is_downloaded() -> Downloader:
    raise AssertionError("the archives are there")


def test_one_thread_works_while_another_decompresses(tmp_path: Path) -> None:
    records = [archived(tmp_path, name) for name in "abcd"]
    extractor = Watched()
    with closing(CacheFolder(str(tmp_path))) as cache:
        cache.prepare([record.dist_name for record in records])
        for record in records:
            cache.note_url(record.url)
        means = Means(
            [cache], cache, nothing_is_downloaded, lambda _url: None, RecordingReporter(), threads=2, locks=True
        )

        packages = Provision(means, dict.fromkeys(records, extractor)).run()

    assert [package.is_as_listed for package in packages.values()] == [True] * 4
    assert extractor.most == 1
