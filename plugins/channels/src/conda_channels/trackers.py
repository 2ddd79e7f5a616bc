"""Remembers which names have candidates that track features, of those that a request leads to.

To find them is to look at all that the request can reach, which is mostly more than the solution holds. So the answer
is kept for the request as a whole, with what tells the channels from others.
"""

from __future__ import annotations

from itertools import accumulate, pairwise

from conda_channels.columns import Columns, written

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from conda_channels.kept_file import KeptFile

PIECE = " "
"""The piece in which they stand: no package has this name."""

_MOST = 16
"""For how many requests they are kept, the last that were new."""


class Trackers:
    """The names that have such candidates, by the names that were wanted; all of one state of the channels."""

    def __init__(self, file: KeptFile) -> None:
        self._file = file
        self._state = ""
        self._known: dict[str, Sequence[str]] = {}
        self._is_new = False

    def names(self, wanted: Iterable[str], state: str, find: Callable[[], Sequence[str]]) -> Sequence[str]:
        """Return what `find` does, or what it did before when the same names were wanted in the same state."""
        if self._state != state:
            self._state, self._known = state, self._kept(state)
        request = " ".join(sorted(set(wanted)))
        found = self._known.get(request)
        if found is None:
            found = self._known[request] = find()
            self._is_new = True
        return found

    def news(self) -> dict[str, bytes]:
        """Return the piece to keep, by its name; nothing where nothing was found out since the last time."""
        if not self._is_new:
            return {}
        self._is_new = False
        known = list(self._known.copy().items())[-_MOST:]
        content = written(
            self._state.encode("utf-8", "surrogateescape"),
            [request for request, _ in known],
            [len(names) for _, names in known],
            [name for _, names in known for name in names],
        )
        return {PIECE: content}

    def _kept(self, state: str) -> dict[str, Sequence[str]]:
        content = self._file.content(PIECE)
        if content is None:
            return {}
        try:
            columns = Columns(content)
            if columns.octets(0) != state.encode("utf-8", "surrogateescape"):
                return {}
            names, ends = columns.texts(3), accumulate(columns.numbers(2), initial=0)
            return dict(zip(columns.texts(1), [names[start:end] for start, end in pairwise(ends)], strict=True))
        except ValueError:
            # Kept by something that wrote good checksums of bad content.
            return {}
