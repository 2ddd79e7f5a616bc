"""A rule that keeps packages out of the choice."""

from __future__ import annotations

from conda_kernel.model.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from conda_kernel.model.package import PackageRecord


class Policy(NamedTuple):
    """A filter on the records of channels; installed packages are not asked about.

    `reason_against` returns why a record is no candidate, in a few words, and an empty text when nothing is against it.
    It is called for every record that could be chosen, from several threads.
    """

    name: str
    reason_against: Callable[[PackageRecord], str]
