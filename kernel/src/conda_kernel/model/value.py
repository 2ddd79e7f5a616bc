"""The base of values that are immutable, compared by what they hold, and cheap to define.

A frozen dataclass is the same to who uses it. But its decorator writes and compiles methods for every class, half a
millisecond each, and its module imports `inspect`: every command that solves paid more for that than for solving.
"""

from __future__ import annotations

from conda_kernel.model.typed import TYPE_CHECKING, dataclass_transform

if TYPE_CHECKING:
    from typing import Any, ClassVar, NoReturn, Self


@dataclass_transform(frozen_default=True)
class Value:
    """A value; the annotations of a subclass are its fields, in order, and what is assigned to them the defaults.

    A default that is a dictionary is copied for each value.
    """

    __match_args__: ClassVar[tuple[str, ...]] = ()
    _defaults: ClassVar[dict[str, object]] = {}

    def __init_subclass__(cls) -> None:
        """Note the fields."""
        super().__init_subclass__()
        own = [name for name in cls.__annotations__ if not name.startswith("_")]
        cls.__match_args__ = (*cls.__match_args__, *own)  # type: ignore[misc] # mypy takes it for a constant
        cls._defaults = {**cls._defaults, **{name: cls.__dict__[name] for name in own if name in cls.__dict__}}

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - the subclass says what its fields are
        """Take the fields in their order or by name; raise TypeError for what is missing, unknown or given twice."""
        names = self.__match_args__
        if len(args) > len(names):
            raise TypeError(f"{type(self).__name__} takes {len(names)} arguments, not {len(args)}")
        given = dict(zip(names, args, strict=False))
        twice = given.keys() & kwargs.keys()
        unknown = kwargs.keys() - set(names)
        if twice or unknown:
            raise TypeError(f"{type(self).__name__} cannot take {', '.join(sorted({*twice, *unknown}))}")
        given.update(kwargs)
        fields = self.__dict__
        for name in names:
            if name in given:
                fields[name] = given[name]
            elif name in self._defaults:
                default = self._defaults[name]
                fields[name] = dict(default) if isinstance(default, dict) else default
            else:
                raise TypeError(f"{type(self).__name__} lacks {name}")

    def replaced(self, **changes: Any) -> Self:  # noqa: ANN401 - as above
        """Return the value with other fields; raise TypeError for a name that is none."""
        return type(self)(**{**self.__dict__, **changes})

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"{type(self).__name__} cannot be changed")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"{type(self).__name__} cannot be changed")

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self.__dict__ == other.__dict__

    def __hash__(self) -> int:
        return hash((type(self), *self.__dict__.values()))

    def __repr__(self) -> str:
        fields = ", ".join(f"{name}={self.__dict__[name]!r}" for name in self.__match_args__)
        return f"{type(self).__name__}({fields})"
