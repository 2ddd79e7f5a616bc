"""Shows everything that is known of a plugin, or of all of a distribution."""

from __future__ import annotations

from conda_commands_plugins.installed import named
from conda_commands_plugins.metadata import metadata_of
from conda_kernel.hookspecs import POINTS
from conda_kernel.model.result import Details, Result, Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from conda_kernel.kernel import Kernel
    from conda_kernel.model.result import View
    from conda_kernel.plugin import Plugin


class Info:
    """The command `conda plugins info`; it imports no plugin."""

    def __init__(self, kernel: Kernel) -> None:
        self._index = kernel.index

    @staticmethod
    def add_arguments(parser: ArgumentParser) -> None:
        """Declare the arguments of the command."""
        parser.add_argument(
            "plugin", metavar="NAME", help="a distribution, a plugin (`conda.solvers/classic`), or its name"
        )

    def run(self, arguments: Namespace) -> Result:
        """Return what is known; raise `PluginNotFound`, and `UsageError` for a name that several plugins bear."""
        found = named(arguments.plugin, self._index)
        documents: list[dict[str, object]] = []
        views: list[View] = []
        for distribution in sorted({plugin.distribution for plugin in found}):
            metadata = metadata_of(distribution)
            plugins = [plugin for plugin in found if plugin.distribution == distribution]
            documents.append(
                {
                    "name": distribution,
                    "version": plugins[0].version,
                    "summary": metadata.summary,
                    "requires": list(metadata.requires),
                    "bundled": plugins[0].bundled,
                    "plugins": [self._as_json(plugin) for plugin in plugins],
                }
            )
            rows = (
                ("version", plugins[0].version),
                ("summary", metadata.summary),
                ("bundled", "yes" if plugins[0].bundled else "no"),
                ("requires", metadata.requires or "nothing"),
            )
            views.append(Details(rows, f"{distribution}\n{'-' * len(distribution)}"))
            views += [view for plugin in plugins for view in (Text(""), self._details(plugin))]
        return Result(documents, tuple(views))

    def _as_json(self, plugin: Plugin) -> dict[str, object]:
        return {
            "group": plugin.group,
            "name": plugin.name,
            "target": plugin.target,
            "summary": plugin.summary,
            "status": self._status(plugin),
            "point": _point(plugin),
        }

    def _details(self, plugin: Plugin) -> Details:
        rows = (
            ("plugin", plugin.identity),
            ("summary", plugin.summary or "none"),
            ("target", plugin.target),
            ("status", self._status(plugin)),
            ("point", _point(plugin)),
        )
        return Details(rows)

    def _status(self, plugin: Plugin) -> str:
        return "active" if self._index.selection.admits(plugin) else "disabled"


def _point(plugin: Plugin) -> str:
    """Return what the extension point is for: the first line of what its contract says of itself."""
    for point in POINTS:
        if plugin.group == point.group or plugin.group.startswith(f"{point.group}."):
            return (point.contract.__doc__ or "").strip().partition("\n")[0]
    return "there is no such extension point"
