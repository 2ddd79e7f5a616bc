"""Finds out which environment a command line means."""

from __future__ import annotations

from conda_kernel.model.environment import is_environment
from conda_kernel.model.errors import UsageError
from conda_kernel.model.paths import expanded
from conda_kernel.model.secret import mask_secrets
from conda_kernel.prefixes import named_prefix

TYPE_CHECKING = False
if TYPE_CHECKING:
    from conda_kernel.context import Context


def target_prefix(context: Context, *, name: str | None, path: str | None) -> str | None:
    """Return the prefix that is named, else the active one, else the root prefix if that is an environment."""
    if name is not None and path is not None:
        raise UsageError("`--name` and `--prefix` exclude each other")
    if name is not None:
        return named_prefix(context, name)
    if path is not None and not path.strip():
        raise UsageError("`--prefix` needs a path")
    if path is not None and "://" in path:
        raise UsageError(f"`--prefix` takes a path, and `{mask_secrets(path)}` is a URL")
    path = path or context.environ.get("CONDA_PREFIX")
    if not path:
        return context.root_prefix if is_environment(context.root_prefix) else None
    try:
        return expanded(path)
    except FileNotFoundError:
        raise UsageError(
            f"`{mask_secrets(path)}` is a path from the current folder, which is no longer there",
            hint="go to another folder, or give the whole path",
        ) from None
