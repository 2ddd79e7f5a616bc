"""Finds the packages of channels that depend on a package."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conda_commands_search.missing import not_found
from conda_commands_search.opening import in_order
from conda_kernel.errors import PackagesNotFound
from conda_kernel.model.secret import mask_secrets

if TYPE_CHECKING:
    from conda_commands_search.opening import ChannelPackages
    from conda_kernel.model.match_spec import MatchSpec
    from conda_kernel.model.record import PackageRecord
    from conda_kernel.model.solving import Index


def dependents(spec: MatchSpec, packages: ChannelPackages) -> tuple[PackageRecord, ...]:
    """Return the packages with a dependency that something which the spec selects fulfils, in order.

    Raises `PackagesNotFound` when the channels have nothing that the spec selects, or nothing that depends on it.
    """
    index = packages.index
    names = index.names()
    index.bring(names)
    wanted = selected(spec, index)
    if not wanted:
        raise not_found(spec, packages)
    found = in_order(
        record for name in names for record in index.candidates(name) if depends_on(record, spec.name, wanted, index)
    )
    if not found:
        raise PackagesNotFound(
            f"nothing in the channels depends on `{mask_secrets(str(spec))}`", packages=[mask_secrets(str(spec))]
        )
    return found


def selected(spec: MatchSpec, index: Index) -> int:
    """Return which candidates of its name a spec selects: bit i stands for the i-th."""
    return index.matching(spec)


def depends_on(record: PackageRecord, name: str, wanted: int, index: Index) -> bool:
    """Tell whether a package has a dependency on the name that one of the wanted candidates fulfils."""
    return any(need.name == name and index.matching(need) & wanted for need in index.requirements(record))
