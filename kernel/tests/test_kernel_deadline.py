"""Calls that may take only so long: one thread makes them all, and another goes on where one is late."""

from __future__ import annotations

import threading
from functools import partial
from typing import TYPE_CHECKING

import pytest

from conda_kernel.deadline import in_turn, within
from conda_kernel.errors import PluginFailed
from conda_kernel.hookspecs import VIRTUAL_PACKAGES
from conda_kernel.model.event import Warned
from conda_kernel.model.machine import Detected
from conda_kernel.plugin import Plugin
from conda_testing.kernels import RecordingReporter, make_kernel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

AMPLE_SECONDS = 30.0
SHORT_SECONDS = 0.05


@pytest.fixture
def released() -> Iterator[threading.Event]:
    """What hangs waits for this, which comes at the end of the test at the latest."""
    event = threading.Event()
    yield event
    event.set()


def named(name: str) -> Plugin:
    return Plugin("conda.virtual_packages", name, f"{name}:detect", distribution="conda-third", version="1.0")


def outcomes(seconds: float, *functions: Callable[[], object]) -> list[object]:
    """Return what came of each function: its answer, or its failure."""
    found: list[object] = []
    for _, answer in in_turn(seconds, [(named(f"number{place}"), call) for place, call in enumerate(functions)]):
        try:
            found.append(answer())
        except BaseException as error:  # noqa: BLE001 - a failure is what is looked at
            found.append(error)
    return found


def test_one_thread_makes_all_calls_and_is_named_for_the_plugin_that_it_calls() -> None:
    def seen() -> tuple[int | None, str]:
        thread = threading.current_thread()
        return thread.ident, thread.name

    first, second = outcomes(AMPLE_SECONDS, seen, seen)
    assert isinstance(first, tuple)
    assert isinstance(second, tuple)
    assert first[0] == second[0] != threading.get_ident()
    assert first[1] == "conda.virtual_packages/number0 of conda-third"
    assert second[1] == "conda.virtual_packages/number1 of conda-third"


@pytest.mark.parametrize("failure", [ValueError("odd"), KeyboardInterrupt(), SystemExit(3)])
def test_a_failure_is_raised_where_the_answer_is_taken_and_the_others_go_on(failure: BaseException) -> None:
    def fails() -> None:
        raise failure

    assert outcomes(AMPLE_SECONDS, lambda: 1, fails, lambda: 2) == [1, failure, 2]


def test_nothing_to_call_is_no_answer() -> None:
    assert outcomes(AMPLE_SECONDS) == []


def test_a_call_that_is_late_is_abandoned_and_the_others_are_made_by_another_thread(released: threading.Event) -> None:
    before, late, after = outcomes(SHORT_SECONDS, threading.get_ident, released.wait, threading.get_ident)
    assert isinstance(late, PluginFailed)
    assert "number1" in str(late)
    assert f"it did not answer within {SHORT_SECONDS} s and was abandoned" in str(late)
    assert before != after


def test_each_call_is_made_once_though_a_thread_that_was_late_comes_back(released: threading.Event) -> None:
    late: list[threading.Thread] = []
    made: list[str] = []
    is_over = threading.Event()

    def hangs() -> None:
        late.append(threading.current_thread())
        released.wait()

    def lets_go() -> None:
        released.set()
        late[0].join()
        made.append("second")
        is_over.set()

    outcomes(SHORT_SECONDS, hangs, lets_go, partial(made.append, "third"))
    assert is_over.wait(AMPLE_SECONDS)
    assert made == ["third", "second"]


def test_one_call_is_handed_its_arguments() -> None:
    assert within(AMPLE_SECONDS, named("one"), max, 3, 5) == 5


def test_a_plugin_that_hangs_while_it_is_imported_is_named_and_the_others_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a_hanging_module.py").write_text("import threading\nthreading.Event().wait()\n")
    (tmp_path / "another_module.py").write_text(
        "from conda_kernel.model.machine import Detected\n\n\ndef detect(subdir):\n    return Detected('1')\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    plugins = (named("a_hanging_module"), named("another_module"))
    kernel = make_kernel(tmp_path, plugins=plugins, settings={"plugin_deadline_secs": 0.5})
    found = list(kernel.each(VIRTUAL_PACKAGES, "linux-64", None))
    assert [(plugin.name, answer) for plugin, answer in found] == [("another_module", Detected("1"))]
    assert isinstance(kernel.reporter, RecordingReporter)
    (warning,) = [event.text for event in kernel.reporter.events if isinstance(event, Warned)]
    assert "a_hanging_module" in warning
    assert "did not answer within 0.5 s" in warning
