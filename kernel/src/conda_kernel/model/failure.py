"""The result that describes an error."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conda_kernel.model.result import Result, Text
from conda_kernel.model.secret import mask_secrets, masked

if TYPE_CHECKING:
    from collections.abc import Callable

    from conda_kernel.model.errors import CondaError


def failure(error: CondaError, hints: tuple[str, ...] = (), mask: Callable[[str], str] = mask_secrets) -> Result:
    """Return the result that describes an error, with the advice that others added to it.

    `mask` takes out what must not be shown of the words of the error, of its cause, and of the advice.
    """
    name, message = error.exception_name, mask(str(error))
    told = [mask(hint) for hint in (error.hint, *hints) if hint]
    document: dict[str, object] = {
        **{name: masked(value) for name, value in error.fields.items()},
        "success": False,
        "error": f"{name}: {message}",
        "exception_name": name,
        "exception_type": str(type(error)),
        "message": message,
        "caused_by": mask(repr(error.__cause__)),
        "return_code": error.exit_status,
    }
    if told:
        document["guidance"] = {"hints": [{"text": hint} for hint in told]}
    lines = [f"error: {message}", *(f"\nhint: {hint}" for hint in told)]
    return Result(document, (Text("\n".join(lines)),), exit_status=error.exit_status, failed=True)
