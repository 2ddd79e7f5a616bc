"""What is known of an environment before it changes."""

from __future__ import annotations

import os

from conda_kernel.channels import channel_settings
from conda_kernel.model.channel import ChannelNames
from conda_kernel.model.named_tuple import NamedTuple
from conda_kernel.model.pins import configured_pins
from conda_kernel.model.prefix import Prefix
from conda_kernel.model.prefix_record import PrefixRecord, corrupted, prefix_record
from conda_kernel.settings import PINNED_PACKAGES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from conda_kernel.context import Context
    from conda_kernel.model.match_spec import MatchSpec
    from conda_kernel.model.pins import Pin
    from conda_kernel.model.plan import Change
    from conda_kernel.model.record import PackageRecord


class State(NamedTuple):
    """An environment: its packages by name, what was asked for before, its pins, and the fingerprint of all that.

    The packages lack their files, which `in_full` adds to those that go.
    """

    base: str
    installed: Mapping[str, PrefixRecord]
    asked: Mapping[str, MatchSpec]
    pins: tuple[Pin, ...]
    problems: tuple[str, ...] = ()

    @property
    def records(self) -> tuple[PackageRecord, ...]:
        """The packages, by name."""
        return tuple(installed.record for _, installed in sorted(self.installed.items()))


def read_state(change: Change, context: Context) -> State:
    """Return the state that a change begins with; an environment that is made anew holds nothing.

    Raises CorruptedEnvironment and InvalidPin.
    """
    prefix = Prefix(change.prefix, ChannelNames(channel_settings(context)))
    if change.creates and prefix.is_environment:
        # It is replaced: the plan is for the empty folder that takes its place. No environment lies below a device.
        prefix = Prefix(os.devnull)
    base = prefix.fingerprint()
    installed = {
        summary.record.name: PrefixRecord(
            summary.record, requested_specs=summary.requested_specs, file_path=summary.file_path
        )
        for summary in prefix.summaries()
    }
    pins = () if change.ignore_pinned else (*prefix.pins(), *configured_pins(context[PINNED_PACKAGES]))
    return State(base, installed, prefix.history().requested(installed), pins, prefix.problems())


def in_full(installed: Iterable[PrefixRecord], context: Context) -> tuple[PrefixRecord, ...]:
    """Return installed packages with their files; raise CorruptedEnvironment."""
    channel_name = ChannelNames(channel_settings(context))
    found = []
    for each in installed:
        try:
            with open(each.file_path, "rb") as file:
                found.append(prefix_record(file.read(), each.file_path, channel_name))
        except OSError as error:
            raise corrupted(each.file_path, f"it cannot be read ({error.strerror})") from error
    return tuple(found)
