"""`conda plugins` lists, checks, switches and measures real installed distributions, good and broken."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from conda_testing.distributions import install
from conda_testing.executable import Conda

if TYPE_CHECKING:
    from pathlib import Path

    from conda_testing.executable import Ended

SOLVER = """
    '''A small solver.'''

    class Small:
        '''Solves nothing.'''

        def solve(self, request):
            raise RuntimeError
"""


class House:
    """The executable, a home, and a folder of distributions that are installed besides."""

    def __init__(self, folder: Path) -> None:
        self.site = folder / "site"
        self.site.mkdir()
        self.home = folder / "home"
        self.home.mkdir()
        self.file = self.home / ".conda" / "plugins.json"

    def run(self, *words: str) -> Ended:
        return Conda(self.home, path=(os.fspath(self.site),))(*words)

    def document(self, *words: str, status: int = 0) -> Any:
        ended = self.run(*words[:2], "--json", *words[2:])
        assert ended.status == status, ended.stdout + ended.stderr
        return ended.json()

    def add(self, name: str, group: str, source: str, target: str = "", **more: Any) -> str:
        """Install a distribution `conda-NAME` with one plugin NAME, and return the distribution's name."""
        module = name.replace("-", "_")
        points = {group: {name: f"{module}:{target or 'target'}"}}
        install(self.site, f"conda-{name}", modules={module: source}, entry_points=points, **more)
        return f"conda-{name}"

    def problems(self, *words: str) -> list[tuple[str, str, str]]:
        found = self.document("plugins", "check", *words, status=1)["problems"]
        return [(each["distribution"], each["kind"], each["problem"]) for each in found]


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def test_without_a_word_it_says_what_there_is(house: House) -> None:
    ended = house.run("plugins")

    assert ended.status == 0
    for word in ("list", "info", "enable", "disable", "check", "profile"):
        assert f"  conda plugins {word} " in ended.stdout


def test_the_list_has_what_is_installed(house: House) -> None:
    house.add("small", "conda.solvers", SOLVER, "Small", version="2.5")

    (found,) = house.document("plugins", "list", "--third-party")[-1:]
    everything = house.document("plugins", "list")

    assert found == {
        "name": "conda-small",
        "version": "2.5",
        "canonical_name": "small",
        "status": "active",
        "bundled": False,
        "hooks": ["solvers"],
        "plugins": [
            {
                "group": "conda.solvers",
                "name": "small",
                "target": "small:Small",
                "summary": "A small solver.",
                "status": "active",
            }
        ],
    }
    names = [each["canonical_name"] for each in everything]
    assert names == sorted(names)
    assert "conda-commands-plugins" in {each["name"] for each in everything}
    assert (
        "conda-small                      2.5      active  no       solvers/small"
        in house.run("plugins", "list").stdout
    )


def test_listing_imports_no_plugin(house: House) -> None:
    house.add("rude", "conda.solvers", "raise SystemExit('imported')")

    assert house.run("plugins", "list").status == 0
    assert house.run("plugins", "info", "conda-rude").status == 0


def test_info_tells_about_a_plugin(house: House) -> None:
    house.add("small", "conda.solvers", SOLVER, "Small", requires=["conda-kernel>=0.1"])

    by_name = {
        word: house.document("plugins", "info", word) for word in ("conda-small", "small", "conda.solvers/small")
    }

    (document,) = by_name["small"]
    assert by_name["conda-small"] == by_name["conda.solvers/small"] == [document]
    assert document["requires"] == ["conda-kernel>=0.1"]
    assert document["plugins"][0]["point"] == "Finds a set of packages that fulfils a request."
    assert "target : small:Small" in house.run("plugins", "info", "small").stdout


def test_a_name_that_nothing_bears_is_an_error_with_what_is_like_it(house: House) -> None:
    house.add("small", "conda.solvers", SOLVER, "Small")

    error = house.document("plugins", "info", "smal", status=1)

    assert error["exception_name"] == "PluginError"
    assert "`small`" in str(error["guidance"])


def test_a_name_that_several_bear_has_to_be_given_in_full(house: House) -> None:
    house.add("small", "conda.solvers", SOLVER, "Small")
    house.add("other", "conda.health_checks", SOLVER, "Small")
    install(house.site, "conda-third", entry_points={"conda.health_checks": {"small": "other:Small"}})

    error = house.document("plugins", "disable", "small", status=2)

    assert "`conda.solvers/small`" in error["message"]
    assert "`conda.health_checks/small`" in error["message"]


def test_what_is_disabled_stays_so_until_it_is_enabled(house: House) -> None:
    house.add("small", "conda.solvers", SOLVER, "Small")

    disabled = house.document("plugins", "disable", "conda-small")
    assert disabled == {"success": True, "changed": True, "file": os.fspath(house.file), "disabled": ["conda-small"]}
    assert house.document("plugins", "list", "--disabled")[0]["status"] == "disabled"
    assert house.document("plugins", "disable", "conda-small")["changed"] is False

    enabled = house.document("plugins", "enable", "conda-small")
    assert (enabled["changed"], enabled["disabled"]) == (True, [])
    assert house.document("plugins", "list", "--disabled") == []


def test_one_plugin_of_a_disabled_distribution_can_be_enabled(house: House) -> None:
    points = {"conda.solvers": {"small": "two:Small", "tiny": "two:Small"}, "conda.health_checks": {"c": "two:Small"}}
    install(house.site, "conda-two", modules={"two": SOLVER}, entry_points=points)

    house.document("plugins", "disable", "conda-two")
    left = house.document("plugins", "enable", "conda.solvers/tiny")["disabled"]

    assert left == ["conda.health_checks/c", "conda.solvers/small"]
    assert house.document("plugins", "list", "--disabled")[0]["status"] == "partly disabled"
    assert house.document("plugins", "enable", "conda-two")["disabled"] == []


def test_some_solver_always_stays(house: House) -> None:
    solvers = [
        plugin["name"]
        for each in house.document("plugins", "list")
        for plugin in each["plugins"]
        if plugin["group"] == "conda.solvers"
    ]
    identities = [f"conda.solvers/{name}" for name in solvers]

    error = house.document("plugins", "disable", *identities, status=1)
    assert error["message"].startswith("no solver would be left")
    assert not house.file.exists()

    house.document("plugins", "disable", *identities[1:])
    assert house.document("plugins", "disable", identities[0], status=1)["exception_name"] == "PluginError"
    assert json.loads(house.file.read_text())["disabled"] == sorted(identities[1:])


def test_the_way_back_cannot_be_disabled(house: House) -> None:
    for name in ("conda-commands-plugins", "conda.subcommands/plugins enable"):
        assert "no way back" in house.document("plugins", "disable", name, status=1)["message"]


def test_what_a_point_is_left_without_is_told(house: House) -> None:
    ended = house.run("plugins", "disable", "conda-linking")

    assert ended.status == 0
    assert "warning: nothing is left in conda.linkers" in ended.stderr


def test_the_rest_of_the_file_is_kept(house: House) -> None:
    house.add("small", "conda.solvers", SOLVER, "Small")
    house.file.parent.mkdir()
    house.file.write_text('{"preferred": {"conda.planners": "conda-planner"}, "note": 1, "disabled": ["conda-gone"]}')

    house.document("plugins", "disable", "conda.solvers/small")
    assert json.loads(house.file.read_text()) == {
        "preferred": {"conda.planners": "conda-planner"},
        "note": 1,
        "disabled": ["conda-gone", "conda.solvers/small"],
    }
    assert house.document("plugins", "enable", "conda-gone")["disabled"] == ["conda.solvers/small"]


def test_all_that_is_installed_here_is_in_order(house: House) -> None:
    ended = house.run("plugins", "check")

    assert (ended.status, ended.stderr) == (0, "")
    assert "nothing is wrong with them" in ended.stdout


LINKER = "class target:\n def apply(self, plan, packages, actions): pass\n def recover(self, prefix): pass"
GREEDY = "import pytest\nclass target:\n def solve(self, request): pass"
BROKEN = {
    "raises": ("conda.solvers", "raise RuntimeError('the bottom fell out')", "load", "the bottom fell out"),
    "exits": ("conda.solvers", "raise SystemExit(3)", "load", "3"),
    "syntax": ("conda.solvers", "def target(:", "load", "invalid syntax"),
    "absent": ("conda.solvers", "", "load", "has no attribute 'target'"),
    "import": ("conda.solvers", "import no_such_module_anywhere", "load", "no_such_module_anywhere"),
    "value": ("conda.solvers", "target = 42", "signature", "cannot be called"),
    "nowhere": ("conda.no_such_point", "def target(): pass", "point", "no extension point `conda.no_such_point`"),
    "service": ("conda.linkers", LINKER, "signature", "with the kernel"),
    "method": ("conda.solvers", "class target: pass", "signature", "no method `solve`"),
    "fewer": ("conda.solvers", "class target:\n def solve(self): pass", "signature", "`solve`"),
    "detector": ("conda.virtual_packages", "def target(): pass", "signature", "too many positional arguments"),
    "hook": ("conda.post_solves", "def target(request, wish): pass", "signature", "it asks for `wish`"),
    "keyed": ("conda.pre_commands.install", "def target(nonsense): pass", "signature", "it asks for `nonsense`"),
    "greedy": ("conda.solvers", GREEDY, "need", "imports `pytest`"),
}  # fmt: skip


def test_every_kind_of_fault_is_told_with_its_distribution(house: House) -> None:
    wanted = {house.add(name, group, source): (kind, told) for name, (group, source, kind, told) in BROKEN.items()}

    problems = house.problems()

    for distribution, (kind, told) in wanted.items():
        (own,) = [each for each in problems if each[0] == distribution and each[1] != "conflict"]
        assert own[1] == kind
        assert told in own[2]
    assert {each[0] for each in problems} - wanted.keys() == {"conda-linking"}


def test_good_plugins_of_every_shape_are_in_order(house: House) -> None:
    house.add("pure", "conda.solvers", "class target:\n def solve(self, request): pass")
    house.add("made", "conda.solvers", "def target(): pass")
    house.add("wide", "conda.post_solves", "def target(**everything): pass")
    house.add("narrow", "conda.post_commands.install", "def target(prefix, extra=None): pass")
    house.add("detects", "conda.virtual_packages", "def target(subdir): pass")
    source = "try:\n import pytest\nexcept ImportError:\n pass\nclass target:\n def solve(self, request): pass"
    house.add("optional", "conda.solvers", source)
    house.add("declared", "conda.solvers", GREEDY, requires=["PyTest >=7; python_version > '3'"])

    assert house.document("plugins", "check")["problems"] == []


def test_contenders_are_told_of_each_other(house: House) -> None:
    house.add("one", "conda.solvers", SOLVER, "Small")
    install(house.site, "conda-other", version="7", entry_points={"conda.solvers": {"one": "one:Small"}})

    problems = house.problems()

    assert [each[:2] for each in problems] == [("conda-one", "conflict"), ("conda-other", "conflict")]
    assert "conda-other 7" in problems[0][2]


def test_what_is_disabled_is_checked_on_request(house: House) -> None:
    house.add("raises", "conda.solvers", "raise RuntimeError('the bottom fell out')")
    house.document("plugins", "disable", "conda-raises")

    assert house.document("plugins", "check")["problems"] == []
    assert len(house.problems("--all")) == 1


def test_a_plugin_that_hangs_at_its_import_is_named(house: House) -> None:
    house.add("hangs", "conda.solvers", "import threading\nthreading.Event().wait()")
    conda = Conda(house.home, path=(os.fspath(house.site),), environ={"CONDA_PLUGIN_DEADLINE_SECS": "0.5"})

    ended = conda("plugins", "check")

    assert ended.status == 1
    assert "conda-hangs" in ended.stdout


def test_a_profile_says_what_each_plugin_costs(house: House) -> None:
    source = """
        import colorsys

        def target(command):
            sum(range(1_000_000))
    """
    house.add("slow", "conda.pre_commands.list", source)
    (house.home / "env" / "conda-meta").mkdir(parents=True)
    (house.home / "env" / "conda-meta" / "history").touch()

    document = house.document("plugins", "profile", "list", "-p", os.fspath(house.home / "env"), status=0)

    found = {each["name"]: each for each in document["distributions"]}
    assert document["return_code"] == 0
    assert found["conda-slow"]["calls"] == 1
    assert found["conda-slow"]["plugins"] == ["conda.pre_commands.list/slow"]
    assert found["conda-slow"]["modules"] == ["colorsys", "slow"]
    assert found["conda-slow"]["cpu_ms"] > found["conda-slow"]["import_ms"] > 0
    assert found["conda-commands-listing"]["calls"] >= 1
    assert "conda_kernel.kernel" in found["conda-kernel"]["modules"]
    assert "conda-planner" not in found
    costs = [each["cpu_ms"] for each in document["distributions"][:-1]]
    assert costs == sorted(costs, reverse=True)
    assert sum(costs) <= document["cpu_ms"] + 0.1 * len(costs)


def test_a_command_that_fails_is_profiled_too(house: House) -> None:
    ended = house.run("plugins", "profile", "--", "no-such-command", "--json")

    assert ended.status == 2
    assert ended.stdout.startswith("`conda no-such-command --json` took ")
    assert "warning: `conda no-such-command --json` ended with status 2" in ended.stderr


def test_a_command_that_is_cut_short_leaves_no_profile(house: House) -> None:
    house.add(
        "gone", "conda.pre_commands.info", "import os, signal\ndef target(): os.kill(os.getpid(), signal.SIGKILL)"
    )

    error = house.document("plugins", "profile", "info", status=1)

    assert "did not come to its own end (status -9)" in error["message"]


def test_a_profile_needs_a_command(house: House) -> None:
    assert house.run("plugins", "profile").status == 2


@pytest.mark.skipif(os.name == "nt", reason="there is no lock for a folder")
def test_what_is_switched_at_the_same_time_is_not_lost(house: House) -> None:
    names = [house.add(f"part-{number}", "conda.health_checks", "def target():\n    pass\n") for number in range(6)]
    house.run("plugins", "disable", *names[:3])
    conda = Conda(house.home, path=(os.fspath(house.site),))
    commands = [("enable", name) for name in names[:3]] + [("disable", name) for name in names[3:]]
    started = [
        subprocess.Popen([sys.executable, conda.file, "plugins", *words], env=conda.environ, stdout=subprocess.DEVNULL)
        for words in commands
    ]
    assert [process.wait(60) for process in started] == [0] * 6
    assert json.loads(house.file.read_text())["disabled"] == names[3:]
    assert os.listdir(house.file.parent) == ["plugins.json"]
