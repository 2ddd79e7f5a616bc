"""The three shapes of an extension point: driver, extension and hook."""

from __future__ import annotations

from conda_kernel.model.typed import TYPE_CHECKING, Generic, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

T = TypeVar("T")
P = ParamSpec("P")

PREFIX = "conda."


class Driver(Generic[T]):
    """One implementation, picked by name: `kernel.driver(SOLVERS, "classic")`.

    `contract` is the protocol that the finished object fulfils. A *service* is made by calling its target with the
    kernel, a *pure* driver by calling it with nothing. A point for which `sole` is true has one implementation for
    everybody: nobody names it, and several that are installed contend.
    """

    __slots__ = ("contract", "group", "name", "service", "sole")

    def __init__(self, name: str, contract: type[T], *, service: bool = False, sole: bool = False) -> None:
        self.name = name
        self.group = PREFIX + name
        self.contract = contract
        self.service = service
        self.sole = sole

    def methods(self) -> tuple[str, ...]:
        """Return the names of the methods that the contract asks for."""
        return tuple(sorted(name for name in vars(self.contract) if _is_asked_for(self.contract, name)))


class Extension(Generic[P, T]):
    """All implementations, one at a time: `kernel.each(VIRTUAL_PACKAGES, subdir)`.

    `contract` is a function with the signature of every implementation; its body is never run. When `contained` is
    true a failure is one warning and the others go on; each call then has a deadline. When it is false a failure ends
    the command. What stands in `skipped` is neither imported nor called.
    """

    __slots__ = ("contained", "contract", "group", "name", "skipped")

    def __init__(
        self, name: str, contract: Callable[P, T], *, contained: bool, skipped: frozenset[str] = frozenset()
    ) -> None:
        self.name = name
        self.group = PREFIX + name
        self.contract = contract
        self.contained = contained
        self.skipped = skipped

    def but(self, names: Iterable[str]) -> Extension[P, T]:
        """Return the extension without the implementations of these names."""
        return Extension(self.name, self.contract, contained=self.contained, skipped=frozenset(names))


def taken(function: object) -> int | None:
    """Return how many arguments by place an implementation of an extension is given; `None` is all that there are."""
    return getattr(getattr(function, "__code__", None), "co_argcount", 0) or None


class Hook(Generic[P, T]):
    """A function that all answer, called through pluggy: `kernel.call(POST_SOLVES, request=…, solution=…)`.

    `contract` is the hook specification: an implementation may ask for fewer of its arguments. `None` is no answer.
    A keyed hook is narrowed by `on`: `kernel.call(PRE_COMMANDS.on("install"), …)` imports what is registered for
    `install` and what is registered for the bare group, which means *always*.
    """

    __slots__ = ("contained", "contract", "group", "keyed", "keys", "name")

    def __init__(
        self, name: str, contract: Callable[P, T], *, contained: bool, keyed: bool = False, keys: tuple[str, ...] = ()
    ) -> None:
        self.name = name
        self.group = PREFIX + name
        self.contract = contract
        self.contained = contained
        self.keyed = keyed
        self.keys = keys

    def on(self, *keys: str) -> Hook[P, T]:
        """Return the hook for what is registered under any of the keys; raise `ValueError` when it takes none."""
        if not self.keyed:
            raise ValueError(f"{self.group} is not keyed")
        return Hook(self.name, self.contract, contained=self.contained, keyed=True, keys=keys)

    def groups(self) -> tuple[str, ...]:
        """Return the entry point groups whose implementations answer this call."""
        return (self.group, *(f"{self.group}.{key}" for key in self.keys))


ABSTRACT = frozenset({"Iterator", "Iterable", "Sequence", "Mapping", "AbstractContextManager", "Index", "Repodata"})
"""Return annotations that name a protocol: what fulfils one is not told by the name of its type."""


def answer_types(function: Callable[..., object]) -> frozenset[str]:
    """Return the names of the types that a contract's function may answer with; empty when any will do.

    They are read off the annotation as written, so that checking an answer imports no type.
    """
    written = str(function.__annotations__.get("return", "object"))
    names = [part.strip().partition("[")[0] for part in written.split("|")]
    if any(name in ABSTRACT or name == "object" for name in names):
        return frozenset()
    return frozenset("NoneType" if name == "None" else name for name in names)


def _is_asked_for(contract: type, name: str) -> bool:
    return not name.startswith("_") and callable(getattr(contract, name))
