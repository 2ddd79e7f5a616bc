"""What happens while a command runs, told as values; and the questions it asks."""

from __future__ import annotations

from conda_kernel.model.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from conda_kernel.model.result import View


class Started(NamedTuple):
    """A task begins. `task` names it uniquely; `total` counts what there is to do in `unit` (`bytes`, `files`, …)."""

    task: str
    description: str
    total: int | None = None
    unit: str = ""


class Advanced(NamedTuple):
    """So much of a task is done, counted from its start in its unit."""

    task: str
    done: int


class Finished(NamedTuple):
    """A task has ended, well or not."""

    task: str
    failed: bool = False


class Told(NamedTuple):
    """Something that a person may want to know; level 0 always, 1 with `-v`, 2 with `-vv`."""

    text: str
    level: int = 0


class Warned(NamedTuple):
    """Something is wrong, and the command goes on."""

    text: str
    hint: str = ""


class Shown(NamedTuple):
    """Views that belong before the result: the plan of a change."""

    views: tuple[View, ...]


Event = Started | Advanced | Finished | Told | Warned | Shown


class Question(NamedTuple):
    """A question that is answered with yes or no; `default` is what an empty line means.

    `otherwise` says how to give the answer without being asked, for an error: "use `--yes`".
    """

    text: str
    default: bool
    otherwise: str = "answer with `--yes`"
