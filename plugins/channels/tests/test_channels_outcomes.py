"""Calls in threads of their own."""

from __future__ import annotations

import threading

import pytest

from conda_channels.outcomes import outcomes


def fail() -> int:
    raise ZeroDivisionError("a bug")


def test_calls_that_wait_run_side_by_side() -> None:
    both = threading.Barrier(2, timeout=20)

    assert sorted(outcomes([both.wait, both.wait], 2)) == [0, 1]


def test_calls_that_compute_run_one_after_the_other() -> None:
    def name() -> str:
        return threading.current_thread().name

    assert list(outcomes([name] * 5, 5, waited=lambda: 0.0)) == ["repodata 0"] * 5


def test_no_more_threads_run_than_may() -> None:
    three = threading.Barrier(3, timeout=20)
    times = iter(range(1000))

    assert sorted(outcomes([three.wait] * 6, 3, waited=lambda: float(next(times)))) == [0, 0, 1, 1, 2, 2]


def test_nothing_comes_of_no_calls() -> None:
    assert list(outcomes([], 5)) == []


def test_an_exception_is_raised_on_the_other_side() -> None:
    with pytest.raises(ZeroDivisionError, match="a bug"):
        list(outcomes([fail], 1))


def test_no_call_begins_after_the_generator_has_ended() -> None:
    begun: list[int] = []
    going_on = threading.Event()

    def wait() -> int:
        begun.append(1)
        return int(going_on.wait(20))

    answers = outcomes([lambda: 7, wait, wait, wait], 1)
    assert next(answers) == 7
    answers.close()  # type: ignore[attr-defined] # the annotation promises an iterator only
    workers = [thread for thread in threading.enumerate() if thread.name.startswith("repodata ")]
    going_on.set()
    for worker in workers:
        worker.join(20)

    assert len(begun) <= 1
