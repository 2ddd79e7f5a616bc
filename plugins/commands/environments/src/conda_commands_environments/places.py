"""Finds the place of an environment that is given by its name or by its path, whichever it is."""

from __future__ import annotations

import os

from conda_kernel.model.paths import expanded
from conda_kernel.prefixes import named_prefix

TYPE_CHECKING = False
if TYPE_CHECKING:
    from conda_kernel.context import Context


def named_or_path(text: str, context: Context) -> tuple[str, str | None]:
    """Return the prefix that a text means, and the name that it is when it is no path; raise UsageError."""
    if os.sep in text or (os.altsep is not None and os.altsep in text):
        return expanded(text), None
    return named_prefix(context, text), text
