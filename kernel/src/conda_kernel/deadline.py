"""Runs code of plugins for a limited time. Apart from `containment`, because threads cost twelve modules."""

from __future__ import annotations

import threading
from functools import partial

from conda_kernel.model.errors import PluginFailed
from conda_kernel.model.typed import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from conda_kernel.model.plugin import Plugin

    Call = tuple[Plugin, Callable[[], "T"]]

T = TypeVar("T")


def within(seconds: float, plugin: Plugin, function: Callable[..., T], *arguments: object) -> T:
    """Return what the function returns; raise `PluginFailed` when it takes longer than `seconds`."""
    ((_, answer),) = in_turn(seconds, [(plugin, partial(function, *arguments))])
    return answer()


def in_turn(seconds: float, calls: Iterable[Call[T]]) -> Iterator[Call[T]]:
    """Call functions of plugins in turn; yield for each a function that returns its answer, or raises its failure.

    They run in a thread of their own, ahead of whoever takes the answers. One that takes longer than `seconds` has
    failed with `PluginFailed`. A thread cannot be ended from outside: that one is abandoned, does not keep the process
    alive, and another goes on with what is left.
    """
    timed = [_Timed(plugin, function, seconds) for plugin, function in calls]
    left = iter(timed)
    is_over = False
    for call in timed:
        if not is_over:
            threading.Thread(target=_run, args=(left,), daemon=True).start()
        is_over = call.over.wait(seconds)
        yield call.plugin, call.answer


def _run(left: Iterator[_Timed[T]]) -> None:
    for call in left:
        threading.current_thread().name = f"{call.plugin.identity} of {call.plugin.distribution}"
        try:
            call.answers.append(call.function())
        except BaseException as error:  # noqa: BLE001 - the edge of a thread: raised again on the other side
            call.failure = error
        call.over.set()


class _Timed(Generic[T]):
    def __init__(self, plugin: Plugin, function: Callable[[], T], seconds: float) -> None:
        self.plugin = plugin
        self.function = function
        self.over = threading.Event()
        self.answers: list[T] = []
        self.failure: BaseException = PluginFailed(plugin, f"it did not answer within {seconds:g} s and was abandoned")

    def answer(self) -> T:
        if self.answers:
            return self.answers[0]
        raise self.failure
