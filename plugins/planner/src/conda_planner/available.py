"""Finds out what nothing fulfils, before anything is solved."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from conda_kernel.model.channel import Channel
    from conda_kernel.model.machine import VirtualPackage
    from conda_kernel.model.match_spec import MatchSpec
    from conda_kernel.model.record import PackageRecord
    from conda_kernel.model.solving import Index


def check_available(
    specs: Sequence[MatchSpec],
    index: Index,
    installed: Iterable[PackageRecord],
    machine: Sequence[VirtualPackage],
    channels: Sequence[Channel],
) -> None:
    """Raise PackagesNotFound, with all of them, when specs select nothing in the channels, installed or of the machine.

    What is there and hidden, by channel priority or a policy, is not missing: the solver says why it cannot be had.
    """
    here: list[PackageRecord | VirtualPackage] = [*installed, *machine]
    absent = [spec for spec in specs if not _is_offered(spec, index) and not any(spec.matches(each) for each in here)]
    if absent:
        from conda_planner.missing import not_found  # noqa: PLC0415 - words for failures alone

        raise not_found(absent, index, machine, channels)


def _is_offered(spec: MatchSpec, index: Index) -> bool:
    if index.matching(spec):
        return True
    return any(spec.matches(rejected.record) for rejected in index.rejected(spec.name))
