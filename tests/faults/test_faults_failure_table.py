"""Every row of the plan's table of failing plugins, provoked by real installed distributions in real processes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conda_testing.distributions import install
from conda_testing.executable import Conda, Ended

if TYPE_CHECKING:
    from pathlib import Path

PROBE = """
from conda_kernel.hookspecs import POST_COMMANDS, POST_SOLVES, SOLVERS, VIRTUAL_PACKAGES
from conda_kernel.model.result import Result
from conda_kernel.model.solving import Solution, SolveRequest


class Probe:
    def __init__(self, kernel):
        self.kernel = kernel

    @staticmethod
    def add_arguments(parser):
        parser.add_argument("what")

    def run(self, arguments):
        return Result({"answer": getattr(self, arguments.what)()})

    def nothing(self):
        return "nothing"

    def driver(self):
        return str(self.kernel.driver(SOLVERS, "third").solve(None))

    def extension(self):
        names = {plugin.name for plugin in self.kernel.index.group(VIRTUAL_PACKAGES.group)}
        point = VIRTUAL_PACKAGES.but(names - {"__good", "__third"})
        return [plugin.name for plugin, _ in self.kernel.each(point, "linux-64")]

    def fatal_hook(self):
        return len(
            self.kernel.call(
                POST_SOLVES, request=SolveRequest((), None), solution=Solution(()), context=self.kernel.context
            )
        )

    def contained_hook(self):
        hook = POST_COMMANDS.on("third")
        return len(self.kernel.call(hook, command="third", arguments=None, prefix=None, result=None, kernel=None))
"""
DETECTOR = """
from conda_kernel.model.machine import Detected

def good(subdir):
    return Detected("1")
"""

GROUPS = {
    "driver": "conda.solvers",
    "extension": "conda.virtual_packages",
    "fatal_hook": "conda.post_solves",
    "contained_hook": "conda.post_commands.third",
}
NAMES = {"driver": "third", "extension": "__third", "fatal_hook": "third", "contained_hook": "third"}
FATAL = ("driver", "fatal_hook")
CONTAINED = ("extension", "contained_hook")
FAULTS = {
    "raises": "raise RuntimeError('the bottom fell out')",
    "recurses": "return fault(*arguments)",
    "exits": "import sys; sys.exit(0)",
    "answers_wrong": "return 42",
}
TOLD = {
    "raises": "RuntimeError: the bottom fell out",
    "recurses": "RecursionError",
    "exits": "it tried to exit with status 0",
    "answers_wrong": "it answered with int",
}


def source_of(shape: str, body: str) -> str:
    """Return a module whose `target` is an implementation with the body."""
    parameters = {"driver": "request", "extension": "subdir", "fatal_hook": "solution", "contained_hook": "result"}[
        shape
    ]
    function = f"def fault(*arguments):\n    {body}\n\n"
    function += f"def answer({parameters}):\n    return fault({parameters})\n"
    if shape != "driver":
        return function + "\ntarget = answer\n"
    return function + "\nclass target:\n    def solve(self, request):\n        return answer(request)\n"


def installed(folder: Path, shape: str, source: str, name: str = "conda-third") -> str:
    """Install a distribution with one implementation of the shape's point."""
    module = name.replace("-", "_")
    points = {GROUPS[shape]: {NAMES[shape]: f"{module}:target"}}
    return install(folder / name, name, modules={module: source}, entry_points=points)


@pytest.fixture
def probe(tmp_path: Path) -> tuple[str, ...]:
    """A folder with a command that calls points, and a detector that works."""
    points = {"conda.subcommands": {"probe": "probe:Probe"}, "conda.virtual_packages": {"__good": "good:good"}}
    modules = {"probe": PROBE, "good": DETECTOR}
    return (install(tmp_path / "probe", "conda-probe", modules=modules, entry_points=points),)


def run(tmp_path: Path, path: tuple[str, ...], *arguments: str, **environ: str) -> Ended:
    return Conda(tmp_path, path=path, environ=environ)(*arguments, "--json")


def test_an_absent_driver_is_named_with_what_is_installed(tmp_path: Path, probe: tuple[str, ...]) -> None:
    ended = run(tmp_path, probe, "probe", "driver")
    assert ended.status == 1
    error = ended.json()
    assert isinstance(error, dict)
    assert error["exception_name"] == "PluginError"
    assert error["message"].startswith("no 'third' plugin in conda.solvers (installed: ")
    assert "install" not in error["message"].partition(")")[2], "a name that nobody knows is not guessed at"


def test_an_absent_driver_that_is_known_names_its_distribution(tmp_path: Path) -> None:
    conda = Conda(tmp_path, environ={"CONDA_CONSOLE": "nowhere"})
    assert "no 'nowhere' plugin in conda.reporter_backends" in conda("lst").stderr


def test_two_distributions_of_one_name_contend(tmp_path: Path, probe: tuple[str, ...]) -> None:
    source = source_of("driver", "return None")
    path = (*probe, installed(tmp_path, "driver", source), installed(tmp_path, "driver", source, "conda-rival"))
    ended = run(tmp_path, path, "probe", "driver")
    assert ended.status == 1
    assert "conda-rival 1.0 and conda-third 1.0" in str(ended.json())
    assert run(tmp_path, path, "probe", "nothing").status == 0


@pytest.mark.parametrize("shape", GROUPS)
def test_a_failing_import_is_named(tmp_path: Path, probe: tuple[str, ...], shape: str) -> None:
    path = (*probe, installed(tmp_path, shape, "import a_module_that_is_not_there\n"))
    ended = run(tmp_path, path, "probe", shape)
    told = ended.stdout + ended.stderr
    for part in ("conda-third 1.0", "conda_third:target", "ModuleNotFoundError", "a_module_that_is_not_there"):
        assert part in told
    assert ended.status == (1 if shape in FATAL else 0)
    assert run(tmp_path, path, "probe", "nothing").status == 0


@pytest.mark.parametrize("shape", GROUPS)
def test_an_import_that_exits_is_named(tmp_path: Path, probe: tuple[str, ...], shape: str) -> None:
    path = (*probe, installed(tmp_path, shape, "import sys\nsys.exit(0)\n"))
    ended = run(tmp_path, path, "probe", shape)
    assert "SystemExit" in ended.stdout + ended.stderr
    assert ended.status == (1 if shape in FATAL else 0)


def test_the_cause_of_a_failing_import_is_chained(tmp_path: Path, probe: tuple[str, ...]) -> None:
    path = (*probe, installed(tmp_path, "driver", "import a_module_that_is_not_there\n"))
    error = run(tmp_path, path, "probe", "driver").json()
    assert isinstance(error, dict)
    assert "ModuleNotFoundError" in str(error["caused_by"])


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("shape", FATAL)
def test_a_fault_of_a_fatal_point_ends_the_command(
    tmp_path: Path, probe: tuple[str, ...], shape: str, fault: str
) -> None:
    path = (*probe, installed(tmp_path, shape, source_of(shape, FAULTS[fault])))
    ended = run(tmp_path, path, "probe", shape)
    assert ended.status == 1
    error = ended.json()
    assert isinstance(error, dict)
    assert error["exception_name"] == "PluginError"
    assert "conda-third 1.0" in error["message"]
    assert TOLD[fault] in error["message"]


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("shape", CONTAINED)
def test_a_fault_of_a_contained_point_is_one_warning(
    tmp_path: Path, probe: tuple[str, ...], shape: str, fault: str
) -> None:
    path = (*probe, installed(tmp_path, shape, source_of(shape, FAULTS[fault])))
    ended = run(tmp_path, path, "probe", shape)
    assert ended.status == 0
    assert ended.json() == {"answer": ["__good"] if shape == "extension" else 0}
    assert ended.stderr.count("conda-third 1.0") == 1
    assert TOLD[fault] in ended.stderr


@pytest.mark.parametrize("shape", GROUPS)
def test_what_a_plugin_prints_does_not_reach_stdout(tmp_path: Path, probe: tuple[str, ...], shape: str) -> None:
    body = "import os; print('printed'); os.system('echo by a child'); os.write(1, b'written'); raise RuntimeError"
    path = (*probe, installed(tmp_path, shape, source_of(shape, body)))
    ended = run(tmp_path, path, "probe", shape)
    document = ended.json()
    assert isinstance(document, dict)
    # The trace quotes the source of the plugin.
    document.pop("traceback", None)
    for text in ("printed", "by a child", "written"):
        assert text not in str(document)
        assert text in ended.stderr


@pytest.mark.parametrize("shape", CONTAINED)
def test_what_hangs_is_abandoned_and_named(tmp_path: Path, probe: tuple[str, ...], shape: str) -> None:
    body = "import threading; threading.Event().wait()"
    path = (*probe, installed(tmp_path, shape, source_of(shape, body)))
    ended = run(tmp_path, path, "probe", shape, CONDA_PLUGIN_DEADLINE_SECS="0.2")
    assert ended.status == 0
    assert ended.json() == {"answer": ["__good"] if shape == "extension" else 0}
    assert "did not answer within 0.2 s" in ended.stderr
    assert "conda-third 1.0" in ended.stderr


@pytest.mark.parametrize("shape", GROUPS)
def test_what_ends_the_process_is_named_by_the_next_command(tmp_path: Path, probe: tuple[str, ...], shape: str) -> None:
    path = (*probe, installed(tmp_path, shape, source_of(shape, "import os; os._exit(7)")))
    assert run(tmp_path, path, "probe", shape).status == 7
    ended = run(tmp_path, path, "probe", "nothing")
    assert ended.status == 0
    assert "did not come to its end" in ended.stderr
    assert "conda-third 1.0" in ended.stderr
    assert "did not come to its end" not in run(tmp_path, path, "probe", "nothing").stderr


def test_a_command_that_ends_by_itself_leaves_no_breadcrumb(tmp_path: Path, probe: tuple[str, ...]) -> None:
    path = (*probe, installed(tmp_path, "driver", source_of("driver", FAULTS["raises"])))
    assert run(tmp_path, path, "probe", "driver").status == 1
    assert "did not come to its end" not in run(tmp_path, path, "probe", "nothing").stderr


def test_an_object_without_the_methods_of_its_contract_is_refused(tmp_path: Path, probe: tuple[str, ...]) -> None:
    path = (*probe, installed(tmp_path, "driver", "class target:\n    pass\n"))
    assert "it has no method `solve`" in str(run(tmp_path, path, "probe", "driver").json())


@pytest.mark.parametrize("parameters", ["answer", "request, answer", "*, answer", "request, /"])
def test_an_implementation_that_asks_for_what_is_not_offered_is_refused(
    tmp_path: Path, probe: tuple[str, ...], parameters: str
) -> None:
    path = (*probe, installed(tmp_path, "fatal_hook", f"def target({parameters}):\n    pass\n"))
    ended = run(tmp_path, path, "probe", "fatal_hook")
    assert ended.status == 1
    assert "conda.post_solves offers `request`, `solution`, `context` by name" in str(ended.json())


@pytest.mark.parametrize(
    ("parameters", "given"),
    [
        ("request, *, solution", "solution"),
        ("request, solution=None", "solution"),
        ("solution", "solution"),
        ("**everything", "everything['solution']"),
        ("*others, solution", "solution"),
        ("context, extra=1, *, solution", "solution"),
    ],
)
def test_an_implementation_is_handed_what_it_asks_for_even_where_pluggy_would_not(
    tmp_path: Path, probe: tuple[str, ...], parameters: str, given: str
) -> None:
    source = f"def target({parameters}):\n    raise RuntimeError('handed ' + str({given}))\n"
    path = (*probe, installed(tmp_path, "fatal_hook", source))
    assert "handed Solution(records=())" in str(run(tmp_path, path, "probe", "fatal_hook").json())


@pytest.mark.parametrize(
    "target",
    [
        "from functools import partial\ndef f(request, x):\n    raise RuntimeError(x)\ntarget = partial(f, x='called')",
        "class Called:\n    def __call__(self, request):\n        raise RuntimeError('called')\ntarget = Called()\n",
    ],
    ids=["partial", "callable object"],
)
def test_what_pluggy_would_pass_over_in_silence_is_called(tmp_path: Path, probe: tuple[str, ...], target: str) -> None:
    path = (*probe, installed(tmp_path, "fatal_hook", target))
    assert "RuntimeError: called" in str(run(tmp_path, path, "probe", "fatal_hook").json())


def test_a_generator_of_a_hook_runs_inside_the_call(tmp_path: Path, probe: tuple[str, ...]) -> None:
    source = "def target(result):\n    yield 1\n    raise RuntimeError('late')\n"
    path = (*probe, installed(tmp_path, "contained_hook", source))
    ended = run(tmp_path, path, "probe", "contained_hook")
    assert ended.json() == {"answer": 0}
    assert "RuntimeError: late" in ended.stderr


def test_no_plugins_imports_nothing_that_is_not_bundled(tmp_path: Path, probe: tuple[str, ...]) -> None:
    path = (*probe, installed(tmp_path, "extension", "import os\nos._exit(7)\n"))
    ended = Conda(tmp_path, path=path)("--no-plugins", "probe", "extension")
    assert ended.status == 2
    assert "conda-probe 1.0 has it and is left out by --no-plugins" in ended.stderr


def test_a_plugin_that_plugins_json_disables_is_not_imported(tmp_path: Path, probe: tuple[str, ...]) -> None:
    path = (*probe, installed(tmp_path, "extension", "import os\nos._exit(7)\n"))
    (tmp_path / ".conda").mkdir()
    (tmp_path / ".conda" / "plugins.json").write_text('{"disabled": ["conda.virtual_packages/__third"]}')
    ended = run(tmp_path, path, "probe", "extension")
    assert ended.json() == {"answer": ["__good"]}


def test_a_preference_in_plugins_json_settles_who_is_used(tmp_path: Path, probe: tuple[str, ...]) -> None:
    source = source_of("driver", "raise RuntimeError('I am the rival')")
    other = source_of("driver", "raise RuntimeError('I am the third')")
    path = (*probe, installed(tmp_path, "driver", other), installed(tmp_path, "driver", source, "conda-rival"))
    (tmp_path / ".conda").mkdir()
    (tmp_path / ".conda" / "plugins.json").write_text('{"preferred": {"conda.solvers": "conda-rival"}}')
    assert "I am the rival" in str(run(tmp_path, path, "probe", "driver").json())


@pytest.mark.parametrize("content", ["{", "[]", '{"disabled": "x"}', '{"preferred": {"conda.solvers": 1}}', "[" * 9999])
def test_a_broken_plugins_json_is_named_and_stops(tmp_path: Path, probe: tuple[str, ...], content: str) -> None:
    (tmp_path / ".conda").mkdir()
    (tmp_path / ".conda" / "plugins.json").write_text(content)
    ended = run(tmp_path, probe, "probe", "nothing")
    assert ended.status == 3
    assert "plugins.json" in str(ended.json())
