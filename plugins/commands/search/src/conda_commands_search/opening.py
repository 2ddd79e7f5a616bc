"""The packages of the channels that a search looks into."""

from __future__ import annotations

from conda_commands_search.found import Found
from conda_kernel.channels import NOARCH, channel_settings, chosen_channels, target_subdirs
from conda_kernel.errors import ChannelUnavailable
from conda_kernel.hookspecs import INDEXES
from conda_kernel.model.candidates import STRICT_PRIORITY
from conda_kernel.model.channel import expand
from conda_kernel.model.channel_matching import channel_matches
from conda_kernel.model.event import Told
from conda_kernel.model.layer import Entry, Layer
from conda_kernel.model.pattern import Pattern
from conda_kernel.model.subdir import KNOWN_SUBDIRS
from conda_kernel.settings import USE_SHARDS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from conda_kernel.context import Context
    from conda_kernel.kernel import Kernel
    from conda_kernel.model.channel import Channel
    from conda_kernel.model.match_spec import MatchSpec
    from conda_kernel.model.record import PackageRecord
    from conda_kernel.model.solving import Index

ANY_NAME = "*"


class ChannelPackages:
    """The packages of those channels and subdirs that a spec is about.

    A spec that names a channel is looked for there, whatever is configured; one that names a platform is looked for on
    that platform. A search for any name reads the whole index of a sharded channel where there is one: that is one file
    instead of one for each name.
    """

    def __init__(self, kernel: Kernel, about: MatchSpec) -> None:
        self._tell = kernel.reporter.tell
        self.channels = channels_of(about, kernel.context)
        self.index = opened(kernel, self.channels, subdirs_of(about, kernel.context), whole=about.name == ANY_NAME)

    def matching(self, spec: MatchSpec) -> Found:
        """Return what the spec selects, by name."""
        names = (spec.name,) if spec.is_exact_name else tuple(filter(spec.matches_name, self.index.names()))
        return Found(self.index, spec, names)

    def named(self, name: str) -> list[PackageRecord]:
        """Return what there is of a name that was brought, in no order."""
        hidden = (each.record for each in self.index.rejected(name) if each.reason == STRICT_PRIORITY)
        return [*self.index.candidates(name), *hidden]


def opened(kernel: Kernel, channels: tuple[Channel, ...], subdirs: tuple[str, ...], *, whole: bool) -> Index:
    """Return the index over the channels; `whole` when all of it will be asked for."""
    context = kernel.context
    if whole and not context.entries(USE_SHARDS):
        unsharded = Layer("the search", {USE_SHARDS.name: Entry(value=False, source="the search")})
        try:
            return _index(kernel.with_context(context.with_layers((*context.layers, unsharded))), channels, subdirs)
        except ChannelUnavailable as error:
            kernel.reporter.tell(Told(f"a channel is read name by name, it is not to be had as a whole: {error}", 1))
    return _index(kernel, channels, subdirs)


def _index(kernel: Kernel, channels: tuple[Channel, ...], subdirs: tuple[str, ...]) -> Index:
    return kernel.driver(INDEXES).open(channels, subdirs)


def channels_of(spec: MatchSpec, context: Context) -> tuple[Channel, ...]:
    """Return the channels that a spec is about: the one that it names, else those that are chosen."""
    if spec.channel is None:
        return chosen_channels(context)
    if "*" not in spec.channel:
        return expand((spec.channel,), channel_settings(context))
    return tuple(channel for channel in chosen_channels(context) if channel_matches(spec.channel, channel.name))


def subdirs_of(spec: MatchSpec, context: Context) -> tuple[str, ...]:
    """Return the subdirs that a spec is about; `noarch`, which every channel has, is always one of them."""
    if spec.subdir is None:
        return target_subdirs(context)
    matches = Pattern.parse(spec.subdir).matches
    found = sorted(filter(matches, KNOWN_SUBDIRS)) if "*" in spec.subdir else [spec.subdir]
    return tuple(dict.fromkeys((*found, NOARCH)))
