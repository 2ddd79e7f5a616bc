"""Lists the distributions that bring plugins."""

from __future__ import annotations

from conda_commands_plugins.installed import PREFIX, distributions
from conda_kernel.model.result import Result, Table, Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from conda_commands_plugins.installed import Distribution
    from conda_kernel.kernel import Kernel

COLUMNS = ("Distribution", "Version", "Status", "Bundled", "Plugins")


class List:
    """The command `conda plugins list`; it imports no plugin."""

    def __init__(self, kernel: Kernel) -> None:
        self._index = kernel.index

    @staticmethod
    def add_arguments(parser: ArgumentParser) -> None:
        """Declare the arguments of the command."""
        parser.add_argument("--third-party", action="store_true", help="leave out what `conda-standard` requires")
        parser.add_argument("--disabled", action="store_true", help="list only what is disabled, wholly or in part")

    def run(self, arguments: Namespace) -> Result:
        """Return the distributions, by the packages that their plugins lie in."""
        found = [
            each
            for each in distributions(self._index)
            if not (arguments.third_party and each.is_bundled) and not (arguments.disabled and each.status == "active")
        ]
        found.sort(key=lambda each: (each.module, each.name))
        rows = tuple(
            (each.name, each.version, each.status, "yes" if each.is_bundled else "no", _plugins(each)) for each in found
        )
        views = (Table(COLUMNS, rows),) if rows else (Text("there are none"),)
        return Result([_as_json(each) for each in found], views)


def _plugins(distribution: Distribution) -> str:
    return ", ".join(
        f"{plugin.identity.removeprefix(PREFIX)}{'' if plugin in distribution.active else ' (disabled)'}"
        for plugin in distribution.plugins
    )


def _as_json(distribution: Distribution) -> dict[str, object]:
    return {
        "name": distribution.name,
        "version": distribution.version,
        "canonical_name": distribution.module,
        "status": distribution.status,
        "bundled": distribution.is_bundled,
        "hooks": list(distribution.points),
        "plugins": [
            {
                "group": plugin.group,
                "name": plugin.name,
                "target": plugin.target,
                "summary": plugin.summary,
                "status": "active" if plugin in distribution.active else "disabled",
            }
            for plugin in distribution.plugins
        ],
    }
