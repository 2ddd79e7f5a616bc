"""Asks whether to go on."""

from __future__ import annotations

from conda_kernel.errors import Declined
from conda_kernel.model.event import Question
from conda_kernel.settings import ALWAYS_YES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from conda_kernel.context import Context
    from conda_kernel.reporting import Reporter


def agree(reporter: Reporter, context: Context, text: str, *, default: bool) -> None:
    """Return when the answer is yes, which `--yes` gives beforehand; raise Declined for every other."""
    if not context[ALWAYS_YES] and not reporter.ask(Question(text, default)):
        raise Declined("nothing was changed")
