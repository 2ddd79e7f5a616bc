"""Says why a request has no solution: the wishes that exclude each other, and what the solver found out."""

from __future__ import annotations

from conda_kernel.errors import SolverGaveUp, Unsolvable
from conda_kernel.model.candidates import STRICT_PRIORITY
from conda_kernel.model.errors import InvalidMatchSpec
from conda_kernel.model.match_spec import MatchSpec
from conda_kernel.model.paths import printable
from conda_kernel.model.secret import mask_secrets
from conda_kernel.model.solving import Excluded, Explained, NoCandidate
from conda_planner.demands import Reason, demands
from conda_planner.explanation import conflict, remedy_lines, summary, tree_lines
from conda_planner.lacking import why_nothing_matches
from conda_planner.missing import searched_lines

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from conda_kernel.model.channel import Channel
    from conda_kernel.model.solving import Index
    from conda_planner.demands import Demand, Wish
    from conda_planner.explanation import Conflict
    from conda_planner.solves import Solves

MOST_LINES = 12

HINTS = {
    Reason.PYTHON: "to change the version of Python, name it: `python=VERSION`",
    Reason.PINNED: "`--no-pin` disregards the pins",
    Reason.BEFORE: "what was asked for before is let go when it is named again, with another version or none",
}


def explained(error: Unsolvable, wish: Wish, solves: Solves, channels: Sequence[Channel]) -> Unsolvable:
    """Return the error with what excludes each other, what would help, and the channels searched.

    What a solver found out is told only where it cannot be found out without it.
    """
    wishes = demands(wish)
    found = conflict(wishes, wish.index, solves.machine)
    at_fault = [wishes[place] for place in found.places] if found is not None else []
    facts = (
        [] if found is not None else [line for fact in _told_facts(error) for line in _fact_lines(fact, wish, solves)]
    )
    urls = [mask_secrets(url) for channel in channels for url in channel.base_urls]
    return Unsolvable(
        "\n".join(
            [
                "no set of packages meets the request",
                *([summary(at_fault), "", *tree_lines(found.trees)] if found is not None else _solver_lines(facts)),
                *(["", *remedy_lines(found.remedies)] if found is not None and found.remedies else []),
                "",
                *searched_lines(urls),
            ]
        ),
        facts=_facts_of(error),
        hint=error.hint or _hint(at_fault, wish, found),
        specs=[mask_secrets(str(spec)) for spec in wish.change.install],
        conflict=[_told(demand) for demand in at_fault],
        explanation=found.document if found is not None else None,
        bad_deps=found.document["tree"] if found is not None else [],
        found=facts,
        channel_urls=urls,
    )


def _facts_of(error: Unsolvable) -> Iterator[object]:
    yield from error.facts


def _told_facts(error: Unsolvable) -> tuple[object, ...]:
    try:
        return error.facts
    except SolverGaveUp:
        # That there is no solution is known, although there is no time left to find out why.
        return ()


def _solver_lines(facts: Sequence[str]) -> list[str]:
    more = [f"  and {len(facts) - MOST_LINES} more lines"] if len(facts) > MOST_LINES else []
    shown = [f"  {line}" for line in facts[:MOST_LINES]]
    return ["the solver has found out:", *shown, *more] if facts else ["the solver does not say why"]


def _fact_lines(fact: object, wish: Wish, solves: Solves) -> list[str]:
    if isinstance(fact, NoCandidate):
        reason = _why_none(fact.requirement, wish, solves)
        return [printable(f"{fact.wanted_by} needs {fact.requirement}, and {reason}")]
    if isinstance(fact, Excluded):
        return [printable(f"{whose} needs {requirement}") for requirement, whose in fact.requirements]
    if isinstance(fact, Explained):
        return printable(fact.text, lines=True).splitlines()
    return []


def _why_none(requirement: str, wish: Wish, solves: Solves) -> str:
    try:
        return why_nothing_matches(MatchSpec.parse(requirement), wish.index, solves.machine)
    except InvalidMatchSpec:
        return "that is no match spec"


def _told(demand: Demand) -> str:
    return mask_secrets(printable(f"{demand.told} ({demand.reason.value})"))


def _hint(at_fault: Sequence[Demand], wish: Wish, found: Conflict | None) -> str:
    for reason, hint in HINTS.items():
        if any(demand.reason is reason for demand in at_fault):
            return hint
    requirements = (*wish.change.install, *(found.requirements if found is not None else ()))
    if any(_is_hidden(spec, wish.index) for spec in requirements):
        return "`channel_priority: flexible` also takes packages from the channels further down"
    return "" if found is not None else "ask for fewer packages, or for other versions"


def _is_hidden(spec: MatchSpec, index: Index) -> bool:
    """Tell whether strict channel priority keeps something away that would do, and nothing else does."""
    hidden = (each.record for each in index.rejected(spec.name) if each.reason == STRICT_PRIORITY)
    return not index.matching(spec) and any(map(spec.matches, hidden))
