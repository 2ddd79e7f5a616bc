"""Reads what an environment that is changed has, and what it remembers."""

from __future__ import annotations

from conda_kernel.channels import channel_settings
from conda_kernel.model.channel import ChannelNames
from conda_kernel.model.prefix import Prefix
from conda_kernel.model.prefix_record import PrefixRecord, corrupted, prefix_record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from conda_kernel.context import Context
    from conda_kernel.model.match_spec import MatchSpec
    from conda_kernel.model.pins import Pin
    from conda_kernel.model.plan import Change

    Fields = tuple[str, Mapping[str, PrefixRecord], Mapping[str, MatchSpec], tuple[Pin, ...], tuple[str, ...]]
    """Those of `conda_planner.state.State`, in their order."""


def installed_state(change: Change, context: Context, configured: tuple[Pin, ...]) -> Fields:
    """Return what the state of the environment consists of; its own pins, unless ignored, stand before the configured.

    Raises CorruptedEnvironment and InvalidPin.
    """
    prefix = Prefix(change.prefix, ChannelNames(channel_settings(context)))
    base = prefix.fingerprint()
    installed = {
        summary.record.name: PrefixRecord(
            summary.record, requested_specs=summary.requested_specs, file_path=summary.file_path
        )
        for summary in prefix.summaries()
    }
    pins = configured if change.ignore_pinned else (*prefix.pins(), *configured)
    return (base, installed, prefix.history().requested(installed), pins, prefix.problems())


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
