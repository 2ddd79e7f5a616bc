"""The channels that a command uses, out of its settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conda_kernel.errors import UsageError
from conda_kernel.model.channel import Channel, expand
from conda_kernel.model.channel_settings import ChannelSettings
from conda_kernel.model.subdir import host_subdir
from conda_kernel.settings import (
    ALLOWLIST_CHANNELS,
    CHANNEL_ALIAS,
    CHANNELS,
    CUSTOM_CHANNELS,
    CUSTOM_MULTICHANNELS,
    DEFAULT_CHANNELS,
    DENYLIST_CHANNELS,
    MIGRATED_CHANNEL_ALIASES,
    MIGRATED_CUSTOM_CHANNELS,
    MIRRORED_CHANNELS,
    OVERRIDE_CHANNELS,
    SUBDIR,
)

if TYPE_CHECKING:
    from conda_kernel.context import Context

NOARCH = "noarch"


def target_subdir(context: Context) -> str:
    """Return the platform to work for: the one that was asked for, else this machine's."""
    return context[SUBDIR] or host_subdir()


def target_subdirs(context: Context) -> tuple[str, ...]:
    """Return the subdirs whose packages can be installed: that of the platform, and `noarch`."""
    return (target_subdir(context), NOARCH)


def channel_settings(context: Context) -> ChannelSettings:
    """Return what the reading of a channel's name depends on."""
    return ChannelSettings(
        channel_alias=context[CHANNEL_ALIAS],
        default_channels=context[DEFAULT_CHANNELS] if context.entries(DEFAULT_CHANNELS) else None,
        custom_channels=context[CUSTOM_CHANNELS],
        custom_multichannels=context[CUSTOM_MULTICHANNELS],
        migrated_channel_aliases=context[MIGRATED_CHANNEL_ALIASES],
        migrated_custom_channels=context[MIGRATED_CUSTOM_CHANNELS],
        allowlist_channels=context[ALLOWLIST_CHANNELS],
        denylist_channels=context[DENYLIST_CHANNELS],
        mirrored_channels=context[MIRRORED_CHANNELS],
        subdir=target_subdir(context),
    )


def chosen_channels(context: Context) -> tuple[Channel, ...]:
    """Return the channels in the order of their priority, multichannels expanded.

    Raises `UsageError` when there are none, and when the command line overrides the configured ones without naming any.
    """
    texts = context[CHANNELS]
    if context[OVERRIDE_CHANNELS]:
        typed = [entry.value for entry in context.entries(CHANNELS) if entry.source == "the command line"]
        if not typed:
            raise UsageError("`--override-channels` needs at least one `--channel`")
        texts = tuple(text for value in typed if isinstance(value, list) for text in value)
    if not texts:
        raise UsageError(
            "no channels are configured", hint="name one with `-c CHANNEL`, or set `channels` in `~/.condarc`"
        )
    return expand(texts, channel_settings(context))
