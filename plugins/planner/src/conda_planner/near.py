"""Names that are spelled much like one that there is not."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

MOST = 5
LIKE = 0.75


def near_names(name: str, names: Iterable[str]) -> list[str]:
    """Return the names that are most like a name; only those of about its length are compared, there are many."""
    from difflib import get_close_matches  # noqa: PLC0415 - few commands name what there is not

    wanted = name.lower().replace("_", "-")
    spelled = {each.replace("_", "-"): each for each in names if abs(len(each) - len(name)) * 4 <= max(len(name), 4)}
    return [spelled[each] for each in get_close_matches(wanted, spelled, n=MOST, cutoff=LIKE)]
