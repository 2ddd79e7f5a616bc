"""The reporter for people, on real pseudo-terminals: in this process, and in that of the real executable."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
import threading
from itertools import takewhile
from pathlib import Path

import pytest

from conda_kernel.breadcrumb import Breadcrumb
from conda_kernel.context import Context
from conda_kernel.errors import Declined
from conda_kernel.kernel import Kernel
from conda_kernel.model.errors import Interrupted
from conda_kernel.model.event import Advanced, Finished, Question, Shown, Started, Told, Warned
from conda_kernel.model.layer import Entry, Layer
from conda_kernel.model.result import Result, Text, Verbatim, failure
from conda_kernel.plugin_index import PluginIndex
from conda_kernel.reporting import Reporter
from conda_kernel.terminal import Terminal
from conda_reporter_console.backend import ConsoleReporter
from conda_reporter_console.progress import amount
from conda_testing.pseudo_terminal import Person, chunks

CONDA = os.path.join(os.path.dirname(sys.executable), "conda")
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
PROCEED = Question("Proceed", default=True)


class Screen:
    """A pseudo-terminal, and a reporter that has it as standard input, output and error."""

    def __init__(self, folder: Path, environ: dict[str, str] | None = None, **settings: object) -> None:
        self._master, self._slave = pty.openpty()
        size(self._master, 80)
        self._shown = b""
        self._more = threading.Condition()
        self.reporter = reporter(
            folder, Terminal(self._slave, self._slave, self._slave), {"TERM": "xterm", **(environ or {})}, settings
        )
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def type(self, text: str) -> None:
        os.write(self._master, text.encode())

    def close(self) -> str:
        """Return all that was shown, with colours and movements of the cursor."""
        os.close(self._slave)
        self._reader.join()
        os.close(self._master)
        return self._shown.decode().replace("\r\n", "\n")

    def await_text(self, text: str) -> bool:
        """Wait until a text is shown; tell whether it was within a minute."""
        with self._more:
            return self._more.wait_for(lambda: text.encode() in self._shown, timeout=60)

    def _read(self) -> None:
        for chunk in chunks(self._master):
            with self._more:
                self._shown += chunk
                self._more.notify_all()


def reporter(folder: Path, terminal: Terminal, environ: dict[str, str], settings: dict[str, object]) -> ConsoleReporter:
    layer = Layer("test", {name: Entry(value, "the test") for name, value in settings.items()})
    context = Context([layer], root_prefix=str(folder), environ=environ)
    kernel = Kernel(PluginIndex.of([]), context, Reporter(terminal), terminal=terminal, breadcrumb=Breadcrumb(None))
    return ConsoleReporter(kernel)


def size(descriptor: int, columns: int) -> None:
    fcntl.ioctl(descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))


def plain(text: str) -> str:
    return ESCAPES.sub("", text)


class Files:
    """A reporter without any terminal: what it writes goes to files, and `answers` are what it reads."""

    def __init__(self, folder: Path, answers: bytes | None = b"", **settings: object) -> None:
        self._folder = folder
        (folder / "answers").write_bytes(answers or b"")
        stdin = os.open(folder / "answers", os.O_RDONLY)
        if answers is None:
            os.close(stdin)
        stdout, stderr = (os.open(folder / name, os.O_CREAT | os.O_WRONLY | os.O_APPEND) for name in ("out", "err"))
        self.reporter = reporter(folder, Terminal(stdin, stdout, stderr), {"TERM": "xterm"}, settings)

    @property
    def out(self) -> str:
        return (self._folder / "out").read_text()

    @property
    def err(self) -> str:
        return (self._folder / "err").read_text()


def work(reporter: ConsoleReporter) -> None:
    reporter.tell(Started("a", "numpy-1.26", 2_500_000, "bytes"))
    reporter.tell(Advanced("a", 1_000_000))
    reporter.tell(Warned("the disk is nearly full"))
    reporter.tell(Finished("a"))


def test_the_result_goes_to_standard_output_and_all_else_to_standard_error(tmp_path: Path) -> None:
    files = Files(tmp_path)

    files.reporter.tell(Told("note"))
    files.reporter.tell(Warned("careful", "look"))
    files.reporter.tell(Shown((Text("the plan"),)))
    files.reporter.show(Result({}, (Verbatim("data\n"),)))

    assert files.out == "data\n"
    assert files.err == "note\nwarning: careful\nhint: look\nthe plan\n"


def test_a_failure_goes_to_standard_error(tmp_path: Path) -> None:
    files = Files(tmp_path)

    files.reporter.show(Result({}, (Text("error: no\n\nhint: yes"),), exit_status=1, failed=True))

    assert (files.out, files.err) == ("", "error: no\n\nhint: yes\n")


def test_without_a_standard_error_nothing_is_told(tmp_path: Path) -> None:
    told = reporter(tmp_path, Terminal(0, None, None), {"TERM": "xterm"}, {})

    work(told)
    told.show(Result({}, (Text("error: x"),), exit_status=1, failed=True))
    with pytest.raises(OSError, match="closed"):
        told.show(Result({}, (Text("data"),)))


def test_more_is_told_to_who_asks_for_more(tmp_path: Path) -> None:
    files = Files(tmp_path, verbosity=1)

    for level in (0, 1, 2):
        files.reporter.tell(Told(f"level {level}", level))

    assert files.err == "level 0\nlevel 1\n"


def test_who_wants_quiet_gets_warnings_and_plans(tmp_path: Path) -> None:
    files = Files(tmp_path, quiet=True, verbosity=1)

    work(files.reporter)
    files.reporter.tell(Told("note"))
    files.reporter.tell(Shown((Text("the plan"),)))

    assert files.err == "warning: the disk is nearly full\nthe plan\n"


@pytest.mark.parametrize(("verbosity", "line"), [(0, ""), (1, "numpy-1.26\n")])
def test_without_a_terminal_a_task_is_a_line_for_who_asks_for_more(tmp_path: Path, verbosity: int, line: str) -> None:
    files = Files(tmp_path, verbosity=verbosity)

    work(files.reporter)

    assert files.err == line + "warning: the disk is nearly full\n"


def test_what_is_told_holds_no_secrets_and_no_escapes(tmp_path: Path) -> None:
    files = Files(tmp_path)

    files.reporter.tell(Warned("\x1b[2Jat https://user:word@host/t/token/x", "\x1b]0;x\x07ask https://a:b@host"))

    assert files.err == "warning: at https://<hidden>@host/t/<hidden>/x\nhint: ask https://<hidden>@host\n"


def test_progress_is_drawn_on_a_terminal(tmp_path: Path) -> None:
    screen = Screen(tmp_path)

    screen.reporter.tell(Started("a", "numpy-1.26", 2_500_000, "bytes"))
    screen.reporter.tell(Advanced("a", 1_000_000))
    assert screen.await_text("1.0 MB / 2.5 MB")
    screen.reporter.tell(Warned("the disk is nearly full"))
    screen.reporter.show(Result({}, (Text("finished"),)))
    shown = screen.close()

    assert "numpy-1.26" in plain(shown)
    assert "warning: the disk is nearly full\n" in plain(shown)
    assert plain(shown).endswith("finished\n")
    assert shown.count("\x1b[?25l") == shown.count("\x1b[?25h") == 1


@pytest.mark.parametrize(("environ", "settings"), [({"TERM": "dumb"}, {}), ({}, {"quiet": True})])
def test_no_progress_is_drawn_where_none_is_wanted(
    tmp_path: Path, environ: dict[str, str], settings: dict[str, object]
) -> None:
    screen = Screen(tmp_path, environ, **settings)

    work(screen.reporter)

    assert plain(screen.close()) == "warning: the disk is nearly full\n"


def test_tasks_are_told_from_many_threads(tmp_path: Path) -> None:
    screen = Screen(tmp_path)

    def download(name: str) -> None:
        screen.reporter.tell(Started(name, name, 10, "files"))
        for done in range(11):
            screen.reporter.tell(Advanced(name, done))
            screen.reporter.tell(Told(f"<{name} {done}>"))
        screen.reporter.tell(Finished(name))

    threads = [threading.Thread(target=download, args=(f"task{number}",)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    shown = plain(screen.close())

    assert all(f"<task{number} {done}>" in shown for number in range(6) for done in range(11))


def test_events_of_tasks_that_nobody_started_are_passed_over(tmp_path: Path) -> None:
    screen = Screen(tmp_path)

    screen.reporter.tell(Advanced("x", 1))
    screen.reporter.tell(Finished("x"))
    screen.reporter.tell(Started("a", "a"))
    screen.reporter.tell(Advanced("x", 1))
    screen.reporter.tell(Finished("x"))
    screen.reporter.tell(Started("a", "a again"))
    screen.reporter.tell(Advanced("a", 7))
    screen.reporter.tell(Finished("a"))

    assert "a again" in plain(screen.close())


@pytest.mark.parametrize(
    ("done", "total", "unit", "text"),
    [
        (0, None, "bytes", "0 B"),
        (999, 1000, "bytes", "999 B / 1.0 kB"),
        (1, 5_000_000_000, "bytes", "1 B / 5.0 GB"),
        (3, 10, "files", "3 / 10 files"),
        (3, None, "", "3"),
    ],
)
def test_amounts_are_written_for_people(done: int, total: int | None, unit: str, text: str) -> None:
    assert amount(done, total, unit) == text


@pytest.mark.parametrize(("environ", "is_coloured"), [({}, True), ({"NO_COLOR": "1"}, False), ({"NO_COLOR": ""}, True)])
def test_the_three_words_are_coloured_on_a_terminal(
    tmp_path: Path, environ: dict[str, str], *, is_coloured: bool
) -> None:
    screen = Screen(tmp_path, environ)

    screen.reporter.tell(Warned("a error: b", "c"))
    screen.reporter.show(Result({}, (Text("error: d"),), exit_status=1, failed=True))
    shown = screen.close()

    assert plain(shown) == "warning: a error: b\nhint: c\nerror: d\n"
    assert shown.count("\x1b[0m") == (3 if is_coloured else 0)


@pytest.mark.parametrize(
    ("typed", "default", "answer"),
    [
        ("y\n", True, True),
        ("YES \n", False, True),
        ("n\n", True, False),
        ("No\n", True, False),
        ("\n", True, True),
        ("\n", False, False),
    ],
)
def test_a_question_is_answered_on_a_terminal(tmp_path: Path, typed: str, *, default: bool, answer: bool) -> None:
    screen = Screen(tmp_path)
    screen.type(typed)

    assert screen.reporter.ask(Question("Proceed", default=default)) is answer
    assert ("Proceed ([y]/n)? " if default else "Proceed (y/[n])? ") in screen.close()


def test_another_word_is_named_and_asked_about_again(tmp_path: Path) -> None:
    files = Files(tmp_path, b"maybe\x1b[2J\ny\nleft for others")

    assert files.reporter.ask(PROCEED) is True
    assert files.err == "Proceed ([y]/n)? Invalid choice: maybe\nProceed ([y]/n)? \n"
    assert os.read(files.reporter._terminal.stdin, 100) == b"left for others"


def test_an_answer_needs_no_line_end(tmp_path: Path) -> None:
    assert Files(tmp_path, b"y").reporter.ask(Question("Proceed", default=False)) is True


@pytest.mark.parametrize("answers", [b"", b"maybe\n", None])
def test_when_nobody_answers_the_option_is_named(tmp_path: Path, answers: bytes | None) -> None:
    with pytest.raises(Declined) as caught:
        Files(tmp_path, answers).reporter.ask(PROCEED)

    assert "--yes" in caught.value.hint


def test_a_typed_end_of_input_is_no_consent(tmp_path: Path) -> None:
    screen = Screen(tmp_path)
    screen.type("\x04")

    with pytest.raises(Declined):
        screen.reporter.ask(PROCEED)

    screen.close()


def test_who_has_agreed_beforehand_is_not_asked(tmp_path: Path) -> None:
    files = Files(tmp_path, always_yes=True)

    assert files.reporter.ask(Question("Remove it", default=False)) is True
    assert files.err == ""


def test_progress_is_gone_before_a_question_is_asked(tmp_path: Path) -> None:
    screen = Screen(tmp_path)
    screen.reporter.tell(Started("a", "working", 3, "steps"))
    screen.type("y\n")

    screen.reporter.ask(PROCEED)
    shown = screen.close()

    assert shown.index("\x1b[?25h") < shown.index("Proceed")


PLUGIN = '''
"""Asks for the tests."""
from conda_kernel.model.errors import Interrupted
from conda_kernel.model.event import Advanced, Finished, Question, Started
from conda_kernel.model.result import Result, Table, Text
import sys

class Command:
    def __init__(self, kernel):
        self.reporter = kernel.reporter

    @staticmethod
    def add_arguments(parser):
        parser.add_argument("-y", dest="setting:always_yes", action="store_true", default=None)

    def run(self, arguments):
        self.reporter.tell(Started("t", "working", 3, "steps"))
        self.reporter.tell(Finished("t"))
        answer = self.reporter.ask(Question("Proceed", True))
        rich = "rich" in sys.modules
        table = Table(("Name", "Value"), (("a name that is " + "very " * 20 + "long", "x"),), "# title")
        return Result({"answer": answer}, (Text(f"answer {answer}, rich {rich}"), table))
'''
ROW = "a name that is " + "very " * 20 + "long"
TABLE = f"# title\n{'# Name':<{len(ROW) + 2}}  Value\n{ROW}    x\n"


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """Return the environment of an executable with a command `asking`."""
    site = tmp_path / "site"
    metadata = site / "asking-1.0.dist-info"
    metadata.mkdir(parents=True)
    (site / "asking.py").write_text(PLUGIN)
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: asking\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text("[conda.subcommands]\nasking = asking:Command\n")
    return {
        "HOME": str(tmp_path),
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(site),
        "TERM": "xterm",
    }


@pytest.mark.parametrize("columns", [80, 200])
def test_the_executable_asks_on_a_terminal(environ: dict[str, str], columns: int) -> None:
    seen = Person(Path(environ["HOME"]), environ).run("asking", columns=columns, typed="y\n")
    shown = plain(seen.shown)

    assert seen.status == 0
    assert "Proceed ([y]/n)? " in shown
    assert shown.endswith(f"answer True, rich True\n{TABLE}")


def test_the_executable_imports_no_rich_without_a_terminal(environ: dict[str, str]) -> None:
    done = subprocess.run([CONDA, "asking"], env=environ, input="n\n", capture_output=True, text=True, check=False)

    assert done.stdout == f"answer False, rich False\n{TABLE}"
    assert done.stderr == "Proceed ([y]/n)? \n"


@pytest.mark.parametrize("closing", ["</dev/null", "<&-"])
def test_silence_is_no_consent(environ: dict[str, str], closing: str) -> None:
    done = subprocess.run(
        ["sh", "-c", f'"$0" asking {closing}', CONDA], env=environ, capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stdout) == (1, "")
    assert "error: nobody answers: Proceed\n" in done.stderr
    assert "`--yes`" in done.stderr


def test_an_interrupt_at_the_question_ends_the_command(environ: dict[str, str]) -> None:
    master, slave = pty.openpty()

    with subprocess.Popen([CONDA, "asking"], env=environ, stdin=slave, stdout=slave, stderr=slave) as process:
        os.close(slave)
        shown = b""
        for chunk in chunks(master):
            before, shown = shown, shown + chunk
            if b"? " in shown and b"? " not in before:
                process.send_signal(signal.SIGINT)
    os.close(master)

    assert process.returncode == 130
    assert "interrupted" in plain(shown.decode())
    assert "Traceback" not in shown.decode()


def test_the_executable_does_not_ask_who_has_agreed(environ: dict[str, str]) -> None:
    done = subprocess.run(
        [CONDA, "asking", "-y"],
        env=environ,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.stdout.startswith("answer True, rich False\n")
    assert done.stderr == ""


def test_with_json_a_harmless_question_is_answered_with_yes(environ: dict[str, str]) -> None:
    done = subprocess.run(
        [CONDA, "asking", "--json"], env=environ, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )

    assert done.stdout == '{\n  "answer": true\n}\n'


@pytest.mark.parametrize("step", [31, pytest.param(1, marks=pytest.mark.full)])
def test_whenever_it_is_interrupted_what_is_told_is_shown_and_the_cursor_comes_back(tmp_path: Path, step: int) -> None:
    moments = range(1, 100_000, step)
    shown = list(takewhile(bool, (shown_when_interrupted(tmp_path, moment) for moment in moments)))

    assert 10 < len(shown) < len(moments)
    assert {text.count("\x1b[?25l") - text.count("\x1b[?25h") for text in shown} == {0}
    assert all(text.endswith("error: interrupted\n") for text in shown)


def shown_when_interrupted(folder: Path, moment: int) -> str:
    """Return what is shown when Ctrl-C comes when so many functions have begun; nothing if fewer do."""
    screen = Screen(folder, {"NO_COLOR": "1"})
    passed = 0

    def trace(*_: object) -> None:
        nonlocal passed
        passed += 1
        if passed == moment:
            sys.settrace(None)
            signal.raise_signal(signal.SIGINT)

    is_interrupted = False
    try:
        sys.settrace(trace)
        screen.reporter.tell(Started("a", "Downloading", 10, "bytes"))
        screen.reporter.tell(Advanced("a", 5))
        screen.reporter.tell(Warned("told meanwhile"))
        screen.reporter.tell(Finished("a"))
        sys.settrace(None)
    except KeyboardInterrupt:
        is_interrupted = True
    screen.reporter.show(failure(Interrupted("interrupted")))
    shown = screen.close()
    return shown if is_interrupted else ""
