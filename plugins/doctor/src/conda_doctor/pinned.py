"""Pins of the environment that cannot be read, or that what is installed does not keep."""

from __future__ import annotations

from conda_doctor.readable_records import readable_records
from conda_kernel.model.finding import Finding
from conda_kernel.model.pins import InvalidPin
from conda_kernel.model.prefix import Prefix
from conda_kernel.model.prefix_record import CorruptedEnvironment

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from conda_kernel.kernel import Kernel


class Pinned:
    """The check `pinned`."""

    def __init__(self, kernel: Kernel) -> None:
        self._context = kernel.context

    def find(self, prefix: str) -> Sequence[Finding] | None:
        """Return what is wrong with `conda-meta/pinned`; a pin for what is not installed guards the future."""
        try:
            pins = Prefix(prefix).pins()
        except (InvalidPin, CorruptedEnvironment) as error:
            return [Finding(str(error), {"file": "conda-meta/pinned"}, hint="mend or remove that line")]
        if not pins:
            return None
        records = {installed.name: installed.record for installed in readable_records(prefix, self._context)}
        found = ((pin, records.get(pin.spec.name)) for pin in pins)
        return [
            Finding(
                f"`{record}` is installed, and the pin `{pin.spec}` (line {pin.line}) allows other builds only",
                {"package": record.name, "pin": str(pin.spec), "line": pin.line},
                hint=f"`conda install '{pin.spec}'` brings it in line",
                is_problem=False,
            )
            for pin, record in found
            if record is not None and not pin.spec.matches(record)
        ]

    def fix(self, prefix: str, findings: Sequence[Finding]) -> None:
        """Mend nothing: what a damaged line was to say, only a person can tell."""
