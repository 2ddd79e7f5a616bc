"""An environment that nobody finds: it lies in none of the usual folders and stands in no list."""

from __future__ import annotations

import os

from conda_kernel.errors import CondaError
from conda_kernel.known_environments import known_prefixes
from conda_kernel.model.environment import is_environment
from conda_kernel.model.environments_txt import add, drop, listed
from conda_kernel.model.finding import Finding
from conda_kernel.settings import REGISTER_ENVIRONMENTS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from conda_kernel.kernel import Kernel

LIST = "`~/.conda/environments.txt`"


class ListNotWritten(CondaError):
    """The list of environments cannot be written."""


class EnvironmentsTxt:
    """The check `environments-txt`."""

    def __init__(self, kernel: Kernel) -> None:
        self._context = kernel.context

    def find(self, prefix: str) -> Sequence[Finding] | None:
        """Return that the environment is not known, and which lines of the list lead nowhere."""
        if not is_environment(prefix) or not self._context[REGISTER_ENVIRONMENTS]:
            return None
        return [*self._unknown(prefix), *self._stale()]

    def fix(self, prefix: str, findings: Sequence[Finding]) -> None:
        """Bring the list in line; raise ListNotWritten."""
        environ = self._context.environ
        drop([str(finding.details["stale"]) for finding in findings if "stale" in finding.details], environ)
        if any("missing" in finding.details for finding in findings) and not add(prefix, environ):
            raise ListNotWritten(f"{LIST} cannot be written", hint="see to whom it belongs")

    def _unknown(self, prefix: str) -> Iterator[Finding]:
        if not any(_is_same(prefix, known) for known in known_prefixes(self._context)):
            told = (
                f"the environment is in none of `envs_dirs` and not in {LIST}: `conda clean` does not see what it uses"
            )
            yield Finding(told, {"missing": prefix}, remedy=f"add it to {LIST}")

    def _stale(self) -> Iterator[Finding]:
        for path in listed(self._context.environ):
            # An unreachable disk may come back: only where the folder above is there is the environment gone.
            if not is_environment(path) and os.path.isdir(os.path.dirname(path)):
                told = f"{LIST} names `{path}`, where no environment is"
                yield Finding(told, {"stale": path}, remedy="take that line out", is_problem=False)


def _is_same(one: str, other: str) -> bool:
    return os.path.realpath(one) == os.path.realpath(other)
