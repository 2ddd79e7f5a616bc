"""Calls hooks through pluggy. The only module that imports it.

pluggy ends a whole call when one implementation raises, runs generators after it has returned, registers nothing for
what is no function without saying so, and drops parameters that are keyword-only or have a default. So every
implementation is registered through a facet of its own: a function with the signature of the specification, which hands
on what the implementation asks for, is guarded, and makes answers out of generators.
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


def _facet(  # noqa: PLR0913 - one call, from the function above
    hook: Hook[..., object],
    plugin: Plugin,
    function: Callable[..., object],
    breadcrumb: Breadcrumb,
    deadline: float | None,
    warn: Callable[[PluginError], None],
) -> Callable[..., object] | None:
    offered = tuple(inspect.signature(hook.contract).parameters)
    try:
        wanted = _wanted(hook, offered, function)
    except ValueError as error:
        failed = PluginFailed(plugin, str(error))
        if not hook.contained:
            raise failed from None
        warn(failed)
        return None
    call = guarded(plugin, breadcrumb, answer_types(hook.contract), _materialised(function))

    @functools.wraps(hook.contract)
    def facet(*values: object) -> object:
        arguments = {name: value for name, value in zip(offered, values, strict=True) if name in wanted}
        if deadline is None:
            return call(**arguments)
        try:
            return within(deadline, plugin, lambda: call(**arguments))
        except PluginError as error:
            warn(error)
            return None

    return facet


def _materialised(function: Callable[..., object]) -> Callable[..., object]:
    def call(**arguments: object) -> object:
        answer = function(**arguments)
        return tuple(answer) if isinstance(answer, GeneratorType) else answer

    return call


def _wanted(hook: Hook[..., object], offered: tuple[str, ...], function: Callable[..., object]) -> frozenset[str]:
    """Return which of the offered arguments an implementation asks for; raise `ValueError` when it asks for others."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        raise ValueError("it has no signature that can be read") from None
    wanted: set[str] = set()
    for parameter in parameters:
        if parameter.kind is parameter.VAR_KEYWORD:
            wanted.update(offered)
        elif parameter.name in offered and parameter.kind is not parameter.POSITIONAL_ONLY:
            wanted.add(parameter.name)
        elif parameter.default is parameter.empty and parameter.kind is not parameter.VAR_POSITIONAL:
            there = ", ".join(f"`{name}`" for name in offered)
            raise ValueError(f"it asks for `{parameter.name}`; {hook.group} offers {there} by name")
    return frozenset(wanted)


def _register(
    manager: pluggy.PluginManager, hook: Hook[..., object], plugin: Plugin, facet: Callable[..., object]
) -> None:
    registered = SimpleNamespace(**{hook.name: implementation(facet)})
    manager.register(registered, name=f"{plugin.identity} of {plugin.distribution}")
    if not manager.get_hookcallers(registered):
        raise PluginFailed(plugin, "it was not registered")
