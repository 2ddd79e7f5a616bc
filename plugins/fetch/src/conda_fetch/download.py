"""One download: asks, receives, checks, tries again."""

from __future__ import annotations

import re

from conda_fetch.failures import (
    RangeRefused,
    cancellation,
    http_failure,
    range_refusal,
    too_large,
    too_slow,
    truncation,
    wrong_content,
)
from conda_fetch.mirrors import is_up_to_the_mirror
from conda_fetch.progress import Progress
from conda_fetch.retrying import is_temporary, retry_after
from conda_fetch.server_words import words_of
from conda_kernel.errors import ChecksumMismatch, HttpError
from conda_kernel.model.errors import CondaError
from conda_kernel.model.event import Told
from conda_kernel.model.fetching import AdapterRequest, Downloaded
from conda_kernel.model.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Sequence

    from conda_fetch.authentication import Addressed
    from conda_fetch.batch import Batch
    from conda_fetch.memory_file import MemoryFile
    from conda_fetch.mirrors import Mirrors, Place
    from conda_fetch.partial_file import PartialFile
    from conda_fetch.retrying import Retrying
    from conda_kernel.hookspecs import FetchAdapter
    from conda_kernel.model.event import Event
    from conda_kernel.model.fetching import FetchRequest, Response

    Growing = PartialFile | MemoryFile

_VALIDATORS = ("etag", "last-modified")
_CONTENT_RANGE = r"bytes (\d{1,18})-"


class Source(NamedTuple):
    """Whom to ask for a file, and how."""

    place: Place
    adapter: FetchAdapter
    addressed: Addressed


class Surroundings(NamedTuple):
    """What the downloads of one call share.

    `pause(cancelled, seconds)` waits, and returns early when `cancelled` is set; `clock` gives the seconds since 1970.
    """

    retrying: Retrying
    tell: Callable[[Event], None]
    pause: Callable[[threading.Event, float], object]
    clock: Callable[[], float]
    batch: Batch
    mirrors: Mirrors | None = None


class Download:
    """A request on its way to one source, or to the mirrors that have the file.

    `task` is its unique name for the progress display.
    """

    def __init__(self, request: FetchRequest, sources: Sequence[Source], surroundings: Surroundings, task: str) -> None:
        self._request = request
        self._sources = sources
        self._source = sources[0]
        self._around = surroundings
        self._progress = Progress(surroundings.tell, task, request)
        self._partial: Growing | None = None
        is_known = request.size is not None and (request.sha256 or request.md5) is not None
        self._resumable = is_known and request.target is not None
        self._asked_to_wait: float | None = None

    def run(self) -> Downloaded:
        """Return what came of the request; raise nothing that a request can be blamed for."""
        failed = True
        try:
            outcome = self._tried()
            failed = False
        except CondaError as error:
            outcome = Downloaded(self._request, error=error)
        finally:
            self._let_go()
            self._progress.finished(failed=failed)
        return outcome

    def _tried(self) -> Downloaded:
        """Try until it works, or cannot, or has been tried often enough; resuming in vain costs no attempt, once."""
        attempt = 0
        resumed_in_vain = False
        while True:
            self._asked_to_wait = None
            begun_before = self._begun_before()
            try:
                return self._asked_in_turn()
            except (ChecksumMismatch, RangeRefused):
                self._discard()
                if resumed_in_vain or not begun_before:
                    raise
                resumed_in_vain = True
            except CondaError as error:
                if isinstance(error, HttpError) and not is_temporary(error):
                    self._discard()
                if not is_temporary(error) or attempt >= self._around.retrying.retries:
                    raise
                self._wait(attempt, error)
                attempt += 1

    def _asked_in_turn(self) -> Downloaded:
        """Ask one mirror after the other until one has the file; it is missing when one says so and none has it."""
        mirrors = self._around.mirrors
        if mirrors is None or len(self._sources) == 1:
            return self._attempt()
        *sources, last = sorted(self._sources, key=lambda source: mirrors.rank(source.place.mirror))
        missing: Downloaded | None = None
        for self._source in sources:
            try:
                answer = self._attempt()
            except CondaError as error:
                self._pass_over(mirrors, error)
            else:
                if not answer.missing:
                    return answer
                missing = answer
        self._source = last
        try:
            return self._attempt()
        except CondaError as error:
            if missing is None or not is_up_to_the_mirror(error):
                raise
            mirrors.note_failure(last.place.mirror, error)
            return missing

    def _pass_over(self, mirrors: Mirrors, error: CondaError) -> None:
        """Go on without a mirror; raise the error when another one would not do better."""
        if not is_up_to_the_mirror(error) or self._around.batch.cancelled.is_set():
            raise error
        if isinstance(error, (ChecksumMismatch, RangeRefused)):
            self._discard()
        mirrors.note_failure(self._source.place.mirror, error)

    def _begun_before(self) -> bool:
        """Take the file of an earlier download, if there can be one, and tell whether it holds something."""
        if self._resumable:
            return self._file().size > 0
        return False

    def _attempt(self) -> Downloaded:
        request = self._request
        offset = self._offset()
        if self._partial is not None and self._is_complete(self._partial):
            return self._accepted(self._partial, {})
        place, adapter, addressed = self._source
        conditions = {} if offset or not place.is_first else _conditions(request)
        asked = AdapterRequest(addressed.url, offset, conditions, addressed.credentials, request.follows_redirects)
        with adapter.open(asked) as response:
            status = response.status
            if status == 304 and asked.headers:
                return Downloaded(request, unchanged=True, headers=dict(response.headers))
            if status in (404, 410) and request.optional:
                self._discard()
                return Downloaded(request, missing=True, headers=dict(response.headers))
            if offset and (status == 416 or (status == 206 and _start(response) != offset)):
                raise range_refusal(addressed.url)
            if status not in ((200, 203, 206) if offset else (200, 203)):
                self._asked_to_wait = retry_after(response.headers, self._around.clock())
                shown = addressed.credentials
                raise http_failure(addressed.url, status, is_identified=bool(shown), said=words_of(response, shown))
            partial = self._file()
            if status != 206:
                partial.restart()
            self._receive(response, partial)
            return self._accepted(partial, _lasting(response, place))

    def _receive(self, response: Response, partial: Growing) -> None:
        request = self._request
        begun = partial.size
        announced = _length(response)
        if announced is not None and request.size is not None and begun + announced != request.size:
            raise self._wrong("size", request.size, begun + announced)
        limit = request.size if announced is None else begun + announced
        self._check_largest(limit)
        self._progress.begins(begun, limit)
        started = self._around.clock()
        for chunk in response.chunks():
            if self._around.batch.cancelled.is_set():
                raise cancellation(request.url)
            if request.longest is not None and self._around.clock() - started > request.longest:
                raise too_slow(self._source.addressed.url, request.longest)
            if limit is not None and partial.size + len(chunk) > limit:
                raise self._wrong("size", limit, f"at least {partial.size + len(chunk)}")
            self._check_largest(partial.size + len(chunk))
            partial.write(chunk)
            self._progress.reached(partial.size)
        if limit is not None and partial.size < limit:
            raise truncation(self._source.addressed.url, partial.size, limit)

    def _check_largest(self, size: int | None) -> None:
        largest = self._request.largest
        if largest is not None and size is not None and size > largest:
            self._discard()
            raise too_large(self._source.addressed.url, largest)

    def _accepted(self, partial: Growing, headers: dict[str, str]) -> Downloaded:
        """Check the complete file and give it its name."""
        request, digests = self._request, partial.digests
        for kind, expected in (("sha256", request.sha256), ("md5", None if request.sha256 else request.md5)):
            if expected is not None and digests[kind] != expected.lower():
                raise self._wrong(kind, expected, digests[kind])
        if request.size is not None and partial.size != request.size:
            raise self._wrong("size", request.size, partial.size)
        if self._around.batch.cancelled.is_set():
            raise cancellation(request.url)
        partial.commit()
        path, content = partial.target, partial.content
        return Downloaded(
            request, path=path, headers=headers, sha256=digests["sha256"], size=partial.size, content=content
        )

    def _wrong(self, kind: str, expected: object, actual: object) -> ChecksumMismatch:
        return wrong_content(self._source.addressed.url, self._request.target, kind, expected, actual)

    def _wait(self, attempt: int, error: CondaError) -> None:
        around = self._around
        seconds = around.retrying.delay(attempt, self._asked_to_wait)
        round_of = f"{attempt + 1} of {around.retrying.retries}"
        around.tell(Told(f"{error}; trying again in {seconds:g} s ({round_of})", level=1))
        around.pause(around.batch.cancelled, seconds)
        if around.batch.cancelled.is_set():
            raise cancellation(self._request.url)

    def _offset(self) -> int:
        """Return how much there is already; a file that is longer than it should be is begun anew."""
        partial, size = self._partial, self._request.size
        if partial is None or not self._resumable:
            return 0
        if size is not None and partial.size > size:
            partial.restart()
        return partial.size

    def _is_complete(self, partial: Growing) -> bool:
        return self._resumable and partial.size == self._request.size and partial.size > 0

    def _file(self) -> Growing:
        if self._partial is None:
            self._partial = self._around.batch.begin(self._request, resumable=self._resumable)
        return self._partial

    def _discard(self) -> None:
        if self._partial is not None:
            self._partial.discard()
            self._around.batch.finish(self._partial)
            self._partial = None

    def _let_go(self) -> None:
        if self._partial is not None:
            self._partial.release()
            self._around.batch.finish(self._partial)


def _conditions(request: FetchRequest) -> dict[str, str]:
    conditions = {"if-none-match": request.etag, "if-modified-since": request.modified}
    return {name: value for name, value in conditions.items() if value}


def _lasting(response: Response, place: Place) -> dict[str, str]:
    """Return the headers that hold for the file: a tag or a date of one mirror means nothing to the first one."""
    return {name: value for name, value in response.headers.items() if place.is_first or name not in _VALIDATORS}


def _length(response: Response) -> int | None:
    text = response.headers.get("content-length", "")
    return int(text) if text.isdecimal() and len(text) < 19 else None


def _start(response: Response) -> int | None:
    match = re.match(_CONTENT_RANGE, response.headers.get("content-range", ""))
    return int(match[1]) if match else None
