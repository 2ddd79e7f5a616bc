"""Views become text that reads well and holds nothing that a terminal would obey."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conda_kernel.model.result import Details, Table, Text, Tree, Verbatim, View
from conda_reporter_console.rendering import BLOCK, PIECE, pieces, rendered


def test_a_table_is_as_wide_as_its_longest_cells() -> None:
    table = Table(("Name", "Version"), (("a", "1.0"), ("longer", "2")), title="Packages:")

    assert rendered((table,)) == "Packages:\nName    Version\na       1.0\nlonger  2\n"


def test_the_header_below_a_comment_is_a_comment_and_the_rows_keep_to_it() -> None:
    table = Table(("Name", "Version"), (("a", "1.0"), ("longer", "2")), title="# packages in environment at /e:\n#")

    assert rendered((table,)) == (
        "# packages in environment at /e:\n#\n# Name    Version\na         1.0\nlonger    2\n"
    )


def test_columns_are_at_least_as_wide_as_asked() -> None:
    table = Table(("Name", "Version"), (("a", "1"),), title="#", minimum_widths=(6,))

    assert rendered((table,)) == "#\n# Name    Version\na         1\n"


def test_numbers_are_set_flush_right() -> None:
    table = Table(("Name", "Size"), (("a", "1 B"), ("b", "100 B")), right=frozenset({"Size"}))

    assert rendered((table,)) == "Name   Size\na       1 B\nb     100 B\n"


def test_a_table_without_names_of_columns_has_no_header() -> None:
    assert rendered((Table(("", ""), (("a", "b"), ("ccc", "d"))),)) == "a    b\nccc  d\n"


def test_a_table_without_rows_has_its_header_alone() -> None:
    assert rendered((Table(("Name",), ()),)) == "Name\n"
    assert rendered((Table((), ()),)) == ""


def test_wide_characters_and_accents_keep_columns_straight() -> None:
    table = Table(("", ""), (("日本", "x"), ("e\u0301", "x"), ("abcd", "x")))

    assert rendered((table,)) == "日本  x\ne\u0301     x\nabcd  x\n"


def test_details_have_their_colons_below_each_other() -> None:
    details = Details((("platform", "linux-64"), ("envs", ("/a", "/b")), ("none", ())), title="About:")

    assert rendered((details,)) == "About:\nplatform : linux-64\n    envs : /a\n           /b\n    none :\n"


def test_a_tree_is_drawn_with_lines() -> None:
    tree = Tree("a", (Tree("b", (Tree("c"), Tree("d"))), Tree("e", (Tree("f"),))))

    assert rendered((tree,)) == "a\n├─ b\n│  ├─ c\n│  └─ d\n└─ e\n   └─ f\n"


def test_a_very_deep_tree_is_drawn() -> None:
    tree = Tree("leaf")
    for _ in range(3000):
        tree = Tree("x", (tree,))

    assert rendered((tree,)).endswith("└─ leaf\n")


@pytest.mark.parametrize(
    "view",
    [
        Text("from https://user:pw@h/t/tk-1/c"),
        Table(("https://user:pw@h", ""), (("a", "https://h/t/tk-1/c"),), title="of user:pw@h/c"),
        Details((("https://user:pw@h", ("https://h/t/tk-1/c",)),)),
        Tree("https://user:pw@h", (Tree("https://h/t/tk-1/c"),)),
    ],
)
def test_no_view_shows_a_login_or_a_token(view: View) -> None:
    text = rendered((view,))

    assert "<hidden>" in text
    assert "pw" not in text
    assert "tk-1" not in text


def test_prose_ends_its_line_and_verbatim_text_stays_as_it_is() -> None:
    assert rendered((Text("two\nlines"), Verbatim("\x1b[1mcode"))) == "two\nlines\n\x1b[1mcode"


@pytest.mark.parametrize("hostile", ["\x1b[2Jx", "\x1b]0;title\x07x", "\rx", "\x9b2Jx", "\u202ex"])
def test_what_a_terminal_would_obey_is_not_shown(hostile: str) -> None:
    views = (
        Text(hostile),
        Table((hostile, "b"), ((hostile, hostile),), title="title"),
        Details(((hostile, hostile),)),
        Tree(hostile, (Tree(hostile),)),
    )
    text = rendered(views)

    assert not any(sign in text for sign in "\x1b\x07\r\x9b\u202e")
    assert "x" in text


cells = st.text(st.characters(codec="utf-8"), max_size=12)


@given(st.lists(st.tuples(cells, cells, cells), max_size=6))
def test_a_row_is_always_one_line(rows: list[tuple[str, str, str]]) -> None:
    text = rendered((Table(("One", "Two", "Three"), tuple(rows), title="# title"),))

    assert text.count("\n") == len(rows) + 2
    assert all(line == line.rstrip() for line in text.split("\n"))


def test_a_long_table_comes_in_blocks_that_only_become_wider() -> None:
    rows = [("a", "1")] * BLOCK + [("longer", "2")] + [("b", "3")] * BLOCK
    lines = rendered((Table(("Name", "Version"), iter(rows)),)).splitlines()

    assert (lines[0], lines[1], lines[BLOCK]) == ("Name  Version", "a     1", "a     1")
    assert (lines[BLOCK + 1], lines[BLOCK + 2], lines[-1]) == ("longer  2", "b       3", "b       3")
    assert len(lines) == len(rows) + 1


def test_the_first_piece_is_there_before_the_last_view_is_made() -> None:
    made: list[int] = []

    def views() -> Iterator[View]:
        for number in range(10):
            made.append(number)
            yield Text("x" * PIECE)

    parts = pieces(views())
    assert next(parts) == "x" * PIECE + "\n"
    assert made == [0]
    assert len(list(parts)) == 9


@given(st.lists(st.text(max_size=30)))
def test_pieces_make_the_whole(texts: list[str]) -> None:
    views = [Text(text) for text in texts]
    assert "".join(pieces(views)) == "".join(rendered((view,)) for view in views)
