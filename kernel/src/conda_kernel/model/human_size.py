"""Numbers of bytes as people read them."""

from __future__ import annotations


def human_size(size: int) -> str:
    """Return a number of bytes in powers of 1000: `999 B`, `1.5 MB`."""
    number = float(size)
    for unit in ("B", "kB", "MB"):
        if number < 1000:
            return f"{number:.0f} {unit}" if unit == "B" else f"{number:.1f} {unit}"
        number /= 1000
    return f"{number:.1f} GB"
