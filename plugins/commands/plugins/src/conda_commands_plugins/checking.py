"""Loads every plugin and reports what is wrong with any."""

from __future__ import annotations

import sys

from conda_commands_plugins.contracts import faults, point_of
from conda_commands_plugins.loading import loaded
from conda_commands_plugins.metadata import distributions_of_packages
from conda_commands_plugins.needs import undeclared_needs
from conda_kernel.deadline import within
from conda_kernel.errors import PluginError
from conda_kernel.model.event import Advanced, Finished, Started, Warned
from conda_kernel.model.named_tuple import NamedTuple
from conda_kernel.model.paths import printable
from conda_kernel.model.result import Result, Table, Text
from conda_kernel.points import Driver
from conda_kernel.settings import PLUGIN_DEADLINE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Iterator, Sequence

    from conda_kernel.kernel import Kernel
    from conda_kernel.plugin import Plugin

COLUMNS = ("Distribution", "Plugin", "Kind", "Problem")
_TASK = "check the plugins"


class Problem(NamedTuple):
    """Something that is wrong with a plugin; `kind` is `load`, `point`, `signature`, `conflict` or `need`."""

    plugin: Plugin
    kind: str
    told: str


class Check:
    """The command `conda plugins check`; the only one that imports all plugins."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._index = kernel.index
        self._tell = kernel.reporter.tell
        self._deadline = kernel.context[PLUGIN_DEADLINE]

    @staticmethod
    def add_arguments(parser: ArgumentParser) -> None:
        """Declare the arguments of the command."""
        parser.add_argument("--all", action="store_true", help="check those too that are disabled")

    def run(self, arguments: Namespace) -> Result:
        """Return what is wrong; the exit status is 1 when anything is."""
        plugins = [plugin for plugin in self._index.all() if arguments.all or self._index.selection.admits(plugin)]
        for name in sorted(self._index.selection.disabled - _names(self._index.all())):
            self._tell(Warned(f"`{printable(name)}` is disabled in `plugins.json`, and not installed"))
        problems = [*self._faults(plugins), *_conflicts(plugins), *_needs(plugins)]
        problems.sort(key=lambda problem: (problem.plugin.distribution, problem.plugin.identity, problem.kind))
        document = {
            "success": not problems,
            "checked": len(plugins),
            "problems": [_as_json(problem) for problem in problems],
        }
        if not problems:
            return Result(document, (Text(f"{len(plugins)} plugins were loaded, and nothing is wrong with them"),))
        rows = tuple((each.plugin.distribution, each.plugin.identity, each.kind, each.told) for each in problems)
        return Result(document, (Table(COLUMNS, rows),), exit_status=1)

    def _faults(self, plugins: Sequence[Plugin]) -> Iterator[Problem]:
        self._tell(Started(_TASK, "Loading plugins", len(plugins), "plugins"))
        try:
            for number, plugin in enumerate(plugins, 1):
                yield from self._faults_of(plugin)
                self._tell(Advanced(_TASK, number))
        finally:
            self._tell(Finished(_TASK))

    def _faults_of(self, plugin: Plugin) -> Iterator[Problem]:
        load = self._kernel.contained(plugin, loaded)
        try:
            target = within(self._deadline, plugin, lambda: load(plugin))
        except PluginError as error:
            yield Problem(plugin, "load", str(error.__cause__ or error))
            return
        point = point_of(plugin)
        if point is None:
            yield Problem(plugin, "point", f"there is no extension point `{plugin.group}`")
            return
        for fault in faults(target, point):
            yield Problem(plugin, "signature", fault)


def _names(plugins: Sequence[Plugin]) -> frozenset[str]:
    return frozenset(word for plugin in plugins for word in (plugin.distribution, plugin.identity))


def _conflicts(plugins: Sequence[Plugin]) -> Iterator[Problem]:
    """Yield a problem for each plugin that contends with another: for a name, or to be the only one of its point."""
    for plugin in plugins:
        point = point_of(plugin)
        is_sole = isinstance(point, Driver) and point.sole
        rivals = [
            other
            for other in plugins
            if other is not plugin and other.group == plugin.group and (is_sole or other.name == plugin.name)
        ]
        if rivals:
            others = " and ".join(f"{other.distribution} {other.version}" for other in rivals)
            wanted = f"to be the only plugin of {plugin.group}" if is_sole else f"for the name `{plugin.name}`"
            yield Problem(plugin, "conflict", f"it contends with {others} {wanted}")


def _needs(plugins: Sequence[Plugin]) -> Iterator[Problem]:
    """Yield a problem for each distribution whose modules import what it does not require."""
    first: dict[str, Plugin] = {}
    for plugin in plugins:
        first.setdefault(plugin.distribution, plugin)
    packages = {plugin.target.partition(":")[0].partition(".")[0]: plugin.distribution for plugin in plugins}
    brought = distributions_of_packages()
    for distribution, plugin in first.items():
        own = {package for package, owner in packages.items() if owner == distribution and package in sys.modules}
        for need, package, file in undeclared_needs(distribution, own, packages, brought):
            yield Problem(plugin, "need", f"`{printable(file)}` imports `{package}` of {need}, which is not required")


def _as_json(problem: Problem) -> dict[str, object]:
    plugin = problem.plugin
    return {
        "kind": problem.kind,
        "problem": problem.told,
        "distribution": plugin.distribution,
        "version": plugin.version,
        "group": plugin.group,
        "name": plugin.name,
        "target": plugin.target,
    }
