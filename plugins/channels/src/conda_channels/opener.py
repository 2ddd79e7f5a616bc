"""Opens one index over channels."""

from __future__ import annotations

import os
import threading
from binascii import crc32
from functools import partial

from conda_channels.cache import cache_key
from conda_channels.freshness import ALLOW_NON_CHANNEL_URLS, RELATIONS_DEPTH, REPODATA_THREADS, USE_ONLY_TAR_BZ2
from conda_channels.kept_file import KeptFile
from conda_channels.merger import KIND, Merger
from conda_channels.parts import Parts
from conda_channels.subdir_packages import SubdirPackages
from conda_kernel.channels import NOARCH
from conda_kernel.errors import ChannelUnavailable, OfflineError
from conda_kernel.hookspecs import DOWNLOADERS, POLICIES, REPODATA_SOURCES
from conda_kernel.model.errors import CondaError
from conda_kernel.model.event import Advanced, Finished, Started, Told, Warned
from conda_kernel.model.index import RecordIndex
from conda_kernel.model.named_tuple import NamedTuple
from conda_kernel.model.solving import ChannelPriority
from conda_kernel.prefixes import package_folders
from conda_kernel.settings import CHANNEL_PRIORITY, OFFLINE, REPODATA_FNS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from conda_channels.revisions import Revision
    from conda_kernel.context import Context
    from conda_kernel.hookspecs import Downloader, RepodataSource
    from conda_kernel.kernel import Kernel
    from conda_kernel.model.channel import Channel
    from conda_kernel.model.fetching import Downloaded, FetchRequest
    from conda_kernel.model.policy import Policy
    from conda_kernel.model.solving import Repodata

MOST_THREADS = 10

SHARDED, FLAT = "sharded", "flat"
REPODATA, EXCERPT = "repodata.json", "current_repodata.json"
ANSWERS = "answers"

_TASK = "read the channels"


class ChannelIndexes:
    """Reads what channels offer, all subdirs at once."""

    def __init__(self, kernel: Kernel) -> None:
        context = kernel.context
        names = [plugin.name for plugin in kernel.index.group(REPODATA_SOURCES.group)] or [FLAT]
        names.sort(key=lambda name: (name != SHARDED, name))
        self._sources = {name: partial(kernel.driver, REPODATA_SOURCES, name) for name in names}
        self._downloader = partial(kernel.driver, DOWNLOADERS)
        self._tell = kernel.reporter.tell
        self._priority = ChannelPriority(context[CHANNEL_PRIORITY])
        self._threads = context[REPODATA_THREADS] if context[REPODATA_THREADS] > 0 else MOST_THREADS
        self._asked_policies: Callable[[], Iterator[tuple[object, Policy | None]]] = partial(
            kernel.each, POLICIES, context
        )
        self._context = context
        self._relations_depth = context[RELATIONS_DEPTH]
        self._takes_any_place = context[ALLOW_NON_CHANNEL_URLS]
        self._is_offline = context[OFFLINE]
        self._file_names = context[REPODATA_FNS]
        self._named = partial(_named_repodata, kernel)
        self._variant = "1" if context[USE_ONLY_TAR_BZ2] else ""
        self._folder = os.path.join(_usable_folder(context), "cache")

    def open(self, channels: Sequence[Channel], subdirs: Sequence[str]) -> RecordIndex:
        """Return the index over the channels, in the order of their priority, for those who look for anything.

        Of the files that the settings name the last is read, and `repodata.json` where a subdir lacks it. Where there
        are shards they are read; other sources are asked in the order of their names until one has the subdir.
        A channel may lack the subdir of a platform; one that lacks `noarch` raises `ChannelUnavailable`, unless
        the settings say otherwise (CEP 26). Without the network a channel that is not cached is left out, with a
        warning; `OfflineError` is raised when that leaves nothing.
        """
        index, found = self._opened(self._file_names[-1], channels, subdirs)
        self._tell_unknown_revisions(found)
        return index

    def open_in_turn(self, channels: Sequence[Channel], subdirs: Sequence[str]) -> Iterator[RecordIndex]:
        """Yield an index for each of the files that the settings name, and for `repodata.json`, as `open` returns one.

        One that comes from the same files as another before it is left out.
        """
        known: list[list[tuple[str, str, str]]] = []
        for name in dict.fromkeys((*self._file_names, REPODATA)):
            index, found = self._opened(name, channels, subdirs)
            files = [(one.channel.base_url, one.subdir, one.file_name) for one in found]
            if files in known:
                continue
            if known:
                self._tell(Told(f"what was read of the channels is not enough; `{name}` is read"))
            else:
                self._tell_unknown_revisions(found)
            known.append(files)
            yield index

    def _opened(
        self, name: str, channels: Sequence[Channel], subdirs: Sequence[str]
    ) -> tuple[RecordIndex, Sequence[Found]]:
        """Return the index over the channels, from files of that name where they have any, and what it is made of."""
        flat = [member for channel in channels for member in (channel.members or (channel,))]
        sources = self._sources_for(name)
        downloader = LateDownloader(self._downloader)
        read = partial(self._all_read, sources, downloader, subdirs)
        found = read(flat)
        if self._relations_depth > 0 and any(map(_relations, found)):
            flat, found = self._with_related(flat, found, read)
        self._check(flat, found)
        ranks: dict[str, int] = {}
        for rank, channel in enumerate(flat):
            ranks.setdefault(channel.name, rank)
        repodata = [one.repodata for one in found if one.repodata is not None]
        own = [each for each in repodata if isinstance(each, SubdirPackages)]
        merger = Merger(self._answers(found), own, ranks, self._priority)
        parts = Parts(repodata, merger, downloader, self._tell)
        index = RecordIndex(
            parts.records,
            ranks=ranks,
            names=parts.names,
            priority=self._priority,
            prepare=parts.prepare,
            bring=parts.bring,
            mentioning=parts.mentioning,
            ordered=parts.ordered,
            outline=parts.outline,
            trackers=parts.trackers,
            masks=parts.masks,
            keep=parts.keep,
            forget=parts.forget,
            policies=[policy for _, policy in self._asked_policies() if policy is not None],
        )
        return index, found

    def _sources_for(self, name: str) -> dict[str, RepodataSource]:
        """Return what is asked for a subdir until something has it: files of that name, `repodata.json`, any other.

        Shards are all of a subdir, and better to have than an excerpt of it.
        """
        own = {each: make() for each, make in self._sources.items()}
        sources: dict[str, RepodataSource] = {}
        for file_name in dict.fromkeys((name, REPODATA, *self._file_names)):
            if file_name == EXCERPT and SHARDED in own:
                sources[SHARDED] = own[SHARDED]
            sources.update(own if file_name == REPODATA else {file_name: self._named(file_name)})
        return sources

    def _all_read(
        self,
        sources: Mapping[str, RepodataSource],
        downloader: LateDownloader,
        subdirs: Sequence[str],
        channels: Sequence[Channel],
    ) -> list[Found]:
        """Return what came of every subdir of the channels, in their order."""
        asked = [(channel, subdir) for channel in channels for subdir in channel.subdirs(subdirs)]
        calls = [
            partial(self._read, sources, downloader, number, channel, subdir)
            for number, (channel, subdir) in enumerate(asked)
        ]
        self._tell(Started(_TASK, "Reading channels", len(calls), "indexes"))
        found: list[Found] = []
        try:
            for one in self._outcomes(calls, downloader, channels):
                found.append(one)
                self._tell(Advanced(_TASK, len(found)))
        finally:
            self._tell(Finished(_TASK, failed=len(found) < len(calls)))
        return sorted(found, key=lambda one: one.number)

    def _with_related(
        self, channels: Sequence[Channel], found: Sequence[Found], read: Callable[[Sequence[Channel]], list[Found]]
    ) -> tuple[list[Channel], list[Found]]:
        """Return the channels with those that they bring along, and what came of all of their subdirs."""
        from conda_channels.related import Related  # noqa: PLC0415 - hardly any channel has relations

        known: dict[str, list[Found]] = {}
        for one in found:
            known.setdefault(one.channel.base_url, []).append(one)

        def relations(channel: Channel) -> str:
            if channel.base_url not in known:
                known[channel.base_url] = read([channel])
            return next(filter(None, map(_relations, known[channel.base_url])), "")

        ordered = Related(self._context, relations, self._tell).in_order(channels, self._relations_depth)
        return ordered, [one for url in dict.fromkeys(each.base_url for each in ordered) for one in known[url]]

    def _tell_unknown_revisions(self, found: Iterable[Found]) -> None:
        """Tell of every channel once what cannot be seen from here."""
        unknown: dict[str, list[Revision]] = {}
        for one in found:
            if isinstance(one.repodata, SubdirPackages) and one.repodata.revisions:
                unknown.setdefault(one.channel.name, []).extend(one.repodata.revisions)
        if unknown:
            from conda_channels.revisions import warning_of_revisions  # noqa: PLC0415 - hardly any channel has them

            for channel, revisions in unknown.items():
                self._tell(warning_of_revisions(channel, revisions))

    def _outcomes(
        self, calls: Sequence[Callable[[], Found]], downloader: LateDownloader, channels: Sequence[Channel]
    ) -> Iterator[Found]:
        """Yield what the calls return; threads are for waiting, and what is here, and new enough, is not waited for."""
        left = []
        is_local = self._is_offline or all(channel.base_url.startswith("file://") for channel in channels)
        for call in calls:
            downloader.is_held, downloader.is_missed = not is_local, False
            found = call()
            downloader.is_held = False
            if downloader.is_missed:
                left.append(call)
            else:
                yield found
        if left:
            from conda_channels.outcomes import outcomes  # noqa: PLC0415 - for those who ask a server

            yield from outcomes(left, self._threads)

    def _answers(self, found: Iterable[Found]) -> KeptFile:
        """Return the file for what is found out about these places together, in this order."""
        places = (self._key(one.channel, one.subdir) + one.file_name for one in found)
        keys = " ".join((self._priority.value, *places))
        path = os.path.join(self._folder, ANSWERS, f"{crc32(keys.encode()):08x}.pack")
        return KeptFile(path, f"{KIND} {keys}")

    def _read(
        self,
        sources: Mapping[str, RepodataSource],
        downloader: Downloader,
        number: int,
        channel: Channel,
        subdir: str,
    ) -> Found:
        folder, failure = os.path.join(self._folder, self._key(channel, subdir)), None
        for name, source in sources.items():
            try:
                repodata = source.read(channel, subdir, downloader, os.path.join(folder, name))
            except OfflineError as error:
                failure = error
                continue
            except CondaError as error:
                return Found(number, channel, subdir, error=error)
            if repodata is not None:
                return Found(number, channel, subdir, repodata, file_name="" if name in self._sources else name)
        return Found(number, channel, subdir, error=failure)

    def _key(self, channel: Channel, subdir: str) -> str:
        url = channel.subdir_url(subdir)
        access = channel.authenticated_url(url).reveal() if channel.has_credentials else url
        return cache_key(url, access) + self._variant

    def _check(self, channels: Iterable[Channel], found: Sequence[Found]) -> None:
        """Raise the first error in the order of priority, and tell what is missing and may be."""
        for one in found:
            if one.error is not None and not isinstance(one.error, OfflineError):
                raise one.error
        for channel in channels:
            own = [one for one in found if one.channel is channel]
            missing = [one.subdir for one in own if one.repodata is None and one.error is None]
            is_none = NOARCH in missing or (missing and len(missing) == len(own))
            if is_none and not self._takes_any_place:
                raise _unavailable(channel, missing)
            for subdir in missing:
                self._tell(Told(f"the channel `{channel.name}` has no `{subdir}`", level=1))
        offline = [one.error for one in found if one.error is not None]
        if offline and not any(one.repodata for one in found):
            raise offline[0]
        for error in offline:
            self._tell(Warned(f"{error}; what it has is left out", error.hint))


class LateDownloader:
    """Makes the downloader when something is to be brought: where all is here, none is loaded.

    While it `is_held` it brings nothing, and `is_missed` then tells that something was to be brought.
    """

    def __init__(self, make: Callable[[], Downloader]) -> None:
        self._make = make
        self._making = threading.Lock()
        self.is_held = self.is_missed = False

    def fetch(self, requests: Iterable[FetchRequest]) -> Iterator[Downloaded]:
        """Yield what came of each request, in the order in which they end; raise `CondaError` while it is held."""
        if self.is_held:
            self.is_missed = True
            raise CondaError("a server has to be asked first")
        with self._making:
            downloader = self._make()
        return downloader.fetch(requests)


class Found(NamedTuple):
    """What came of one subdir of a channel: its packages, an error, or neither where there is no such subdir.

    `file_name` is the file that the packages come from, where the settings name another than `repodata.json`.
    """

    number: int
    channel: Channel
    subdir: str
    repodata: Repodata | None = None
    error: CondaError | None = None
    file_name: str = ""


def _named_repodata(kernel: Kernel, name: str) -> RepodataSource:
    from conda_channels.named import NamedRepodata  # noqa: PLC0415 - few name files

    return NamedRepodata(kernel, name)


def _relations(one: Found) -> str:
    return one.repodata.relations if isinstance(one.repodata, SubdirPackages) else ""


def _unavailable(channel: Channel, subdirs: Sequence[str]) -> ChannelUnavailable:
    wanted = " and ".join(f"`{subdir}`" for subdir in subdirs)
    advice = (
        "check that the folder is there" if channel.base_url.startswith("file:") else "check its name and your login"
    )
    return ChannelUnavailable(
        f"the channel `{channel.name}` has no index: there is no {wanted} with a repodata.json at `{channel.base_url}`",
        hint=f"{advice}; a channel needs a `noarch/repodata.json`, unless `allow_non_channel_urls` is true",
        channel_name=channel.name,
        channel_url=channel.base_url,
        status_code=404,
    )


def _usable_folder(context: Context) -> str:
    """Return the first package folder that can be written to, or made; the first of all if none can."""
    folders = package_folders(context)
    return next((folder for folder in folders if os.access(_existing(folder), os.W_OK | os.X_OK)), folders[0])


def _existing(folder: str) -> str:
    while not os.path.lexists(folder) and os.path.dirname(folder) != folder:
        folder = os.path.dirname(folder)
    return folder
