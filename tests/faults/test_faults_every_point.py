"""Every fault at every extension point: the plugin is named, and what does not need it goes on."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from conda_kernel.hookspecs import POINTS
from conda_kernel.points import Driver, Extension, Hook, answer_types
from conda_testing.distributions import install
from conda_testing.executable import Conda

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

    from _pytest.mark.structures import ParameterSet

    from conda_testing.executable import Ended

PROBE = """
import inspect
from conda_kernel.hookspecs import POINTS
from conda_kernel.model.result import Result
from conda_kernel.points import Driver, Extension


class Probe:
    def __init__(self, kernel):
        self.kernel = kernel

    @staticmethod
    def add_arguments(parser):
        parser.add_argument("point")
        parser.add_argument("method")

    def run(self, arguments):
        if arguments.point != "none":
            self.call(next(point for point in POINTS if point.name == arguments.point), arguments.method)
        return Result({"went": "on"})

    def call(self, point, method):
        if isinstance(point, Driver):
            called = getattr(self.kernel.driver(point, "third"), method)
            called(*nothing(getattr(point.contract, method), 1))
        elif isinstance(point, Extension):
            names = {plugin.name for plugin in self.kernel.index.group(point.group)}
            only = point.but(names - {"third"})
            signature = inspect.signature(point.contract).parameters.values()
            keywords = {item.name: None for item in signature if item.kind is item.KEYWORD_ONLY}
            list(self.kernel.each(only, *nothing(point.contract, 0), **keywords))
        else:
            narrowed = point.on("third") if point.keyed else point
            self.kernel.call(narrowed, **dict.fromkeys(inspect.signature(point.contract).parameters))


def nothing(function, skipped):
    wanted = inspect.signature(function).parameters.values()
    positional = [item for item in wanted if item.kind is item.POSITIONAL_OR_KEYWORD]
    is_static = not positional or positional[0].name != "self"
    return [None] * (len(positional) - (0 if is_static else skipped))
"""

FAULTS = {
    "raises": "raise RuntimeError('the bottom fell out')",
    "recurses": "fault()",
    "exits": "import sys; sys.exit(0)",
    "answers wrong": "return type('Odd', (), {})()",
    # A document may quote the line in a trace: what is printed does not stand there as it is.
    "prints": "import os; print('print' 'ed'); os.write(1, b'writ' b'ten'); raise RuntimeError('the bottom fell out')",
    "hangs": "import threading; threading.Event().wait()",
    "ends the process": "import os; os._exit(7)",
    "is not there": "",
}
TOLD = {
    "raises": "RuntimeError: the bottom fell out",
    "recurses": "RecursionError",
    "exits": "it tried to exit with status 0",
    "answers wrong": "it answered with Odd",
    "prints": "RuntimeError: the bottom fell out",
    "hangs": "did not answer within 0.2 s",
    "is not there": "ModuleNotFoundError",
}
NAMED = "conda-third 1.0"


def contracts(point: Any) -> dict[str, Any]:
    """Return what a point calls, by the name of its method; a function has none."""
    if isinstance(point, Driver):
        return {name: getattr(point.contract, name) for name in point.methods()}
    return {"-": point.contract}


def is_contained(point: Any) -> bool:
    return not isinstance(point, Driver) and point.contained


def cases() -> list[ParameterSet]:
    """Return every fault at every method of every point; an ordinary run sees each point raise."""
    found = []
    for point in POINTS:
        for method, contract in contracts(point).items():
            for fault in FAULTS:
                if (fault == "answers wrong" and not answer_types(contract)) or (
                    fault == "hangs" and not is_contained(point)
                ):
                    continue
                marks = () if fault == "raises" else (pytest.mark.full,)
                found.append(pytest.param(point, method, fault, id=f"{point.name} {method} {fault}", marks=marks))
    return found


def source_of(point: Any, method: str, fault: str) -> str:
    """Return a module whose `target` is an implementation of the point with the fault in one method."""
    if fault == "is not there":
        return "import a_module_that_is_not_there\n"
    text = f"def fault():\n    {FAULTS[fault]}\n\n\n"
    if not isinstance(point, Driver):
        return text + "def target(*given, **named):\n    return fault()\n"
    lines = [
        f"    def {name}(self, *given):\n        {'return fault()' if name == method else 'pass'}\n"
        for name in contracts(point)
    ]
    text += "class target:\n    def __init__(self, *given):\n        pass\n\n" + "\n".join(lines)
    return text


def group_of(point: Any) -> str:
    return f"{point.group}.third" if isinstance(point, Hook) and point.keyed else str(point.group)


@pytest.mark.parametrize(("point", "method", "fault"), cases())
def test_a_fault_is_named_and_contained(tmp_path: Path, point: Any, method: str, fault: str) -> None:
    conda = faulty(tmp_path, point, method, fault)

    ended = conda("probe", point.name, method, "--json")

    told = ended.stdout + ended.stderr
    if fault == "ends the process":
        assert ended.status == 7
        assert named_afterwards(conda, point)
        return
    assert NAMED in told
    assert TOLD[fault] in told
    document = ended.json()
    assert isinstance(document, dict)
    # The trace quotes the source of the plugin.
    document.pop("traceback", None)
    assert "printed" not in str(document)
    assert "written" not in str(document)
    if is_contained(point):
        assert (ended.status, document) == (0, {"went": "on"})
        assert ended.stderr.count(NAMED) == 1
    else:
        assert ended.status == document["return_code"] == 1
        assert document["exception_name"] == "PluginError"
        assert ("PluginNotLoaded" if fault == "is not there" else "PluginFailed") in str(document["exception_type"])
    if not runs_with_every_command(point):
        assert conda("probe", "none", "-", "--json").json() == {"went": "on"}


def runs_with_every_command(point: Any) -> bool:
    """Tell whether there is no command that does without the plugins of a point."""
    return isinstance(point, Extension) and point.name == "context_sources"


def named_afterwards(conda: Conda, point: Any) -> bool:
    """Tell whether the next command says who was running when the one before ended without a word."""
    if runs_with_every_command(point):
        conda = Conda(conda.home, environ={**conda.environ, "PYTHONPATH": ""})
        return NAMED in conda("info").stderr
    ended: Ended = conda("probe", "none", "-", "--json")
    return ended.status == 0 and NAMED in ended.stderr


def faulty(tmp_path: Path, point: Any, method: str, fault: str) -> Conda:
    """Return a `conda` with one faulty plugin, and without the others that would be called along with it."""
    probe = install(
        tmp_path / "probe",
        "conda-probe",
        modules={"probe": PROBE},
        entry_points={"conda.subcommands": {"probe": "probe:Probe"}},
    )
    broken = install(
        tmp_path / "broken",
        "conda-third",
        modules={"conda_third": source_of(point, method, fault)},
        entry_points={group_of(point): {"third": "conda_third:target"}},
    )
    if isinstance(point, Hook) and not point.keyed:
        place = tmp_path / ".conda" / "plugins.json"
        place.parent.mkdir()
        place.write_text(json.dumps({"disabled": others(point)}))
    return Conda(tmp_path, path=(probe, broken), environ={"CONDA_PLUGIN_DEADLINE_SECS": "0.2"})


def others(point: Any) -> list[str]:
    """Return the implementations of a hook that this project brings."""
    import sys

    from conda_kernel.plugin_scan import scan

    return sorted({plugin.identity for plugin in scan(sys.path) if plugin.group == point.group})
