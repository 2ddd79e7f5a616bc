"""Asks a server for the index of a subdir, on the condition that it is not the one in the cache."""

from __future__ import annotations

from conda_channels.cache import ASK_AGAIN_SECONDS, State, discard
from conda_channels.invalid import InvalidRepodata, NotKept
from conda_kernel.errors import FetchError, HttpError
from conda_kernel.model.event import Warned
from conda_kernel.model.fetching import FetchRequest
from conda_kernel.model.typed import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from conda_channels.cache import RepodataCache
    from conda_channels.place import Place
    from conda_kernel.errors import CondaError
    from conda_kernel.hookspecs import Downloader
    from conda_kernel.model.event import Event
    from conda_kernel.model.fetching import Downloaded

T = TypeVar("T")

COMPRESSED_SUFFIX, OLD_SUFFIX = ".json.zst", ".bz2"

_NOT_ABOUT_THE_FILE = frozenset({401, 407, 408, 416, 429})


class Refresh(Generic[T]):
    """One conversation with a server about the files in `names`, the best first.

    `read(path, state)` reads one of them; it raises `InvalidRepodata` for what is no index and `NotKept` for what has
    not the digest of the state. `now` is in seconds since 1970.
    """

    def __init__(  # noqa: PLR0913 - who is asked about what, and what to do with the answer
        self,
        place: Place,
        names: Sequence[str],
        cache: RepodataCache,
        cached: State | None,
        downloader: Downloader,
        *,
        read: Callable[[str, State], T],
        tell: Callable[[Event], None],
        now: float,
    ) -> None:
        self._place = place
        self._names = names
        self._cache = cache
        self._cached = cached
        self._downloader = downloader
        self._read = read
        self._tell = tell
        self._now = int(now * 10**9)
        self._zst_missing_ns = 0

    def outcome(self) -> T | None:
        """Return what was read, `None` when the server has no such file; raise `FetchError` or `InvalidRepodata`."""
        self._zst_missing_ns = self._lacked_compressed()
        refusal: HttpError | None = None
        for name in self._names:
            is_compressed = name.endswith(COMPRESSED_SUFFIX)
            if (is_compressed and self._zst_missing_ns) or (name.endswith(OLD_SUFFIX) and refusal is not None):
                continue
            answer = self._answer(f"{self._place.url}/{name}")
            if isinstance(answer.error, HttpError) and is_refusal(answer.error):
                refusal = answer.error
            elif answer.error is not None:
                return self._stale(answer.error)
            elif answer.unchanged:
                return self._confirmed(answer)
            elif answer.path is not None:
                return self._kept(answer, answer.path)
            if is_compressed:
                self._zst_missing_ns = self._now
        if refusal is not None:
            raise refusal
        return None

    def _lacked_compressed(self) -> int:
        """Return when the server said that it has no compressed file, 0 when it did not or that is long ago."""
        said = self._cached.zst_missing_ns if self._cached is not None else 0
        return said if 0 <= self._now - said < ASK_AGAIN_SECONDS * 10**9 else 0

    def _answer(self, url: str) -> Downloaded:
        channel = self._place.channel
        known = self._cached if self._cached is not None and self._cached.url == url else None
        request = FetchRequest(
            url,
            self._cache.incoming(),
            access=channel.authenticated_url(url) if channel.has_credentials else None,
            name=str(self._place),
            etag=known.etag or None if known else None,
            modified=known.mod or None if known else None,
            optional=True,
        )
        (answer,) = self._downloader.fetch([request])
        return answer

    def _kept(self, answer: Downloaded, path: str) -> T:
        """Read a new file, and keep it when it is an index."""
        digest, headers = answer.sha256 or "", _headers(answer.headers)
        url, size = answer.request.url, answer.size
        state = State(url, digest, size, self._now, zst_missing_ns=self._zst_missing_ns, **headers)
        try:
            found = self._read(path, state)
        except InvalidRepodata as error:
            discard(path)
            return self._stale(error)
        try:
            self._cache.keep(path, state)
        except OSError as error:
            discard(path)
            self._tell_unkept(error)
        return found

    def _confirmed(self, answer: Downloaded) -> T | None:
        """Read the cached file again, which the server says is still its own."""
        if self._cached is None:
            return None
        state = self._cached
        try:
            found = self._read(self._cache.path(state), state)
        except (InvalidRepodata, NotKept):
            self._cached = None
            return self.outcome()
        try:
            self._cache.note(state.renewed(self._now, self._zst_missing_ns, _headers(answer.headers)))
        except OSError as error:
            self._tell_unkept(error)
        return found

    def _stale(self, error: CondaError) -> T:
        """Return what is cached in place of what cannot be had, with a warning; raise the error when there is none."""
        state = self._cached
        if state is None or not isinstance(error, (FetchError, InvalidRepodata)):
            raise error
        if isinstance(error, HttpError) and error.fields.get("status") in (401, 407):
            raise error
        try:
            found = self._read(self._cache.path(state), state)
        except (InvalidRepodata, NotKept):
            raise error from None
        age = _duration((self._now - state.refresh_ns) // 10**9)
        self._tell(
            Warned(f"the index of `{self._place}` is {age} old, since a new one cannot be had: {error}", error.hint)
        )
        return found

    def _tell_unkept(self, error: OSError) -> None:
        why = error.strerror or str(error)
        self._tell(Warned(f"the index of `{self._place}` cannot be kept for the next time: {why.lower()}"))


def is_refusal(error: HttpError) -> bool:
    """Tell whether the server has no such file for us, as opposed to being busy or asking for a login."""
    status = error.fields.get("status")
    return isinstance(status, int) and 400 <= status < 500 and status not in _NOT_ABOUT_THE_FILE


def _headers(headers: Mapping[str, str]) -> dict[str, str]:
    names = {"etag": "etag", "mod": "last-modified", "cache_control": "cache-control"}
    return {key: headers[name] for key, name in names.items() if name in headers}


def _duration(seconds: int) -> str:
    for unit, length in (("day", 86_400), ("hour", 3600), ("minute", 60)):
        if seconds >= length:
            count = seconds // length
            return f"{count} {unit}" if count == 1 else f"{count} {unit}s"
    return "less than a minute"
