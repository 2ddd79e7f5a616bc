"""Every setting that is known: those of the kernel and those that plugins declare, each with its owner."""

from __future__ import annotations

import difflib

from conda_kernel import settings
from conda_kernel.errors import PluginConflict, SettingError
from conda_kernel.hookspecs import SETTINGS
from conda_kernel.model.named_tuple import NamedTuple
from conda_kernel.setting import Setting

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from conda_kernel.kernel import Kernel

KERNEL = "conda-kernel"
PLUGIN_PREFIX = "plugins."
"""How the name of a setting begins that stands in the mapping `plugins` of a file."""

COMMAND_LINE_ONLY = frozenset(
    {
        "debug",
        "deps_modifier",
        "dry_run",
        "ignore_pinned",
        "json",
        "override_channels",
        "quiet",
        "subdir",
        "update_modifier",
        "use_index_cache",
        "verbosity",
    }
)
"""What is meant for one command; it is described when it is named."""


class UnknownSetting(SettingError):
    """No setting has the name."""

    conda_name = "CondaKeyError"


class Known(NamedTuple):
    """A setting and the distribution that declares it."""

    setting: Setting[Any]
    owner: str


class Catalogue:
    """Settings by name and by alias."""

    def __init__(self, known: Iterable[Known]) -> None:
        """Raise `PluginConflict` when two distributions declare one name."""
        self._known: dict[str, Known] = {}
        self._names: dict[str, str] = {}
        for one in known:
            for name in one.setting.names:
                if name in self._names:
                    owners = sorted({self._known[self._names[name]].owner, one.owner})
                    raise PluginConflict(
                        f"the setting `{name}` is declared twice, by {' and '.join(owners)}",
                        hint="uninstall one of them",
                        setting=name,
                        distributions=owners,
                    )
                self._names[name] = one.setting.name
            self._known[one.setting.name] = one

    def all(self) -> list[Known]:
        """Return what is known, by name; those of plugins of third parties come last."""
        return sorted(
            self._known.values(), key=lambda one: (one.setting.name.startswith(PLUGIN_PREFIX), one.setting.name)
        )

    def get(self, name: str) -> Known | None:
        """Return the setting of a name or an alias."""
        found = self._names.get(name)
        return self._known[found] if found is not None else None

    def find(self, name: str) -> Known:
        """Return the setting of a name or an alias; raise `UnknownSetting` with what may be meant."""
        found = self.get(name)
        if found is None:
            raise UnknownSetting(f"no setting is called `{name}`", hint=self._advice(name), key=name)
        return found

    def _advice(self, name: str) -> str:
        near = difflib.get_close_matches(name, self._names, n=1)
        return f"did you mean `{near[0]}`?" if near else "`conda config --describe` shows what there is"


def catalogue(kernel: Kernel) -> Catalogue:
    """Return the settings of the kernel and of every plugin that declares some."""
    own = [Known(value, KERNEL) for value in vars(settings).values() if isinstance(value, Setting)]
    plugins = [Known(setting, plugin.distribution) for plugin, found in kernel.each(SETTINGS) for setting in found]
    return Catalogue((*own, *plugins))
