"""The file `plugins.json`: `{"disabled": ["conda.solvers/classic"], "preferred": {"conda.planners": "conda-x"}}`."""

from __future__ import annotations

import json


def read_selection(place: str) -> tuple[tuple[str, ...], dict[str, str]]:
    """Return the disabled plugins and the preferred ones; raise `ValueError` when the file is not of this form."""
    try:
        with open(place, encoding="utf-8") as file:
            content = json.load(file)
    except (OSError, ValueError, RecursionError) as error:
        raise _broken(place, str(error)) from error
    if not isinstance(content, dict):
        raise _broken(place, "expected an object")
    disabled, preferred = content.get("disabled", []), content.get("preferred", {})
    if not isinstance(disabled, list) or not all(isinstance(item, str) for item in disabled):
        raise _broken(place, "`disabled` must be a list of texts")
    if not isinstance(preferred, dict) or not all(isinstance(item, str) for item in preferred.values()):
        raise _broken(place, "`preferred` must map groups to names")
    return tuple(disabled), preferred


def _broken(place: str, told: str) -> ValueError:
    return ValueError(f"cannot read `{place}`: {told}")
