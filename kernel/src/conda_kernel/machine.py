"""What this machine is, or is said to be: its virtual packages."""

from __future__ import annotations

from conda_kernel.hookspecs import VIRTUAL_PACKAGES
from conda_kernel.model.event import Warned
from conda_kernel.model.machine import VirtualPackage, applies, overridden_packages, present_together
from conda_kernel.plugin_index import user_cache_folder
from conda_kernel.settings import OVERRIDE_VIRTUAL_PACKAGES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from conda_kernel.kernel import Kernel


def virtual_packages(kernel: Kernel, subdir: str) -> tuple[VirtualPackage, ...]:
    """Return the virtual packages of a target, sorted by name.

    A detector whose package is overridden, or cannot exist for the target, is not imported. An override that cannot be
    is told as a warning and does not count.
    """
    environ = kernel.context.environ
    found, faults = overridden_packages(kernel.context[OVERRIDE_VIRTUAL_PACKAGES], environ, subdir)
    for fault in faults:
        kernel.reporter.tell(Warned(fault))
    names = {plugin.name for plugin in kernel.index.group(VIRTUAL_PACKAGES.group)}
    left_out = {name for name in names if name in found or not applies(name, subdir)}
    for plugin, detected in kernel.each(VIRTUAL_PACKAGES.but(left_out), subdir, user_cache_folder(environ)):
        if detected is not None:
            found[plugin.name] = VirtualPackage(plugin.name, detected.version, detected.build)
    return present_together(found.values())
