"""Calls in threads of their own."""

from __future__ import annotations

import threading

import pytest

from conda_fetch.completed import completed


def fail() -> int:
    raise ZeroDivisionError("a bug")


def test_what_calls_return_is_given_back_as_they_end() -> None:
    gate = threading.Event()
    answers = completed([lambda: int(gate.wait(20)), lambda: 7], 2, threading.Event())
    first = next(answers)
    gate.set()

    assert (first, list(answers)) == (7, [1])


def test_threads_help_while_calls_wait() -> None:
    together = threading.Barrier(5)

    def met() -> int:
        return int(together.wait(20) >= 0)

    assert list(completed([met] * 10, 5, threading.Event())) == [1] * 10


def test_one_thread_does_what_takes_no_time() -> None:
    calls = [threading.get_ident] * 200

    assert len(set(completed(calls, 5, threading.Event(), pace_seconds=60))) == 1


def test_what_takes_no_time_is_handed_over_together() -> None:
    calls = [threading.get_ident] * 200
    answers = completed(calls, 5, threading.Event(), pace_seconds=60, together=True)

    assert len(set(answers)) == 1


def test_what_ended_before_a_failure_is_given_back_first() -> None:
    answers = completed([lambda: 1, fail, lambda: 2], 1, threading.Event(), pace_seconds=60, together=True)

    assert next(answers) == 1
    with pytest.raises(ZeroDivisionError, match="a bug"):
        next(answers)


def test_threads_help_while_calls_wait_whose_outcomes_are_handed_over_together() -> None:
    two = threading.Barrier(5)

    assert list(completed([lambda: int(two.wait(20) >= 0)] * 10, 5, threading.Event(), together=True)) == [1] * 10


def test_an_exception_is_raised_on_the_other_side_and_ends_the_rest() -> None:
    stopped = threading.Event()
    with pytest.raises(ZeroDivisionError, match="a bug"):
        list(completed([fail, lambda: 1], 1, stopped))

    assert stopped.is_set()


def test_whoever_is_late_is_abandoned() -> None:
    gate = threading.Event()
    answers = completed([lambda: 1, lambda: int(gate.wait(20))], 2, threading.Event(), grace_seconds=0.01)
    assert next(answers) == 1
    answers.close()  # type: ignore[attr-defined] # the annotation promises an iterator only
    late = [thread for thread in threading.enumerate() if thread.name.startswith("worker ")]
    gate.set()
    for thread in late:
        thread.join(20)

    assert len(late) == 1
