"""The channels that a command uses, out of its settings."""

from __future__ import annotations

from conda_kernel import settings
from conda_kernel.model.channel import Channel, expand
from conda_kernel.model.channel_settings import ChannelSettings
from conda_kernel.model.errors import UsageError
from conda_kernel.model.subdir import host_subdir

TYPE_CHECKING = False
if TYPE_CHECKING:
    from conda_kernel.context import Context

NOARCH = "noarch"


def target_subdir(context: Context) -> str:
    """Return the platform to work for: the one that was asked for, else this machine's."""
    return context[settings.SUBDIR] or host_subdir()


def target_subdirs(context: Context) -> tuple[str, ...]:
    """Return the subdirs whose packages can be installed: that of the platform, and `noarch`."""
    return (target_subdir(context), NOARCH)


def channel_settings(context: Context) -> ChannelSettings:
    """Return what the reading of a channel's name depends on."""
    return ChannelSettings(
        channel_alias=context[settings.CHANNEL_ALIAS],
        default_channels=context[settings.DEFAULT_CHANNELS] if context.entries(settings.DEFAULT_CHANNELS) else None,
        custom_channels=context[settings.CUSTOM_CHANNELS],
        custom_multichannels=context[settings.CUSTOM_MULTICHANNELS],
        migrated_channel_aliases=context[settings.MIGRATED_CHANNEL_ALIASES],
        migrated_custom_channels=context[settings.MIGRATED_CUSTOM_CHANNELS],
        allowlist_channels=context[settings.ALLOWLIST_CHANNELS],
        denylist_channels=context[settings.DENYLIST_CHANNELS],
        mirrored_channels=context[settings.MIRRORED_CHANNELS],
        subdir=target_subdir(context),
    )


def chosen_channels(context: Context) -> tuple[Channel, ...]:
    """Return the channels in the order of their priority, multichannels expanded.

    Raises `UsageError` when there are none, and when the command line overrides the configured ones without naming any.
    """
    texts = context[settings.CHANNELS]
    if context[settings.OVERRIDE_CHANNELS]:
        typed = [entry.value for entry in context.entries(settings.CHANNELS) if entry.source == "the command line"]
        if not typed:
            raise UsageError("`--override-channels` needs at least one `--channel`")
        texts = tuple(text for value in typed if isinstance(value, list) for text in value)
    if not texts:
        raise UsageError(
            "no channels are configured", hint="name one with `-c CHANNEL`, or set `channels` in `~/.condarc`"
        )
    return expand(texts, channel_settings(context))
