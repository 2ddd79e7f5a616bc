"""Why there is no solution, as facts, each of them true by itself.

They are drawn from what the proof rests on: requirements that nothing fulfils, the jobs that cannot be done together,
and demands on one name that leave no candidate of it.
"""

from __future__ import annotations

from conda_kernel.model.named_tuple import NamedTuple
from conda_kernel.model.paths import printable
from conda_kernel.model.secret import mask_secrets
from conda_kernel.model.solving import Excluded, Freeze, Install, Keep, NoCandidate, Pin, Remove

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from conda_kernel.model.match_spec import MatchSpec
    from conda_kernel.model.solving import Fact, Job
    from conda_solver_lazy.derivation import Derivation
    from conda_solver_lazy.domains import Domains
    from conda_solver_lazy.nogood import Rule
    from conda_solver_lazy.rules import Rules
    from conda_solver_lazy.world import World

    Pair = tuple[str, str]

MOST_FACTS = 10


class _Demand(NamedTuple):
    """What somebody asks of a name: the candidates that it leaves, and the words for it."""

    target: int
    mask: int
    pair: Pair


class Explanation:
    """The facts of a derivation."""

    def __init__(self, derivation: Derivation, world: World, domains: Domains, rules: Rules) -> None:
        self._derivation = derivation
        self._world = world
        self._domains = domains
        self._rules = rules
        self._demanded: dict[int, int] = {}

    def facts(self) -> tuple[Fact, ...]:
        """Return at least one fact, the jobs that exclude each other first."""
        jobs = [demand for job in self._derivation.jobs for demand in self._of_job(job)]
        for target, mask, _ in jobs:
            self._demanded[target] = self._demanded.get(target, -1) & mask
        rules = [demand for rule in self._derivation.rules for demand in self._of_rule(rule)]
        hopeless = [NoCandidate(*demand.pair) for demand in (*jobs, *rules) if not demand.mask]
        alone = [demand for demand in jobs if not demand.mask]
        facts: list[Fact] = [NoCandidate(*demand.pair) for demand in alone]
        if not alone:
            said = tuple(dict.fromkeys(_said(job) for job in self._derivation.jobs))
            meetings = list(self._meetings(jobs, [demand for demand in rules if demand.mask]))
            if len(said) > 1 or not (hopeless or meetings):
                facts.append(Excluded(said))
            facts += hopeless
            facts += [Excluded(pairs) for pairs in meetings if pairs != said]
        return tuple(dict.fromkeys(facts))[:MOST_FACTS]

    def _of_job(self, job: Job) -> Iterator[_Demand]:
        """Yield what a job asks; nothing for a spec with a condition, which asks only where that holds."""
        world = self._world
        match job:
            case Install(spec) | Pin(spec) if spec.condition is None:
                yield _Demand(world.number(spec.name), world.matching(spec), _said(job))
            case Freeze(record):
                yield _Demand(world.number(record.name), world.bit_of(record), _said(job))
            case Remove(spec) if spec.is_exact_name:
                number = world.number(spec.name)
                left = self._candidates(number) & ~world.matching(spec)
                if left:
                    yield _Demand(number, left, _said(job))
            case _:
                pass

    def _of_rule(self, rule: Rule) -> Iterator[_Demand]:
        """Yield what a rule asks; nothing for one with a condition."""
        name, number = rule
        what = self._rules.asked[number].what
        owners = self._rules.having(name, number)
        records = self._world.records[name]
        if not records or not owners:
            return
        if not isinstance(what, str) and what.condition is not None:
            return
        allowed = self._rules.allowed[number]
        if allowed < 0:
            allowed = self._rules.evaluated(number)
        target = self._rules.target[number]
        wanted = owners & self._demanded.get(name, -1) or owners
        owner = records[(wanted & -wanted).bit_length() - 1]
        text = f"a package that tracks the feature {what}" if isinstance(what, str) else _text(what)
        mask = allowed & self._candidates(target)
        if mask or self._rules.asked[number].is_requirement:
            yield _Demand(target, mask, (printable(text), owner.dist_name))

    def _candidates(self, number: int) -> int:
        return self._domains.absent[number] - 1

    def _meetings(self, jobs: Sequence[_Demand], rules: Sequence[_Demand]) -> Iterator[tuple[Pair, ...]]:
        """Yield smallest sets of demands on one name that leave no candidate of it; those with jobs, where there are.

        What packages ask of a name is set against what jobs do, if that leaves nothing, else against each other.
        """
        for target in dict.fromkeys(demand.target for demand in (*jobs, *rules)):
            every = self._candidates(target)
            of_jobs = [demand for demand in jobs if demand.target == target]
            of_rules = [demand for demand in rules if demand.target == target]
            sets = [[*of_jobs, demand] for demand in of_rules]
            if not _common(of_jobs, every):
                sets = [of_jobs]
            elif all(_common(demands, every) for demands in sets):
                sets = [[*of_jobs, *of_rules]]
            for demands in sets:
                if not _common(demands, every):
                    yield tuple(dict.fromkeys(demand.pair for demand in _smallest(demands, every)))


def _smallest(demands: list[_Demand], every: int) -> list[_Demand]:
    """Return demands that leave nothing together, of which none can be left out; the first ones stay if possible."""
    for demand in demands[::-1]:
        fewer = [other for other in demands if other is not demand]
        if not _common(fewer, every):
            demands = fewer
    return demands


def _common(demands: Sequence[_Demand], every: int) -> int:
    for demand in demands:
        every &= demand.mask
    return every


def _text(spec: MatchSpec) -> str:
    return mask_secrets(printable(str(spec)))


def _said(job: Job) -> Pair:
    """Return what a job requires, and who has that requirement."""
    match job:
        case Install(spec):
            return _text(spec), _text(spec)
        case Pin(spec):
            return _text(spec), f"pin {_text(spec)}"
        case Remove(spec):
            return f"no {_text(spec)}", f"remove {_text(spec)}"
        case Freeze(record) | Keep(record):
            return record.dist_name, f"installed {record.name}"
