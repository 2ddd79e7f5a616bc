"""What channels have sent, and what users have seen, kept in a folder of the user's."""

from __future__ import annotations

import hashlib
import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

NOTHING = b'{"notices": []}'
LARGEST_ANSWER = 1 << 20
LARGEST_LIST = 1 << 22
SEEN_FILE = "notices.cache"


class NoticeCache:
    """A folder with a file for what each URL has sent, and a list of the notices that were shown.

    Whatever happens to it, nothing more is lost than that something is asked for, or shown, once more: what cannot be
    read is absent, what cannot be written is forgotten.
    """

    def __init__(self, folder: str) -> None:
        self._folder = folder

    def path(self, url: str) -> str:
        """Return the file for what a URL has sent."""
        return os.path.join(self._folder, f"{hashlib.sha256(url.encode()).hexdigest()}.json")

    def answer(self, url: str) -> bytes:
        """Return what the URL sent last; nothing when it is not known or too much."""
        return _content(self.path(url), LARGEST_ANSWER)

    def age(self, url: str, now: float) -> float | None:
        """Return the seconds since the URL was asked, `None` when it never was; `now` is in seconds since 1970."""
        try:
            return now - os.stat(self.path(url)).st_mtime
        except OSError:
            return None

    def note_asked(self, url: str, now: float) -> None:
        """Remember that the URL was asked now; where it sent nothing, what it sent before is kept."""
        path = self.path(url)
        try:
            os.makedirs(self._folder, exist_ok=True)
            if not os.path.exists(path):
                temporary = f"{path}.{os.getpid()}"
                with open(temporary, "wb") as file:
                    file.write(NOTHING)
                os.replace(temporary, path)
            os.utime(path, (now, now))
        except OSError:
            return

    def seen(self) -> frozenset[str]:
        """Return the keys of the notices that were shown."""
        return frozenset(
            _content(os.path.join(self._folder, SEEN_FILE), LARGEST_LIST).decode("utf-8", "replace").splitlines()
        )

    def note_seen(self, keys: Iterable[str]) -> None:
        """Remember that these were shown."""
        new = sorted(set(keys) - self.seen())
        if not new:
            return
        try:
            os.makedirs(self._folder, exist_ok=True)
            with open(os.path.join(self._folder, SEEN_FILE), "ab", buffering=0) as file:
                file.write("".join(f"{key}\n" for key in new).encode("utf-8", "replace"))
        except OSError:
            return


def _content(path: str, most: int) -> bytes:
    try:
        with open(path, "rb") as file:
            content = file.read(most + 1)
    except OSError:
        return b""
    return content if len(content) <= most else b""
