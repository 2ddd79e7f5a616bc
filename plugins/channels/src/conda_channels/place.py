"""One subdir of one channel."""

from __future__ import annotations

from conda_kernel.model.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from conda_kernel.model.channel import Channel


class Place(NamedTuple):
    """Where packages come from: a subdir of a channel."""

    channel: Channel
    subdir: str

    @property
    def url(self) -> str:
        """The public URL."""
        return self.channel.subdir_url(self.subdir)

    @property
    def is_local(self) -> bool:
        """Tell whether it is a folder of this machine."""
        return self.channel.base_url.startswith("file://")

    def __str__(self) -> str:
        return f"{self.channel.name}/{self.subdir}"
