"""The channels that a command uses, out of its settings."""

from __future__ import annotations

from conda_kernel import settings
from conda_kernel.model.channel import Channel, expand
from conda_kernel.model.channel_settings import ChannelSettings, build_folders
from conda_kernel.model.errors import NoChannels, OperationNotAllowed, UsageError
from conda_kernel.model.subdir import host_subdir

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

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
    given: dict[str, Any] = {setting.name: context[setting] for setting in settings.OF_CHANNELS}
    named = (context[settings.CROOT], context[settings.BLD_PATH], context[settings.CONDA_BUILD].get("root-dir", ""))
    return ChannelSettings(
        **given,
        default_channels=context[settings.DEFAULT_CHANNELS] if context.entries(settings.DEFAULT_CHANNELS) else None,
        subdir=target_subdir(context),
        local_channels=build_folders((*named, f"{context.root_prefix}/conda-bld", "~/conda-bld")),
    )


def chosen_channels(context: Context) -> tuple[Channel, ...]:
    """Return the channels in the order of their priority, multichannels expanded.

    Raises `NoChannels`, `UsageError` when the command line overrides the configured ones without naming any, and
    `OperationNotAllowed` when it must not override them.
    """
    texts = context[settings.CHANNELS]
    if context[settings.OVERRIDE_CHANNELS]:
        if not context[settings.OVERRIDE_CHANNELS_ENABLED]:
            raise OperationNotAllowed("`--override-channels` is not permitted: `override_channels_enabled` is false")
        typed = [entry.value for entry in context.entries(settings.CHANNELS) if entry.source == "the command line"]
        if not typed:
            raise UsageError("`--override-channels` needs at least one `--channel`")
        texts = tuple(text for value in typed if isinstance(value, list) for text in value)
    if not texts:
        raise NoChannels(
            "no channels are configured", hint="name one with `-c CHANNEL`, or set `channels` in `~/.condarc`"
        )
    return expand(texts, channel_settings(context))
