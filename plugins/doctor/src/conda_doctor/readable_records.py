"""Reads the records of an environment one by one, so that one that cannot be read hides no other."""

from __future__ import annotations

import os

from conda_kernel.channels import channel_settings
from conda_kernel.model.channel import ChannelNames
from conda_kernel.model.prefix_record import CorruptedEnvironment, corrupted, prefix_record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from conda_kernel.context import Context
    from conda_kernel.model.prefix_record import PrefixRecord


def each_record(prefix: str, context: Context) -> Iterator[PrefixRecord | CorruptedEnvironment]:
    """Yield the records of the environment by the names of their files, or what is wrong with a file.

    Raises CorruptedEnvironment when the folder of the records cannot be read.
    """
    folder = os.path.join(prefix, "conda-meta")
    names = ChannelNames(channel_settings(context))
    try:
        files = sorted(name for name in os.listdir(folder) if name.endswith(".json") and not name.startswith("."))
    except OSError as error:
        raise corrupted(folder, f"it cannot be read ({error.strerror})") from error
    for file in files:
        path = os.path.join(folder, file)
        try:
            with open(path, "rb") as opened:
                yield prefix_record(opened.read(), path, names)
        except CorruptedEnvironment as error:
            yield error
        except OSError as error:
            yield corrupted(path, f"it cannot be read ({error.strerror})")


def readable_records(prefix: str, context: Context) -> Iterator[PrefixRecord]:
    """Yield the records that can be read; the check `records` tells of the others."""
    return (found for found in each_record(prefix, context) if not isinstance(found, CorruptedEnvironment))
