"""The names of `typing` that stand where code runs, without importing `typing`.

Importing it takes 1.7 ms, a thirtieth of a command that solves, and no command needs what it does. What annotations
alone name is imported where only a type checker looks (`if TYPE_CHECKING`). To a type checker the names here are those
of `typing`; when a program runs they are as little as will do.
"""

from __future__ import annotations

__all__ = ["TYPE_CHECKING", "Generic", "ParamSpec", "Protocol", "TypeVar", "cast", "dataclass_transform"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Generic, ParamSpec, Protocol, TypeVar, cast, dataclass_transform
else:

    class Protocol:
        """The base of a class that says what others have to bring."""

        __slots__ = ()

    class Generic:
        """The base of a class with type parameters."""

        __slots__ = ()

        def __class_getitem__(cls, parameters: object) -> type:
            return cls

    def TypeVar(name: str, **_: object) -> str:  # noqa: N802 - the name that type checkers know
        """Return something to stand for a type parameter."""
        return name

    ParamSpec = TypeVar

    def cast(_: object, value: object) -> object:
        """Return the value."""
        return value

    def dataclass_transform(**_: object) -> object:
        """Return a decorator that changes nothing."""
        return lambda decorated: decorated
