"""Says why a request has no solution: the wishes that exclude each other, and what the solver found out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conda_kernel.errors import Unsolvable
from conda_kernel.model.errors import InvalidMatchSpec
from conda_kernel.model.index import STRICT_PRIORITY
from conda_kernel.model.match_spec import MatchSpec
from conda_kernel.model.paths import printable
from conda_kernel.model.secret import mask_secrets
from conda_kernel.model.solving import Excluded, Explained, Keep, NoCandidate
from conda_planner.demands import Reason, demands

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conda_kernel.model.channel import Channel
    from conda_planner.demands import Demand, Wish
    from conda_planner.solves import Solves

MOST_SOLVES = 6
"""How often the solver is asked again to find out which wishes a failure needs."""

MOST_LINES = 30

HINTS = {
    Reason.PYTHON: "to change the version of Python, name it: `python=VERSION`",
    Reason.PINNED: "`--no-pin` disregards the pins",
    Reason.BEFORE: "what was asked for before is let go when it is named again, with another version or none",
}


class PinConflict(Unsolvable):
    """A package is asked for that a pin rules out."""


def check_pins(wish: Wish) -> None:
    """Raise PinConflict, which quotes both, when no candidate has what a request and what a pin asks for."""
    for pin in wish.state.pins:
        specs = [spec for spec in wish.change.install if spec.name == pin.spec.name]
        if specs and not _go_together(specs, pin.spec, wish):
            asked = ", ".join(f"`{mask_secrets(str(spec))}`" for spec in specs)
            raise PinConflict(
                f"{asked} is ruled out by the pin `{pin.spec}` in `{pin.source}`, line {pin.line}",
                hint=f"change the pin, or disregard it: {HINTS[Reason.PINNED]}",
                requested_specs=[mask_secrets(str(spec)) for spec in specs],
                pinned_specs=[str(pin.spec)],
                prefix=wish.change.prefix,
            )


def explained(error: Unsolvable, wish: Wish, solves: Solves, channels: Sequence[Channel]) -> Unsolvable:
    """Return the error with the wishes that cannot be met together, the facts, and the channels searched."""
    at_fault = _needed_for_failure(wish, solves)
    facts = [line for fact in error.facts for line in _fact_lines(fact, wish, solves)]
    urls = [url for channel in channels for url in channel.base_urls]
    lines = [
        "no set of packages meets the request",
        *(f"  {_told(demand)}" for demand in at_fault),
        *(["", "found out:"] if facts else []),
        *(f"  {line}" for line in facts[:MOST_LINES]),
        *([f"  and {len(facts) - MOST_LINES} more lines"] if len(facts) > MOST_LINES else []),
        "",
        "searched:",
        *(f"  {url}" for url in urls),
    ]
    return Unsolvable(
        "\n".join(lines),
        facts=error.facts,
        hint=error.hint or _hint(at_fault, wish),
        specs=[mask_secrets(str(spec)) for spec in wish.change.install],
        conflict=[_told(demand) for demand in at_fault],
        found=facts,
        channel_urls=urls,
    )


def _needed_for_failure(wish: Wish, solves: Solves) -> list[Demand]:
    """Return those of the wishes without which there is a solution, as far as few solves can tell."""
    every = demands(wish)
    soft = [demand for demand in every if isinstance(demand.job, Keep)]
    kept = [demand for demand in every if not isinstance(demand.job, Keep)]
    left = MOST_SOLVES
    for group in _groups(kept):
        rest = [demand for demand in kept if demand not in group]
        if left and rest and _fails(wish, solves, [*rest, *soft]):
            kept = rest
        left = max(left - 1, 0)
    return kept


def _groups(wishes: Sequence[Demand]) -> list[list[Demand]]:
    """Return what is left out at once: all that comes with the environment by its reason, then each request."""
    reasons = (Reason.INSTALLED, Reason.BEFORE, Reason.PINNED, Reason.PYTHON)
    groups = [[demand for demand in wishes if demand.reason is reason] for reason in reasons]
    requests = [[demand] for demand in wishes if demand.reason is Reason.REQUESTED]
    return [group for group in (*groups, *(requests if len(requests) > 1 else ())) if group]


def _fails(wish: Wish, solves: Solves, wishes: Sequence[Demand]) -> bool:
    try:
        solves.solve_jobs(wish, [demand.job for demand in wishes])
    except Unsolvable:
        return True
    return False


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
        spec = MatchSpec.parse(requirement)
    except InvalidMatchSpec:
        return "no package matches"
    if spec.name.startswith("__"):
        found = [package for package in solves.machine if package.name == spec.name]
        return f"this machine has {found[0].name} {found[0].version}" if found else f"this machine has no {spec.name}"
    hidden = sorted({each.reason for each in wish.index.rejected(spec.name) if spec.matches(each.record)})
    if hidden:
        return f"what there is cannot be used: {'; '.join(hidden)}"
    return "no package matches" if wish.index.candidates(spec.name) else "there is no package of that name"


def _told(demand: Demand) -> str:
    return mask_secrets(printable(f"{demand.told} ({demand.reason.value})"))


def _hint(at_fault: Sequence[Demand], wish: Wish) -> str:
    for reason, hint in HINTS.items():
        if any(demand.reason is reason for demand in at_fault):
            return hint
    hidden = {each.reason for spec in wish.change.install for each in wish.index.rejected(spec.name)}
    if STRICT_PRIORITY in hidden:
        return "`channel_priority: flexible` also takes packages from the channels further down"
    return "ask for fewer packages, or for other versions"


def _go_together(specs: Sequence[MatchSpec], pin: MatchSpec, wish: Wish) -> bool:
    installed = wish.state.installed.get(pin.name)
    if installed is not None and all(spec.matches(installed.record) for spec in (*specs, pin)):
        return True
    if installed is not None and str(pin) == pin.name:
        return False
    wanted = -1
    for spec in specs:
        wanted &= wish.index.matching(spec)
    return not wanted or bool(wanted & wish.index.matching(pin))
