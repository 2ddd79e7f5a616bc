"""Makes health checks one by one, each so that its failure hides no other, and applies their remedies."""

from __future__ import annotations

from enum import Enum

from conda_kernel.deadline import within
from conda_kernel.errors import CondaError, Declined, PluginFailed
from conda_kernel.hookspecs import HEALTH_CHECKS
from conda_kernel.model.event import Finished, Question, Started
from conda_kernel.model.finding import Finding
from conda_kernel.model.value import Value
from conda_kernel.settings import ALWAYS_YES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from conda_kernel.kernel import Kernel


class Status(Enum):
    """How a check came out; `ERROR` is that of the check itself."""

    OK = "ok"
    PROBLEM = "problem"
    ERROR = "error"
    SKIPPED = "skipped"


class Examined(Value):
    """What came of one check.

    `error` is why it failed, or why its remedy did. `fixed` are findings that were there, and are not after the remedy;
    `declined` is true when the user did not want it.
    """

    name: str
    status: Status
    findings: tuple[Finding, ...] = ()
    error: CondaError | None = None
    fixed: tuple[Finding, ...] = ()
    declined: bool = False


class Checkup:
    """The checks of one environment; each may take `deadline` seconds."""

    def __init__(self, kernel: Kernel, prefix: str, deadline: float) -> None:
        self._kernel = kernel
        self._prefix = prefix
        self._deadline = deadline

    def examined(self, name: str) -> Examined:
        """Return what a check finds."""
        task = f"check {name}"
        self._kernel.reporter.tell(Started(task, f"Checking {name}"))
        result = self._examined(name)
        self._kernel.reporter.tell(Finished(task, failed=result.status is Status.ERROR))
        return result

    def mended(self, name: str, *, is_dry: bool) -> Examined:
        """Return what a check finds after what it found before was mended, as far as the user has agreed."""
        before = self.examined(name)
        remedies = [finding for finding in before.findings if finding.remedy]
        if not remedies or is_dry:
            return before
        if not self._agreed(remedies):
            return Examined(name, before.status, before.findings, declined=True)
        try:
            self._kernel.driver(HEALTH_CHECKS, name).fix(self._prefix, remedies)
        except CondaError as error:
            after = self.examined(name)
            return Examined(name, Status.ERROR, after.findings or before.findings, error)
        after = self.examined(name)
        left = [finding.told for finding in after.findings]
        fixed = tuple(finding for finding in remedies if finding.told not in left)
        return Examined(name, after.status, after.findings, after.error, fixed)

    def _examined(self, name: str) -> Examined:
        try:
            plugin = self._kernel.find(HEALTH_CHECKS, name)
            check = self._kernel.driver(HEALTH_CHECKS, name)
            findings = within(self._deadline, plugin, check.find, self._prefix)
            if findings is None:
                return Examined(name, Status.SKIPPED)
            found = tuple(findings)
            if not all(isinstance(finding, Finding) for finding in found):
                raise PluginFailed(plugin, "it found something that is no `Finding`")
        except CondaError as error:
            return Examined(name, Status.ERROR, error=error)
        is_problem = any(finding.is_problem for finding in found)
        return Examined(name, Status.PROBLEM if is_problem else Status.OK, found)

    def _agreed(self, findings: Sequence[Finding]) -> bool:
        if self._kernel.context[ALWAYS_YES]:
            return True
        remedies = ", ".join(dict.fromkeys(finding.remedy for finding in findings))
        try:
            return self._kernel.reporter.ask(Question(f"To mend it: {remedies}. Do that", default=False))
        except Declined:
            return False
