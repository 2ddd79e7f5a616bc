"""Tells which of many candidates ask for a package, from the texts of what they ask and without reading all of it."""

from __future__ import annotations

import re

from conda_kernel.model.errors import ParseError
from conda_kernel.model.match_spec import MatchSpec
from conda_kernel.model.package_reference import EXTENSIONS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

_PLAIN_NAME = re.compile(r"[a-z0-9_][a-z0-9_.-]*")


def holders_by_target(lists: Sequence[tuple[str, ...]], targets: dict[str, str]) -> dict[str, dict[str, int]]:
    """Return by the name that is asked for, then by the text that does, whose lists hold it: bit i for the i-th list.

    `targets` keeps the names in texts from one call to the next.
    """
    kept: dict[int, tuple[str, ...]] = {}
    masks: dict[int, int] = {}
    bit = 1
    for texts in lists:
        if texts:
            kept[id(texts)] = texts
            masks[id(texts)] = masks.get(id(texts), 0) | bit
        bit <<= 1
    found: dict[str, dict[str, int]] = {}
    for number, texts in kept.items():
        mask = masks[number]
        for text in texts:
            target = targets.get(text)
            if target is None:
                target = targets[text] = target_of(text)
            holders = found.get(target)
            if holders is None:
                holders = found[target] = {}
            holders[text] = holders.get(text, 0) | mask
    return found


def target_of(text: str) -> str:
    """Return the name in a match spec, an empty one when it cannot be read; most begin with it and a blank."""
    word = text.partition(" ")[0]
    if _PLAIN_NAME.fullmatch(word) and "[" not in text and not word.endswith(EXTENSIONS):
        return word
    try:
        return MatchSpec.parse(text).name
    except ParseError:
        return ""
