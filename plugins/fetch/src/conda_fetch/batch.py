"""The downloads of one call, and the means to end them from another thread."""

from __future__ import annotations

import threading

from conda_fetch.failures import cancellation

TYPE_CHECKING = False
if TYPE_CHECKING:
    from conda_fetch.memory_file import MemoryFile
    from conda_fetch.partial_file import PartialFile
    from conda_kernel.model.fetching import FetchRequest


class Batch:
    """What runs together and ends together; `cancelled` is set when nobody waits for it any more."""

    def __init__(self) -> None:
        self.cancelled = threading.Event()
        self._unfinished: set[PartialFile | MemoryFile] = set()
        # A thread that is about to make a file when the process ends would leave it behind.
        self._making = threading.Lock()

    def begin(self, request: FetchRequest, *, resumable: bool) -> PartialFile | MemoryFile:
        """Return what the content of a request goes to; raise `FetchError` when that cannot be, or all was cancelled.

        A file that is resumable may hold something already.
        """
        digests = ("sha256", "md5") if request.md5 and not request.sha256 else ("sha256",)
        if request.target is None:
            from conda_fetch.memory_file import MemoryFile  # noqa: PLC0415 - OpenSSL, when something comes that is new

            return MemoryFile(digests)
        file = self._partial_file(request.target, request.url, digests, resumable=resumable)
        file.read_back()
        return file

    def _partial_file(self, target: str, url: str, digests: tuple[str, ...], *, resumable: bool) -> PartialFile:
        from conda_fetch.partial_file import PartialFile  # noqa: PLC0415 - as above

        with self._making:
            if self.cancelled.is_set():
                raise cancellation(url)
            file = PartialFile(target, resumable=resumable, digests=digests)
            self._unfinished.add(file)
        return file

    def finish(self, file: PartialFile | MemoryFile) -> None:
        """Forget a file that has got its name, or is gone."""
        self._unfinished.discard(file)

    def end(self) -> None:
        """Cancel what runs, and remove the files that nobody can go on with."""
        self.cancelled.set()
        with self._making:
            for file in tuple(self._unfinished):
                if not file.resumable:
                    file.abandon()


def end_all(batches: set[Batch]) -> None:
    """End whatever runs."""
    for batch in tuple(batches):
        batch.end()
