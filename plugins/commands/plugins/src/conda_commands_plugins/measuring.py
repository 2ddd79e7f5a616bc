"""Runs `conda` in this process and measures what its plugins cost. The process exists for that alone.

Modules are measured by a finder before all others, calls by the breadcrumb that the kernel drops at every call of a
plugin. All times are CPU times of the thread, and each moment counts for what ran innermost.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from importlib.metadata import entry_points

from conda_kernel import breadcrumb

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from importlib.machinery import ModuleSpec
    from types import FrameType, ModuleType
    from typing import Any

    from conda_kernel.plugin import Plugin

PROGRAM = "conda"
NOBODY = ""
WAY_OUT = "_exit"
"""What the command line ends the process with, at once: nothing else would tell that it is over."""

MACHINERY = ("importlib", "_frozen_importlib", __name__)


class Meter:
    """Adds up the CPU seconds of whatever runs, by key; what runs innermost in a thread counts."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._local = threading.local()

    def enter(self, key: str) -> None:
        """Count for this key from now on, in this thread."""
        self._charge()
        self._running().append(key)

    def leave(self) -> None:
        """Count for what ran before."""
        self._charge()
        self._running().pop()

    def _running(self) -> list[str]:
        found: list[str] | None = getattr(self._local, "running", None)
        if found is None:
            found = self._local.running = []
        return found

    def _charge(self) -> None:
        now = time.thread_time()
        running = self._running()
        if running:
            self.seconds[running[-1]] = self.seconds.get(running[-1], 0.0) + now - self._local.since
        self._local.since = now


class MeasuringFinder:
    """Finds modules as the finders behind it do, notes who asked, and measures how long each takes to run."""

    def __init__(self, meter: Meter) -> None:
        self.importers: dict[str, str] = {}
        self._meter = meter

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        """Return the spec that another finder has."""
        for finder in sys.meta_path:
            spec = None if finder is self else finder.find_spec(name, path, target)
            if spec is not None:
                self.importers[name] = _importer(sys._getframe(1))  # noqa: SLF001 - the way to who asks
                self._measure(name, spec.loader)
                return spec
        return None

    def _measure(self, name: str, loader: Any) -> None:  # noqa: ANN401 - loaders come in all kinds
        execute: Callable[[ModuleType], None] | None = getattr(loader, "exec_module", None)
        if execute is None or isinstance(loader, type):
            return

        def measured(module: ModuleType) -> None:
            self._meter.enter(f"module {name}")
            try:
                execute(module)
            finally:
                self._meter.leave()

        try:
            loader.exec_module = measured
        except AttributeError:
            return


class Calls:
    """How often each plugin was called, by group, name and distribution."""

    def __init__(self, meter: Meter) -> None:
        self.counts: dict[str, int] = {}
        self._meter = meter

    def measuring_breadcrumb(self) -> type[breadcrumb.Breadcrumb]:
        """Return the class of breadcrumbs that measure."""
        calls, meter = self, self._meter

        class MeasuringBreadcrumb(breadcrumb.Breadcrumb):
            """Measures from `enter` to `leave`, which the kernel calls around imports and calls of plugins."""

            __slots__ = ()

            def enter(self, plugin: Plugin) -> str:
                key = f"{plugin.group}/{plugin.name}/{plugin.distribution}"
                is_import = sys._getframe(1).f_code.co_name == "load"  # noqa: SLF001 - as above
                calls.counts[key] = calls.counts.get(key, 0) + (not is_import)
                meter.enter(f"plugin {key}")
                return super().enter(plugin)

            def leave(self, name: str) -> None:
                super().leave(name)
                meter.leave()

        return MeasuringBreadcrumb


def run(report: str, arguments: Sequence[str]) -> None:
    """Run `conda` with these arguments, and write what was measured to the file `report` when it ends."""
    (program,) = entry_points(group="console_scripts", name=PROGRAM)
    meter = Meter()
    finder, calls = MeasuringFinder(meter), Calls(meter)
    begun = time.process_time()
    leave_process = getattr(os, WAY_OUT)

    def ended(status: int) -> None:
        measured = {
            "seconds": time.process_time() - begun,
            "parts": meter.seconds,
            "importers": finder.importers,
            "calls": calls.counts,
        }
        with open(report, "w", encoding="utf-8") as file:
            json.dump(measured, file)
        leave_process(status)

    sys.argv = [PROGRAM, *arguments]
    sys.meta_path.insert(0, finder)
    breadcrumb.Breadcrumb = calls.measuring_breadcrumb()  # type: ignore[misc]  # before anybody else imports it
    setattr(os, WAY_OUT, ended)
    program.load()()


def _importer(frame: FrameType | None) -> str:
    """Return the module that an import statement stands in."""
    while frame is not None:
        name = str(frame.f_globals.get("__name__", NOBODY))
        if name.partition(".")[0] not in MACHINERY and name not in MACHINERY:
            return name
        frame = frame.f_back
    return NOBODY
