"""Version specs: which versions a dependency accepts (CEP 29).

Every clause but a regular expression and an inner glob accepts a few ranges of the order of versions. A spec is
therefore compiled to the sorted keys where acceptance begins and ends, and matching is one binary search. Specs with
such texts are evaluated clause by clause.
"""

from __future__ import annotations

from bisect import bisect_right
from functools import lru_cache

from conda_kernel.model.typed import TYPE_CHECKING, cast
from conda_kernel.model.version import Version
from conda_kernel.model.version_clause import Clause, Group, Node, Ranges
from conda_kernel.model.version_spec_plain import read_plain

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Final, NoReturn

_LONGEST_INTERNED: Final = 256


class _Unsealed:
    """A version spec while it is made."""

    __slots__ = ("_root", "_text", "ranges")

    ranges: Ranges | None
    _root: Node | None
    _text: str

    def __init__(self, root: Node | None, ranges: Ranges | None, text: str) -> None:
        self.ranges = ranges
        self._root = root
        self._text = text


class VersionSpec(_Unsealed):
    """A set of versions, given by a text such as `>=1.8,<2|1.5`; `,` binds tighter than `|`.

    `ranges` holds the keys of `Version` where acceptance begins and ends in turn, None where the spec looks at texts.
    Specs are equal when their ranges are, otherwise when their texts are.
    """

    __slots__ = ()

    @staticmethod
    def parse(text: str) -> VersionSpec:
        """Return the spec that the text spells; raise InvalidVersionSpec."""
        return _interned(text) if len(text) <= _LONGEST_INTERNED else _spec(_tree(text))

    @property
    def root(self) -> Node:
        """The tree of its clauses; that of a plain spec is made when it is asked for."""
        if self._root is None:
            object.__setattr__(self, "_root", _tree(self._text))
        return cast("Node", self._root)

    def matches(self, version: Version) -> bool:
        """Tell whether the spec accepts the version."""
        if self.ranges is not None:
            return bool(bisect_right(self.ranges, version.key) & 1)
        return self.root.matches(version)

    @property
    def is_exact(self) -> bool:
        """Whether the spec is one version, as in `==1.7`."""
        return isinstance(self.root, Clause) and self.root.operator == "=="

    @property
    def is_any(self) -> bool:
        """Whether the spec is written as one clause that accepts anything, as in `*`."""
        return isinstance(self.root, Clause) and self.root.operator == "*"

    @property
    def is_impossible(self) -> bool:
        """Whether it is plain that no version is accepted; a spec that looks at texts is never plain."""
        return self.ranges == ()

    @property
    def exact_version(self) -> Version | None:
        """The one version of an exact spec."""
        return Version.parse(self.root.literal) if isinstance(self.root, Clause) and self.is_exact else None

    def __eq__(self, other: object) -> bool:
        return self._identity() == other._identity() if isinstance(other, VersionSpec) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._identity())

    def _identity(self) -> Ranges | str:
        return self._text if self.ranges is None else self.ranges

    def __str__(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return f"VersionSpec({self._text!r})"

    def __setattr__(self, name: str, value: object) -> NoReturn:
        message = f"a VersionSpec cannot be changed: {name}"
        raise AttributeError(message)

    def __delattr__(self, name: str) -> NoReturn:
        self.__setattr__(name, None)

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return VersionSpec.parse, (self._text,)


def all_of(specs: Iterable[VersionSpec]) -> VersionSpec:
    """Return the spec that accepts what all of them accept; texts are sorted and repeated ones collapse."""
    return _joined(",", specs)


def any_of(specs: Iterable[VersionSpec]) -> VersionSpec:
    """Return the spec that accepts what any of them accepts; texts are sorted and repeated ones collapse."""
    return _joined("|", specs)


def _joined(joint: str, specs: Iterable[VersionSpec]) -> VersionSpec:
    return VersionSpec.parse(joint.join(sorted({_inner_text(spec, joint) for spec in specs})))


def _inner_text(spec: VersionSpec, joint: str) -> str:
    needs_parentheses = joint == "," and isinstance(spec.root, Group) and spec.root.joint == "|"
    return f"({spec})" if needs_parentheses else str(spec)


def _tree(text: str) -> Node:
    from conda_kernel.model.version_spec_parsing import read_version_spec  # noqa: PLC0415 - most specs are plain

    return read_version_spec(text)


def _spec(root: Node) -> VersionSpec:
    return _made(root, root.ranges, _lone_text(root) if isinstance(root, Clause) else _text(root))


def _made(root: Node | None, ranges: Ranges | None, text: str) -> VersionSpec:
    spec = _Unsealed(root, ranges, text)
    spec.__class__ = VersionSpec
    return cast("VersionSpec", spec)


@lru_cache(maxsize=1 << 14)
def plain_version_spec(text: str) -> VersionSpec | None:
    """Return the spec where its text is plain, such as `1.2.*` or `>=1,<2`; None for all other texts."""
    plain = read_plain(text)
    return None if plain is None else _made(None, plain[1], plain[0])


@lru_cache(maxsize=1 << 14)
def _interned(text: str) -> VersionSpec:
    return plain_version_spec(text) or _spec(_tree(text))


def _lone_text(clause: Clause) -> str:
    """Return the canonical text of a spec of one clause."""
    match clause.operator:
        case "=":
            return f"{clause.literal}.*"
        case "!=*":
            return f"!={clause.literal}.*"
        case "*" | "glob" | "regex":
            return clause.literal
        case "!glob":
            return f"!={clause.literal}"
        case _:
            return f"{clause.operator}{clause.literal}"


def _text(node: Node) -> str:
    if isinstance(node, Clause):
        return node.text
    texts = []
    for part in node.parts:
        text = _text(part)
        texts.append(f"({text})" if node.joint == "," and isinstance(part, Group) else text)
    return node.joint.join(texts)
