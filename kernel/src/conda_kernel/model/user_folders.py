"""Where a user keeps things; on the way of `conda --version`."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


def user_cache_folder(environ: Mapping[str, str]) -> str | None:
    """Return the folder for what can be made anew, or `None` when the user has no home."""
    chosen = environ.get("XDG_CACHE_HOME") or (environ.get("LOCALAPPDATA") if os.name == "nt" else None)
    if not chosen:
        home = environ.get("HOME") or environ.get("USERPROFILE")
        if not home:
            return None
        chosen = os.path.join(home, *(("Library", "Caches") if sys.platform == "darwin" else (".cache",)))
    return os.path.join(chosen, "conda")
