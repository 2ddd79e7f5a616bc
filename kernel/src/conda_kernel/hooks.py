"""Calls hooks through pluggy. The only module that imports it.

pluggy ends a whole call when one implementation raises, runs generators after it has returned, registers nothing for
what is no function without saying so, and drops keyword-only parameters. So every implementation is registered through
a facet of its own: a function that is guarded, makes answers out of generators, and was checked before.
"""

from __future__ import annotations

import functools
import inspect
from types import GeneratorType, SimpleNamespace
from typing import TYPE_CHECKING

import pluggy

from conda_kernel.containment import guarded
from conda_kernel.deadline import within
from conda_kernel.errors import PluginError, PluginFailed
from conda_kernel.points import Hook, answer_types

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from conda_kernel.breadcrumb import Breadcrumb
    from conda_kernel.plugin import Plugin

PROJECT = "conda"

specification = pluggy.HookspecMarker(PROJECT)
implementation = pluggy.HookimplMarker(PROJECT)


def answers_of(  # noqa: PLR0913 - one call, from the kernel, which has these at hand
    hook: Hook[..., object],
    implementations: Sequence[tuple[Plugin, Callable[..., object]]],
    arguments: Mapping[str, object],
    breadcrumb: Breadcrumb,
    deadline: float | None,
    warn: Callable[[PluginError], None],
) -> list[object]:
    """Return the answers of all implementations, by the order of their names; `None` is none.

    Where the hook is contained, `warn` is told of each failure and a call may take `deadline` seconds.
    """
    manager = pluggy.PluginManager(PROJECT)
    manager.add_hookspecs(type("Specifications", (), {hook.name: staticmethod(_specified(hook))}))
    for plugin, function in sorted(
        implementations, key=lambda pair: (pair[0].name, pair[0].distribution), reverse=True
    ):
        facet = _facet(hook, plugin, function, breadcrumb, deadline, warn)
        if facet is not None:
            _register(manager, hook, plugin, facet)
    answers: list[object] = getattr(manager.hook, hook.name)(**arguments)
    return answers


def _specified(hook: Hook[..., object]) -> Callable[..., object]:
    @functools.wraps(hook.contract)
    def contract() -> None: ...

    return specification(contract)


def _facet(  # noqa: PLR0913 - as above
    hook: Hook[..., object],
    plugin: Plugin,
    function: Callable[..., object],
    breadcrumb: Breadcrumb,
    deadline: float | None,
    warn: Callable[[PluginError], None],
) -> Callable[..., object] | None:
    problem = _signature_problem(hook, function)
    if problem:
        failed = PluginFailed(plugin, problem)
        if not hook.contained:
            raise failed
        warn(failed)
        return None
    call = guarded(plugin, breadcrumb, answer_types(hook.contract), _materialised(function))

    @functools.wraps(function, assigned=(), updated=())
    def facet(*values: object) -> object:
        if deadline is None:
            return call(*values)
        try:
            return within(deadline, plugin, lambda: call(*values))
        except PluginError as error:
            warn(error)
            return None

    return facet


def _materialised(function: Callable[..., object]) -> Callable[..., object]:
    def call(*values: object) -> object:
        answer = function(*values)
        return tuple(answer) if isinstance(answer, GeneratorType) else answer

    return call


def _signature_problem(hook: Hook[..., object], function: Callable[..., object]) -> str | None:
    """Return why pluggy could not call the function as its author means it."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return "it has no signature that can be read"
    offered = inspect.signature(hook.contract).parameters
    for parameter in parameters:
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD, parameter.KEYWORD_ONLY):
            return f"its parameter `{parameter.name}` would never be delivered; declare it as an ordinary one"
        if parameter.name in offered and parameter.default is not parameter.empty:
            return f"its parameter `{parameter.name}` has a default, and would never be delivered"
        if parameter.name not in offered and parameter.default is parameter.empty:
            return f"it asks for `{parameter.name}`, which {hook.group} does not offer ({', '.join(offered)})"
    return None


def _register(
    manager: pluggy.PluginManager, hook: Hook[..., object], plugin: Plugin, facet: Callable[..., object]
) -> None:
    registered = SimpleNamespace(**{hook.name: implementation(facet)})
    manager.register(registered, name=f"{plugin.identity} of {plugin.distribution}")
    if not manager.get_hookcallers(registered):
        raise PluginFailed(plugin, "it was not registered")
