"""An environment is read from its folder."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conda_kernel.model.environment import NO_FINGERPRINT
from conda_kernel.model.frozen import GENERIC_MESSAGE
from conda_kernel.model.pins import InvalidPin
from conda_kernel.model.prefix import Prefix
from conda_kernel.model.prefix_record import CorruptedEnvironment


@pytest.fixture
def folder(tmp_path: Path) -> Any:
    (tmp_path / "conda-meta").mkdir()
    return tmp_path


def add(
    folder: Path, name: str, version: str = "1.0", file_name: str | None = None, time: int | None = None, **more: Any
) -> Any:
    document = {"name": name, "version": version, "build": "0", "build_number": 0, "subdir": "noarch", **more}
    document.setdefault("channel", "https://conda.anaconda.org/conda-forge/noarch")
    path = folder / "conda-meta" / (file_name or f"{name}-{version}-0.json")
    path.write_text(json.dumps(document), encoding="utf-8")
    if time is not None:
        os.utime(path, ns=(time, time))
    return str(path)


def test_packages_are_sorted_by_name(folder: Path) -> None:
    for name in ("c", "a", "b"):
        add(folder, name)
    (folder / "conda-meta" / "._x.json").write_bytes(b"\xff")
    (folder / "conda-meta" / "state").write_text("{}")

    prefix = Prefix(str(folder))

    assert [installed.name for installed in prefix.records()] == ["a", "b", "c"]
    assert [summary.record.name for summary in prefix.summaries()] == ["a", "b", "c"]
    assert prefix.records()[0].record.channel == "conda-forge"
    assert prefix.problems() == ()
    assert prefix.record("b") == prefix.records()[1]
    assert prefix.record("x") is None


def test_the_names_of_channels_come_from_whoever_knows_the_settings(folder: Path) -> None:
    add(folder, "a")

    assert Prefix(str(folder), lambda text: f"<{text}>").records()[0].record.channel == (
        "<https://conda.anaconda.org/conda-forge>"
    )


@pytest.mark.parametrize("ask", [Prefix.records, Prefix.summaries])
def test_of_two_records_for_one_name_the_newer_counts(folder: Path, ask: Any) -> None:
    add(folder, "a", "2.0", time=1_000)
    add(folder, "a", "1.0", time=2_000)

    prefix = Prefix(str(folder))

    assert [found.record.version for found in ask(prefix)] == ["1.0"]
    assert len(prefix.problems()) == 1
    assert "a-2.0-0.json" in prefix.problems()[0]


@pytest.mark.parametrize("ask", [Prefix.records, Prefix.summaries])
def test_the_content_counts_more_than_the_name_of_its_file(folder: Path, ask: Any) -> None:
    add(folder, "a", file_name="b-1.0-0.json")

    prefix = Prefix(str(folder))

    assert [found.record.name for found in ask(prefix)] == ["a"]
    assert "belongs in `a-1.0-0.json`" in prefix.problems()[0]


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff\xfe", b"[1]"])
@pytest.mark.parametrize("ask", [Prefix.records, Prefix.summaries])
def test_a_damaged_record_is_named(folder: Path, ask: Any, content: Any) -> None:
    path = folder / "conda-meta" / "a-1.0-0.json"
    path.write_bytes(content)

    with pytest.raises(CorruptedEnvironment) as caught:
        ask(Prefix(str(folder)))

    assert caught.value.fields["corrupted_file"] == str(path)
    assert caught.value.fields["environment_location"] == str(folder)


@pytest.mark.parametrize("ask", [Prefix.records, Prefix.summaries, Prefix.fingerprint])
def test_what_is_no_file_is_no_record(folder: Path, ask: Any) -> None:
    expected = ask(Prefix(str(folder)))

    (folder / "conda-meta" / "b.json").mkdir()
    os.mkfifo(folder / "conda-meta" / "c.json")

    assert ask(Prefix(str(folder))) == expected


@pytest.mark.parametrize("ask", [Prefix.records, Prefix.summaries, Prefix.fingerprint])
def test_a_record_that_leads_nowhere_is_named(folder: Path, ask: Any) -> None:
    (folder / "conda-meta" / "a.json").symlink_to("absent")

    with pytest.raises(CorruptedEnvironment, match=r"a\.json"):
        ask(Prefix(str(folder)))


def test_a_link_to_nothing_that_is_no_record_does_not_count(folder: Path) -> None:
    before = Prefix(str(folder)).fingerprint()

    (folder / "conda-meta" / "lock").symlink_to("absent")

    assert Prefix(str(folder)).records() == ()
    assert Prefix(str(folder)).fingerprint() == before


def test_a_folder_of_records_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "conda-meta").symlink_to("conda-meta")

    with pytest.raises(CorruptedEnvironment, match="cannot be read"):
        Prefix(str(tmp_path)).records()


def test_a_history_that_cannot_be_read_is_named(folder: Path) -> None:
    (folder / "conda-meta" / "history").mkdir()

    with pytest.raises(CorruptedEnvironment, match="cannot be read") as caught:
        Prefix(str(folder)).history()

    assert caught.value.fields["corrupted_file"] == str(folder / "conda-meta" / "history")


class Vanishing:
    """A file that is there when the folder is read, and gone a moment later."""

    name = "a-1.0-0.json"

    def is_file(self) -> bool:
        return True

    def stat(self) -> os.stat_result:
        raise FileNotFoundError


def test_a_record_that_vanishes_while_it_is_looked_at_is_left_out(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "scandir", lambda path: contextlib.nullcontext([Vanishing()]))

    assert Prefix(str(folder)).records() == ()


def test_a_record_that_vanishes_before_it_is_opened_is_left_out(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = add(folder, "a")
    listed = list(os.scandir(folder / "conda-meta"))
    monkeypatch.setattr(os, "scandir", lambda path: contextlib.nullcontext(listed))
    assert listed[0].stat()
    os.remove(path)

    assert [installed.name for installed in Prefix(str(folder)).records()] == []


@pytest.mark.parametrize("ask", [Prefix.records, Prefix.summaries, Prefix.history])
def test_what_was_read_is_remembered(folder: Path, ask: Any) -> None:
    add(folder, "a")
    (folder / "conda-meta" / "history").write_text("==> t <==\n# cmd: x\n")
    prefix = Prefix(str(folder))
    before = ask(prefix)

    add(folder, "b")
    (folder / "conda-meta" / "history").write_text("")

    assert ask(prefix) is before
    assert ask(Prefix(str(folder))) != before


def test_a_folder_is_an_environment_by_its_history(folder: Path) -> None:
    assert not Prefix(str(folder)).is_environment

    (folder / "conda-meta" / "history").write_text("")

    assert Prefix(str(folder)).is_environment
    assert Prefix(str(folder)).history().revisions == ()


def test_no_folder_is_no_environment(tmp_path: Path) -> None:
    prefix = Prefix(str(tmp_path / "absent"))

    assert not prefix.is_environment
    assert prefix.records() == ()
    assert prefix.history().revisions == ()
    assert prefix.pins() == ()
    assert prefix.frozen_message() is None
    assert not prefix.unfinished_change()


def test_the_history_is_read(folder: Path) -> None:
    (folder / "conda-meta" / "history").write_text("==> t <==\n# cmd: x\n+c/noarch::a-1-0\n")

    assert Prefix(str(folder)).history().states() == (frozenset({"c/noarch::a-1-0"}),)


def test_a_history_that_is_no_utf_8_is_named(folder: Path) -> None:
    (folder / "conda-meta" / "history").write_bytes(b"\xff")

    with pytest.raises(CorruptedEnvironment, match="UTF-8"):
        Prefix(str(folder)).history()


def test_pins_are_read_with_their_file(folder: Path) -> None:
    path = folder / "conda-meta" / "pinned"
    path.write_text("# x\nnumpy 1.26\n")
    assert [(pin.line, pin.source) for pin in Prefix(str(folder)).pins()] == [(2, str(path))]

    path.write_text("[[\n")
    with pytest.raises(InvalidPin, match="line 1"):
        Prefix(str(folder)).pins()


def test_a_protected_environment_tells_so(folder: Path) -> None:
    marker = folder / "conda-meta" / "frozen"

    marker.write_text('{"message": "ask"}')
    assert Prefix(str(folder)).frozen_message() == "ask"

    marker.write_bytes(b"\xff")
    assert Prefix(str(folder)).frozen_message() == GENERIC_MESSAGE


@pytest.mark.parametrize("make", [lambda path: path.write_text(""), lambda path: path.mkdir()])
def test_a_journal_tells_of_an_unfinished_change(folder: Path, make: Callable[[Path], object]) -> None:
    make(folder / "conda-meta" / "journal")

    assert Prefix(str(folder)).unfinished_change()


def test_what_is_no_environment_has_the_fingerprint_that_plans_for_new_ones_begin_with(tmp_path: Path) -> None:
    (tmp_path / "conda-meta").mkdir()
    for path in (tmp_path, tmp_path / "missing", os.devnull):
        assert Prefix(os.fspath(path)).fingerprint() == NO_FINGERPRINT


def test_the_fingerprint_tells_one_state_from_another(folder: Path) -> None:
    path = add(folder, "a", time=1_000)
    seen = {Prefix(str(folder)).fingerprint()}
    assert Prefix(str(folder)).fingerprint() in seen

    os.utime(path, ns=(2_000, 2_000))
    seen.add(Prefix(str(folder)).fingerprint())
    add(folder, "b", time=1_000)
    seen.add(Prefix(str(folder)).fingerprint())
    (folder / "conda-meta" / "history").write_text("x")
    seen.add(Prefix(str(folder)).fingerprint())
    os.remove(path)
    seen.add(Prefix(str(folder)).fingerprint())

    assert len(seen) == 5


def test_what_is_not_state_leaves_the_fingerprint_alone(folder: Path) -> None:
    add(folder, "a")
    before = Prefix(str(folder)).fingerprint()

    (folder / "conda-meta" / "journal").write_text("")
    (folder / "conda-meta" / "state").write_text("{}")

    assert Prefix(str(folder)).fingerprint() == before


def test_listing_packages_reads_no_match_spec_and_imports_nothing_dear(folder: Path) -> None:
    add(folder, "a")
    program = (
        "import sys; from conda_kernel.model.prefix_packages import PrefixPackages;"
        "assert len(PrefixPackages(sys.argv[1]).summaries()) == 1; print(*sys.modules)"
    )

    result = subprocess.run(
        [sys.executable, "-I", "-c", program, str(folder)], check=True, capture_output=True, text=True
    )

    dear = {"dataclasses", "pathlib", "inspect", "urllib.request", "urllib.parse", "hashlib", "ast"}
    loaded = set(result.stdout.split())
    assert not {name for name in loaded if "match_spec" in name or "version" in name}
    assert not dear & loaded - modules_of_bare_python()


def modules_of_bare_python() -> set[str]:
    program = "import sys; print(*sys.modules)"
    result = subprocess.run([sys.executable, "-I", "-c", program], check=True, capture_output=True, text=True)
    return set(result.stdout.split())


def test_reading_writes_nothing(folder: Path) -> None:
    add(folder, "a")
    (folder / "conda-meta" / "history").write_text("")
    (folder / "conda-meta").chmod(0o555)
    before = sorted(os.listdir(folder / "conda-meta"))

    prefix = Prefix(str(folder))
    prefix.records(), prefix.summaries(), prefix.history(), prefix.pins(), prefix.frozen_message(), prefix.fingerprint()

    (folder / "conda-meta").chmod(0o755)
    assert sorted(os.listdir(folder / "conda-meta")) == before
