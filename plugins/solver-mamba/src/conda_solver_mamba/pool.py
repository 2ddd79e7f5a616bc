"""A pool of libsolv: the candidates as packages whose versions are ranks, and what they ask of each other."""

from __future__ import annotations

import solv

from conda_kernel.model.match_spec import AnyOf, MatchSpec
from conda_kernel.model.named_tuple import NamedTuple
from conda_kernel.model.paths import printable
from conda_solver_mamba.ranking import VIRTUAL, Span, group_spec

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    from conda_kernel.model.match_spec import Condition
    from conda_kernel.model.record import PackageRecord
    from conda_solver_mamba.ranking import Ranking

    Dep = Any  # the bindings have no types

ALWAYS, NEVER = True, False


class _Asked(NamedTuple):
    """What a list of requirements and one of constraints are to libsolv; the lists are kept, that none takes its id."""

    requires: tuple[Dep, ...]
    conflicts: tuple[Dep, ...]
    of: tuple[tuple[MatchSpec, ...], tuple[MatchSpec, ...]]


class Pool:
    """The packages of a ranking, and helpers for groups of dependencies, as libsolv knows them."""

    def __init__(self, ranking: Ranking) -> None:
        self.ranking = ranking
        self._pool = solv.Pool()
        self._pool.setdisttype(solv.Pool.DISTTYPE_RPM)
        self._repo = self._pool.add_repo("candidates")
        self._records: dict[int, PackageRecord] = {}
        self._ids: dict[int, int] = {}
        self._texts: dict[int, str] = {}
        self._asked: dict[tuple[int, int, str], _Asked] = {}
        self._groups: dict[tuple[str, str], Dep] = {}
        self._versions: dict[int, Dep] = {}
        for name, records in ranking.records.items():
            for place, record in enumerate(records):
                self._add(name, len(records) - place, record)

    def solver(self) -> Any:  # noqa: ANN401 - the bindings have no types
        """Return a solver over all that is in the pool."""
        self._pool.createwhatprovides()
        return self._pool.Solver()

    def install(self, spec: MatchSpec) -> Any:  # noqa: ANN401 - as above
        """Return the job to install what a spec selects.

        libsolv decides on jobs in their order. It knows no groups and no conditions in a job: a helper brings them.
        """
        if spec.condition is None and not spec.extras and not spec.name.startswith(VIRTUAL):
            (wanted,) = self._required(spec)
            return self._pool.Job(solv.Job.SOLVER_INSTALL | solv.Job.SOLVER_SOLVABLE_PROVIDES, wanted.id)
        helper = self._helper(printable(f"the wish {spec}"))
        for required in self._required(spec):
            helper.add_requires(required)
        return self._pool.Job(solv.Job.SOLVER_INSTALL | solv.Job.SOLVER_SOLVABLE, helper.id)

    def install_record(self, record: PackageRecord) -> Any:  # noqa: ANN401 - as above
        """Return the job to install a record, which is the only one of its name."""
        found = self.ranking.records[record.name][0]
        return self._pool.Job(solv.Job.SOLVER_INSTALL | solv.Job.SOLVER_SOLVABLE, self._ids[id(found)])

    def record(self, number: int) -> PackageRecord | None:
        """Return the record that a package of libsolv's stands for, None for a helper."""
        return self._records.get(number)

    def told(self, number: int) -> str:
        """Return the words for a dependency of libsolv's."""
        return self._texts.get(number) or printable(self._pool.dep2str(number))

    def readable(self, text: str) -> str:
        """Return a text of libsolv's that can be shown."""
        return printable(text)

    def _add(self, name: str, rank: int, record: PackageRecord) -> None:
        package = self._package(name, rank)
        self._records[package.id] = record
        self._ids[id(record)] = package.id
        asked = self._asked_by(record)
        for required in asked.requires:
            package.add_requires(required)
        for excluded in asked.conflicts:
            package.add_conflicts(excluded)
        for feature in record.features:
            if feature not in record.track_features:
                package.add_requires(self._named(f"a package that tracks the feature {feature}"))
        for feature in record.track_features:
            package.add_provides(self._named(f"a package that tracks the feature {feature}"))
        for spec in (*self.ranking.requirements(record), *self.ranking.constraints(record)):
            if spec.name == name and spec.condition is None and not spec.matches(record):
                package.add_requires(self._impossible(spec))

    def _package(self, name: str, rank: int) -> Any:  # noqa: ANN401 - as above
        package = self._repo.add_solvable()
        package.name, package.evr, package.arch = name, str(rank), "noarch"
        package.add_provides(self._pool.Dep(name).Rel(solv.REL_EQ, self._version(rank)))
        return package

    def _helper(self, name: str) -> Any:  # noqa: ANN401 - as above
        return self._package(f"{VIRTUAL} {name}", 1)

    def _asked_by(self, record: PackageRecord) -> _Asked:
        requirements, constraints = self.ranking.requirements(record), self.ranking.constraints(record)
        key = (id(requirements), id(constraints), record.name)
        asked = self._asked.get(key)
        if asked is None:
            requires = [
                dep
                for spec in requirements
                if spec.name != record.name or spec.condition is not None or spec.extras
                for dep in self._required(spec)
            ]
            conflicts: list[Dep] = []
            for spec in constraints:
                if spec.name.startswith(VIRTUAL):
                    if self.ranking.has_name(spec.name) and not self.ranking.has(spec):
                        requires += self._unless(spec)
                elif spec.name != record.name or spec.condition is not None:
                    conflicts += self._excluded(spec)
            asked = self._asked[key] = _Asked(tuple(requires), tuple(conflicts), (requirements, constraints))
        return asked

    def _required(self, spec: MatchSpec) -> list[Dep]:
        """Return what must be there for a spec to hold: a candidate that matches, and the groups that it asks for."""
        if spec.name.startswith(VIRTUAL):
            return [] if self.ranking.has(spec) else self._unless(spec)
        wanted = self._within(spec.name, self.ranking.spans(spec))
        wanted = self._impossible(spec) if wanted is None else wanted
        self._texts.setdefault(wanted.id, printable(str(spec)))
        found = [wanted, *(self._group(spec.name, extra) for extra in spec.extras)]
        return [dep for one in found for dep in self._under(spec, one)]

    def _unless(self, spec: MatchSpec) -> list[Dep]:
        """Return what says that the condition of a spec does not hold, since the spec does not."""
        return self._under(spec, self._impossible(spec))

    def _under(self, spec: MatchSpec, wanted: Dep) -> list[Dep]:
        """Return what says that something is there if the condition of a spec holds."""
        if spec.condition is None:
            return [wanted]
        condition = self._condition(spec.condition)
        if condition is NEVER:
            return []
        if condition is ALWAYS:
            return [wanted]
        dep = wanted.Rel(solv.REL_COND, condition)
        self._texts.setdefault(dep.id, printable(str(spec)))
        return [dep]

    def _excluded(self, spec: MatchSpec) -> list[Dep]:
        """Return what must not be there for a constraint to hold."""
        others = self._within(spec.name, self.ranking.others(spec))
        if others is None:
            return []
        if spec.condition is not None:
            condition = self._condition(spec.condition)
            if condition is NEVER:
                return []
            if condition is not ALWAYS:
                others = others.Rel(solv.REL_AND, condition)
        self._texts.setdefault(others.id, printable(str(spec)))
        return [others]

    def _group(self, name: str, extra: str) -> Dep:
        """Return the helper that requires what a group of dependencies does, for the candidate that is there."""
        dep = self._groups.get((name, extra))
        if dep is None:
            dep = self._groups[name, extra] = self._pool.Dep(f"{VIRTUAL} {name}[{extra}]")
            helper = self._helper(f"{name}[{extra}]")
            records = self.ranking.records.get(name, ())
            asking: dict[str, list[int]] = {}
            for place, record in enumerate(records):
                for text in record.extra_depends.get(extra, ()):
                    asking.setdefault(text, []).append(len(records) - place)
            for text, ranks in asking.items():
                owners = self._within(name, [Span(rank, rank) for rank in ranks])
                for required in self._required(group_spec(text)):
                    helper.add_requires(required.Rel(solv.REL_COND, owners))
        return dep

    def _condition(self, condition: Condition) -> Any:  # noqa: ANN401 - a dependency or a truth
        """Return what must be there for a condition to hold, or whether it does in any case."""
        if isinstance(condition, MatchSpec):
            if condition.name.startswith(VIRTUAL):
                return self.ranking.has(condition)
            found = self._within(condition.name, self.ranking.spans(condition))
            return NEVER if found is None else found
        parts = [self._condition(part) for part in condition.parts]
        decisive = isinstance(condition, AnyOf)
        if any(part is decisive for part in parts):
            return decisive
        open_parts = [part for part in parts if not isinstance(part, bool)]
        return self._joined(solv.REL_OR if decisive else solv.REL_AND, open_parts) if open_parts else not decisive

    def _within(self, name: str, spans: Iterable[Span]) -> Dep | None:
        """Return what packages of the name provide whose ranks lie in the spans, None when there is no span."""
        count = len(self.ranking.records.get(name, ()))
        deps = [self._span(self._pool.Dep(name), span, count) for span in spans]
        return self._joined(solv.REL_OR, deps) if deps else None

    def _span(self, name: Dep, span: Span, count: int) -> Dep:
        if span.lowest == span.highest:
            return name.Rel(solv.REL_EQ, self._version(span.lowest))
        at_least = name.Rel(solv.REL_GT | solv.REL_EQ, self._version(span.lowest)) if span.lowest > 1 else None
        at_most = name.Rel(solv.REL_LT | solv.REL_EQ, self._version(span.highest)) if span.highest < count else None
        if at_least is not None and at_most is not None:
            return at_least.Rel(solv.REL_WITH, at_most)
        return at_least or at_most or name

    def _joined(self, relation: int, deps: Sequence[Dep]) -> Dep:
        """Join by halves: libsolv goes down into what is joined by recursion."""
        if len(deps) == 1:
            return deps[0]
        middle = len(deps) // 2
        return self._joined(relation, deps[:middle]).Rel(relation, self._joined(relation, deps[middle:]))

    def _impossible(self, spec: MatchSpec) -> Dep:
        return self._named(f"nothing for {spec}", told=str(spec))

    def _named(self, text: str, *, told: str = "") -> Dep:
        dep = self._pool.Dep(f"{VIRTUAL} {text}")
        self._texts.setdefault(dep.id, printable(told or text))
        return dep

    def _version(self, rank: int) -> Dep:
        version = self._versions.get(rank)
        if version is None:
            version = self._versions[rank] = self._pool.Dep(str(rank))
        return version
