"""Loads plugins by stevedore, whatever the kernel has of them already. The only module that imports it."""

from __future__ import annotations

from importlib.metadata import EntryPoint

from stevedore import ExtensionManager

TYPE_CHECKING = False
if TYPE_CHECKING:
    from conda_kernel.plugin import Plugin


class OnePlugin(ExtensionManager[object]):
    """The manager of one plugin, as the kernel's index knows it: the list that stevedore keeps itself may be old."""

    def __init__(self, plugin: Plugin) -> None:
        self._entry_points = [EntryPoint(plugin.name, plugin.target, plugin.group)]
        super().__init__(plugin.group, on_load_failure_callback=_raise)

    def list_entry_points(self) -> list[EntryPoint]:
        """Return the one entry point."""
        return self._entry_points


def loaded(plugin: Plugin) -> object:
    """Return the target of a plugin; raise what its import raises."""
    return OnePlugin(plugin).extensions[0].plugin


def _raise(_manager: ExtensionManager[object], _entry_point: EntryPoint, error: BaseException) -> None:
    raise error
