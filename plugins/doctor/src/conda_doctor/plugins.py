"""Plugins that cannot be loaded, and names that several distributions bring."""

from __future__ import annotations

from conda_kernel.deadline import within
from conda_kernel.errors import CondaError
from conda_kernel.hookspecs import POINTS
from conda_kernel.model.finding import Finding
from conda_kernel.points import Driver
from conda_kernel.settings import PLUGIN_DEADLINE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from conda_kernel.kernel import Kernel
    from conda_kernel.plugin import Plugin

DRIVERS = {point.group: point.sole for point in POINTS if isinstance(point, Driver)}
"""The points at which a name belongs to one distribution, and whether the point itself does."""


class Plugins:
    """The check `plugins`, which imports everything that is plugged in."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel

    def find(self, prefix: str) -> Sequence[Finding]:
        """Return a finding for each plugin that cannot be imported, and for each name that two contend for."""
        return [*self._not_loaded(), *self._contended()]

    def fix(self, prefix: str, findings: Sequence[Finding]) -> None:
        """Mend nothing: what is installed beside conda is the user's choice."""

    def _plugins(self) -> list[Plugin]:
        return [plugin for plugin in self._kernel.index.all() if self._kernel.index.selection.admits(plugin)]

    def _not_loaded(self) -> Iterator[Finding]:
        for plugin in self._plugins():
            try:
                within(self._kernel.context[PLUGIN_DEADLINE], plugin, self._kernel.load, plugin)
            except CondaError as error:
                yield Finding(
                    str(error),
                    {"plugin": plugin.identity, "distribution": plugin.distribution, "version": plugin.version},
                    hint=error.hint,
                )

    def _contended(self) -> Iterator[Finding]:
        contenders: dict[str, list[Plugin]] = {}
        for plugin in self._plugins():
            if plugin.group in DRIVERS:
                contenders.setdefault(plugin.group if DRIVERS[plugin.group] else plugin.identity, []).append(plugin)
        preferred = self._kernel.index.selection.preferred
        for contended, plugins in contenders.items():
            if len(plugins) > 1 and plugins[0].group not in preferred:
                names = sorted(f"{plugin.distribution} {plugin.version}" for plugin in plugins)
                yield Finding(
                    f"several distributions bring `{contended}`: {', '.join(names)}",
                    {"plugin": contended, "distributions": names},
                    hint="uninstall all but one, or name the one to use in `plugins.json`",
                )
