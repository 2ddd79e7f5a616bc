"""Imports requests without what guesses in which encoding a text is: bodies are handed on as they were sent.

requests does without where that is not installed, and warns of it. It would be a twentieth of a command that asks
whether an index has changed, and three megabytes.
"""

from __future__ import annotations

import sys
import warnings
from contextlib import contextmanager

from conda_kernel.model.typed import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

GUESSERS = ("chardet", "charset_normalizer")


@contextmanager
def absent(names: tuple[str, ...]) -> Iterator[None]:
    """Have modules count as not installed meanwhile, unless they are imported already."""
    hidden = [name for name in names if name not in sys.modules]
    # This is how Python itself is told that there is no such module.
    sys.modules.update(dict.fromkeys(hidden, cast("ModuleType", None)))
    try:
        yield
    finally:
        for name in hidden:
            sys.modules.pop(name, None)


with absent(GUESSERS), warnings.catch_warnings():
    warnings.filterwarnings("ignore", "Unable to find acceptable character detection dependency")
    import requests

__all__ = ["requests"]
