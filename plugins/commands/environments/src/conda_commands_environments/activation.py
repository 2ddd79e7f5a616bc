"""Tells how to activate an environment that was made."""

from __future__ import annotations

import os
import shlex

from conda_kernel.model.event import Told

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace

    from conda_kernel.model.event import Event
    from conda_kernel.model.result import Result


def tell_how_to_activate(arguments: Namespace, prefix: str | None, result: Result) -> tuple[Event, ...]:
    """Return the advice, none when no environment was made."""
    document = result.document
    made = isinstance(document, dict) and "actions" in document and not document.keys() & {"dry_run", "download_only"}
    if prefix is None or not made:
        return ()
    named = getattr(arguments, "name", None)
    target = shlex.quote(named or prefix) if os.name != "nt" else (named or f'"{prefix}"')
    lines = (
        "#",
        "# To activate this environment, use",
        "#",
        f"#     $ conda activate {target}",
        "#",
        "# To deactivate an active environment, use",
        "#",
        "#     $ conda deactivate",
        "",
    )
    return (Told("\n".join(lines)),)
