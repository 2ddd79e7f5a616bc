"""Calls hooks through pluggy. The only module that imports it.

pluggy ends a whole call when one implementation raises, runs generators after it has returned, registers nothing for
what is no function without saying so, and drops parameters that are keyword-only or have a default. So every
implementation is registered through a facet of its own: a function with the signature of the specification, which hands
on what the implementation asks for, is guarded by the kernel, and makes answers out of generators.
"""

from __future__ import annotations

import functools
import inspect
from types import GeneratorType, SimpleNamespace

import pluggy

from conda_kernel.model.errors import PluginError, PluginFailed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from conda_kernel.model.plugin import Plugin
    from conda_kernel.points import Hook

PROJECT = "conda"

specification = pluggy.HookspecMarker(PROJECT)
implementation = pluggy.HookimplMarker(PROJECT)


def answers_of(
    hook: Hook[..., object],
    calls: Iterable[tuple[Plugin, Callable[..., object]]],
    arguments: Mapping[str, object],
    failed: Callable[[PluginError], None],
) -> list[object]:
    """Return the answers of all implementations, by the order of their names; `None` is none.

    `calls` hand on what `offered_to` each of them; `failed` is told of each that fails, and raises where that is fatal.
    """
    manager = pluggy.PluginManager(PROJECT)
    contract = functools.wraps(hook.contract)(lambda: None)
    manager.add_hookspecs(type("Specifications", (), {hook.name: staticmethod(specification(contract))}))
    # What is registered last is called first.
    for plugin, call in sorted(calls, key=lambda pair: (pair[0].name, pair[0].distribution), reverse=True):
        registered = SimpleNamespace(**{hook.name: implementation(_facet(hook, call, failed))})
        manager.register(registered, name=f"{plugin.identity} of {plugin.distribution}")
        if not manager.get_hookcallers(registered):
            raise PluginFailed(plugin, "it was not registered")
    answers: list[object] = getattr(manager.hook, hook.name)(**arguments)
    return answers


def offered_to(hook: Hook[..., object], plugin: Plugin, function: Callable[..., object]) -> Callable[..., object]:
    """Return a function that takes what the hook offers and hands on what the plugin's function asks for.

    Raises `PluginFailed` when it asks for something else.
    """
    offered = tuple(inspect.signature(hook.contract).parameters)
    try:
        wanted = _wanted(hook, offered, function)
    except ValueError as error:
        raise PluginFailed(plugin, str(error)) from None

    def call(*values: object) -> object:
        answer = function(**{name: value for name, value in zip(offered, values, strict=True) if name in wanted})
        return tuple(answer) if isinstance(answer, GeneratorType) else answer

    return call


def _facet(
    hook: Hook[..., object], call: Callable[..., object], failed: Callable[[PluginError], None]
) -> Callable[..., object]:
    @functools.wraps(hook.contract)
    def facet(*values: object) -> object:
        try:
            return call(*values)
        except PluginError as error:
            failed(error)
            return None

    return facet


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
