"""Brings the packages that no cache has extracted: out of archives that lie there, or by downloading them.

Two processes that want the same package agree by a lock on it, so that one of them does the work. Nobody waits for a
lock while holding another, so that no two can wait for each other; and nothing is wrong where locks do not work.
"""

from __future__ import annotations

import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from functools import partial

from conda_kernel.errors import CondaError, FetchError, PackageCorrupt
from conda_kernel.model.event import Advanced, Finished, Started, Told
from conda_kernel.model.fetching import FetchRequest
from conda_kernel.model.named_tuple import NamedTuple
from conda_kernel.model.paths import printable
from conda_package_cache.errors import CacheFailed, PackagesUnavailable
from conda_package_cache.kept import find_archive
from conda_package_cache.lookup import find_extracted, mismatch
from conda_package_cache.placing import place_archive

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from concurrent.futures import Future

    from conda_kernel.hookspecs import Downloader, PackageExtractor
    from conda_kernel.model.plan import ExtractedPackage
    from conda_kernel.model.record import PackageRecord
    from conda_kernel.model.secret import Secret
    from conda_kernel.reporting import Reporter
    from conda_package_cache.cache_folder import CacheFolder
    from conda_package_cache.locking import ArtefactLock

TASK = "extract packages"
DOWNLOADS = 2
"""How often an archive is downloaded that turns out to be broken."""

_PATIENCE_SECONDS = 600.0
"""After this time a package is brought although another process has its lock: it may hang."""

_SHORTEST_NAP, _LONGEST_NAP = 0.02, 0.5


class Means(NamedTuple):
    """What bringing packages takes; `access` adds a channel's credentials to a URL.

    `are_stated` is true when packages themselves say what they are, beyond their place and digests.
    """

    caches: Sequence[CacheFolder]
    target: CacheFolder
    downloader: Callable[[], Downloader]
    access: Callable[[str], Secret | None]
    reporter: Reporter
    threads: int
    locks: bool
    are_stated: bool = False


class Job:
    """One package that is to be brought."""

    __slots__ = ("error", "extractor", "lock", "package", "record")

    def __init__(self, record: PackageRecord, extractor: PackageExtractor, lock: ArtefactLock | None) -> None:
        self.record = record
        self.extractor = extractor
        self.lock = lock
        self.package: ExtractedPackage | None = None
        self.error: CondaError | None = None

    @property
    def is_done(self) -> bool:
        """True when the package is there, or cannot be had."""
        return self.package is not None or self.error is not None


class Provision:
    """One go of bringing packages."""

    def __init__(self, means: Means, records: Mapping[PackageRecord, PackageExtractor]) -> None:
        """Prepare for records, each with the extractor of its archive."""
        self._means = means
        self._counting = threading.Lock()
        self._turn = threading.Lock()
        self._done = 0
        self._jobs = [
            Job(record, extractor, means.target.lock(record.dist_name) if means.locks else None)
            for record, extractor in records.items()
        ]

    def run(self) -> dict[PackageRecord, ExtractedPackage]:
        """Return the packages; every one is tried before the errors of some are raised."""
        reporter = self._means.reporter
        reporter.tell(Started(TASK, "extracting packages", len(self._jobs), "packages"))
        pool = ThreadPoolExecutor(self._means.threads, thread_name_prefix="extract")
        failed = True
        try:
            waiting = list(self._jobs)
            while waiting:
                ready = self._locked(waiting)
                self._bring(pool, ready)
                waiting = [job for job in waiting if not job.is_done]
            failed = any(job.error for job in self._jobs)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
            for job in self._jobs:
                _release(job)
            reporter.tell(Finished(TASK, failed))
        _raise_all([job.error for job in self._jobs if job.error is not None])
        return {job.record: job.package for job in self._jobs if job.package is not None}

    def _locked(self, waiting: Sequence[Job]) -> list[Job]:
        """Return the jobs that nobody else is doing, at least one; wait for that, holding no lock meanwhile."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        nap = 0.0
        while True:
            ready = [job for job in waiting if job.lock is None or job.lock.attempt()]
            if ready:
                return ready
            if not nap:
                first = waiting[0].record.dist_name
                self._means.reporter.tell(Told(f"waiting for another process that brings `{first}`", level=1))
            elif time.monotonic() > deadline:
                return list(waiting)
            nap = min(max(nap * 2, _SHORTEST_NAP), _LONGEST_NAP)
            time.sleep(nap)

    def _bring(self, pool: ThreadPoolExecutor, jobs: Sequence[Job]) -> None:
        _wait([pool.submit(self._settle, job, partial(self._from_caches, job), keep_corrupt=True) for job in jobs])
        for attempt in range(1, DOWNLOADS + 1):
            missing = [job for job in jobs if not job.is_done]
            if missing:
                _check_room(self._means.target.path, [job.record.size or 0 for job in missing])
                _wait(self._download(pool, missing, keep_corrupt=attempt < DOWNLOADS))

    def _settle(self, job: Job, bring: Callable[[], ExtractedPackage | None], *, keep_corrupt: bool) -> None:
        """Note what comes of a job; with `keep_corrupt` a package whose archive is broken stays to be brought.

        Not when its SHA-256 is the one announced: then the channel has no other archive.
        """
        try:
            with self._turn:
                job.package = bring()
        except PackageCorrupt as error:
            if not keep_corrupt or job.record.sha256:
                job.error = _of_package(error, job.record)
        except CondaError as error:
            job.error = error
        if job.is_done:
            self._told(job)

    @contextmanager
    def _aside(self) -> Iterator[None]:
        """Let another thread have its turn while this one does without Python."""
        self._turn.release()
        try:
            yield
        finally:
            self._turn.acquire()

    def _from_caches(self, job: Job) -> ExtractedPackage | None:
        """Return a package that another process has brought meanwhile, or whose archive lies in a cache."""
        for cache in self._means.caches:
            package = find_extracted(cache, job.record)
            if package is not None:
                return package
        for cache in self._means.caches:
            archive = find_archive(cache, job.record)
            if archive is None:
                continue
            is_own = cache.lease is not None
            try:
                return place_archive(
                    cache if is_own else self._means.target,
                    job.record,
                    archive,
                    extractor=job.extractor,
                    aside=self._aside,
                    brought_from="" if is_own else job.record.url or archive,
                    is_stated=self._means.are_stated,
                )
            except FetchError:
                # It is another archive; the next cache or the channel may have the right one.
                continue
            except CacheFailed:
                if os.path.exists(archive):
                    raise
        return None

    def _download(self, pool: ThreadPoolExecutor, jobs: Sequence[Job], *, keep_corrupt: bool) -> list[Future[None]]:
        """Download archives, the largest first, and extract each as soon as it is there."""
        extracting = []
        open_jobs: dict[str, Job] = {}
        for job in sorted(jobs, key=lambda job: (-(job.record.size or 0), job.record.dist_name)):
            if job.record.url:
                open_jobs[self._means.target.place(job.record.file_name)] = job
            else:
                self._fail(job, FetchError(f"nobody knows where to get `{job.record.dist_name}` from"))
        answers = self._means.downloader().fetch([self._request(target, job) for target, job in open_jobs.items()])
        try:
            for answer in answers:
                answered = open_jobs.pop(answer.request.target or "", None)
                if answered is None:
                    continue
                if answer.path is not None and answer.error is None:
                    bring = partial(self._from_download, answered, answer.path, answer.sha256)
                    extracting.append(pool.submit(self._settle, answered, bring, keep_corrupt=keep_corrupt))
                else:
                    self._fail(answered, answer.error or _no_answer(answered))
        finally:
            # An interrupted generator stops its downloads when it is closed, not when somebody collects it.
            close = getattr(answers, "close", None)
            if close is not None:
                close()
        for job in open_jobs.values():
            self._fail(job, _no_answer(job))
        return extracting

    def _request(self, target: str, job: Job) -> FetchRequest:
        record = job.record
        return FetchRequest(
            record.url,
            target,
            access=self._means.access(record.url),
            name=record.dist_name,
            size=record.size,
            sha256=record.sha256,
            md5=record.md5,
        )

    def _from_download(self, job: Job, archive: str, sha256: str | None) -> ExtractedPackage:
        record = job.record
        if record.sha256 and sha256 and sha256 != record.sha256:
            raise mismatch(archive, record, "sha256", record.sha256, sha256)
        self._means.target.note_url(record.url)
        # Without the lock, another process may have put another archive there after this one was verified.
        is_ours = job.lock is not None and job.lock.held
        return place_archive(
            self._means.target,
            record,
            archive,
            extractor=job.extractor,
            aside=self._aside,
            sha256=sha256 if is_ours else None,
            is_stated=self._means.are_stated,
        )

    def _fail(self, job: Job, error: CondaError) -> None:
        job.error = error
        self._told(job)

    def _told(self, job: Job) -> None:
        _release(job)
        with self._counting:
            self._done += 1
            self._means.reporter.tell(Advanced(TASK, self._done))


def _check_room(folder: str, sizes: Iterable[int]) -> None:
    """Raise `CacheFailed` when not even the archives fit, before one of them is downloaded."""
    need = sum(sizes)
    if hasattr(os, "statvfs"):
        disk = os.statvfs(folder)
        room = disk.f_bavail * disk.f_frsize
        if room < need:
            raise CacheFailed(
                f"`{printable(folder)}` has room for {room} bytes, and the packages to download have {need}",
                hint="free some space, or name a folder on another disk in `pkgs_dirs`",
                path=folder,
                reason="no room",
            )


def _wait(running: Iterable[Future[None]]) -> None:
    for future in as_completed(running):
        future.result()


def _release(job: Job) -> None:
    if job.lock is not None:
        job.lock.release()


def _no_answer(job: Job) -> FetchError:
    return FetchError(f"the download of `{printable(job.record.url)}` came to no end", url=job.record.url)


def _of_package(error: PackageCorrupt, record: PackageRecord) -> PackageCorrupt:
    """Return the error with the names that a person knows: those of the archive and its URL."""
    reason = error.fields.get("reason", str(error))
    return PackageCorrupt(
        f"`{record.file_name}` from `{printable(record.url)}` is broken or unsafe: {reason}",
        hint="its digest is the one that the channel announces; tell the channel"
        if record.sha256
        else "it was downloaded anew and is no better; tell the channel",
        **{**error.fields, "package": str(record), "file_name": record.file_name, "url": record.url},
    )


def _raise_all(errors: Iterable[CondaError]) -> None:
    """Raise the error, or one that tells each of several once."""
    distinct = list({(type(error), str(error)): error for error in errors}.values())
    if len(distinct) == 1:
        raise distinct[0]
    if distinct:
        raise PackagesUnavailable(distinct)


def thread_count(wanted: int) -> int:
    """Return how many packages are extracted at once: as many as wanted, else as there are processors, at most four."""
    return wanted if wanted > 0 else min(os.cpu_count() or 1, 4)
