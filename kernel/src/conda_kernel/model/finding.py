"""Something that a health check has found."""

from __future__ import annotations

from conda_kernel.model.named_tuple import NamedTuple
from conda_kernel.model.package import NOTHING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


class Finding(NamedTuple):
    """One thing that is not as it should be.

    `told` is a sentence for people, `lines` are what they see besides when they ask for more. `details` is the same as
    plain JSON. `remedy` says what would be done about it, as in "link `a-1.0-0` again"; it is empty where only a
    person can decide, and then `hint` says what that could be. What is no problem is shown, and does not count.
    """

    told: str
    details: Mapping[str, object] = NOTHING
    lines: tuple[str, ...] = ()
    remedy: str = ""
    hint: str = ""
    is_problem: bool = True
