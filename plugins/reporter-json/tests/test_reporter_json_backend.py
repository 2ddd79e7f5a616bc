"""With `--json` standard output holds one document, whatever happens."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conda_kernel.breadcrumb import Breadcrumb
from conda_kernel.context import Context
from conda_kernel.errors import Declined
from conda_kernel.kernel import Kernel
from conda_kernel.model.event import Advanced, Event, Finished, Question, Shown, Started, Told, Warned
from conda_kernel.model.layer import Entry, Layer
from conda_kernel.model.result import Result, Text
from conda_kernel.model.secret import Secret
from conda_kernel.plugin_index import PluginIndex
from conda_kernel.reporting import Reporter
from conda_kernel.terminal import Terminal
from conda_reporter_json.backend import JsonReporter, document_text, member_texts

CONDA = os.path.join(os.path.dirname(sys.executable), "conda")


class Streams:
    """A reporter whose standard output and standard error are files."""

    def __init__(self, folder: Path, **settings: object) -> None:
        self._paths = (folder / "stdout", folder / "stderr")
        stdout, stderr = (os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND) for path in self._paths)
        self.terminal = Terminal(0, stdout, stderr)
        layer = Layer("test", {name: Entry(value, "the test") for name, value in settings.items()})
        kernel = Kernel(
            PluginIndex.of([]),
            Context([layer], root_prefix=str(folder)),
            Reporter(self.terminal),
            terminal=self.terminal,
            breadcrumb=Breadcrumb(None),
        )
        self.reporter = JsonReporter(kernel)

    @property
    def stdout(self) -> str:
        return self._paths[0].read_text()

    @property
    def stderr(self) -> str:
        return self._paths[1].read_text()

    def shown(self, document: object) -> object:
        self.reporter.show(Result(document))  # type: ignore[arg-type] # what a plugin gives back is not checked
        return json.loads(self.stdout)


def test_the_document_is_printed_with_a_line_end(tmp_path: Path) -> None:
    streams = Streams(tmp_path)

    streams.reporter.show(Result({"b": 1, "a": ["ü"]}, (Text("for people"),)))

    assert streams.stdout == '{\n  "b": 1,\n  "a": [\n    "\\u00fc"\n  ]\n}\n'
    assert streams.stderr == ""


def test_an_error_is_a_document_on_standard_output(tmp_path: Path) -> None:
    streams = Streams(tmp_path)

    streams.reporter.show(Result({"error": "X: y"}, (Text("error: y"),), exit_status=1, failed=True))

    assert json.loads(streams.stdout) == {"error": "X: y"}
    assert streams.stderr == ""


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ((1, 2), [1, 2]),
        ({"b", "a"}, ["a", "b"]),
        (frozenset({10, 9}), [9, 10]),
        ({1, "a", None}, [1, None, "a"]),
        (MappingProxyType({"a": MappingProxyType({})}), {"a": {}}),
        (Secret("hush"), "<hidden>"),
        ("\udc80", "\udc80"),
        (None, None),
    ],
)
def test_values_become_what_json_knows(tmp_path: Path, value: object, read: object) -> None:
    assert Streams(tmp_path).shown({"value": value}) == {"value": read}


def test_a_document_shows_no_login_and_no_token(tmp_path: Path) -> None:
    document = {"url": "https://user:pw@h/t/tk-1/c", "files": [{"u:p@h": 1}], "mail": "a@b"}

    assert Streams(tmp_path).shown(document) == {
        "url": "https://<hidden>@h/t/<hidden>/c",
        "files": [{"<hidden>@h": 1}],
        "mail": "a@b",
    }


@pytest.mark.parametrize("value", [object(), b"bytes", float("nan"), {(1, 2): 3}, 1j])
def test_what_json_cannot_hold_is_an_error_document(tmp_path: Path, value: object) -> None:
    document = Streams(tmp_path).shown({"value": value})

    assert isinstance(document, dict)
    assert document["exception_name"] == "UnwritableResult"
    assert document["success"] is False


def test_a_document_that_contains_itself_is_an_error_document(tmp_path: Path) -> None:
    endless: list[object] = []
    endless.append(endless)

    document = Streams(tmp_path).shown(endless)

    assert isinstance(document, dict)
    assert document["exception_name"] == "UnwritableResult"


def test_warnings_are_lines_on_standard_error(tmp_path: Path) -> None:
    streams = Streams(tmp_path)

    streams.reporter.tell(Warned("a thing at https://user:password@host/x", "do that"))

    assert streams.stderr == "warning: a thing at https://<hidden>@host/x\nhint: do that\n"
    assert streams.stdout == ""


@pytest.mark.parametrize(
    "event",
    [Started("t", "task", 3, "files"), Advanced("t", 1), Finished("t"), Told("note"), Shown((Text("plan"),))],
)
def test_nothing_else_is_told(tmp_path: Path, event: Event) -> None:
    streams = Streams(tmp_path, verbosity=3)

    streams.reporter.tell(event)

    assert (streams.stdout, streams.stderr) == ("", "")


def test_a_question_whose_answer_is_yes_by_default_is_answered_with_yes(tmp_path: Path) -> None:
    assert Streams(tmp_path).reporter.ask(Question("Proceed", default=True)) is True


def test_any_other_question_names_the_option_that_answers_it(tmp_path: Path) -> None:
    with pytest.raises(Declined) as caught:
        Streams(tmp_path).reporter.ask(Question("Remove everything", default=False, otherwise="name a package"))

    assert caught.value.hint == "name a package, or use `--yes`"


def test_who_has_agreed_beforehand_is_not_asked(tmp_path: Path) -> None:
    assert Streams(tmp_path, always_yes=True).reporter.ask(Question("Remove everything", default=False)) is True


def test_a_full_standard_output_is_told_to_the_caller(tmp_path: Path) -> None:
    streams = Streams(tmp_path)
    streams.terminal.stdout = None

    with pytest.raises(OSError, match="closed"):
        streams.reporter.show(Result({}))


@pytest.mark.parametrize(
    "words", [["list"], ["list", "-p", "/nonexistent"], ["list", "--bad-option"], ["no-such-command"], ["info"]]
)
def test_the_executable_prints_one_document(tmp_path: Path, words: list[str]) -> None:
    environ = {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache"), "PATH": os.environ["PATH"]}

    done = subprocess.run([CONDA, *words, "--json"], env=environ, capture_output=True, text=True, check=False)

    document = json.loads(done.stdout)
    assert done.stdout.endswith("}\n")
    assert document.get("success", True) is (done.returncode == 0)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.just("https://me:pw@h/t/tk-1/c"),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(st.dictionaries(st.text() | st.just("https://me:pw@h"), JSON))
def test_members_that_are_written_one_by_one_make_the_same_document(document: dict[str, object]) -> None:
    assert "".join(member_texts(MappingProxyType(document))) == document_text(document) + "\n"


class Members(Mapping[str, object]):
    """A large mapping that is made while somebody goes through it, and what happens in the midst."""

    def __init__(self, then: Callable[[], None]) -> None:
        self._then = then

    def __iter__(self) -> Iterator[str]:
        yield from (f"name {number}" for number in range(1000))
        self._then()

    def __getitem__(self, name: str) -> object:
        return name * 100

    def __len__(self) -> int:
        raise AssertionError("nobody needs to count them")


def test_a_large_mapping_is_written_while_it_is_made(tmp_path: Path) -> None:
    streams = Streams(tmp_path)
    already: list[str] = []
    streams.reporter.show(Result(Members(lambda: already.append(streams.stdout))))

    assert list(json.loads(streams.stdout)) == [f"name {number}" for number in range(1000)]
    assert streams.stdout.startswith(already[0])
    assert len(already[0]) > len(streams.stdout) // 2


def test_what_goes_wrong_while_a_document_is_made_is_no_second_document(tmp_path: Path) -> None:
    def fail() -> None:
        raise Declined("the channel of https://me:pw@h is gone")

    streams = Streams(tmp_path)
    reporter = Reporter(streams.terminal)
    reporter.attach(streams.reporter)
    with pytest.raises(OSError, match=r"^the channel of https://<hidden>@h is gone$"):
        reporter.show(Result(Members(fail)))
    assert streams.stdout.count('"name 0": ') == 1
    assert "exception_name" not in streams.stdout
