"""Refuses solutions that would install what the settings disallow."""

from __future__ import annotations

from conda_kernel.errors import CondaError, SettingError
from conda_kernel.model.errors import InvalidMatchSpec
from conda_kernel.model.match_spec import MatchSpec
from conda_kernel.settings import DISALLOWED_PACKAGES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from conda_kernel.context import Context
    from conda_kernel.model.solving import Solution, SolveRequest


class DisallowedPackage(CondaError):
    """A package would be installed that `disallowed_packages` rules out."""

    conda_name = "DisallowedPackageError"


def refuse_disallowed(request: SolveRequest, solution: Solution, context: Context) -> None:
    """Raise DisallowedPackage when the solution brings a package that is disallowed; what is installed may stay."""
    installed = {record.identity for record in request.installed}
    specs = [_spec(text) for text in context[DISALLOWED_PACKAGES]]
    for record in solution.records:
        if record.identity in installed:
            continue
        for spec in specs:
            if spec.matches(record):
                raise DisallowedPackage(
                    f"`{record}` is disallowed by `{spec}` in `{DISALLOWED_PACKAGES.name}`",
                    package_ref=str(record),
                    dist_str=str(record),
                )


def _spec(text: str) -> MatchSpec:
    try:
        return MatchSpec.parse(text)
    except InvalidMatchSpec as error:
        raise SettingError(
            f"`{DISALLOWED_PACKAGES.name}` holds what is no match spec: {error}",
            parameter_name=DISALLOWED_PACKAGES.name,
        ) from error
