"""The settings that this distribution declares, apart from what reads them: `conda config` loads nothing else."""

from __future__ import annotations

from conda_kernel.setting import Setting, concatenated, flag, text, texts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

NO_TEXTS: tuple[str, ...] = ()

CREATE_DEFAULT_PACKAGES = Setting(
    "create_default_packages",
    texts,
    default=NO_TEXTS,
    merge=concatenated,
    description="packages that `conda create` adds to every environment",
)

DEFAULT_ACTIVATION_ENV = Setting(
    "default_activation_env",
    text,
    default="base",
    description="the environment that is activated when none is named; it is neither removed nor renamed",
)
NON_ADMIN_ENABLED = Setting(
    "non_admin_enabled", flag, default=True, description="let users change environments who are no administrators"
)


def settings() -> tuple[Setting[Any], ...]:
    """Return all of them, for those who list what there is."""
    return (CREATE_DEFAULT_PACKAGES, DEFAULT_ACTIVATION_ENV, NON_ADMIN_ENABLED)
