"""What is no index, and what is not the index it should be."""

from __future__ import annotations

from conda_kernel.errors import ChannelUnavailable


class InvalidRepodata(ChannelUnavailable):
    """A channel has something in the place of its index that is none."""


class NotKept(Exception):
    """What is kept is not what the note on it says."""


def invalid(url: str, fault: str) -> InvalidRepodata:
    """Return the error for a file that is no index; `fault` ends its sentence."""
    return InvalidRepodata(
        f"the file `{url}` {fault}",
        hint="check the URL of the channel; a proxy or a login page may have answered in its place",
        url=url,
    )
