"""The settings that linking alone reads."""

from __future__ import annotations

from conda_kernel.setting import Setting, choice, concatenated, flag, number, texts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


NO_TEXTS: tuple[str, ...] = ()


def script_policy(value: object) -> str:
    """Read what happens with link scripts; `true` and `false` are the older spellings of `run` and `skip`."""
    try:
        return "run" if flag(value) else "skip"
    except ValueError:
        return choice("run", "skip", "trusted")(value)


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
ALWAYS_SOFTLINK = Setting(
    "always_softlink",
    flag,
    default=False,
    aliases=("softlink",),
    description="link files into environments by symbolic links",
)
ALLOW_SOFTLINKS = Setting(
    "allow_softlinks",
    flag,
    default=False,
    description="where files cannot be linked by hard links, do it by symbolic links instead of copying them",
)
EXTRA_SAFETY_CHECKS = Setting(
    "extra_safety_checks", flag, default=False, description="compare the content of files when they are linked, too"
)
LINK_SCRIPTS = Setting(
    "link_scripts",
    script_policy,
    default="run",
    description="whether link scripts of packages run: `run`, `skip`, or `trusted` for those that are named",
)
TRUSTED_LINK_SCRIPTS = Setting(
    "trusted_link_scripts",
    texts,
    default=NO_TEXTS,
    merge=concatenated,
    description="match specs of the packages whose scripts run with `link_scripts: trusted`",
)
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
    return (
        ALLOW_PRE_LINK_SCRIPTS,
        ALLOW_SOFTLINKS,
        ALWAYS_SOFTLINK,
        COMPILE,
        EXTRA_SAFETY_CHECKS,
        LINK_SCRIPTS,
        LOCK_TIMEOUT,
        PATH_CONFLICT,
        TRUSTED_LINK_SCRIPTS,
    )
