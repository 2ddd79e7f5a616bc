"""What is left to show a result when no reporter is installed, or when the one in use failed."""

from __future__ import annotations

import json

from conda_kernel.model.event import Told, Warned
from conda_kernel.model.result import Text
from conda_kernel.model.secret import mask_secrets, masked

TYPE_CHECKING = False
if TYPE_CHECKING:
    from conda_kernel.model.event import Event, Question
    from conda_kernel.model.result import Result
    from conda_kernel.terminal import Terminal


class PlainReporter:
    """Writes what happens as lines on standard error, and the result as JSON."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal

    def tell(self, event: Event) -> None:
        """Write warnings and notes to standard error."""
        if isinstance(event, Warned):
            hint = f"hint: {event.hint}\n" if event.hint else ""
            self._terminal.warn(mask_secrets(f"warning: {event.text}\n{hint}"))
        elif isinstance(event, Told) and event.level == 0:
            self._terminal.warn(mask_secrets(event.text) + "\n")

    def show(self, result: Result) -> None:
        """Write the text of a failure to standard error, and every other result as JSON."""
        if result.failed:
            self._terminal.warn("".join(f"{view.text}\n" for view in result.views if isinstance(view, Text)))
        else:
            self._terminal.write(json.dumps(masked(result.document), indent=2, default=str) + "\n")

    def ask(self, question: Question) -> bool:
        """Answer no: there is nobody to ask."""
        self._terminal.warn(f"{question.text} no ({question.otherwise})\n")
        return False
