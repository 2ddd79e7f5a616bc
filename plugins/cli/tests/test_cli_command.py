"""The executable: what is asked for, what is told where, with which exit status."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from conda_cli.words import split, unknown_command
from conda_kernel import __version__
from conda_kernel.plugin import Plugin
from conda_kernel.plugin_index import PluginIndex
from conda_testing.distributions import install
from conda_testing.executable import Conda, save_plugin_index

if TYPE_CHECKING:
    from pathlib import Path

SPEAK = """
'''Speaks.

More words.'''
import sys
from conda_kernel.errors import CondaError
from conda_kernel.model.event import Question, Told, Warned
from conda_kernel.model.result import Result, Text


class Speak:
    def __init__(self, kernel):
        self.kernel = kernel

    @staticmethod
    def add_arguments(parser):
        parser.add_argument("what")
        parser.add_argument("-n", "--name")
        parser.add_argument("-p", "--prefix")

    def run(self, arguments):
        return getattr(self, arguments.what)()

    def fine(self):
        self.kernel.reporter.tell(Told("something"))
        return Result({"fine": True}, (Text("fine"),))

    def prefix(self):
        return Result({"prefix": self.kernel.context.prefix})

    def fails(self):
        raise CondaError("it went wrong with https://user:hunter2@host/t/secret-token/x", hint="mend it", place="here")

    def status(self):
        return Result({"found": False}, (Text("not found"),), exit_status=3)

    def breaks(self):
        raise ZeroDivisionError("by nought")

    def interrupted(self):
        raise KeyboardInterrupt

    def waits(self):
        import os, signal
        os.kill(os.getpid(), signal.SIGINT)
        signal.sigtimedwait([], 10)

    def much(self):
        return Result({"much": "x" * 1_000_000}, (Text("x" * 1_000_000),))

    def asks(self):
        return Result({"answer": self.kernel.reporter.ask(Question("Really?", default=False))})
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A folder with a command; no test changes it, so that it is scanned once."""
    points = {
        "conda.subcommands": {"speak": "speak:Speak", "speak loud": "speak:Speak"},
        "conda.pre_commands.speak": {"before": "before:before"},
        "conda.post_commands.speak": {"after": "before:after"},
        "conda.error_hints.CondaError": {"advice": "before:advice"},
    }
    before = """
    from conda_kernel.errors import CondaError
    from conda_kernel.model.event import Told

    def before(arguments):
        if arguments.name == "forbidden":
            raise CondaError("not this one")

    def after(command):
        return (Told(f"after {command}"),)

    def advice(error):
        return f"advice on {error.fields.get('place')}"
    """
    modules = {"speak": SPEAK, "before": before}
    return install(tmp_path_factory.mktemp("site"), "conda-speak", modules=modules, entry_points=points)


@pytest.fixture
def conda(tmp_path: Path, site: str) -> Conda:
    made = Conda(tmp_path, path=(site,))
    save_plugin_index(made.environ)
    return made


def test_the_version_is_printed(conda: Conda) -> None:
    for option in ("--version", "-V"):
        assert conda(option) == (0, f"conda {__version__}\n", "")


@pytest.mark.parametrize("arguments", [(), ("--help",), ("-h",), ("--json", "-h"), ("-h", "speak")])
def test_help_lists_every_command_with_its_summary(conda: Conda, arguments: tuple[str, ...]) -> None:
    ended = conda(*arguments)
    assert ended.status == 0
    assert "  speak " in ended.stdout
    assert "Speaks." in ended.stdout
    assert ended.stderr == ""


def test_the_help_of_a_command_is_printed(conda: Conda) -> None:
    ended = conda("speak", "--help")
    assert ended.status == 0
    assert ended.stdout.startswith("usage: conda speak ")
    assert "--json" in ended.stdout
    assert ended.stderr == ""


def test_a_command_of_two_words_is_looked_for_with_both_and_with_one() -> None:
    index = PluginIndex.of(
        [Plugin("conda.subcommands", name, "m:f", distribution="d") for name in ("group one", "group two")]
    )
    assert "`conda group one`, `conda group two`" in unknown_command("group", index).hint
    assert unknown_command("env", index, ("list",)).hint == "install conda-commands-info"
    assert unknown_command("search", index, ("numpy",)).hint == "install conda-commands-search"


def test_an_unknown_command_suggests_the_closest(conda: Conda) -> None:
    ended = conda("speek")
    assert (ended.status, ended.stdout) == (2, "")
    assert "unknown command `speek`" in ended.stderr
    assert "did you mean `conda speak`?" in ended.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--nonsense", "speak", "fine"), "unknown option `--nonsense`"),
        (("speak", "fine", "--nonsense"), "unknown option `--nonsense`"),
        (("speak", "fine", "and more"), "unexpected argument `and more`"),
        (("speak",), "the following arguments are required: what"),
        (("speak", "fine", "-n", "a", "-p", "b"), "`--name` and `--prefix` exclude each other"),
    ],
)
def test_a_wrong_command_line_is_status_2(conda: Conda, arguments: tuple[str, ...], told: str) -> None:
    ended = conda(*arguments)
    assert (ended.status, ended.stdout) == (2, "")
    assert told in ended.stderr
    document = conda(*arguments, "--json").json()
    assert isinstance(document, dict)
    assert told in document["message"]
    assert document["return_code"] == 2


@pytest.mark.parametrize(
    ("arguments", "option"),
    [
        (("--jsno", "speak", "fine"), "--json"),
        (("--no-plugin", "speak", "fine"), "--no-plugins"),
        (("--versoin",), "--version"),
        (("speak", "fine", "--nmae", "x"), "--name"),
        (("speak", "fine", "--verbos=1"), "--verbose"),
    ],
)
def test_a_mistyped_option_suggests_the_closest(conda: Conda, arguments: tuple[str, ...], option: str) -> None:
    ended = conda(*arguments)
    assert (ended.status, ended.stdout) == (2, "")
    assert f"hint: did you mean `{option}`?" in ended.stderr


def test_a_result_goes_to_stdout_and_what_is_told_to_stderr(conda: Conda) -> None:
    ended = conda("speak", "fine")
    assert (ended.status, ended.stdout) == (0, "fine\n")
    assert ended.stderr.splitlines() == ["something", "after speak"]


@pytest.mark.parametrize(
    "arguments", [("--json", "speak", "fine"), ("speak", "--json", "fine"), ("speak", "fine", "--json")]
)
def test_json_is_one_document(conda: Conda, arguments: tuple[str, ...]) -> None:
    assert conda(*arguments).json() == {"fine": True}


def test_a_command_of_two_words_is_the_longest_match(conda: Conda) -> None:
    index = PluginIndex.of(
        Plugin("conda.subcommands", name, "x:X", distribution="d") for name in ("speak", "speak loud")
    )
    words = split(["-v", "speak", "loud", "x"], index)
    assert (words.leading, words.command, words.following) == (("-v",), "speak loud", ("x",))
    assert split(["speak", "x", "loud"], index).command == "speak"
    assert conda("speak", "loud", "fine").stdout == "fine\n"


def test_an_error_is_told_with_its_hints_and_without_secrets(conda: Conda) -> None:
    ended = conda("speak", "fails")
    assert (ended.status, ended.stdout) == (1, "")
    assert ended.stderr.startswith("error: it went wrong with ")
    assert "hint: mend it" in ended.stderr
    assert "hint: advice on here" in ended.stderr
    document = conda("speak", "fails", "--json").json()
    assert isinstance(document, dict)
    assert document["place"] == "here"
    assert document["exception_name"] == "CondaError"
    assert [hint["text"] for hint in document["guidance"]["hints"]] == ["mend it", "advice on here"]
    for text in (ended.stderr, json.dumps(document), conda("speak", "fails", "--debug").stderr):
        assert "hunter2" not in text
        assert "secret-token" not in text


def test_debug_shows_where_an_error_comes_from(conda: Conda) -> None:
    assert "Traceback" in conda("speak", "breaks", "--debug").stderr
    assert "Traceback" not in conda("speak", "breaks").stderr


def test_a_failing_plugin_is_named(conda: Conda) -> None:
    ended = conda("speak", "breaks")
    assert ended.status == 1
    assert "`speak` of conda.subcommands (conda-speak 1.0) failed: ZeroDivisionError: by nought" in ended.stderr


def test_the_status_of_a_result_is_that_of_the_process(conda: Conda) -> None:
    ended = conda("speak", "status")
    assert (ended.status, ended.stdout) == (3, "not found\n")
    assert "after speak" not in ended.stderr


def test_a_dry_run_has_no_afterwards(conda: Conda) -> None:
    assert "after speak" in conda("speak", "fine").stderr
    conda.environ["CONDA_DRY_RUN"] = "1"
    ended = conda("speak", "fine")
    assert (ended.status, ended.stderr.splitlines()) == (0, ["something"])


def test_a_hook_before_a_command_can_stop_it(conda: Conda) -> None:
    ended = conda("speak", "fine", "-n", "forbidden")
    assert (ended.status, ended.stdout) == (1, "")
    assert "not this one" in ended.stderr


@pytest.mark.parametrize("what", ["interrupted", "waits"])
def test_an_interrupt_is_status_130(conda: Conda, what: str) -> None:
    ended = conda("speak", what)
    assert (ended.status, ended.stdout) == (130, "")
    assert "interrupted" in ended.stderr
    assert "Traceback" not in ended.stderr
    document = conda("speak", what, "--json").json()
    assert isinstance(document, dict)
    assert document["return_code"] == 130


def test_a_reader_that_goes_away_is_status_141_and_no_traceback(conda: Conda) -> None:
    process = subprocess.Popen(
        [sys.executable, conda.file, "speak", "much"],
        env=conda.environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    process.stdout.close()
    _, stderr = process.communicate()
    assert process.returncode == 141
    assert b"Traceback" not in stderr


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="writes to /dev/full")
@pytest.mark.parametrize("arguments", [("speak", "fine"), ("speak", "fine", "--json"), ("--version",), ("--help",)])
def test_a_result_that_cannot_be_written_is_a_failure(conda: Conda, arguments: tuple[str, ...]) -> None:
    with open("/dev/full", "w", encoding="utf-8") as full:
        done = subprocess.run(
            [sys.executable, conda.file, *arguments],
            env=conda.environ,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert "cannot write the result: No space left on device" in done.stderr


def test_settings_are_found_in_files_variables_and_arguments(conda: Conda, site: str, tmp_path: Path) -> None:
    (tmp_path / ".condarc").write_text("json: true\n")
    assert conda("speak", "fine").json() == {"fine": True}
    overridden = Conda(tmp_path, path=(site,), environ={"CONDA_JSON": "0"})
    assert overridden("speak", "fine").stdout == "fine\n"
    assert overridden("speak", "fine", "--json").json() == {"fine": True}


def test_a_broken_setting_is_named_with_file_and_line(conda: Conda, tmp_path: Path) -> None:
    (tmp_path / ".condarc").write_text("channels: []\nalways_yes: perhaps\n")
    ended = conda("speak", "asks")
    assert ended.status == 3
    assert f"{tmp_path}/.condarc, line 2" in ended.stderr


@pytest.mark.parametrize("setting", ["json", "quiet", "verbosity"])
def test_a_setting_of_how_things_are_shown_is_a_warning_and_can_be_mended(
    conda: Conda, tmp_path: Path, setting: str
) -> None:
    (tmp_path / ".condarc").write_text(f"channels: []\n{setting}: perhaps\n")
    told = f"warning: `{setting}` cannot be 'perhaps': "
    ended = conda("speak", "fine")
    assert (ended.status, ended.stdout) == (0, "fine\n")
    assert ended.stderr.startswith(told)
    assert ended.stderr.count(told) == 1
    mended = conda("config", "--remove-key", setting)
    assert mended.status == 0, mended.stderr
    assert (tmp_path / ".condarc").read_text() == "channels: []\n"


def test_the_settings_of_the_environment_that_is_worked_on_count(conda: Conda, tmp_path: Path) -> None:
    env = tmp_path / "env"
    (env / "conda-meta").mkdir(parents=True)
    (env / "conda-meta" / "history").touch()
    (env / ".condarc").write_text("json: true\n")
    assert conda("speak", "prefix", "-p", os.fspath(env)).json() == {"prefix": os.fspath(env)}


def test_a_fast_subcommand_runs_before_anything_else(tmp_path: Path) -> None:
    """An implementation of `conda.fast_subcommands` sees the command line and no parser, settings or kernel."""
    source = """
    import sys

    class Quick:
        def run(self, argv, environ):
            slow = {"argparse", "json", "conda_kernel.kernel", "conda_kernel.context"} & set(sys.modules)
            return 9 if argv[1:] == ["fail"] else f"{' '.join(argv)} {environ['HOME']} {sorted(slow)}\\n"
    """
    site = install(
        tmp_path / "site",
        "conda-quick",
        modules={"quick": source},
        entry_points={"conda.fast_subcommands": {"quick": "quick:Quick"}},
    )
    conda = Conda(tmp_path, path=(site,))
    assert conda("quick", "--json") == (0, f"quick --json {tmp_path} []\n", "")
    assert conda("quick", "fail").status == 9


def test_a_broken_fast_subcommand_is_named(tmp_path: Path) -> None:
    site = install(
        tmp_path / "site",
        "conda-quick",
        modules={"quick": "import a_module_that_is_not_there\n"},
        entry_points={"conda.fast_subcommands": {"quick": "quick:Quick"}},
    )
    ended = Conda(tmp_path, path=(site,))("quick")
    assert ended.status == 1
    assert "conda-quick 1.0" in ended.stderr
    assert "a_module_that_is_not_there" in ended.stderr


@pytest.mark.skipif(os.name == "nt", reason="a folder that a process is in cannot be deleted")
def test_a_current_folder_that_is_gone_is_told(conda: Conda, tmp_path: Path) -> None:
    place = tmp_path / "gone"
    place.mkdir()
    line = f'rmdir "{place}" && exec "$0" "$1" speak prefix -p .'
    done = subprocess.run(
        ["sh", "-c", line, sys.executable, conda.file],
        cwd=place,
        env=conda.environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "error: `.` is a path from the current folder, which is no longer there\n" in done.stderr
