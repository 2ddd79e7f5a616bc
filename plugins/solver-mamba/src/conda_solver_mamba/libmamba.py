"""Solves with libsolv as mamba does, through libmambapy.

libmamba is told what libsolv is told by the other driver: packages whose versions are ranks. All that it would do
otherwise than the package manager is left out by that: it sees no virtual packages, no pins, no installed packages and
no channels.
"""

from __future__ import annotations

import time

from conda_kernel.errors import CondaError, SolverGaveUp, Unsolvable
from conda_kernel.model.paths import printable
from conda_kernel.model.solving import Explained, Freeze, Install, NoCandidate, Solution
from conda_solver_mamba.binding import libmambapy_binding
from conda_solver_mamba.packages import Packages
from conda_solver_mamba.ranking import VIRTUAL, Ranking

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from conda_kernel.model.solving import SolveRequest
    from conda_solver_mamba.packages import Package

NOWHERE = "https://candidates.invalid"


class LibmambaSolver:
    """Solves with libmamba, which is told ranks and spans of ranks instead of versions."""

    def __init__(self) -> None:
        """Raise `CondaError` where libmambapy is not installed."""
        self._binding = libmambapy_binding()

    def solve(self, request: SolveRequest) -> Solution:
        """Return the solution.

        Raise `Unsolvable` when there is none, `CondaError` for what libmamba cannot express, and `SolverGaveUp` when
        the deadline has passed, which is looked at before and after libmamba works: it cannot be interrupted.
        """
        _refuse(request)
        _check_deadline(request.deadline)
        ranking = Ranking(request)
        for spec in (job.spec for job in request.jobs if isinstance(job, Install)):
            if spec.name.startswith(VIRTUAL):
                if not ranking.has(spec):
                    raise _unsolvable(NoCandidate(printable(str(spec)), printable(str(spec))))
            elif not ranking.narrow(spec):
                raise _unsolvable(NoCandidate(printable(str(spec)), printable(str(spec))))
        packages = Packages(ranking)
        database = self._database(packages.listed())
        answer = self._answer(database, _names(request))
        _check_deadline(request.deadline)
        if isinstance(answer, self._binding.solver.libsolv.UnSolvable):
            text = "\n".join(packages.readable(line) for line in answer.problems(database))
            raise _unsolvable(Explained(printable(text, lines=True).strip() or "libmamba gives no reason"))
        chosen = (packages.record(one.name, one.version) for one in answer.to_install())
        records = [record for record in chosen if record is not None]
        return Solution(tuple(sorted(records, key=lambda record: record.name)))

    def _database(self, packages: Sequence[Package]) -> Any:  # noqa: ANN401 - the binding has no types
        specs, libsolv = self._binding.specs, self._binding.solver.libsolv
        parameters = specs.ChannelResolveParams(
            platforms={"noarch"},
            channel_alias=specs.CondaURL.parse(NOWHERE),
            custom_channels=specs.ChannelResolveParams.ChannelMap({}),
            custom_multichannels=specs.ChannelResolveParams.MultiChannelMap({}),
            home_dir="/",
            current_working_dir="/",
        )
        database = libsolv.Database(parameters)
        database.add_repo_from_packages(
            [
                specs.PackageInfo(
                    name=package.name,
                    version=str(package.rank),
                    build_string="0",
                    build_number=0,
                    channel=NOWHERE,
                    package_url=f"{NOWHERE}/noarch/{package.name}-{package.rank}-0.conda",
                    platform="noarch",
                    filename=f"{package.name}-{package.rank}-0.conda",
                    depends=package.depends,
                    constrains=package.constrains,
                )
                for package in packages
            ],
            "candidates",
        )
        return database

    def _answer(self, database: Any, names: Sequence[str]) -> Any:  # noqa: ANN401 - as above
        """Return a solution, or what says that there is none."""
        Request = self._binding.solver.Request  # noqa: N806 - a class
        flags = Request.Flags()
        flags.order_request = False  # what is asked for first is decided on first
        jobs = [Request.Install(self._binding.specs.MatchSpec.parse(name)) for name in names]
        return self._binding.solver.libsolv.Solver().solve(database, Request(jobs, flags))


def _refuse(request: SolveRequest) -> None:
    for job in request.jobs:
        if isinstance(job, Install) and (job.spec.condition is not None or job.spec.extras):
            raise CondaError(
                f"libmamba knows neither conditions nor groups of dependencies: `{job.spec}`",
                hint="use another solver, such as `--solver libsolv`",
            )


def _names(request: SolveRequest) -> list[str]:
    """Return what must be there, in the order of the jobs."""
    wanted = [job.spec.name for job in request.jobs if isinstance(job, Install)]
    wanted += [job.record.name for job in request.jobs if isinstance(job, Freeze)]
    return list(dict.fromkeys(name for name in wanted if not name.startswith(VIRTUAL)))


def _unsolvable(fact: NoCandidate | Explained) -> Unsolvable:
    return Unsolvable("no set of packages satisfies the request", facts=(fact,))


def _check_deadline(deadline: float | None) -> None:
    if deadline is not None and time.monotonic() >= deadline:
        raise SolverGaveUp("the solver ran out of time")
