"""Solves with resolvo, the solver of rattler, through py-rattler."""

from __future__ import annotations

import asyncio
import time
from contextlib import ExitStack
from datetime import timedelta
from tempfile import TemporaryDirectory

import rattler
from rattler.exceptions import InvalidVersionError, SolverError

from conda_kernel.errors import CondaError, ParseError, SolverGaveUp, Unsolvable
from conda_kernel.model.match_spec import MatchSpec, holds
from conda_kernel.model.paths import printable
from conda_kernel.model.solving import Explained, Freeze, Install, Keep, Pin, Remove, Solution, Strategy
from conda_kernel.model.version import Version
from conda_solver_rattler.feed import Feed
from conda_solver_rattler.requirement_text import group_spec, requirement_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Literal

    from conda_kernel.model.machine import VirtualPackage
    from conda_kernel.model.record import PackageRecord
    from conda_kernel.model.solving import Job, SolveRequest

    Candidates = dict[str, list[PackageRecord]]
    StrategyName = Literal["highest", "lowest", "lowest-direct"]

_STRATEGIES: dict[Strategy, StrategyName] = {
    Strategy.HIGHEST: "highest",
    Strategy.LOWEST: "lowest",
    Strategy.LOWEST_DIRECT: "lowest-direct",
}


class RattlerSolver:
    """Solves with resolvo: the first solution in the order of preference, found depth first."""

    def solve(self, request: SolveRequest) -> Solution:
        """Return the solution; raise `Unsolvable` when there is none, `CondaError` for what rattler cannot express."""
        _refuse_patterns(request.jobs)
        candidates = _candidates(request)
        kept = _installed_candidates(request, candidates)
        for job in request.jobs:
            _narrow(candidates, job)
        feed = Feed(candidates, request.index, request.machine, request.channel_priority)
        try:
            with TemporaryDirectory(prefix="conda-solver-rattler-") as folder, ExitStack() as files:
                channels = [
                    files.enter_context(
                        rattler.SparseRepoData(rattler.Channel(f"https://candidates.invalid/{level}"), "noarch", path)
                    )
                    for level, path in enumerate(feed.write(folder))
                ]
                found = _solved(request, channels, _locked(channels, feed, kept), feed)
        except OSError as error:
            place = f" `{error.filename}`" if error.filename else ""
            reason = printable(error.strerror or str(error))
            raise CondaError(f"the rattler solver cannot exchange data{place}: {reason}") from error
        records = [record for entry in found if (record := feed.record(entry.file_name)) is not None]
        _check_conditions(request, records)
        return Solution(tuple(sorted(records, key=lambda record: record.name)))


def _check_conditions(request: SolveRequest, records: Sequence[PackageRecord]) -> None:
    """Raise `CondaError` when a dependency does not hold whose condition does: rattler overlooks some (CEP 43)."""
    chosen = {record.name: record for record in records}
    machine = {package.name: package for package in request.machine}

    def has(spec: MatchSpec) -> bool:
        if spec.name in machine:
            package = machine[spec.name]
            return spec.matches_version(Version.parse(package.version), package.build, package.build_number)
        return spec.name in chosen and spec.matches(chosen[spec.name])

    for record in records:
        for spec in request.index.requirements(record):
            if spec.condition is not None and holds(spec.condition, has) and not has(spec):
                raise CondaError(
                    f"the rattler solver overlooks that {record} needs `{spec}`",
                    hint="choose another one with --solver",
                )


def _refuse_patterns(jobs: Sequence[Job]) -> None:
    for job in jobs:
        if isinstance(job, (Install, Pin)) and not job.spec.is_exact_name:
            raise CondaError(f"the rattler solver needs the name of a package, and `{job.spec}` is a pattern")


def _candidates(request: SolveRequest) -> Candidates:
    """Return the candidates that rattler can read, by name and best first."""
    jobs = tuple(job for job in request.jobs if not isinstance(job, Keep) or _is_usable(request, job.record))
    readable: dict[str, bool] = {}
    while True:
        candidates: Candidates = {}
        for record in request.index.reachable(jobs, request.machine):
            version = record.version
            if version not in readable:
                readable[version] = _is_version(version)
            if readable[version]:
                candidates.setdefault(record.name, []).append(record)
        missing = _names_of_groups(candidates) - {job.spec.name for job in jobs if isinstance(job, Install)}
        if not missing:
            return candidates
        jobs = (*jobs, *(Install(MatchSpec.parse(name)) for name in sorted(missing)))


def _names_of_groups(candidates: Candidates) -> set[str]:
    """Return the names that groups of dependencies lead to (CEP 44) and that are not candidates yet."""
    groups = [group for records in candidates.values() for record in records for group in record.extra_depends.values()]
    names = {group_spec(text).name for texts in groups for text in texts}
    return {name for name in names if name not in candidates and not name.startswith("__")}


def _is_version(text: str) -> bool:
    """Tell whether rattler reads the version; it reads no number of 20 digits, for one."""
    try:
        rattler.Version(text)
    except InvalidVersionError:
        return False
    return True


def _installed_candidates(request: SolveRequest, candidates: Candidates) -> list[PackageRecord]:
    """Return the candidates that the jobs keep or freeze; those that the index lacks become candidates, as the last."""
    kept = []
    for job in request.jobs:
        if not isinstance(job, (Keep, Freeze)):
            continue
        same = [record for record in candidates.get(job.record.name, ()) if _is_same(record, job.record)]
        if not same and _is_usable(request, job.record):
            same = [job.record]
            candidates.setdefault(job.record.name, []).append(job.record)
        kept += same[:1]
    return kept


def _is_usable(request: SolveRequest, record: PackageRecord) -> bool:
    try:
        request.index.requirements(record)
        request.index.constraints(record)
    except ParseError:
        return False
    return _is_version(record.version)


def _is_same(one: PackageRecord, other: PackageRecord) -> bool:
    return one.identity == other.identity


def _narrow(candidates: Candidates, job: Job) -> None:
    """Take away the candidates that the job rules out, where rattler is not told of the job or could misread it."""
    if isinstance(job, Freeze):
        name = job.record.name
        candidates[name] = [record for record in candidates.get(name, ()) if _is_same(record, job.record)]
    elif isinstance(job, Remove):
        names = [job.spec.name] if job.spec.is_exact_name else list(candidates)
        for name in names:
            candidates[name] = [record for record in candidates.get(name, ()) if not job.spec.matches(record)]
    elif isinstance(job, (Install, Pin)) and requirement_text(job.spec) is None and job.spec.name in candidates:
        found = candidates[job.spec.name]
        candidates[job.spec.name] = [record for record in found if job.spec.matches(record)]


def _locked(
    channels: Sequence[rattler.SparseRepoData], feed: Feed, kept: Sequence[PackageRecord]
) -> list[rattler.RepoDataRecord]:
    file_names = feed.file_names(kept)
    specs = [rattler.MatchSpec(name) for name in sorted({record.name for record in kept})]
    found = [record for channel in channels for record in channel.load_matching_records(specs)]
    return [record for record in found if record.file_name in file_names]


def _solved(
    request: SolveRequest,
    channels: Sequence[rattler.SparseRepoData],
    locked: list[rattler.RepoDataRecord],
    feed: Feed,
) -> list[rattler.RepoDataRecord]:
    constraints = [requirement_text(job.spec) for job in request.jobs if isinstance(job, Pin)]
    try:
        return asyncio.run(
            rattler.solve_with_sparse_repodata(
                specs=_specs(request.jobs, feed),
                sparse_repodata=channels,
                locked_packages=locked,
                virtual_packages=[_virtual(package) for package in request.machine],
                timeout=_time_left(request.deadline),
                # The files are levels of preference: the order of channels is part of it.
                channel_priority=rattler.ChannelPriority.Flexible,
                strategy=_STRATEGIES[request.strategy],
                constraints=[rattler.MatchSpec(text) for text in constraints if text is not None],
            )
        )
    except SolverError as error:
        _time_left(request.deadline)
        text = printable(feed.readable(str(error)), lines=True).strip()
        raise Unsolvable("no set of packages satisfies the request", facts=(Explained(text),)) from error
    except Exception as error:
        if type(error).__name__ != "RustPanic":  # the library makes the class when it needs it: it cannot be imported
            raise
        raise CondaError(
            "the rattler solver failed inside its library", hint="choose another one with --solver"
        ) from error


def _specs(jobs: Sequence[Job], feed: Feed) -> list[rattler.MatchSpec]:
    texts = [feed.wish(job.spec) for job in jobs if isinstance(job, Install)]
    texts += [job.record.name for job in jobs if isinstance(job, Freeze)]
    return [rattler.MatchSpec(text) for text in texts]


def _virtual(package: VirtualPackage) -> rattler.GenericVirtualPackage:
    name, version = rattler.PackageName(package.name), rattler.Version(package.version)
    return rattler.GenericVirtualPackage(name, version, rattler.BuildString(package.build))


def _time_left(deadline: float | None) -> timedelta | None:
    """Return how long the solver may take; raise `SolverGaveUp` when there is no time left."""
    if deadline is None:
        return None
    seconds = deadline - time.monotonic()
    if seconds <= 0:
        raise SolverGaveUp("the solver ran out of time")
    return timedelta(seconds=seconds)
