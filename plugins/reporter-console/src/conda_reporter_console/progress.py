"""Draws progress bars with rich, on a terminal alone."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn
from rich.text import Text

from conda_kernel.model.human_size import human_size
from conda_kernel.model.paths import printable
from conda_kernel.model.typed import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import IO

    from conda_kernel.model.event import Started
    from conda_kernel.terminal import Terminal


class ProgressDisplay:
    """The bars of the tasks that run, drawn below everything that is told meanwhile; they vanish when it is closed.

    Nothing is drawn before the first task starts. Not to be called from two threads at once.
    """

    def __init__(self, terminal: Terminal, environ: Mapping[str, str]) -> None:
        self._console = Console(
            file=cast("IO[str]", TerminalStream(terminal)),
            force_terminal=True,
            no_color=bool(environ.get("NO_COLOR")),
            highlight=False,
            markup=False,
            emoji=False,
        )
        self._progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TextColumn("{task.fields[amount]}", markup=False),
            console=self._console,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._tasks: dict[str, TaskID] = {}
        self._units: dict[str, str] = {}

    @property
    def is_idle(self) -> bool:
        """True when no task runs."""
        return not self._tasks

    def start(self, event: Started) -> None:
        """Draw a bar for a task."""
        self.finish(event.task)
        self._units[event.task] = event.unit
        with undisturbed():
            self._progress.start()
            self._tasks[event.task] = self._progress.add_task(
                printable(event.description), total=event.total, amount=amount(0, event.total, event.unit)
            )

    def advance(self, task: str, done: int) -> None:
        """Move the bar of a task."""
        identity = self._tasks.get(task)
        if identity is not None:
            total = self._progress.tasks[self._progress.task_ids.index(identity)].total
            shown = amount(done, None if total is None else int(total), self._units[task])
            with undisturbed():
                self._progress.update(identity, completed=done, amount=shown)

    def finish(self, task: str) -> None:
        """Remove the bar of a task."""
        identity = self._tasks.pop(task, None)
        if identity is not None:
            with undisturbed():
                self._progress.remove_task(identity)

    def write(self, text: str) -> None:
        """Write lines above the bars; escape sequences for colours are kept."""
        with undisturbed():
            self._console.print(Text.from_ansi(text.removesuffix("\n")), soft_wrap=True)

    def close(self) -> None:
        """Remove all bars and give the cursor back."""
        with undisturbed():
            self._progress.stop()


@contextmanager
def undisturbed() -> Iterator[None]:
    """Put off an interruption (Ctrl-C) until something is drawn: half of it would leave the terminal without a cursor.

    Rich would also keep to itself whatever is told later. Other threads are not interrupted.
    """
    is_main = threading.current_thread() is threading.main_thread()
    if not is_main or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield
        return
    seen: list[int] = []
    signal.signal(signal.SIGINT, lambda number, _: seen.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        if seen:
            raise KeyboardInterrupt


class TerminalStream:
    """What rich writes to: standard error, where writing never fails."""

    encoding = "utf-8"

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal

    def write(self, text: str) -> int:
        """Write the text."""
        self._terminal.warn(text)
        return len(text)

    def flush(self) -> None:
        """Do nothing: nothing is held back."""

    def isatty(self) -> bool:
        """Return true: a display is made for a terminal alone."""
        return True


def amount(done: int, total: int | None, unit: str) -> str:
    """Return how much is done, for people: `1.2 MB / 12.0 MB`, `3 / 10 files`."""
    if unit == "bytes":
        return human_size(done) if total is None else f"{human_size(done)} / {human_size(total)}"
    counted = f"{done}" if total is None else f"{done} / {total}"
    return f"{counted} {unit}".rstrip()
