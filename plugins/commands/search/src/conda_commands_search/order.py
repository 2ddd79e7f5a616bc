"""The order in which packages are shown: the best last."""

from __future__ import annotations

from conda_kernel.model.errors import InvalidVersion
from conda_kernel.model.version import Version

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from conda_kernel.model.record import PackageRecord


def in_order(records: Iterable[PackageRecord]) -> tuple[PackageRecord, ...]:
    """Return the records by name, version, build number, build and place."""
    return tuple(
        sorted(
            records,
            key=lambda record: (
                record.name,
                version_key(record),
                record.build_number,
                record.build,
                record.channel,
                record.subdir,
            ),
        )
    )


def version_key(record: PackageRecord) -> str:
    """Return what versions are sorted by; one that cannot be read comes before all others."""
    try:
        return Version.parse(record.version).key
    except InvalidVersion:
        return ""
