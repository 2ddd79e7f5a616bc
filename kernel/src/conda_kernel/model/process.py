"""Tells whether a process lives."""

from __future__ import annotations

import os


def process_lives(process: int) -> bool:
    """Tell whether a process of this number lives on this host; where that cannot be asked the answer is yes."""
    if os.name == "nt":
        return True
    try:
        os.kill(process, 0)
    except OSError as error:
        return not isinstance(error, ProcessLookupError)
    return True
