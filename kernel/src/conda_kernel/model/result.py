"""What a command gives back: one JSON document, and views of it for people."""

from __future__ import annotations

from conda_kernel.model.named_tuple import NamedTuple
from conda_kernel.model.secret import mask_secrets, masked

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from conda_kernel.model.errors import CondaError


class Text(NamedTuple):
    """Lines of prose, to be wrapped as the reporter sees fit."""

    text: str


class Verbatim(NamedTuple):
    """Text whose every character counts: shell code, an exported file."""

    text: str


class Table(NamedTuple):
    """Rows under named columns; `title` stands above them.

    Rows that are many may be made while they are gone through.
    `minimum_widths` are in characters, one for each column or none; `right` names the columns set flush right.
    """

    columns: tuple[str, ...]
    rows: Iterable[tuple[str, ...]]
    title: str = ""
    minimum_widths: tuple[int, ...] = ()
    right: frozenset[str] = frozenset()


class Details(NamedTuple):
    """Keys and their values; a value of several lines is a tuple."""

    rows: tuple[tuple[str, str | tuple[str, ...]], ...]
    title: str = ""


class Tree(NamedTuple):
    """A label and the trees below it."""

    label: str
    children: tuple[Tree, ...] = ()


View = Text | Verbatim | Table | Details | Tree


class Result(NamedTuple):
    """The outcome of a command.

    `document` is what `--json` prints, made of plain JSON values; `views` are what people see. A result that `failed`
    describes an error: its views go to standard error. The exit status is 0 when, and only when, what was asked for is
    so. A mapping and views that are large may be made while they are gone through, each time anew; what goes wrong then
    is a `CondaError`. One that `reveals` has logins and tokens because the user has asked to see them.
    """

    document: Mapping[str, object] | Sequence[object]
    views: Iterable[View] = ()
    exit_status: int = 0
    failed: bool = False
    reveals: bool = False


def failure(error: CondaError, hints: tuple[str, ...] = (), mask: Callable[[str], str] = mask_secrets) -> Result:
    """Return the result that describes an error, with the advice that others added to it.

    `mask` takes out what must not be shown of the words of the error, of its cause, and of the advice.
    """
    name, message = error.exception_name, mask(str(error))
    told = [mask(hint) for hint in (error.hint, *hints) if hint]
    document: dict[str, object] = {
        **{name: masked(value) for name, value in error.fields.items()},
        "success": False,
        "error": f"{name}: {message}",
        "exception_name": name,
        "exception_type": str(type(error)),
        "message": message,
        "caused_by": mask(repr(error.__cause__)),
        "return_code": error.exit_status,
    }
    if told:
        document["guidance"] = {"hints": [{"text": hint} for hint in told]}
    lines = [f"error: {message}", *(f"\nhint: {hint}" for hint in told)]
    return Result(document, (Text("\n".join(lines)),), exit_status=error.exit_status, failed=True)
