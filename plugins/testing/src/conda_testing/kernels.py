"""A kernel for tests: the installed plugins, settings given in the test, everything written below one folder."""

from __future__ import annotations

import os
import sys
import tempfile
from functools import cache
from typing import TYPE_CHECKING

from conda_kernel.breadcrumb import Breadcrumb
from conda_kernel.context import Context
from conda_kernel.kernel import Kernel
from conda_kernel.model.layer import Entry, Layer, environment_layer
from conda_kernel.model.plugin import Selection
from conda_kernel.plugin_index import PluginIndex, installed_plugins
from conda_kernel.reporting import Reporter
from conda_kernel.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from conda_kernel.model.event import Event, Question
    from conda_kernel.model.result import Result
    from conda_kernel.plugin import Plugin


class RecordingReporter(Reporter):
    """A reporter that keeps what it is told, and answers questions with what the test says."""

    def __init__(self, *, answer: bool = True) -> None:
        super().__init__(Terminal(0, None, None))
        self.events: list[Event] = []
        self.results: list[Result] = []
        self.questions: list[Question] = []
        self._answer = answer

    def tell(self, event: Event) -> None:
        """Keep the event."""
        self.events.append(event)

    def show(self, result: Result) -> None:
        """Keep the result."""
        self.results.append(result)

    def ask(self, question: Question) -> bool:
        """Keep the question, and answer as the test wants it."""
        self.questions.append(question)
        return self._answer


def make_kernel(  # noqa: PLR0913 - everything has a default
    folder: str | os.PathLike[str],
    *,
    settings: Mapping[str, object] | None = None,
    environ: Mapping[str, str] | None = None,
    prefix: str | None = None,
    plugins: Iterable[Plugin] | None = None,
    answer: bool = True,
) -> Kernel:
    """Return a kernel whose root prefix, home and caches lie below `folder`.

    Without `plugins` it has those that are installed. `settings` are as a file would give them; `environ` is all of the
    environment that the kernel sees, besides `HOME`.
    """
    base = os.fspath(folder)
    variables = {"HOME": base, **(environ or {})}
    given = {
        "pkgs_dirs": [os.path.join(base, "pkgs")],
        "envs_dirs": [os.path.join(base, "envs")],
        **(settings or {}),
    }
    layer = Layer("test", {name: Entry(value, "the test") for name, value in given.items()})
    context = Context(
        (layer, environment_layer(variables)),
        root_prefix=os.path.join(base, "root"),
        prefix=prefix,
        environ=variables,
    )
    index = PluginIndex.of(_installed(tuple(sys.path)) if plugins is None else plugins)
    reporter = RecordingReporter(answer=answer)
    return Kernel(index, context, reporter, terminal=Terminal(0, None, None), breadcrumb=Breadcrumb(None))


@cache
def _installed(path: tuple[str, ...]) -> tuple[Plugin, ...]:
    """Return the plugins on a path; finding them takes longer than most tests, and happens once in each process."""
    with tempfile.TemporaryDirectory() as folder:
        return installed_plugins(path, {"XDG_CACHE_HOME": folder}, Selection()).all()
