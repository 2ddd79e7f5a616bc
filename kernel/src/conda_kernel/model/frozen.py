"""Reads the marker that protects an environment from changes (CEP 22)."""

from __future__ import annotations

import json

from conda_kernel.model.paths import printable

GENERIC_MESSAGE = "this environment is protected against changes"


def frozen_message(text: str) -> str:
    """Return what to tell about a protected environment, from the text of its `conda-meta/frozen`.

    An empty file, one that is not JSON, and one without a message give a general sentence: the marker holds anyway.
    """
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return GENERIC_MESSAGE
    message = document.get("message") if isinstance(document, dict) else None
    if not isinstance(message, str):
        return GENERIC_MESSAGE
    return printable(message, lines=True).strip() or GENERIC_MESSAGE
