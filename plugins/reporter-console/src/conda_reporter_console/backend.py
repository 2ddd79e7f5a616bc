"""Tells people what a command does, asks them, and shows them its result."""

from __future__ import annotations

import os
import re
import sys
from _thread import allocate_lock  # threading would be two modules more on the way of every error

from conda_kernel.model.errors import Declined, SettingError
from conda_kernel.model.event import Advanced, Finished, Shown, Started, Told, Warned
from conda_kernel.settings import ALWAYS_YES, QUIET, VERBOSITY
from conda_reporter_console.rendering import pieces, rendered, shown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeVar

    from conda_kernel.kernel import Kernel
    from conda_kernel.model.event import Event, Question
    from conda_kernel.model.result import Result
    from conda_kernel.setting import Setting
    from conda_reporter_console.progress import ProgressDisplay

    T = TypeVar("T")


ANSWERS = {"y": True, "yes": True, "n": False, "no": False}
LONGEST_ANSWER = 1000
COLOURS = {"error:": "\x1b[1;31m", "warning:": "\x1b[1;33m", "hint:": "\x1b[1;36m"}
PLAIN = "\x1b[0m"
COLOURED = re.compile("^(?:error|warning|hint):", re.MULTILINE)


class ConsoleReporter:
    """The reporter for people.

    Results go to standard output, all else to standard error: notes, warnings, plans, questions, errors. Progress is
    drawn on a terminal alone; elsewhere a task is a line, and only with `-v`.
    """

    def __init__(self, kernel: Kernel) -> None:
        self._terminal = kernel.terminal
        self._context = kernel.context
        self._quiet = known_or_usual(QUIET, kernel)
        self._verbosity = known_or_usual(VERBOSITY, kernel)
        environ = kernel.context.environ
        is_terminal = self._terminal.shows(self._terminal.stderr) and environ.get("TERM") != "dumb"
        self._is_coloured = is_terminal and not environ.get("NO_COLOR")
        self._draws = is_terminal and not self._quiet
        self._lock = allocate_lock()
        self._display: ProgressDisplay | None = None

    def tell(self, event: Event) -> None:
        """Show an event; from any thread, each at once and as a whole."""
        with self._lock:
            if isinstance(event, (Started, Advanced, Finished)):
                self._progress(event)
            elif isinstance(event, Warned):
                hint = f"hint: {event.hint}" if event.hint else ""
                self._write(_lines(f"warning: {event.text}") + (_lines(hint) if hint else ""))
            elif isinstance(event, Told):
                if event.level <= self._verbosity and not (self._quiet and event.level == 0):
                    self._write(_lines(event.text))
            elif isinstance(event, Shown):
                self._write(rendered(event.views))

    def show(self, result: Result) -> None:
        """Write the result to standard output and a failure to standard error; raise `OSError` when that is closed."""
        with self._lock:
            self._close_display()
        # What is made while it is shown may have something to tell.
        for text in pieces(result.views):
            with self._lock:
                self._close_display()
                if result.failed:
                    self._write(text)
                else:
                    self._terminal.write(text)

    def ask(self, question: Question) -> bool:
        """Return the answer that is typed; an empty line is the default.

        Raises `Declined` when standard input is closed or at its end: silence is no consent.
        """
        if self._context[ALWAYS_YES]:
            return True
        with self._lock:
            self._close_display()
        choice = "([y]/n)" if question.default else "(y/[n])"
        prompt = f"{shown(question.text, lines=True).rstrip('?: ')} {choice}? "
        while True:
            self._terminal.warn(prompt)
            line = self._line()
            if line is None:
                self._terminal.warn("\n")
                raise Declined(
                    f"nobody answers: {shown(question.text)}", hint=_way_out(question), question=question.text
                )
            word = line.strip().lower()
            if not word or word in ANSWERS:
                self._terminal.warn("\n")
                return ANSWERS.get(word, question.default)
            self._terminal.warn(f"Invalid choice: {shown(line.strip())}\n")

    def _progress(self, event: Started | Advanced | Finished) -> None:
        if isinstance(event, Started):
            if self._draws:
                self._open_display().start(event)
            elif self._verbosity >= 1 and not self._quiet:
                self._write(_lines(event.description))
        elif self._display is not None:
            if isinstance(event, Advanced):
                self._display.advance(event.task, event.done)
            else:
                self._display.finish(event.task)
                if self._display.is_idle:
                    self._close_display()

    def _open_display(self) -> ProgressDisplay:
        if self._display is None:
            from conda_reporter_console.progress import ProgressDisplay  # noqa: PLC0415 - rich costs 99 modules, 49 ms

            self._display = ProgressDisplay(self._terminal, self._context.environ)
        return self._display

    def _close_display(self) -> None:
        if self._display is not None:
            self._display.close()
            self._display = None

    def _write(self, text: str) -> None:
        if self._is_coloured:
            text = COLOURED.sub(lambda word: f"{COLOURS[word[0]]}{word[0]}{PLAIN}", text)
        if self._display is None:
            self._terminal.warn(text)
        else:
            self._display.write(text)

    def _line(self) -> str | None:
        """Return one line of standard input, and take no more than that; `None` at its end."""
        descriptor = self._terminal.stdin
        if descriptor == 0 and sys.stdin is None:
            return None
        line = b""
        while len(line) < LONGEST_ANSWER:
            try:
                sign = os.read(descriptor, 1)
            except OSError:
                return None
            if not sign and not line:
                return None
            if sign in (b"", b"\n"):
                break
            line += sign
        return line.decode("utf-8", "replace")


def known_or_usual(setting: Setting[T], kernel: Kernel) -> T:
    """Return a setting, or its default with a warning: how things are shown is no reason to show nothing."""
    try:
        return kernel.context[setting]
    except SettingError as error:
        kernel.reporter.tell(Warned(str(error), error.hint))
        return setting.default


def _lines(text: str) -> str:
    return shown(text, lines=True) + "\n"


def _way_out(question: Question) -> str:
    return question.otherwise if "--yes" in question.otherwise else f"{question.otherwise}, or use `--yes`"
