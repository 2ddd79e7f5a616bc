"""Compares the target of a plugin with the contract of its extension point, without calling it."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from conda_kernel.hookspecs import POINTS
from conda_kernel.points import Driver, Extension, Hook, taken

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from conda_kernel.plugin import Plugin

Point = Driver[Any] | Extension[Any, Any] | Hook[Any, Any]

_ANY = object()


def point_of(plugin: Plugin) -> Point | None:
    """Return the extension point that a plugin is for; `None` when there is no such."""
    for point in POINTS:
        if plugin.group == point.group:
            return point
        if isinstance(point, Hook) and point.keyed and plugin.group.startswith(f"{point.group}."):
            return point
    return None


def faults(target: object, point: Point) -> Iterator[str]:
    """Yield what is wrong with a target, as far as it can be told before it is called."""
    if not callable(target):
        yield "its target cannot be called"
    elif isinstance(point, Driver):
        yield from _driver_faults(target, point)
    elif isinstance(point, Extension):
        yield from _refusal(target, _taken(target, _parameters(point.contract)), f"{point.group} calls it")
    else:
        yield from _hook_faults(target, point)


def _driver_faults(target: Callable[..., object], point: Driver[Any]) -> Iterator[str]:
    made_with = ("with the kernel", (_ANY,)) if point.service else ("without arguments", ())
    yield from _refusal(target, made_with[1], f"{point.group} calls it {made_with[0]}")
    if not inspect.isclass(target) or hasattr(target, "__getattr__"):
        # What a function makes is known when it was made.
        return
    for name in point.methods():
        method = getattr(target, name, None)
        if not callable(method):
            yield f"it has no method `{name}`, which {point.group} asks for"
            continue
        wanted = _parameters(getattr(point.contract, name), without_self=not _is_static(point.contract, name))
        offered = wanted if _is_bound(target, name) else _with_self(wanted)
        yield from _refusal(method, offered, f"its method `{name}` is called")


def _hook_faults(target: Callable[..., object], point: Hook[Any, Any]) -> Iterator[str]:
    """Yield what is wrong with an implementation of a hook: it may ask for fewer arguments than are offered."""
    offered = inspect.signature(point.contract).parameters
    try:
        parameters = inspect.signature(target).parameters.values()
    except (TypeError, ValueError):
        yield "it has no signature that can be read"
        return
    for each in parameters:
        is_optional = each.default is not each.empty or each.kind in (each.VAR_KEYWORD, each.VAR_POSITIONAL)
        if not is_optional and (each.name not in offered or each.kind is each.POSITIONAL_ONLY):
            there = ", ".join(f"`{name}`" for name in offered)
            yield f"it asks for `{each.name}`; {point.group} offers {there} by name"


class _Call:
    """The arguments of a call, by place and by name."""

    def __init__(self, positional: tuple[object, ...], named: Mapping[str, object]) -> None:
        self.positional = positional
        self.named = dict(named)


def _parameters(contract: Callable[..., object], *, without_self: bool = False) -> _Call:
    found = list(inspect.signature(contract).parameters.values())[1 if without_self else 0 :]
    by_name = {each.name: _ANY for each in found if each.kind is each.KEYWORD_ONLY}
    return _Call(tuple(_ANY for each in found if each.name not in by_name), by_name)


def _taken(target: Callable[..., object], call: _Call) -> _Call:
    """Return the call with as many arguments as the kernel gives an extension, which may take fewer than there are."""
    return _Call(call.positional[: taken(target)], call.named)


def _with_self(call: _Call) -> _Call:
    return _Call((_ANY, *call.positional), call.named)


def _refusal(function: Callable[..., object], call: _Call | tuple[object, ...], how: str) -> Iterator[str]:
    """Yield why a function cannot be called so, if it cannot."""
    made = call if isinstance(call, _Call) else _Call(call, {})
    try:
        inspect.signature(function).bind(*made.positional, **made.named)
    except TypeError as error:
        yield f"{how}, and that cannot be: {error}"
    except ValueError:
        # Compiled functions do not always tell.
        return


def _is_static(holder: type, name: str) -> bool:
    return isinstance(inspect.getattr_static(holder, name, None), staticmethod)


def _is_bound(holder: type, name: str) -> bool:
    """Tell whether what the class itself gives for a name takes no `self`."""
    return isinstance(inspect.getattr_static(holder, name, None), (staticmethod, classmethod))
