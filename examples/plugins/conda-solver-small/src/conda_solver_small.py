"""Tries the candidates of each name one after the other, the best first."""

from conda_kernel.errors import CondaError, Unsolvable
from conda_kernel.model.solving import Install, Keep, Solution


class SmallSolver:
    def solve(self, request):
        if not all(isinstance(job, Install | Keep) for job in request.jobs):
            raise CondaError("the small solver can do no more than install")
        wanted = [job.spec for job in request.jobs if isinstance(job, Install)]
        chosen = extended(wanted, {package.name: package for package in request.machine}, request.index)
        if chosen is None:
            raise Unsolvable("no set of packages has " + " and ".join(str(spec) for spec in wanted))
        return Solution(tuple(record for name, record in sorted(chosen.items()) if not name.startswith("__")))


def extended(specs, chosen, index):
    if not specs:
        limits = [limit for record in chosen.values() for limit in index.constraints(record)]
        return chosen if all(limit.matches(chosen[limit.name]) for limit in limits if limit.name in chosen) else None
    (spec, *others) = specs
    if spec.name in chosen:
        return extended(others, chosen, index) if spec.matches(chosen[spec.name]) else None
    for record in index.candidates(spec.name):
        if spec.matches(record):
            found = extended([*others, *index.requirements(record)], {**chosen, spec.name: record}, index)
            if found is not None:
                return found
    return None
