"""Finds the packages of channels that depend on a package, name by name while somebody goes through them."""

from __future__ import annotations

from conda_commands_search.found import TOGETHER
from conda_commands_search.missing import not_found
from conda_commands_search.order import in_order
from conda_kernel.errors import PackagesNotFound
from conda_kernel.model.errors import ParseError
from conda_kernel.model.secret import mask_secrets

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from conda_commands_search.opening import ChannelPackages
    from conda_kernel.model.match_spec import MatchSpec
    from conda_kernel.model.record import PackageRecord


class Dependents:
    """The packages with a dependency that something which a spec of one name selects fulfils."""

    def __init__(self, spec: MatchSpec, packages: ChannelPackages) -> None:
        """Find the first; raise `PackagesNotFound` when the spec selects nothing, or nothing depends on it."""
        self._packages = packages
        self._index = packages.index
        self._name = spec.name
        self._index.bring(self._index.names())
        # The candidates that the spec selects: bit i is the i-th.
        self._wanted = self._index.matching(spec)
        if not self._wanted:
            raise not_found(spec, packages)
        self._names = self._index.mentioning(spec.name)
        self._first = 0
        if next(iter(self), None) is None:
            shown = mask_secrets(str(spec))
            raise PackagesNotFound(f"nothing in the channels depends on `{shown}`", packages=[shown])

    def __iter__(self) -> Iterator[tuple[str, tuple[PackageRecord, ...]]]:
        """Yield each name of which there is something, and its records by version, build number, build and place."""
        is_first = True
        for place in range(self._first, len(self._names), TOGETHER):
            names = self._names[place : place + TOGETHER]
            for name in names:
                records = in_order(filter(self._is_dependent, self._packages.named(name)))
                if records:
                    if is_first:
                        self._first, is_first = place, False
                    yield name, records
            self._index.forget([name for name in names if name != self._name])

    def _is_dependent(self, record: PackageRecord) -> bool:
        # Most packages do not even mention it, and reading what they need takes long.
        if not any(self._name in text.lower() for text in record.depends):
            return False
        try:
            needs = self._index.requirements(record)
        except ParseError:
            return False
        return any(need.name == self._name and self._index.matching(need) & self._wanted for need in needs)
