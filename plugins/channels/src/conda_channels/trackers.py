"""Remembers which names have candidates that track features, of those that a request leads to.

To find them is to look at all that the request can reach, which is mostly more than the solution holds. So the answer
is kept for the request as a whole, with what tells the channels from others. Where they are others meanwhile, but no
name that was reached has packages that need anything else, the same is reached: only at names that changed is looked.
"""

from __future__ import annotations

from itertools import accumulate, chain, pairwise

from conda_channels.columns import Columns, written
from conda_kernel.model.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from conda_channels.kept_file import KeptFile

PIECE, REACHED = " ", "  "
"""The pieces in which the answers stand, and what was reached for them: no package has these names."""

_MOST, _MOST_REACHED = 16, 4
"""For how many requests they are kept, the last that were new."""

_MARK = 16
"""Octets of a mark."""


class Look(NamedTuple):
    """How to look at the channels.

    `find` returns the names that have such candidates, and all names that it looked at; `packages(name)` what tells the
    packages of a name from others; `needs(name)` the names that these need, `None` where that cannot be told;
    `tracks(name)` whether there may be such a candidate.
    """

    find: Callable[[], tuple[Sequence[str], Iterable[str]]]
    packages: Callable[[str], bytes]
    needs: Callable[[str], Iterable[str] | None]
    tracks: Callable[[str], bool]


class Reached(NamedTuple):
    """An answer, and all names that were reached for it, each with a mark of its packages and of what they need."""

    trackers: Sequence[str]
    names: Sequence[str]
    packages: Sequence[str]
    needs: Sequence[str]


class Trackers:
    """The names that have such candidates, by the names that were wanted; all of one state of the channels."""

    def __init__(self, file: KeptFile) -> None:
        self._file = file
        self._state = ""
        self._known: dict[str, Sequence[str]] = {}
        self._reached: dict[str, Reached] | None = None
        self._is_new = False

    def names(self, wanted: Iterable[str], state: str, look: Look) -> Sequence[str]:
        """Return the names, or those that were found when the same names were wanted and nothing that counts changed.

        Nothing has where the state is the same.
        """
        if self._state != state:
            self._state, self._known = state, self._kept(state)
        request = " ".join(sorted(set(wanted)))
        found = self._known.get(request)
        if found is None:
            if self._reached is None:
                self._reached = self._kept_reached()
            before = self._reached.pop(request, None)
            reached = (_again(before, look) if before is not None else None) or _found(look)
            self._reached[request] = reached
            found = self._known[request] = reached.trackers
            self._is_new = True
        return found

    def news(self) -> dict[str, bytes]:
        """Return the pieces to keep, by their names; nothing where nothing was found out since the last time."""
        if not self._is_new:
            return {}
        self._is_new = False
        known = dict([*self._known.copy().items()][-_MOST:])
        reached = dict([*(self._reached or {}).copy().items()][-_MOST_REACHED:])
        trackers, names, packages, needs = zip(*reached.values(), strict=True)
        return {
            PIECE: written(self._state.encode("utf-8", "surrogateescape"), [*known], *_joined(known.values())),
            REACHED: written([*reached], *_joined(trackers), *_joined(names), *_joined(packages), *_joined(needs)),
        }

    def _kept(self, state: str) -> dict[str, Sequence[str]]:
        content = self._file.content(PIECE)
        if content is None:
            return {}
        try:
            columns = Columns(content)
            if columns.octets(0) != state.encode("utf-8", "surrogateescape"):
                return {}
            return dict(zip(columns.texts(1), _parted(columns, 2), strict=True))
        except ValueError:
            # Kept by something that wrote good checksums of bad content.
            return {}

    def _kept_reached(self) -> dict[str, Reached]:
        content = self._file.content(REACHED)
        if content is None:
            return {}
        try:
            columns = Columns(content)
            lists = zip(*(_parted(columns, place) for place in (1, 3, 5, 7)), strict=True)
            return dict(zip(columns.texts(0), map(Reached._make, lists), strict=True))
        except ValueError:
            # As above.
            return {}


def _found(look: Look) -> Reached:
    trackers, looked_at = look.find()
    names = sorted(looked_at)
    needs = [_needs_mark(look.needs(name)) for name in names]
    return Reached(trackers, names, [_mark(look.packages(name)) for name in names], needs)


def _again(before: Reached, look: Look) -> Reached | None:
    """Return what is found when the same is reached as before; `None` when it is not."""
    packages, changed = [], []
    for name, mark, needs in zip(before.names, before.packages, before.needs, strict=True):
        packages.append(_mark(look.packages(name)))
        if packages[-1] != mark:
            changed.append(name)
            if not needs or _needs_mark(look.needs(name)) != needs:
                return None
    trackers = {*before.trackers}.difference(changed).union(filter(look.tracks, changed))
    return before._replace(trackers=sorted(trackers), packages=packages)


def _needs_mark(needs: Iterable[str] | None) -> str:
    return "" if needs is None else _mark("\n".join(sorted(needs)).encode())


def _mark(content: bytes) -> str:
    from conda_channels.digests import piece_digest  # noqa: PLC0415 - where nothing has changed there is none to make

    return piece_digest(content)[:_MARK].hex()


def _joined(lists: Iterable[Sequence[str]]) -> tuple[list[int], list[str]]:
    """Return how long lists are, and all that is in them."""
    lists = [*lists]
    return list(map(len, lists)), list(chain.from_iterable(lists))


def _parted(columns: Columns, place: int) -> list[list[str]]:
    """Return lists out of how long they are and all that is in them."""
    texts, ends = columns.texts(place + 1), [*accumulate(columns.numbers(place), initial=0)]
    if ends[-1] != len(texts):
        raise ValueError("the lists are not as long as they say")
    return [texts[start:end] for start, end in pairwise(ends)]
