"""Prints one JSON document, and nothing else, on standard output."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet

from conda_kernel.model.errors import CondaError, Declined
from conda_kernel.model.event import Warned
from conda_kernel.model.result import failure
from conda_kernel.model.secret import Secret, mask_secrets, masked
from conda_kernel.settings import ALWAYS_YES
from conda_reporter_json.indented import pieces

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from conda_kernel.kernel import Kernel
    from conda_kernel.model.event import Event, Question
    from conda_kernel.model.result import Result


PIECE = 1 << 16
"""Characters that are written at once, at least, where there are more."""


class UnwritableResult(CondaError):
    """A command gave back what JSON cannot hold."""


class JsonReporter:
    """The reporter for programs.

    The result of a command, or its error, is one document and a line end on standard output. Warnings are lines on
    standard error; notes and progress are told to nobody.
    """

    def __init__(self, kernel: Kernel) -> None:
        self._terminal = kernel.terminal
        self._context = kernel.context

    def tell(self, event: Event) -> None:
        """Write a warning to standard error, at once and as a whole."""
        if isinstance(event, Warned):
            hint = f"hint: {event.hint}\n" if event.hint else ""
            self._terminal.warn(f"warning: {mask_secrets(event.text)}\n{mask_secrets(hint)}")

    def show(self, result: Result) -> None:
        """Write the document; raise `OSError` when standard output is closed or full.

        A mapping that is made while it is gone through is written so; what goes wrong when a part of it is out is
        raised.
        """
        texts = _texts(result.document, reveals=result.reveals)
        try:
            text = next(texts)
        except UnwritableResult as error:
            text = document_text(failure(error).document) + "\n"
        self._terminal.write(text)
        for text in texts:
            self._terminal.write(text)

    def ask(self, question: Question) -> bool:
        """Return yes to what is harmless or was agreed to beforehand; raise `Declined` for everything else."""
        if self._context[ALWAYS_YES] or question.default:
            return True
        raise Declined(f"nobody can be asked: {question.text}", hint=_way_out(question), question=question.text)


def document_text(document: object, *, reveals: bool = False) -> str:
    """Return the document as JSON in ASCII; keys keep their order, sets become sorted lists.

    Logins and tokens of URLs are masked, as people see them, unless the document `reveals` them. Raises
    `UnwritableResult` for what JSON cannot hold.
    """
    return "".join(_pieces(document, reveals=reveals))


def _pieces(document: object, *, reveals: bool) -> list[str]:
    try:
        found = list(pieces(document, _as_json))
        if not reveals and any("@" in piece or "/t/" in piece for piece in found):
            found = list(pieces(masked(document), _as_json))
    except (TypeError, ValueError, RecursionError) as error:
        raise UnwritableResult(f"the result cannot be written as JSON: {error}") from error
    return found


def _texts(document: object, *, reveals: bool) -> Iterator[str]:
    if isinstance(document, Mapping) and not isinstance(document, dict):
        yield from member_texts(document)
    else:
        yield from _joined([*_pieces(document, reveals=reveals), "\n"])


def member_texts(document: Mapping[str, object]) -> Iterator[str]:
    """Yield the JSON of a mapping, a member or more at once: all that `document_text` returns, and a line end."""
    yield from _joined(_members(document))


def _members(document: Mapping[str, object]) -> Iterator[str]:
    mark = "{\n"
    for key, value in document.items():
        yield mark + document_text({key: value})[2:-2]
        mark = ",\n"
    yield "{}\n" if mark == "{\n" else "\n}\n"


def _joined(texts: Iterable[str]) -> Iterator[str]:
    """Yield the texts, so many of them at once as are worth writing."""
    held: list[str] = []
    size = 0
    for text in texts:
        held.append(text)
        size += len(text)
        if size > PIECE:
            yield "".join(held)
            held, size = [], 0
    yield "".join(held)


def _as_json(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, AbstractSet):
        return _sorted(value)
    if isinstance(value, Secret):
        return str(value)
    raise TypeError(f"a value of the type {type(value).__name__} is not JSON")


def _sorted(values: AbstractSet[object]) -> list[object]:
    try:
        return sorted(values)  # type: ignore[type-var] # values that do not compare are sorted by their texts
    except TypeError:
        return sorted(values, key=str)


def _way_out(question: Question) -> str:
    return question.otherwise if "--yes" in question.otherwise else f"{question.otherwise}, or use `--yes`"
