"""Runs code of plugins so that whatever it does is told with the name of its distribution.

The place, with the edge of a thread in `conda_kernel.deadline`, where every exception is caught.
"""

from __future__ import annotations

from conda_kernel.model.errors import CondaError, PluginFailed
from conda_kernel.model.typed import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from conda_kernel.breadcrumb import Breadcrumb
    from conda_kernel.model.plugin import Plugin

T = TypeVar("T")


def guarded(
    plugin: Plugin, breadcrumb: Breadcrumb, answers: frozenset[str], function: Callable[..., T]
) -> Callable[..., T]:
    """Return a function that calls the plugin's and says whose it is when it fails.

    It lets pass what the plugin raises on purpose, a `CondaError`, and the user's Ctrl-C. Everything else, an
    exit and an answer of the wrong type among it, becomes `PluginFailed` with its cause chained.
    """

    def call(*args: object, **keywords: object) -> T:
        entered = breadcrumb.enter(plugin)
        try:
            answer = function(*args, **keywords)
        except (CondaError, KeyboardInterrupt):
            raise
        except BaseException as error:
            raise PluginFailed(plugin, _told(error)) from error
        finally:
            breadcrumb.leave(entered)
        if answers and not answers.intersection(kind.__name__ for kind in type(answer).__mro__):
            expected = " or ".join(sorted(answers)).replace("NoneType", "None")
            raise PluginFailed(plugin, f"it answered with {type(answer).__name__} instead of {expected}")
        return answer

    return call


def _told(error: BaseException) -> str:
    if isinstance(error, SystemExit):
        return f"it tried to exit with status {error.code}"
    from traceback import format_exception_only  # noqa: PLC0415 - it knows what to do with exceptions that cannot be told

    return "".join(format_exception_only(error)).strip()
