"""Named tuples that are declared as those of `typing`, and defined at a ninth of their cost.

`typing.NamedTuple` compiles a constructor and every annotation for each class, 65 µs in all, and a command that solves
defines sixty classes. Here all classes of one width share the code of a constructor and the descriptors of the
fields; only the names differ. To a type checker this is `typing.NamedTuple`.

    class Pair(NamedTuple):
        left: str
        right: str = ""

The annotations are not looked at: the module has to begin with `from __future__ import annotations`, as all here do.
"""

from __future__ import annotations

from collections import namedtuple
from functools import cache
from operator import itemgetter
from types import FunctionType

__all__ = ["NamedTuple"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import NamedTuple, Self
else:
    new = tuple.__new__
    WRITTEN_OUT = (
        lambda cls, a: new(cls, (a,)),
        lambda cls, a, b: new(cls, (a, b)),
        lambda cls, a, b, c: new(cls, (a, b, c)),
        lambda cls, a, b, c, d: new(cls, (a, b, c, d)),
        lambda cls, a, b, c, d, e: new(cls, (a, b, c, d, e)),
        lambda cls, a, b, c, d, e, f: new(cls, (a, b, c, d, e, f)),
        lambda cls, a, b, c, d, e, f, g: new(cls, (a, b, c, d, e, f, g)),
        lambda cls, a, b, c, d, e, f, g, h: new(cls, (a, b, c, d, e, f, g, h)),
        lambda cls, a, b, c, d, e, f, g, h, i: new(cls, (a, b, c, d, e, f, g, h, i)),
        lambda cls, a, b, c, d, e, f, g, h, i, j: new(cls, (a, b, c, d, e, f, g, h, i, j)),
        lambda cls, a, b, c, d, e, f, g, h, i, j, k: new(cls, (a, b, c, d, e, f, g, h, i, j, k)),
        lambda cls, a, b, c, d, e, f, g, h, i, j, k, m: new(cls, (a, b, c, d, e, f, g, h, i, j, k, m)),
        lambda cls, a, b, c, d, e, f, g, h, i, j, k, m, n: new(cls, (a, b, c, d, e, f, g, h, i, j, k, m, n)),
        lambda cls, a, b, c, d, e, f, g, h, i, j, k, m, n, o: new(cls, (a, b, c, d, e, f, g, h, i, j, k, m, n, o)),
        lambda cls, a, b, c, d, e, f, g, h, i, j, k, m, n, o, p: new(
            cls, (a, b, c, d, e, f, g, h, i, j, k, m, n, o, p)
        ),
        lambda cls, a, b, c, d, e, f, g, h, i, j, k, m, n, o, p, q: new(
            cls, (a, b, c, d, e, f, g, h, i, j, k, m, n, o, p, q)
        ),
        lambda cls, a, b, c, d, e, f, g, h, i, j, k, m, n, o, p, q, r, s, t, u: new(
            cls, (a, b, c, d, e, f, g, h, i, j, k, m, n, o, p, q, r, s, t, u)
        ),
        lambda cls, a, b, c, d, e, f, g, h, i, j, k, m, n, o, p, q, r, s, t, u, v, w, x, y, z, aa, ab, ac, ad: new(
            cls, (a, b, c, d, e, f, g, h, i, j, k, m, n, o, p, q, r, s, t, u, v, w, x, y, z, aa, ab, ac, ad)
        ),
    )
    """Constructors of the widths that the model has: compiled with this module, others are by every process."""
    OF_WIDTH = {constructor.__code__.co_argcount - 1: constructor for constructor in WRITTEN_OUT}

    Field = type(namedtuple("Shape", ["field"]).field)  # noqa: PYI024 - it only lends what is in the field's place
    """The descriptor of a field, made of its place and its documentation."""

    def _constructor(owner: str, fields: tuple[str, ...], defaults: tuple[object, ...]) -> FunctionType:
        """Return the constructor that has these names for its parameters."""
        width = len(fields)
        template = OF_WIDTH.get(width)
        if template is None:
            template = namedtuple("Shape", [f"field{place}" for place in range(width)]).__new__  # noqa: PYI024 - as above
        code = template.__code__.replace(
            co_name="__new__", co_qualname=f"{owner}.__new__", co_varnames=(template.__code__.co_varnames[0], *fields)
        )
        return FunctionType(code, template.__globals__, "__new__", defaults)

    @cache
    def _field(place: int) -> object:
        """Return the descriptor of the field at this place, which all classes share."""
        return Field(place, "") if Field is not property else property(itemgetter(place))

    class _Fields(tuple):
        """What named tuples can do whatever their fields are."""

        __slots__ = ()

        @classmethod
        def _make(cls, values: Iterable[object]) -> Self:
            """Return the named tuple of these values."""
            return cls(*values)

        def _replace(self, /, **changes: object) -> Self:
            """Return the named tuple with other values; raise TypeError for a name that is no field."""
            changed = tuple.__new__(type(self), map(changes.pop, self._fields, self))
            if changes:
                raise TypeError(f"{type(self).__name__} has no field {', '.join(changes)}")
            return changed

        __replace__ = _replace
        """What `copy.replace` calls, from Python 3.13 on."""

        def _asdict(self) -> dict[str, object]:
            """Return the values by the names of their fields."""
            return dict(zip(self._fields, self, strict=True))

        def __repr__(self) -> str:
            shown = ", ".join(f"{name}={value!r}" for name, value in self._asdict().items())
            return f"{type(self).__name__}({shown})"

        def __getnewargs__(self) -> tuple[object, ...]:
            return tuple(self)

    class _Declaration(type):
        """Makes an ordinary class of a statement that names `NamedTuple` as its base."""

        def __new__(cls, name: str, bases: tuple[type, ...], namespace: dict[str, object]) -> type:
            if not bases:
                return super().__new__(cls, name, bases, namespace)
            fields = tuple(namespace.get("__annotations__", ()))
            defaults = tuple(namespace[field] for field in fields if field in namespace)
            optional = fields[len(fields) - len(defaults) :]
            if not fields or not all(field in namespace for field in optional):
                raise TypeError(f"{name} declares no fields, or one without a default behind one that has one")
            if any(field.startswith("_") for field in fields):
                raise TypeError(f"{name} declares a field that begins with an underscore")
            namespace.update(
                __slots__=(),
                __new__=_constructor(namespace["__qualname__"], fields, defaults),
                __match_args__=fields,
                _fields=fields,
                _field_defaults=dict(zip(optional, defaults, strict=True)),
            )
            for place, field in enumerate(fields):
                namespace[field] = _field(place)
            return type(name, (_Fields, *bases[1:]), namespace)

    class NamedTuple(metaclass=_Declaration):
        """The base to declare named tuples with."""
