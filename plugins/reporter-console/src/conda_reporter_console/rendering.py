"""Turns views into text: tables, details, trees and prose.

What is shown may come from third parties: everything but `Verbatim` loses what a terminal would obey, and the logins
and tokens of its URLs.
"""

from __future__ import annotations

from itertools import islice

from conda_kernel.model.paths import printable
from conda_kernel.model.result import Details, Table, Text, Tree, Verbatim
from conda_kernel.model.secret import mask_secrets

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from conda_kernel.model.result import View

BLOCK = 4096
"""Rows that are set together."""

PIECE = 1 << 16
"""Characters that are written at once, at least, where there are more."""

GAP = "  "
COMMENT = "# "


def shown(text: str, *, lines: bool = False) -> str:
    """Return a text as people may see it; with `lines` it may have several."""
    return mask_secrets(printable(text, lines=lines))


def rendered(views: Iterable[View]) -> str:
    """Return the text of views, one after the other; each but verbatim text ends with a line end."""
    return "".join(pieces(views))


def pieces(views: Iterable[View]) -> Iterator[str]:
    """Yield the same text in pieces, so that the first is there before the last is made."""
    held: list[str] = []
    size = 0
    for view in views:
        for text in _texts(view):
            held.append(text)
            size += len(text)
            if size >= PIECE:
                yield "".join(held)
                held, size = [], 0
    if size:
        yield "".join(held)


def _texts(view: View) -> Iterator[str]:
    if isinstance(view, Verbatim):
        yield view.text
        return
    if isinstance(view, Text):
        lines: Iterable[str] = [shown(view.text, lines=True)]
    elif isinstance(view, Table):
        lines = _table(view)
    elif isinstance(view, Details):
        lines = _details(view)
    else:
        lines = _tree(view)
    for line in lines:
        yield f"{line}\n"


def _table(table: Table) -> Iterator[str]:
    """Yield the lines of a table: title, header, rows; the last column is not filled up.

    Under a title that is a comment (`# packages …`) the header is one too, and the first column two characters wider.
    Of a table that is long the columns can only become wider from one block to the next.
    """
    yield from _title(table.title)
    right = {place for place, name in enumerate(table.columns) if name in table.right}
    rows = iter(table.rows)
    lines = _block(rows)
    if any(table.columns):
        lines.insert(0, [shown(name) for name in table.columns])
    widths = _widths(lines, table.minimum_widths)
    if any(table.columns) and table.title.startswith("#"):
        lines[0][0] = COMMENT + lines[0][0]
        widths[0] += len(COMMENT)
    while lines:
        for line in lines:
            yield GAP.join(_cell(cell, widths[place], right=place in right) for place, cell in enumerate(line)).rstrip()
        lines = _block(rows)
        widths = _widths(lines, widths)


def _block(rows: Iterator[tuple[str, ...]]) -> list[list[str]]:
    return [[shown(cell) for cell in row] for row in islice(rows, BLOCK)]


def _widths(rows: Sequence[Sequence[str]], least: Sequence[int]) -> list[int]:
    columns = max((len(row) for row in rows), default=0)
    widths = [*least, *[0] * (columns - len(least))]
    for row in rows:
        for place, cell in enumerate(row):
            widths[place] = max(widths[place], display_width(cell))
    return widths


def _cell(text: str, width: int, *, right: bool) -> str:
    if text.isascii():
        return text.rjust(width) if right else text.ljust(width)
    filling = " " * (width - display_width(text))
    return filling + text if right else text + filling


def display_width(text: str) -> int:
    """Return how many columns of a terminal a printable text takes."""
    if text.isascii():
        return len(text)
    from unicodedata import combining, east_asian_width  # noqa: PLC0415 - nearly all text is ASCII

    return sum(0 if combining(sign) else 2 if east_asian_width(sign) in "WF" else 1 for sign in text)


def _details(details: Details) -> Iterator[str]:
    """Yield `key : value` with the colons below each other; further lines of a value stand below its first."""
    yield from _title(details.title)
    width = max((display_width(key) for key, _ in details.rows), default=0)
    for key, value in details.rows:
        lines = (value,) if isinstance(value, str) else value
        for place, line in enumerate(lines or ("",)):
            label = f"{_cell(shown(key), width, right=True)} : " if place == 0 else " " * (width + 3)
            yield (label + shown(line)).rstrip()


def _tree(tree: Tree) -> Iterator[str]:
    """Yield the lines of a tree of any depth."""
    waiting = [(tree, "", "")]
    while waiting:
        node, mark, below = waiting.pop()
        yield mark + shown(node.label)
        for place in range(len(node.children) - 1, -1, -1):
            is_last = place == len(node.children) - 1
            child_mark, child_below = ("└─ ", "   ") if is_last else ("├─ ", "│  ")
            waiting.append((node.children[place], below + child_mark, below + child_below))


def _title(title: str) -> Iterator[str]:
    if title:
        yield from shown(title, lines=True).split("\n")
