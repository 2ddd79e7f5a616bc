"""Finds the records of packages that only a text names, `channel/subdir::name-version-build`, or an old record."""

from __future__ import annotations

from itertools import chain

from conda_kernel.channels import channel_settings, target_subdirs
from conda_kernel.errors import ChannelUnavailable, FetchError, OfflineError, PackagesNotFound
from conda_kernel.model.channel import expand
from conda_kernel.model.named_tuple import NamedTuple
from conda_kernel.model.paths import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from conda_kernel.context import Context
    from conda_kernel.hookspecs import CacheKeeper, Indexes
    from conda_kernel.model.record import PackageRecord


class Named(NamedTuple):
    """A package as the history of an environment names it; what an old text lacks is empty."""

    text: str
    channel: str
    subdir: str
    name: str
    dist_name: str

    @classmethod
    def parse(cls, text: str) -> Named:
        """Return the parts of a text."""
        place, _, dist_name = text.rpartition("::")
        channel, _, subdir = place.rpartition("/")
        return cls(text, channel, subdir, dist_name.rsplit("-", 2)[0].lower(), dist_name)

    def is_named_by(self, record: PackageRecord) -> bool:
        """Tell whether the record is that of the package, in whatever words its channel is written."""
        return record.dist_name == self.dist_name and self.subdir in ("", record.subdir)


class Lookup:
    """Looks for packages in the channels that they came from, and then among those that are kept."""

    def __init__(self, indexes: Callable[[], Indexes], keeper: Callable[[], CacheKeeper], context: Context) -> None:
        self._indexes = indexes
        self._keeper = keeper
        self._context = context

    def records(self, texts: Iterable[str]) -> dict[str, PackageRecord]:
        """Return the record of each text; raise PackagesNotFound with all that nobody has any more."""
        wanted = {text: Named.parse(text) for text in sorted(set(texts))}
        found: dict[str, PackageRecord] = {}
        candidates = chain(self._offered(list(wanted.values())), self._kept())
        while len(found) < len(wanted) and (records := next(candidates, None)) is not None:
            found |= _assigned([named for text, named in wanted.items() if text not in found], records)
        absent = [text for text in wanted if text not in found]
        if absent:
            raise PackagesNotFound(
                "packages are no longer to be had: " + ", ".join(f"`{printable(text)}`" for text in absent),
                hint="their channels do not offer them, and no package cache has kept them",
                packages=absent,
            )
        return found

    def _offered(self, wanted: Sequence[Named]) -> Iterator[list[PackageRecord]]:
        """Yield what the channels have of the names, by one index after the other."""
        channels = expand(sorted({named.channel for named in wanted if named.channel}), channel_settings(self._context))
        names = sorted({named.name for named in wanted})
        try:
            for index in self._indexes().open_in_turn(channels, target_subdirs(self._context)):
                index.prepare(names)
                yield [record for name in names for record in index.candidates(name)]
        except (ChannelUnavailable, FetchError, OfflineError):
            return

    def _kept(self) -> Iterator[list[PackageRecord]]:
        yield [item.record for item in self._keeper().contents() if item.record is not None]


def _assigned(missing: list[Named], candidates: list[PackageRecord]) -> dict[str, PackageRecord]:
    """Return the record of each package that a candidate is; one whose channel is written in the same way is first."""
    found: dict[str, PackageRecord] = {}
    for named in missing:
        fitting = [record for record in candidates if named.is_named_by(record)]
        fitting.sort(key=lambda record: str(record) != named.text)
        if fitting:
            found[named.text] = fitting[0]
    return found
