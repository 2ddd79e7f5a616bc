"""Edits `plugins.json`, in which users say what they do without."""

from __future__ import annotations

import json
import os
import sys
from contextlib import contextmanager, suppress

from conda_commands_plugins.installed import left_without, named
from conda_kernel.errors import CondaError, PluginError
from conda_kernel.hookspecs import POINTS, SOLVERS, SUBCOMMANDS
from conda_kernel.model.event import Warned
from conda_kernel.model.named_tuple import NamedTuple
from conda_kernel.model.plugin import Selection
from conda_kernel.model.result import Result, Text
from conda_kernel.plugin_index import selection_file
from conda_kernel.points import Driver

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser
    from collections.abc import Iterable, Iterator

    from conda_kernel.kernel import Kernel
    from conda_kernel.plugin import Plugin

if sys.platform != "win32":
    import fcntl

WAY_BACK = "plugins enable"


def add_names(parser: ArgumentParser) -> None:
    """Add the argument that names what is switched."""
    parser.add_argument(
        "names", nargs="+", metavar="NAME", help="a distribution, or a plugin (`conda.solvers/classic`)"
    )


class Switched(NamedTuple):
    """The plugins that are left out after a change, as `plugins.json` has them."""

    disabled: tuple[str, ...]
    is_changed: bool


class Switchboard:
    """The file, and what may be done to it."""

    def __init__(self, kernel: Kernel) -> None:
        self._index = kernel.index
        self._tell = kernel.reporter.tell
        place = selection_file(kernel.context.environ)
        if place is None:
            raise CondaError("there is no home in which `plugins.json` could lie", hint="set `HOME`")
        self._place = os.path.realpath(place)

    def disable(self, names: Iterable[str]) -> Result:
        """Leave distributions and plugins out from now on; raise `PluginError` when that leaves too little."""
        with self._alone():
            before = self._disabled()
            wanted = dict.fromkeys(before)
            for name in names:
                found = named(name, self._index)
                is_whole = name == found[0].distribution
                wanted.update(dict.fromkeys([name] if is_whole else _identities(found)))
            self._check(Selection(wanted))
            return self._written(Switched(tuple(wanted), set(wanted) != set(before)), "disabled")

    def enable(self, names: Iterable[str]) -> Result:
        """Use the named distributions and plugins again."""
        with self._alone():
            before = self._disabled()
            wanted = dict.fromkeys(before)
            for name in names:
                for plugin in self._meant(name, before):
                    if isinstance(plugin, str):
                        wanted.pop(plugin, None)
                        continue
                    self._admit(plugin, wanted, is_whole=name == plugin.distribution)
            return self._written(Switched(tuple(wanted), set(wanted) != set(before)), "enabled")

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep other processes from switching between reading and writing, where the system can."""
        folder = os.path.dirname(self._place)
        try:
            os.makedirs(folder, exist_ok=True)
        except OSError as error:
            raise CondaError(f"cannot make `{folder}`: {error.strerror or error}", path=folder) from error
        if sys.platform == "win32":
            yield
            return
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            # A file system without locks has at most one user at a time.
            with suppress(OSError):
                fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def _meant(self, name: str, disabled: tuple[str, ...]) -> tuple[Plugin | str, ...]:
        """Return the plugins that a word means; of what is no longer installed, the word that the file has."""
        try:
            return named(name, self._index)
        except PluginError:
            if name in disabled:
                return (name,)
            raise

    def _admit(self, plugin: Plugin, wanted: dict[str, None], *, is_whole: bool) -> None:
        wanted.pop(plugin.identity, None)
        if plugin.distribution not in wanted:
            return
        del wanted[plugin.distribution]
        if not is_whole:
            others = (each for each in self._index.all() if each.distribution == plugin.distribution)
            wanted.update(dict.fromkeys(each.identity for each in others if each.identity != plugin.identity))

    def _check(self, selection: Selection) -> None:
        if left_without(self._index, selection, [SOLVERS.group]):
            raise PluginError(
                "no solver would be left, and without one nothing can be installed",
                hint="install or enable another one before",
            )
        if not any(
            plugin.group == SUBCOMMANDS.group and plugin.name == WAY_BACK and selection.admits(plugin)
            for plugin in self._index.all()
        ):
            raise PluginError(f"`conda {WAY_BACK}` itself would be left out, and there would be no way back")
        drivers = [point.group for point in POINTS if isinstance(point, Driver)]
        for group in left_without(self._index, selection, drivers):
            self._tell(Warned(f"nothing is left in {group}; commands that need it will not work"))

    def _disabled(self) -> tuple[str, ...]:
        return tuple(str(item) for item in self._content().get("disabled", []))

    def _content(self) -> dict[str, list[object]]:
        """Return what the file holds; the kernel has read it before, and refuses to run commands when it is broken."""
        try:
            with open(self._place, encoding="utf-8") as file:
                content: dict[str, list[object]] = json.load(file)
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            raise CondaError(f"cannot read `{self._place}`: {error}", path=self._place) from error
        return content

    def _written(self, switched: Switched, done: str) -> Result:
        if switched.is_changed:
            content = self._content() | {"disabled": sorted(switched.disabled)}
            private = f"{self._place}.{os.getpid()}"
            try:
                with open(private, "w", encoding="utf-8") as file:
                    file.write(json.dumps(content, indent=2, sort_keys=True) + "\n")
                os.replace(private, self._place)
            except OSError as error:
                raise CondaError(
                    f"cannot write `{self._place}`: {error.strerror or error}", path=self._place
                ) from error
        document = {
            "success": True,
            "changed": switched.is_changed,
            "file": self._place,
            "disabled": sorted(switched.disabled),
        }
        left = ", ".join(f"`{name}`" for name in sorted(switched.disabled)) or "nothing"
        told = f"{done}; {left} is left out now" if switched.is_changed else f"nothing to do: {left} is left out"
        return Result(document, (Text(f"{told} (`{self._place}`)"),))


def _identities(plugins: Iterable[Plugin]) -> list[str]:
    return [plugin.identity for plugin in plugins]
