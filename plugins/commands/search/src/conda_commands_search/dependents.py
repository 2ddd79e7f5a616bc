"""Finds the packages of channels that depend on a package."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conda_commands_search.missing import not_found
from conda_commands_search.order import in_order
from conda_kernel.errors import PackagesNotFound
from conda_kernel.model.errors import ParseError
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
    index.bring(index.names())
    wanted = index.matching(spec)
    if not wanted:
        raise not_found(spec, packages)
    found = in_order(
        record
        for name in index.mentioning(spec.name)
        for record in packages.named(name)
        if _depends_on(record, spec.name, wanted, index)
    )
    if not found:
        shown = mask_secrets(str(spec))
        raise PackagesNotFound(f"nothing in the channels depends on `{shown}`", packages=[shown])
    return found


def _depends_on(record: PackageRecord, name: str, wanted: int, index: Index) -> bool:
    """Tell whether a package has a dependency on the name that a wanted candidate (bit i is the i-th) fulfils."""
    # Most packages do not even mention it, and reading what they need takes long.
    if not any(name in text.lower() for text in record.depends):
        return False
    try:
        needs = index.requirements(record)
    except ParseError:
        return False
    return any(need.name == name and index.matching(need) & wanted for need in needs)
