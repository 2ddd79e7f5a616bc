"""Turns a wish into a plan, and carries it out."""

from __future__ import annotations

from functools import partial

from conda_kernel.channels import channel_settings, chosen_channels, target_subdir, target_subdirs
from conda_kernel.errors import CondaError, PackagesNotFound, StalePlan, Unsolvable
from conda_kernel.hookspecs import (
    INDEXES,
    LINKERS,
    PACKAGE_CACHES,
    POST_SOLVES,
    POST_TRANSACTION_ACTIONS,
    PRE_TRANSACTION_ACTIONS,
    SOLVERS,
)
from conda_kernel.machine import virtual_packages
from conda_kernel.model.channel import expand
from conda_kernel.model.environment import has_unfinished_change
from conda_kernel.model.event import Finished, Started, Told, Warned
from conda_kernel.model.match_spec import MatchSpec
from conda_kernel.model.named_tuple import NamedTuple
from conda_kernel.model.plan import DependencyMode, Explanation, Outcome, Plan, Recovery, UpdateMode
from conda_kernel.model.secret import mask_secrets
from conda_kernel.model.solving import ChannelPriority
from conda_kernel.settings import CHANNEL_PRIORITY, DRY_RUN, OFFLINE, SOLVER
from conda_planner.aggressive import AGGRESSIVE_UPDATES
from conda_planner.available import check_available
from conda_planner.demands import NOT_REMOVED, Wish
from conda_planner.difference import difference
from conda_planner.disallowed import DisallowedPackage
from conda_planner.part import chosen_part
from conda_planner.solves import Solves
from conda_planner.state import read_state
from conda_planner.time_limit import SOLVER_DEADLINE, deadline_in
from conda_planner.together import Together, broken_names, needed_for

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from conda_kernel.kernel import Kernel
    from conda_kernel.model.channel import Channel
    from conda_kernel.model.machine import VirtualPackage
    from conda_kernel.model.plan import Action, Change
    from conda_kernel.model.prefix_record import PrefixRecord
    from conda_kernel.model.record import PackageRecord
    from conda_kernel.model.solving import Index, Solution, SolveRequest
    from conda_planner.solves import Solved
    from conda_planner.state import State


MOST_STALE_PLANS = 50
"""How often a change is planned again because others were faster, before it is given up."""


class Target(NamedTuple):
    """What the environment is to hold, and what the history is to say about it."""

    records: tuple[PackageRecord, ...]
    asked: tuple[MatchSpec, ...] = ()
    neutered: tuple[MatchSpec, ...] = ()
    solver: str = ""


class Unexplained(Unsolvable):
    """There is no solution in one index; `told` makes the error that says why, which takes its time."""

    def __init__(self, reason: Unsolvable, told: Callable[[], Unsolvable]) -> None:
        super().__init__(reason.message)
        self.told = told


class Planner:
    """Makes plans with the solver of the settings, and carries them out with the cache and the linker."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._context = kernel.context

    def plan(self, change: Change) -> Plan:
        """Return what has to be done.

        Raises PackagesNotFound, Unsolvable, PinConflict, PluginFailed when a solver breaks the rules, and what reading
        the environment, the channels and the settings raises; a file of settings that cannot be read is one of these.
        An unfinished change of the environment is ended first, unless nothing is to be changed.
        """
        if self._context.problem is not None:
            raise self._context.problem
        self._recover(change.prefix)
        return self._made(change)

    def _made(self, change: Change, *, is_strict: bool = False) -> Plan:
        state = read_state(change, self._context)
        for problem in state.problems:
            self._kernel.reporter.tell(Warned(problem))
        machine = virtual_packages(self._kernel, target_subdir(self._context))
        target = self._target(change, state, machine, is_strict=is_strict)
        self._warn_of_faults(change, state, target, machine)
        named = {spec.name for spec in change.install} | {record.name for record in change.records}
        again = named if change.force_reinstall else ()
        way = difference(state.installed, target.records, machine, again=again)
        return Plan(
            change=change,
            base=state.base,
            unlink=self._in_full(way.unlink),
            link=way.link,
            requested=_requested(target, state, change),
            updated=_texts(target.asked),
            removed=_texts(change.remove),
            neutered=_texts(target.neutered),
            solver=target.solver,
        )

    def _in_full(self, unlink: Sequence[PrefixRecord]) -> tuple[PrefixRecord, ...]:
        if not unlink:
            return ()
        from conda_planner.installed import in_full  # noqa: PLC0415 - where nothing goes, no record is read

        return in_full(unlink, self._context)

    def explain(self, change: Change) -> Explanation:
        """Return the plan of a change, or why there is none; nothing is changed, not even what is unfinished.

        In the mode that freezes what is installed, that is how it stays. Raises what `plan` raises for other reasons
        than that the packages do not go together.
        """
        try:
            plan = self._made(change, is_strict=True)
        except (Unsolvable, PackagesNotFound, DisallowedPackage) as error:
            first, *lines = error.message.splitlines()
            return Explanation(first, lines=tuple(lines), hint=error.hint, document=error.fields)
        return Explanation("there is a plan", plan)

    def carry_out(self, plan: Plan) -> Outcome:
        """Do it; a plan whose base is stale is made again, and that is told.

        That it is stale once more means that somebody else has come to an end meanwhile, so it ends, too.
        Raises what the package cache, a hook and the linker raise: `LinkFailed` when the change was undone.
        """
        for _ in range(MOST_STALE_PLANS):
            try:
                return self._carried_out(plan)
            except StalePlan:
                plan = self.plan(plan.change)
                self._kernel.reporter.tell(
                    Warned(
                        f"`{plan.prefix}` was changed by somebody else meanwhile; planned again: "
                        f"{len(plan.unlink)} packages to unlink, {len(plan.link)} to link"
                    )
                )
        return self._carried_out(plan)

    def _carried_out(self, plan: Plan) -> Outcome:
        linker = self._kernel.driver(LINKERS)
        if not plan.link:
            return Outcome(plan, linker.apply(plan, (), self._actions(plan)))
        with self._kernel.driver(PACKAGE_CACHES).provide(plan.link) as packages:
            applied = linker.apply(plan, packages, self._actions(plan))
            fetched = tuple(package.record for package in packages if package.fetched)
        return Outcome(plan, applied, fetched)

    def _actions(self, plan: Plan) -> tuple[Action, ...]:
        before = self._kernel.call(PRE_TRANSACTION_ACTIONS, plan=plan, context=self._context)
        after = self._kernel.call(POST_TRANSACTION_ACTIONS, plan=plan, context=self._context)
        return (
            *[action.replaced(is_before=True) for action in before if action is not None],
            *[action for action in after if action is not None],
        )

    def _recover(self, prefix: str) -> None:
        if not has_unfinished_change(prefix):
            return
        if self._context[DRY_RUN]:
            self._kernel.reporter.tell(
                Warned(
                    f"an earlier change of `{prefix}` was not ended; this shows what could be done without it",
                    hint="any command that changes the environment ends it first",
                )
            )
            return
        ended = {Recovery.UNDONE: "was undone", Recovery.COMPLETED: "was completed"}
        recovery = self._kernel.driver(LINKERS).recover(prefix)
        if recovery in ended:
            self._kernel.reporter.tell(Told(f"an unfinished change of `{prefix}` {ended[recovery]}"))

    def _target(
        self, change: Change, state: State, machine: Sequence[VirtualPackage], *, is_strict: bool = False
    ) -> Target:
        gone = _removed(change, state, machine)
        staying = tuple(record for record in state.records if record.name not in gone)
        if change.records:
            given = {record.name: record for record in (*staying, *change.records)}
            return Target(tuple(given.values()), change.install)
        if change.install or change.update is UpdateMode.ALL:
            installed = {name: record for name, record in state.installed.items() if name not in gone}
            return self._solved_target(change, state._replace(installed=installed), machine, is_strict=is_strict)
        if change.prune and not change.remove:
            together = Together(staying, machine)
            needed = needed_for(together, {*state.asked, *NOT_REMOVED})
            staying = tuple(record for record in staying if record.name in needed)
        return Target(staying)

    def _solved_target(
        self, change: Change, state: State, machine: Sequence[VirtualPackage], *, is_strict: bool
    ) -> Target:
        if change.update is UpdateMode.SATISFIED and _is_satisfied(change, state):
            return Target(state.records)
        _check_installable(change.install)
        for spec in change.install:
            for ignored in spec.warnings:
                self._kernel.reporter.tell(Warned(f"`{mask_secrets(str(spec))}`: {ignored}"))
        channels = self._channels(change.install)
        runs_here = change.prefix == self._context.root_prefix
        aggressive = () if self._context[OFFLINE] else self._context[AGGRESSIVE_UPDATES]
        failure = CondaError("no index was opened over the channels")
        for opened in self._kernel.driver(INDEXES).open_in_turn(channels, target_subdirs(self._context)):
            index = self._prepared(opened, change, state, channels)
            wish = Wish(change, state, index, change.update, frozenset(aggressive), runs_here, is_strict=is_strict)
            try:
                check_available(change.install, index, state.records, machine, channels)
                return self._target_in(wish, machine, channels)
            except (PackagesNotFound, Unsolvable) as error:
                failure = error
        if isinstance(failure, Unexplained):
            raise failure.told() from failure
        raise failure

    def _target_in(self, wish: Wish, machine: Sequence[VirtualPackage], channels: Sequence[Channel]) -> Target:
        """Return what the environment holds by the index of a wish; raise `Unsolvable`."""
        if wish.state.pins:
            from conda_planner.pin_conflict import check_pins  # noqa: PLC0415 - few environments have pins

            check_pins(wish)
        name, *others = self._solver_names()
        plugin = self._kernel.find(SOLVERS, name)
        solver = self._kernel.driver(SOLVERS, plugin.name)
        priority = ChannelPriority(self._context[CHANNEL_PRIORITY])
        solves = Solves(solver, plugin, machine, priority, deadline_in(self._context[SOLVER_DEADLINE]))
        self._kernel.reporter.tell(Started("solve", "Solving environment"))
        failed = True
        try:
            wish, solved = self._solved(wish, solves, channels)
            failed = False
        finally:
            self._kernel.reporter.tell(Finished("solve", failed))
            wish.index.keep()
        request, solution = solved
        self._compare(request, solution, name, others)
        judges = POST_SOLVES.on(*self._context.given)
        self._kernel.call(judges, request=request, solution=solution, context=self._context)
        return self._chosen(wish, solved, plugin.name)

    def _solver_names(self) -> list[str]:
        """Return the solver to use, and after it those whose answers are compared with its own."""
        names = dict.fromkeys(name.strip() for name in self._context[SOLVER].split(","))
        return [name for name in names if name] or [self._context[SOLVER]]

    def _compare(self, request: SolveRequest, solution: Solution | None, first: str, others: Sequence[str]) -> None:
        if others:
            from conda_planner.comparing import Named, compared  # noqa: PLC0415 - for `--solver a,b` alone

            request = request.replaced(deadline=deadline_in(self._context[SOLVER_DEADLINE]))
            solvers = [Named(name, self._kernel.driver(SOLVERS, name)) for name in others]
            for event in compared(request, first, solution, solvers):
                self._kernel.reporter.tell(event)

    def _chosen(self, wish: Wish, solved: Solved, solver: str) -> Target:
        records = list(solved.solution.records)
        there = {record.name for record in records}
        put_back = [record for record in wish.state.records if record.name in wish.let_go - there]
        installed = {record.name: record for record in wish.state.records}
        part = chosen_part(wish.change, (*records, *put_back), installed, solved.request.machine)
        for record in put_back:
            self._kernel.reporter.tell(Warned(f"`{record}` lacks what it needs; it stays, and is not repaired"))
        loose = sorted(wish.loose & {record.name for record in part.records} - wish.requested)
        neutered = sorted(
            name
            for name, spec in wish.state.asked.items()
            if wish.mode is UpdateMode.ALL and name not in wish.requested and str(spec) != name
        )
        return Target(part.records, (*part.asked, *_bare(loose)), _bare(neutered), solver)

    def _solved(self, wish: Wish, solves: Solves, channels: Sequence[Channel]) -> tuple[Wish, Solved]:
        """Return the first attempt that has a solution, and it; raise `Unexplained`."""
        failures: list[tuple[Wish, Unsolvable]] = []
        for attempt in self._attempts(wish, solves):
            try:
                solved = solves.solve(attempt)
            except Unsolvable as error:
                failures.append((attempt, error))
                continue
            if attempt.mode is not UpdateMode.DEPENDENCIES:
                return attempt, solved
            loosened = attempt.replaced(loose=_needed(attempt, solved) - {pin.spec.name for pin in wish.state.pins})
            return loosened, solves.solve(loosened)
        attempt, reason = [failure for failure in failures if not failure[0].let_go][-1]
        raise Unexplained(reason, partial(self._explained, reason, attempt, solves, channels)) from reason

    def _explained(self, reason: Unsolvable, attempt: Wish, solves: Solves, channels: Sequence[Channel]) -> Unsolvable:
        """Return the error that says why there is no solution."""
        from conda_planner.conflict import explained  # noqa: PLC0415 - for failures alone

        name, *others = self._solver_names()
        self._kernel.reporter.tell(Started("explain", "Looking for the reason"))
        try:
            self._compare(solves.request(attempt), None, name, others)
            return explained(reason, attempt, solves, channels)
        finally:
            self._kernel.reporter.tell(Finished("explain"))
            attempt.index.keep()

    def _attempts(self, wish: Wish, solves: Solves) -> Iterator[Wish]:
        """Yield what is tried in turn: all frozen, then with changes; then both without what is broken already."""
        modes = (UpdateMode.FREEZE, UpdateMode.SPECS)[: 1 if wish.is_strict else 2]
        if wish.mode is not UpdateMode.FREEZE:
            modes = (wish.mode,)
        for mode in modes:
            yield wish.replaced(mode=mode)
            told = f"there is no solution in the mode `{mode.value}`"
            self._kernel.reporter.tell(Told(told, level=1))
        broken = broken_names(wish.state.records, solves.machine) - wish.requested
        for mode in modes if broken else ():
            yield wish.replaced(mode=mode, let_go=broken)

    def _channels(self, specs: Iterable[MatchSpec]) -> tuple[Channel, ...]:
        """Return the channels of the settings, and after them those that only a spec names."""
        channels = chosen_channels(self._context)
        texts = [spec.channel for spec in specs if spec.channel and "*" not in spec.channel]
        return tuple(dict.fromkeys((*channels, *expand(texts, channel_settings(self._context)))))

    def _prepared(self, index: Index, change: Change, state: State, channels: Sequence[Channel]) -> Index:
        index.prepare(sorted({spec.name for spec in change.install} | state.installed.keys()))
        strict = ChannelPriority(self._context[CHANNEL_PRIORITY]) is ChannelPriority.STRICT
        lifted = {spec.name for spec in change.install if spec.channel}
        if strict and lifted:
            from conda_planner.lifted import LiftedIndex  # noqa: PLC0415 - for specs that name a channel

            return LiftedIndex(index, lifted, {channel.name: rank for rank, channel in enumerate(channels)})
        return index

    def _warn_of_faults(self, change: Change, state: State, target: Target, machine: Sequence[VirtualPackage]) -> None:
        """Tell what will be broken and is not yet, where a change asks for less than the referee has accepted."""
        if change.dependencies is DependencyMode.WITH and not change.force_remove and not change.records:
            return
        before = frozenset(Together(state.records, machine).faults())
        for fault in Together(target.records, machine).faults():
            if fault not in before:
                self._kernel.reporter.tell(Warned(f"the environment will be inconsistent: {fault.told}"))


def _removed(change: Change, state: State, machine: Sequence[VirtualPackage]) -> frozenset[str]:
    """Return the names of what goes away because the change removes it."""
    if not change.remove:
        return frozenset()
    from conda_planner.removal import removed  # noqa: PLC0415 - most changes remove nothing

    return removed(change, state, Together(state.records, machine))


def _is_satisfied(change: Change, state: State) -> bool:
    if change.remove or change.prune or change.force_reinstall:
        return False
    return all(any(map(spec.matches, state.records)) for spec in change.install)


def _check_installable(specs: Sequence[MatchSpec]) -> None:
    for spec in specs:
        if spec.url is not None:
            raise CondaError(
                f"a package cannot be installed from a URL or a file: `{mask_secrets(spec.url)}`",
                hint="name the package, and its channel with `-c CHANNEL`",
            )
        if not spec.is_exact_name:
            raise CondaError(
                f"a package to install needs an exact name: `{mask_secrets(str(spec))}`",
                hint="`conda search` finds names by a pattern",
            )


def _needed(wish: Wish, solved: Solved) -> frozenset[str]:
    """Return the names of all that the requested packages need in a solution, those themselves left out."""
    together = Together(solved.solution.records, solved.request.machine)
    return needed_for(together, wish.requested) - wish.requested


def _requested(target: Target, state: State, change: Change) -> dict[str, tuple[str, ...]]:
    """Return the specs that each package was asked for with: now, else when it was installed, else by the history.

    What is to be removed and stays all the same is asked for no longer.
    """
    dropped = {spec.name for spec in change.remove}
    now: dict[str, list[str]] = {}
    for spec in (*target.asked, *target.neutered):
        now.setdefault(spec.name, []).append(str(spec))
    found = {}
    for name in sorted(record.name for record in target.records):
        before = state.installed.get(name)
        specs = tuple(now.get(name, ()))
        if not specs and name in dropped:
            continue
        specs = specs or (before.requested_specs if before is not None else ())
        if not specs and name in state.asked:
            specs = (str(state.asked[name]),)
        if specs:
            found[name] = specs
    return found


def _bare(names: Iterable[str]) -> tuple[MatchSpec, ...]:
    return tuple(MatchSpec.parse(name) for name in names)


def _texts(specs: Iterable[MatchSpec]) -> tuple[str, ...]:
    return tuple(mask_secrets(str(spec)) for spec in specs)
