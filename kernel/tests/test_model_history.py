"""The log of an environment is read in all its forms and written so that it can be read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conda_kernel.model.history import History, Revision, history_block, parse_spec_list

CASES = Path(__file__).resolve().parents[3] / "shared" / "spec" / "cases" / "packages.json"


TABLE: dict[str, Any] = json.loads(CASES.read_text(encoding="utf-8"))["history"] if CASES.is_file() else {}
needs_table = pytest.mark.skipif(not TABLE, reason="shared/spec/cases/packages.json is not beside the repository")


@needs_table
def test_the_revisions_are_those_of_the_table() -> None:
    assert len(History.parse(TABLE["text"]).revisions) == TABLE["revisions"]


@needs_table
@pytest.mark.parametrize(("name", "spec"), TABLE.get("requested", {}).items(), ids=str)
def test_a_package_was_requested_as_the_table_says(name: str, spec: str) -> None:
    assert str(History.parse(TABLE["text"]).requested(TABLE["installed"])[name]) == spec


@needs_table
def test_nothing_was_requested_but_what_the_table_says() -> None:
    assert list(History.parse(TABLE["text"]).requested(TABLE["installed"])) == sorted(TABLE["requested"])


@needs_table
@pytest.mark.parametrize(
    ("number", "state"), [pytest.param(number, row, id=row[0]) for number, row in enumerate(TABLE.get("states", ()))]
)
def test_a_state_is_that_of_the_table(number: int, state: list[Any]) -> None:
    history = History.parse(TABLE["text"])

    assert [history.revisions[number].time, sorted(history.states()[number])] == state


@needs_table
@pytest.mark.parametrize("row", TABLE.get("old_format", ()), ids=lambda row: str(row["input"]))
def test_the_old_form_of_specs_is_read_as_in_the_table(row: dict[str, Any]) -> None:
    assert list(parse_spec_list(row["input"])) == row["specs"]


@pytest.mark.parametrize(
    ("text", "specs"),
    [
        ("['a', \"b[version='>=1']\"]", ("a", "b[version='>=1']")),
        ("[]", ()),
        ("[u'a', b'b',]", ("a", "b")),
        (r"['it\'s', 'a\\b', '\x41\u00e4\n']", ("it's", "a\\b", "Aä\n")),
        ("  ['a']  ", ("a",)),
        (r"['\U0010ffff', '\U00110000']", ("\U0010ffff", r"\U00110000")),
        (">=1,a", (">=1", "a")),
    ],
)
def test_a_list_of_specs_is_read(text: str, specs: Any) -> None:
    assert parse_spec_list(text) == specs


@pytest.mark.parametrize("text", ["['a'", "['a'x", "[a]", "['a' 'b']", "[__import__('os')]", "['a', 1]", "[,]"])
def test_a_damaged_list_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        parse_spec_list(text)


@given(st.lists(st.text(max_size=10), max_size=4))
def test_any_list_of_texts_can_be_read_as_python_writes_it(specs: Any) -> None:
    assert parse_spec_list(repr(specs)) == tuple(specs)


def test_a_very_old_file_holds_whole_states() -> None:
    history = History.parse("==> 2012-01-01 00:00:00 <==\na-1-0\nb-1-0\n==> 2013-01-01 00:00:00 <==\n-a-1-0\n+a-2-0\n")

    assert [sorted(state) for state in history.states()] == [["a-1-0", "b-1-0"], ["a-2-0", "b-1-0"]]


def test_an_old_list_may_have_empty_pieces() -> None:
    assert parse_spec_list("a,, ,b >=1,<2,") == ("a", "b >=1,<2")


def test_other_comments_are_passed_over() -> None:
    history = History.parse("==> t <==\n# cmd: x\n# written by hand\n#\n+a-1-0\n")

    assert history.revisions == (Revision("t", "x", added=("a-1-0",)),)
    assert history.warnings == ()


def test_an_empty_file_has_no_revisions() -> None:
    assert History.parse("") == History()


def test_what_stands_before_the_first_head_is_passed_over() -> None:
    assert History.parse("+a-1-0\n+damaged line\n# cmd: x\n") == History()


def test_damaged_lines_are_passed_over_with_a_warning() -> None:
    text = "==> now <==\n# cmd: x\n+a b c\n+\n# update specs: ['a\n# remove specs: [os.system('x')]\n+b-1-0\r\n"

    history = History.parse(text)

    assert history.states() == (frozenset({"b-1-0"}),)
    assert len(history.warnings) == 4
    assert all(str(line) in warning for line, warning in zip((3, 4, 5, 6), history.warnings, strict=True))


def test_warnings_show_neither_secrets_nor_control_characters() -> None:
    history = History.parse("==> now <==\n+https://u:hunter2@h/c::a b\x1b[31m\n")

    assert history.warnings
    assert "hunter2" not in history.warnings[0]
    assert history.warnings[0].isprintable()


def test_a_tool_of_another_name_is_read() -> None:
    revision = History.parse("==> t <==\n# cmd: x\n# conda version: 26.7.0\n# other version: 1\n").revisions[0]

    assert revision.tools == (("conda", "26.7.0"), ("other", "1"))


def requested(*lines: Any) -> Any:
    text = "".join(f"==> t <==\n# cmd: x\n{line}\n" for line in lines)
    return {name: str(spec) for name, spec in History.parse(text).requested().items()}


def test_nothing_of_a_revision_is_taken_for_the_next_one() -> None:
    text = "==> 1 <==\n# cmd: x\n# conda version: 1\n+a-1-0\n-b-1-0\n# update specs: ['a']\n==> 2 <==\n==> 3 <==\n"

    assert History.parse(text).revisions == (
        Revision("1", "x", (("conda", "1"),), ("b-1-0",), ("a-1-0",), (), ("a",)),
        Revision("2"),
        Revision("3"),
    )


def test_later_revisions_win() -> None:
    assert (
        requested("# update specs: ['a=1']", "# install specs: ['a=2']")["a"]
        == requested("# create specs: ['a=2']")["a"]
    )


@pytest.mark.parametrize("word", ["remove", "uninstall"])
def test_removed_specs_are_forgotten(word: str) -> None:
    assert requested("# update specs: ['a', 'b']", f"# {word} specs: ['a']") == {"b": "b"}


def test_within_a_revision_removal_comes_first_and_neutered_last() -> None:
    assert requested("# neutered specs: ['a']\n# update specs: ['a=1']\n# remove specs: ['a']") == {"a": "a"}


def test_specs_that_cannot_be_read_and_features_are_passed_over() -> None:
    assert requested("# update specs: ['a[[', 'mkl@', 'b']") == {"b": "b"}


def test_revisions_without_a_command_do_not_count() -> None:
    assert History.parse("==> t <==\n# update specs: ['a']\n").requested() == {}


def test_what_is_not_installed_is_not_requested() -> None:
    history = History.parse("==> t <==\n# cmd: x\n# update specs: ['a', 'b']\n")

    assert list(history.requested(["b", "c"])) == ["b"]


def block(**more: Any) -> Any:
    return history_block(**{"time": "2026-11-22 09:00:00", "command": "conda install a", "version": "26.7.0", **more})


def test_a_block_looks_as_conda_writes_it() -> None:
    text = block(
        removed=["c/noarch::b-1-0", "c/noarch::a-1-0"],
        added=["c/noarch::a-2-0"],
        update_specs=["a=2", "b[version='>=1']"],
        remove_specs=["x"],
        neutered_specs=["y"],
    )

    assert text == (
        "==> 2026-11-22 09:00:00 <==\n"
        "# cmd: conda install a\n"
        "# conda version: 26.7.0\n"
        "-c/noarch::a-1-0\n"
        "-c/noarch::b-1-0\n"
        "+c/noarch::a-2-0\n"
        "# update specs: ['a=2', \"b[version='>=1']\"]\n"
        "# remove specs: ['x']\n"
        "# neutered specs: ['y']\n"
    )


def test_a_block_holds_no_secrets() -> None:
    text = block(
        command="conda install -c https://u:hunter2@h/t/hunter3/c a", update_specs=["https://u:hunter2@h/c::a"]
    )

    assert "hunter" not in text


def test_no_text_can_begin_a_line() -> None:
    text = block(
        command="x\n+evil-1-0\n==> 2000 <==", added=["a\n+b"], update_specs=["a\n# cmd: y"], time="t\n==> u <=="
    )

    assert len(text.splitlines()) == 5
    assert len(History.parse(text).revisions) <= 1


dists = st.from_regex(r"[a-z]{1,4}/noarch::[a-z]{1,4}-[0-9.]{1,4}-[0-9]", fullmatch=True)
specs = st.lists(st.from_regex(r"[a-z]{1,5}(\[version='>=[0-9]'\])?", fullmatch=True), max_size=3)


@given(st.sets(dists, max_size=4), st.sets(dists, max_size=4), specs, specs, specs)
def test_a_block_that_is_written_can_be_read(
    removed: set[str], added: set[str], update_specs: list[str], remove_specs: list[str], neutered_specs: list[str]
) -> None:
    text = block(
        removed=removed,
        added=added,
        update_specs=update_specs,
        remove_specs=remove_specs,
        neutered_specs=neutered_specs,
    )

    (revision,) = History.parse(text).revisions

    assert revision.command == "conda install a"
    assert (set(revision.removed), set(revision.added)) == (removed, added)
    assert (list(revision.update_specs), list(revision.remove_specs)) == (update_specs, remove_specs)
    assert list(revision.neutered_specs) == neutered_specs


@given(
    st.text(max_size=80)
    | st.lists(st.sampled_from(["==> t <==", "+a", "-a", "# cmd: x", "# update specs: ["])).map("\n".join)
)
def test_any_text_is_a_history(text: str) -> None:
    history = History.parse(text)

    assert len(history.states()) == len(history.revisions)
    history.requested()
