"""What this machine is, or is said to be: its virtual packages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conda_kernel.hookspecs import VIRTUAL_PACKAGES
from conda_kernel.model.event import Warned
from conda_kernel.model.machine import COMPANIONS, NOT_OVERRIDDEN, VirtualPackage, applies, overridden
from conda_kernel.plugin_index import user_cache_folder
from conda_kernel.settings import OVERRIDE_VIRTUAL_PACKAGES

if TYPE_CHECKING:
    from conda_kernel.kernel import Kernel


def virtual_packages(kernel: Kernel, subdir: str) -> tuple[VirtualPackage, ...]:
    """Return the virtual packages of a target, sorted by name.

    A detector whose package is overridden, or cannot exist for the target, is not imported. An override that cannot be
    is told as a warning and does not count.
    """
    names = {plugin.name for plugin in kernel.index.group(VIRTUAL_PACKAGES.group)}
    found: dict[str, VirtualPackage | None] = {name: None for name in names if not applies(name, subdir)}
    for name, text, source in _overrides(kernel):
        if name in NOT_OVERRIDDEN or not applies(name, subdir):
            continue
        try:
            found[name] = overridden(name, text)
        except ValueError as error:
            kernel.reporter.tell(Warned(f"{source} is ignored: `{text}` cannot be an override of `{name}`: {error}"))
    for plugin, detected in kernel.each(VIRTUAL_PACKAGES.but(found), subdir, user_cache_folder(kernel.context.environ)):
        if detected is not None:
            found[plugin.name] = VirtualPackage(plugin.name, detected.version, detected.build)
    for name, other in COMPANIONS.items():
        if found.get(other) is None:
            found[name] = None
    return tuple(found_package for _, found_package in sorted(found.items()) if found_package is not None)


def _overrides(kernel: Kernel) -> list[tuple[str, str, str]]:
    """Return name, text and source of each override; those of the environment come last, and count."""
    context = kernel.context
    given = [
        (f"__{name.removeprefix('__')}", text, f"`override_virtual_packages` {name}")
        for name, text in context[OVERRIDE_VIRTUAL_PACKAGES].items()
    ]
    prefix = "CONDA_OVERRIDE_"
    for variable, text in sorted(context.environ.items()):
        if variable.startswith(prefix) and variable != prefix:
            given.append((f"__{variable[len(prefix) :].lower()}", text, variable))
    return given
