"""Runs code of plugins for a limited time. Apart from `containment`, because threads cost twelve modules."""

from __future__ import annotations

import threading

from conda_kernel.model.errors import PluginFailed
from conda_kernel.model.typed import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from conda_kernel.model.plugin import Plugin

T = TypeVar("T")


def within(seconds: float, plugin: Plugin, function: Callable[[], T]) -> T:
    """Return what the function returns; raise `PluginFailed` when it takes longer than `seconds`.

    It runs in a thread of its own. A thread cannot be ended from outside: one that is late is abandoned, and does not
    keep the process alive.
    """
    outcome: list[T] = []
    failure: list[BaseException] = []

    def run() -> None:
        try:
            outcome.append(function())
        except BaseException as error:  # noqa: BLE001 - the edge of a thread: raised again on the other side
            failure.append(error)

    thread = threading.Thread(target=run, name=f"{plugin.identity} of {plugin.distribution}", daemon=True)
    thread.start()
    thread.join(seconds)
    if failure:
        raise failure[0]
    if not outcome:
        raise PluginFailed(plugin, f"it did not answer within {seconds:g} s and was abandoned")
    return outcome[0]
