"""The settings that linking alone reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conda_kernel.setting import Setting, choice, flag, number

if TYPE_CHECKING:
    from typing import Any


LOCK_TIMEOUT = Setting(
    "prefix_lock_timeout_secs",
    number,
    default=300.0,
    description="how long to wait for another process that changes the same environment, in seconds",
)
PATH_CONFLICT = Setting(
    "path_conflict",
    choice("clobber", "warn", "prevent"),
    default="warn",
    description="what happens when two packages, or a package and a foreign file, want one path",
)
LINK_SCRIPTS = Setting("link_scripts", flag, default=True, description="run the link scripts of packages")
ALLOW_PRE_LINK_SCRIPTS = Setting(
    "allow_pre_link_scripts",
    flag,
    default=False,
    description="run pre-link scripts, which can damage the package cache",
)
COMPILE = Setting(
    "compile_pyc", flag, default=True, description="compile the sources of noarch python packages when they are linked"
)


def settings() -> tuple[Setting[Any], ...]:
    """Return all of them, for those who list what there is."""
    return (ALLOW_PRE_LINK_SCRIPTS, COMPILE, LINK_SCRIPTS, LOCK_TIMEOUT, PATH_CONFLICT)
