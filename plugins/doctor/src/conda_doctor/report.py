"""Tells what the checks of an environment have found, to people and to programs."""

from __future__ import annotations

from conda_doctor.checkup import Status
from conda_kernel.model.paths import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from conda_doctor.checkup import Examined
    from conda_kernel.model.finding import Finding

WIDTH = 8
MOST_LINES = 20
"""How many lines of one finding are shown without being asked for all."""


def document_of(prefix: str, examined: Sequence[Examined]) -> dict[str, object]:
    """Return the JSON document of a checkup."""
    return {
        "success": not any(check.status in (Status.PROBLEM, Status.ERROR) for check in examined),
        "prefix": prefix,
        "checks": [_check_as_json(check) for check in examined],
    }


def text_of(prefix: str, examined: Sequence[Examined], *, shows_lines: bool, fixes: bool) -> str:
    """Return a checkup for people, each check with what it found below it."""
    lines = ["", f"Environment: {printable(prefix)}", ""]
    for check in examined:
        lines.append(f"  {check.status.value:<{WIDTH}} {printable(check.name)}")
        lines += [f"{' ' * (WIDTH + 5)}{line}" for line in _details(check, shows_lines=shows_lines)]
    problems = sum(check.status is Status.PROBLEM for check in examined)
    errors = sum(check.status is Status.ERROR for check in examined)
    lines += ["", _verdict(problems, errors)]
    if problems and not fixes and any(finding.remedy for check in examined for finding in check.findings):
        lines.append("`conda doctor --fix` mends what has a remedy")
    return "\n".join([*lines, "", ""])


def _verdict(problems: int, errors: int) -> str:
    if not problems and not errors:
        return "no problem was found"
    found = f"{problems} {'check has' if problems == 1 else 'checks have'} found problems"
    return found + (f", {errors} could not be made" if errors else "")


def _details(check: Examined, *, shows_lines: bool) -> Iterator[str]:
    for finding in check.fixed:
        yield f"mended: {printable(finding.told)}"
    for finding in check.findings:
        yield from _finding_lines(finding, shows_lines=shows_lines)
    if check.error is not None:
        yield from printable(str(check.error), lines=True).splitlines()
        if check.error.hint:
            yield f"hint: {printable(check.error.hint)}"


def _finding_lines(finding: Finding, *, shows_lines: bool) -> Iterator[str]:
    yield printable(finding.told)
    shown = finding.lines if shows_lines else finding.lines[:MOST_LINES]
    for line in shown if shows_lines or len(finding.lines) <= MOST_LINES else ():
        yield f"  {printable(line)}"
    if len(shown) < len(finding.lines):
        yield "  `-v` shows them all"
    if finding.remedy:
        yield f"  remedy: {printable(finding.remedy)}"
    elif finding.hint:
        yield f"  hint: {printable(finding.hint)}"


def _check_as_json(check: Examined) -> dict[str, object]:
    details: dict[str, object] = {"findings": [_finding_as_json(finding) for finding in check.findings]}
    if check.fixed:
        details["fixed"] = [finding.told for finding in check.fixed]
    if check.declined:
        details["declined"] = True
    if check.error is not None:
        details["error"] = {"exception_name": check.error.exception_name, "message": str(check.error)}
    return {"name": check.name, "status": check.status.value, "details": details}


def _finding_as_json(finding: Finding) -> dict[str, object]:
    document: dict[str, object] = {
        "told": finding.told,
        "is_problem": finding.is_problem,
        "details": dict(finding.details),
    }
    if finding.remedy:
        document["remedy"] = finding.remedy
    if finding.hint:
        document["hint"] = finding.hint
    return document
