"""The settings that this distribution declares, apart from what reads them: `conda config` loads nothing else."""

from __future__ import annotations

from conda_kernel.setting import Setting, choice, concatenated, flag, text, texts

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
DEPS_MODIFIER = Setting(
    "deps_modifier",
    choice("not_set", "no_deps", "only_deps"),
    default="not_set",
    description="which part of what is asked for is carried out: `not_set` for all of it, `no_deps` or `only_deps`",
)
UPDATE_MODIFIER: Setting[str | None] = Setting(
    "update_modifier",
    choice("update_specs", "freeze_installed", "update_all", "update_deps", "specs_satisfied_skip_solve"),
    default=None,
    description="what may change besides what is asked for, for all commands alike; the options say what each is",
)
FORCE_REINSTALL = Setting(
    "force_reinstall",
    flag,
    default=False,
    description="unlink and link what is asked for even when it stays the same",
)
NON_ADMIN_ENABLED = Setting(
    "non_admin_enabled", flag, default=True, description="let users change environments who are no administrators"
)


def settings() -> tuple[Setting[Any], ...]:
    """Return all of them, for those who list what there is."""
    return (
        CREATE_DEFAULT_PACKAGES,
        DEFAULT_ACTIVATION_ENV,
        DEPS_MODIFIER,
        FORCE_REINSTALL,
        NON_ADMIN_ENABLED,
        UPDATE_MODIFIER,
    )
