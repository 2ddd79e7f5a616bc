"""Says a match spec in the words of rattler, where they mean the same there."""

from __future__ import annotations

from conda_kernel.model.errors import ParseError
from conda_kernel.model.match_spec import AnyOf, MatchSpec
from conda_kernel.model.version_clause import Clause

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from conda_kernel.model.match_spec import Condition
    from conda_kernel.model.version_clause import Node

NEVER = "__never"
"""The name of a virtual package that no machine has."""

_NO_BUILD = frozenset(" \t\r\n[](),|'\"=<>!")


def requirement_text(spec: MatchSpec) -> str | None:
    """Return the text by which rattler selects the same records, or None where it may select others.

    None is the answer for what looks at the text of a version, at a build number, or at fields besides version and
    build: which records these select is then for the caller to find out. Groups and condition of the spec are not part
    of the text. Builds are in lower case, since rattler minds the case and CEP 29 does not.
    """
    if not spec.is_plain or not spec.is_exact_name or spec.build_number is not None:
        return None
    version = "*" if spec.version is None else _version_text(spec.version.root)
    if version is None:
        return None
    if spec.build is None:
        return spec.name if version == "*" else f"{spec.name} {version}"
    build = str(spec.build).lower()
    if spec.build.is_regular_expression or not _NO_BUILD.isdisjoint(build):
        return None
    return f"{spec.name} {version} {build}"


def group_spec(text: str) -> MatchSpec:
    """Return the spec of a dependency of a group; what cannot be read becomes one that never holds."""
    try:
        return MatchSpec.parse(text)
    except ParseError:
        return MatchSpec.parse(NEVER)


def with_riders(text: str, *, extras: tuple[str, ...] = (), when: str | None = None) -> str:
    """Return the text with groups (CEP 44) and a condition (CEP 43)."""
    riders = []
    if extras:
        riders.append(f"extras=[{', '.join(extras)}]")
    if when is not None:
        riders.append(f'when="{when}"')
    return f"{text}[{', '.join(riders)}]" if riders else text


def condition_text(condition: Condition, told: Callable[[MatchSpec], str]) -> str:
    """Return a condition as rattler reads it; `told` gives the text for a spec in it."""
    if isinstance(condition, MatchSpec):
        return told(condition)
    word = " or " if isinstance(condition, AnyOf) else " and "
    return "(" + word.join(condition_text(part, told) for part in condition.parts) + ")"


def _version_text(node: Node) -> str | None:
    if isinstance(node, Clause):
        return _clause_text(node)
    texts = []
    for part in node.parts:
        text = _version_text(part)
        if text is None:
            return None
        texts.append(f"({text})" if node.joint == "," and "|" in text else text)
    return node.joint.join(texts)


def _clause_text(clause: Clause) -> str | None:
    match clause.operator:
        case "*":
            return "*"
        case "=":
            return f"{clause.literal}.*"
        case "!=*":
            return f"!={clause.literal}.*"
        case "glob" | "!glob" | "regex":
            return None
        case _:
            return f"{clause.operator}{clause.literal}"
