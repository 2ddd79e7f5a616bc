"""Puts the channels that channels name as related into the order of priority (CEP 42)."""

from __future__ import annotations

from itertools import pairwise

from conda_kernel.model.channel_url import InvalidChannel, shown, split_url

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

DEFAULT_DEPTH = 10


class InvalidChannelRelations(InvalidChannel):
    """A channel names related channels in a way that gives no order."""

    def __init__(self, message: str) -> None:
        super().__init__(message, hint="set `channel_relations_max_depth` to 0 to leave relations out")


def related_url(base_url: str, reference: str) -> str:
    """Return the base URL that a reference of a channel stands for; it begins with `../` and stays on the host.

    Raises InvalidChannelRelations.
    """
    fault = InvalidChannelRelations(
        f"the channel `{shown(base_url)}` names as related `{shown(reference)}`, which is no relative reference"
    )
    if not reference.startswith("../") or not reference.isprintable() or any(sign in reference for sign in "\\?#:@"):
        raise fault
    url = split_url(base_url)
    parts = list(url.parts)
    for part in reference.split("/"):
        if part == "..":
            if not parts:
                raise fault
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return split_url("/".join((f"{url.scheme}://{url.host}", *parts))).public


def with_related_channels(
    base_urls: Sequence[str],
    relations_of: Callable[[str], Mapping[str, object]],
    maximal_depth: int = DEFAULT_DEPTH,
) -> tuple[str, ...]:
    """Return the channels of a user and those related to them, the highest priority first.

    `base_urls` are in the order of the user, which wins over a relation that contradicts it. `relations_of` gives the
    `channel_relations` of a channel, and is called once for each. A depth of 0 leaves relations out.

    Raises InvalidChannelRelations for a cycle, too long a chain, and references that cannot be read.
    """
    given = tuple(dict.fromkeys(base_urls))
    if maximal_depth <= 0:
        return given
    graph = _Graph(given)
    level, distance = given, 0
    while level:
        if distance > maximal_depth:
            raise InvalidChannelRelations(
                f"the channel `{shown(level[0])}` is more than {maximal_depth} relations away from the channels given"
            )
        level = tuple(dict.fromkeys(target for url in level for target in graph.add(url, relations_of(url))))
        distance += 1
    return graph.order()


class _Graph:
    """Channels, and for each one those that must stand before it."""

    def __init__(self, given: tuple[str, ...]) -> None:
        self._given = given
        self._place = {url: index for index, url in enumerate(given)}
        self._before: dict[str, list[str]] = {url: [] for url in given}
        self._lower: dict[str, str] = {}
        for higher, lower in pairwise(given):
            self._before[lower].append(higher)

    def add(self, url: str, relations: Mapping[str, object]) -> list[str]:
        """Take up the relations of one channel and return those that were not known."""
        targets = {
            key: related_url(url, _text(url, relations[key])) for key in ("base", "overrides") if relations.get(key)
        }
        if len(set(targets.values())) < len(targets):
            raise InvalidChannelRelations(f"the channel `{shown(url)}` names one channel as both base and overridden")
        new = [target for target in targets.values() if target not in self._before]
        for target in new:
            self._before[target] = []
        if "base" in targets:
            self._connect(targets["base"], url)
        if "overrides" in targets:
            self._connect(url, targets["overrides"])
            self._lower[url] = targets["overrides"]
        return new

    def order(self) -> tuple[str, ...]:
        """Return all channels so that each stands after those before it, and next to the one that named it."""
        self._refuse_cycles()
        ordered: dict[str, None] = {}
        for url in self._before:
            self._emit(url, ordered, set())
        return tuple(ordered)

    def _connect(self, higher: str, lower: str) -> None:
        first, second = self._place.get(higher), self._place.get(lower)
        if first is None or second is None or first <= second:
            self._before[lower].append(higher)

    def _emit(self, url: str, ordered: dict[str, None], under_way: set[str]) -> None:
        if url in ordered or url in under_way:
            return
        under_way.add(url)
        for higher in reversed(self._before[url]):
            self._emit(higher, ordered, under_way)
        ordered[url] = None
        under_way.discard(url)
        lower = self._lower.get(url)
        if lower is not None and not self._ancestors(lower) & under_way:
            self._emit(lower, ordered, under_way)

    def _ancestors(self, url: str) -> set[str]:
        found: set[str] = set()
        waiting = [url]
        while waiting:
            for higher in self._before[waiting.pop()]:
                if higher not in found:
                    found.add(higher)
                    waiting.append(higher)
        return found

    def _refuse_cycles(self) -> None:
        for url in self._before:
            if url in self._ancestors(url):
                raise InvalidChannelRelations(f"the relations of the channel `{shown(url)}` form a cycle")


def _text(url: str, value: object) -> str:
    if not isinstance(value, str):
        raise InvalidChannelRelations(f"the channel `{shown(url)}` names a related channel that is no text")
    return value
