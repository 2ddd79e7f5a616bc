"""Explains why a request has no solution: the smallest set of facts as short trees, and what would help."""

from __future__ import annotations

from conda_kernel.model.candidates import values_of
from conda_kernel.model.named_tuple import NamedTuple
from conda_kernel.model.paths import printable
from conda_kernel.model.result import Tree
from conda_kernel.model.secret import mask_secrets
from conda_kernel.model.solving import Freeze, Keep
from conda_planner.deciding import Undecided, decide
from conda_planner.demands import Reason
from conda_planner.minimal import members, minimal, remedies
from conda_planner.reasons_tree import ReasonTrees, wish_words
from conda_planner.universe import Featured, Needed, Universe, Wanted
from conda_planner.wording import listed, spec_words

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from conda_kernel.model.machine import VirtualPackage
    from conda_kernel.model.match_spec import MatchSpec
    from conda_kernel.model.solving import Index
    from conda_planner.demands import Demand
    from conda_planner.minimal import Remedy
    from conda_planner.universe import Fact

WIDTH = 80
MOST_TREE_LINES = 12
BREADTHS = (10, 6, 4, 3, 2)
"""How many branches of a node are shown, the first that makes the trees short enough."""

LEAST_OWN = (Reason.INSTALLED, Reason.BEFORE, Reason.PINNED, Reason.PYTHON, Reason.REQUESTED)
"""What comes with an environment is blamed only when what a user asks for is not enough."""


class Conflict(NamedTuple):
    """What excludes each other: wishes by their places, the trees that tell why, what would help, all as data too.

    `requirements` are those of packages that have a part in it.
    """

    places: tuple[int, ...]
    requirements: tuple[MatchSpec, ...]
    trees: tuple[Tree, ...]
    remedies: tuple[str, ...]
    document: dict[str, object]


def conflict(demands: Sequence[Demand], index: Index, machine: Sequence[VirtualPackage]) -> Conflict | None:
    """Return what excludes each other, None when nothing does or it is not found out."""
    jobs = [demand.job for demand in demands]
    universe = Universe(jobs, index, machine)
    try:
        facts = decide(universe).facts
    except Undecided:
        return None
    if not facts:
        return None
    by_blame = sorted(range(len(jobs)), key=lambda place: (LEAST_OWN.index(demands[place].reason), -place))
    facts = minimal(universe, facts, by_blame)
    own = [place for place in reversed(by_blame) if demands[place].reason is not Reason.INSTALLED]
    requested = [place for place, demand in enumerate(demands) if demand.reason is Reason.REQUESTED]
    # Advice to do without all that is asked for helps nobody.
    found = remedies(universe, facts, own, requested if len(requested) == 1 else ())
    told = [_remedy_told(remedy, demands) for remedy in found]
    trees = ReasonTrees(universe, facts, demands, machine).trees()
    packages = _Packages(universe)
    document: dict[str, object] = {
        "facts": [_fact_document(universe.facts[number], packages, demands) for number in members(facts)],
        "tree": [_tree_document(tree) for tree in trees],
        "remedies": [_remedy_document(remedy, demands) for remedy in found],
    }
    places = tuple(number for number in members(facts) if number < len(jobs))
    needed = [fact.spec for fact in map(universe.facts.__getitem__, members(facts)) if isinstance(fact, Needed)]
    return Conflict(places, tuple(needed), trees, tuple(listed(words, "and") for words in told), document)


def summary(wishes: Sequence[Demand]) -> str:
    """Return one sentence on wishes that cannot be met together."""
    words = [wish_words(demand) for demand in wishes]
    if not words:
        return "no set of packages meets the request"
    if len(words) == 1:
        return f"{words[0]} cannot be had"
    shown = words if len(words) <= 4 else [*words[:3], f"{len(words) - 3} more"]
    return f"{listed(shown, 'and')} cannot be had together"


def tree_lines(trees: Sequence[Tree], width: int = WIDTH) -> list[str]:
    """Return trees as lines; where they are many, branches are left out, and it is said how many."""
    lines: list[str] = []
    for breadth in BREADTHS:
        lines = [line for tree in _pruned(trees, breadth) for line in _lines(tree, "", "", width)]
        if len(lines) <= MOST_TREE_LINES:
            return lines
    return [*lines[: MOST_TREE_LINES - 1], f"and {len(lines) - MOST_TREE_LINES + 1} more lines"]


def remedy_lines(words: Sequence[str], width: int = WIDTH) -> list[str]:
    """Return what would help as lines."""
    if not words:
        return []
    head = "there is a solution with this change:" if len(words) == 1 else "there is a solution with one of these:"
    return [head, *(line for text in words for line in _wrapped(text, "- ", "  ", width))]


def _lines(tree: Tree, mark: str, below: str, width: int) -> Iterator[str]:
    yield from _wrapped(tree.label, mark, below + ("│  " if tree.children else "   ") if mark else below, width)
    for place, child in enumerate(tree.children):
        is_last = place == len(tree.children) - 1
        yield from _lines(child, below + ("└─ " if is_last else "├─ "), below + ("   " if is_last else "│  "), width)


def _wrapped(text: str, mark: str, below: str, width: int) -> list[str]:
    """Return a text in lines that are broken between words."""
    # Importing `textwrap` takes 3 ms, a twentieth of a command that ends with an explanation.
    first, *words = printable(text).split() or [""]
    lines = [mark + first]
    for word in words:
        if len(lines[-1]) + 1 + len(word) <= max(width, len(below) + 30):
            lines[-1] += f" {word}"
        else:
            lines.append(below + word)
    return lines


def _pruned(trees: Sequence[Tree], breadth: int) -> tuple[Tree, ...]:
    shown = tuple(Tree(tree.label, _pruned(tree.children, breadth)) for tree in trees[:breadth])
    return (*shown, Tree(f"and {len(trees) - breadth} more")) if len(trees) > breadth else shown


def _remedy_told(remedy: Remedy, demands: Sequence[Demand]) -> list[str]:
    """Return the changes in words; where Python stays because it is installed, naming it also overrules old wishes."""
    words = [_remedy_words(demands[place], version) for place, version in remedy.changes]
    names = [demands[place].name for place, _ in remedy.changes if demands[place].reason is Reason.PYTHON]
    overruled = [demands[place].reason is Reason.BEFORE and demands[place].name in names for place, _ in remedy.changes]
    return [text for text, is_overruled in zip(words, overruled, strict=True) if not is_overruled]


def _remedy_words(demand: Demand, version: str) -> str:
    name, words = demand.name, wish_words(demand)
    match demand.reason, bool(version):
        case Reason.REQUESTED, True:
            return f"another version of {name} than {words}, such as {version}"
        case Reason.BEFORE, True:
            return f"`{name}` named again, since {words} was asked for before; such as {version}"
        case Reason.BEFORE, False:
            return f"without `{name}`, which was asked for before"
        case Reason.PINNED, _:
            return f"without the pin {words}"
        case Reason.PYTHON, _:
            return f"another version of {name}, when it is named: `{name}{f'={version}' if version else ''}`"
        case _:
            return f"without {words}"


def _remedy_document(remedy: Remedy, demands: Sequence[Demand]) -> list[dict[str, object]]:
    found: list[dict[str, object]] = []
    for place, version in remedy.changes:
        demand = demands[place]
        found.append(
            {
                "spec": _spec_text(demand),
                "reason": demand.reason.value,
                "action": "loosen" if version else "drop",
                "version": version or None,
            }
        )
    return found


class _Packages:
    """The texts of candidates, as `str` makes them of records; no record has to be made for that."""

    def __init__(self, universe: Universe) -> None:
        self._universe = universe
        self._texts: dict[str, list[str]] = {}

    def texts(self, name: str, mask: int) -> list[str]:
        """Return the texts of some candidates of a name."""
        texts = self._texts.get(name)
        if texts is None:
            records = self._universe.records(name)
            fields = (values_of(records, field) for field in ("channel", "subdir", "version", "build"))
            rows = zip(*fields, strict=True)
            texts = [f"{channel}/{subdir}::{name}-{version}-{build}" for channel, subdir, version, build in rows]
            self._texts[name] = texts
        return [text for text, digit in zip(texts, reversed(f"{mask:b}"), strict=False) if digit == "1"]


def _fact_document(fact: Fact, packages: _Packages, demands: Sequence[Demand]) -> dict[str, object]:
    if isinstance(fact, Wanted):
        demand = demands[fact.place]
        return {"kind": "wish", "spec": _spec_text(demand), "reason": demand.reason.value}
    document: dict[str, object] = {"name": fact.name, "packages": packages.texts(fact.name, fact.holders)}
    if isinstance(fact, Needed):
        kind = "needs" if fact.is_needed else "allows"
        return {"kind": kind, **document, "spec": spec_words(fact.spec)}
    if isinstance(fact, Featured):
        return {"kind": "needs_feature", **document, "feature": fact.feature}
    return {"kind": "unreadable", **document}


def _tree_document(tree: Tree) -> dict[str, object]:
    return {"told": tree.label, "because": [_tree_document(child) for child in tree.children]}


def _spec_text(demand: Demand) -> str:
    job = demand.job
    return mask_secrets(str(job.record if isinstance(job, (Keep, Freeze)) else job.spec))
