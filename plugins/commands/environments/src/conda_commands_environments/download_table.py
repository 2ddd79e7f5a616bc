"""Writes the packages that have to be downloaded as a table, in the layout that scripts know of conda."""

from __future__ import annotations

from conda_kernel.model.paths import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from conda_kernel.model.record import PackageRecord

PACKAGE_WIDTH = 27
BUILD_WIDTH = 17
SIZE_WIDTH = 15
DEFAULTS = "defaults"


def download_lines(records: Iterable[PackageRecord], *, show_channels: bool | None) -> list[str]:
    """Return the lines of the table, by name; none without records.

    Channels are shown, or not, or, when `show_channels` is `None`, all but `defaults`. The total is that of the sizes
    that are known.
    """
    rows = sorted(records, key=lambda record: record.name)
    if not rows:
        return []
    size = human_size(sum(record.size or 0 for record in rows))
    return [
        _row("package", "build"),
        "    " + "-" * PACKAGE_WIDTH + "|" + "-" * BUILD_WIDTH,
        *(_line(record, show_channels=show_channels) for record in rows),
        "    " + "-" * (PACKAGE_WIDTH + 1 + BUILD_WIDTH + SIZE_WIDTH),
        f"    {'Total:':>{PACKAGE_WIDTH + 1 + BUILD_WIDTH}}{size:>{SIZE_WIDTH}}",
    ]


def human_size(size: int) -> str:
    """Return a number of bytes for people, in powers of 1024: `999 B`, `12 KB`, `1.5 MB`, `1.25 GB`."""
    if size < 1 << 10:
        return f"{size} B"
    if size < 1 << 20:
        return f"{size / (1 << 10):.0f} KB"
    if size < 1 << 30:
        return f"{size / (1 << 20):.1f} MB"
    return f"{size / (1 << 30):.2f} GB"


def _line(record: PackageRecord, *, show_channels: bool | None) -> str:
    size = human_size(record.size) if record.size is not None else ""
    is_shown = show_channels or (show_channels is None and record.channel != DEFAULTS)
    row = f"{_row(f'{record.name}-{record.version}', record.build)}{size:>{SIZE_WIDTH}}"
    return f"{row}  {printable(record.channel)}" if is_shown else row.rstrip()


def _row(package: str, build: str) -> str:
    return f"    {package:<{PACKAGE_WIDTH}}|{build:>{BUILD_WIDTH}}"
