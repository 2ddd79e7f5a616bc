"""What can be wrong with a package cache, beside what the kernel has names for."""

from __future__ import annotations

from conda_kernel.errors import CondaError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


class CacheFailed(CondaError):
    """A package cache cannot be read or written; the fields `path` and `reason` say where and why."""

    @classmethod
    def of(cls, what: str, path: str, error: OSError) -> CacheFailed:
        """Return the error for what the operating system refused; `what` is what was tried."""
        reason = error.strerror or type(error).__name__
        place = error.filename if isinstance(error.filename, str) else path
        return cls(f"cannot {what} `{path}`: {reason}", path=place, reason=reason)


class NoWritableCache(CondaError):
    """A package has to be brought, and no package cache can be written."""

    conda_name = "NoWritablePkgsDirError"


class PackagesUnavailable(CondaError):
    """Several packages cannot be provided, for different reasons; `errors` are those.

    The exit status is theirs where they agree, else the general one.
    """

    conda_name = "CondaMultiError"

    def __init__(self, errors: Sequence[CondaError]) -> None:
        lines = [f"  - {error}" for error in errors]
        hints = dict.fromkeys(error.hint for error in errors if error.hint)
        super().__init__(
            "\n".join(["packages cannot be provided, for several reasons:", *lines]),
            hint=next(iter(hints), ""),
            errors=[
                {"exception_name": error.exception_name, "message": str(error), **error.fields} for error in errors
            ],
        )
        self.errors = tuple(errors)
        statuses = {error.exit_status for error in errors}
        self.exit_status = statuses.pop() if len(statuses) == 1 else CondaError.exit_status


class ArchiveFault(CondaError):
    """What is wrong with an archive, told where its name is not known."""
