"""The one place where libmambapy is imported, which is not on the Python package index.

conda environments have it; where it is absent, everything else of this distribution works.
"""

from __future__ import annotations

from conda_kernel.errors import CondaError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

reason: ImportError | None
try:
    import libmambapy.solver
    import libmambapy.solver.libsolv
    import libmambapy.specs
except ImportError as error:
    found: Any = None
    reason = error
else:
    found = libmambapy
    reason = None


def libmambapy_binding() -> Any:  # noqa: ANN401 - it has no types where this is checked
    """Return the package libmambapy; raise `CondaError` where it is not installed."""
    if found is None:
        raise CondaError(
            f"the solver `libmamba` needs libmambapy, which is not installed: {reason}",
            hint="libmambapy is not on the Python package index; install it into the environment that runs conda "
            "from conda-forge (`libmambapy >=2`), or use `--solver libsolv`, which needs no such package",
        ) from reason
    return found
