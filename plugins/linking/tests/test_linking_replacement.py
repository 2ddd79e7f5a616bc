"""Tests of what becomes of a placeholder."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conda_linking.faults import PlaceholderTooShort
from conda_linking.replacement import LONGEST_SHEBANG, replaced

OLD = "/opt/placeholder/of/some/length"
NEW = "/env"


def changed(data: bytes, mode: str = "text", new: str = NEW, old: str = OLD, subdir: str = "linux-64") -> bytes:
    return replaced(data, mode, old, new, subdir, "some/file")


def test_the_table_of_prefix_replacement_holds(shared: Path) -> None:
    cases = json.loads((shared / "spec" / "cases" / "packages.json").read_text())["prefix_replacement"]

    for case in cases:
        # The table sends Python through `env`, as every other program; ours starts Python by its path, so that the
        # rows stand for other programs here.
        data, result = (
            base64.b64decode(case[key] or "").replace(b"/bin/python", b"/bin/perl").replace(b"env python", b"env perl")
            for key in ("data_b64", "result_b64")
        )
        if case["error"]:
            with pytest.raises(PlaceholderTooShort):
                changed(data, case["mode"], case["new_prefix"], case["placeholder"], case["subdir"])
        else:
            found = changed(data, case["mode"], case["new_prefix"], case["placeholder"], case["subdir"])
            assert found == result, case["name"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_text_is_replaced_in_every_encoding(encoding: str) -> None:
    text = f"path = {OLD}/lib; {OLD}\n"

    assert changed(text.encode(encoding)) == text.replace(OLD, NEW).encode(encoding)


@pytest.mark.parametrize(
    ("encoding", "width"), [("utf-8", 1), ("utf-16-le", 2), ("utf-16-be", 2), ("utf-32-le", 4), ("utf-32-be", 4)]
)
def test_a_string_in_a_binary_keeps_its_length_in_every_encoding(encoding: str, width: int) -> None:
    end = bytes(width)
    data = b"\1" * width + f"{OLD}/lib:{OLD}/bin".encode(encoding) + end + "next".encode(encoding) + end

    found = changed(data, "binary")

    padding = bytes(width * 2 * (len(OLD) - len(NEW)))
    assert (
        found == b"\1" * width + f"{NEW}/lib:{NEW}/bin".encode(encoding) + padding + end + "next".encode(encoding) + end
    )


def test_half_of_a_wide_character_does_not_end_a_string() -> None:
    # U+0100 and U+0061 side by side hold two NUL bytes in a row that are no terminator.
    tail = "\u0061\u0100"
    data = (OLD + tail).encode("utf-16-be") + b"\0\0"

    found = changed(data, "binary")

    assert found == (NEW + tail).encode("utf-16-be") + b"\0\0" * (len(OLD) - len(NEW)) + b"\0\0"


def test_too_long_a_prefix_is_refused_with_both_lengths() -> None:
    new = "/" + "e" * len(OLD)

    with pytest.raises(PlaceholderTooShort, match="some/file") as caught:
        changed(OLD.encode() + b"\0", "binary", new)

    assert (caught.value.fields["placeholder_length"], caught.value.fields["prefix_length"]) == (len(OLD), len(new))
    assert caught.value.fields["placeholder"] == OLD


def test_lengths_are_counted_in_bytes() -> None:
    new = "/" + "é" * (len(OLD) - 2)

    with pytest.raises(PlaceholderTooShort):
        changed(OLD.encode() + b"\0", "binary", new)


@pytest.mark.parametrize("where", ["with blank", "l" * LONGEST_SHEBANG])
@pytest.mark.parametrize(
    "body",
    [
        "import sys\nprint(sys.argv[1:])\n",
        "# -*- coding: latin-1 -*-\nimport sys\nword = 'é'\nprint(sys.argv[1:])\n",
        '"""A docstring."""\nimport sys\nprint(sys.argv[1:])\n',
    ],
)
def test_a_python_script_runs_by_a_path_that_no_first_line_can_hold(tmp_path: Path, where: str, body: str) -> None:
    prefix = tmp_path / where
    (prefix / "bin").mkdir(parents=True)
    (prefix / "bin" / "python").symlink_to(sys.executable)
    script = prefix / "bin" / "script"
    script.write_bytes(changed(f"#!{OLD}/bin/python -Es\n".encode() + body.encode("latin-1"), new=str(prefix)))
    script.chmod(0o755)

    ended = subprocess.run([str(script), "a b", "c"], capture_output=True, text=True, check=True, env={})

    assert ended.stdout == "['a b', 'c']\n"
    assert ended.stderr == ""


def test_what_cannot_be_quoted_or_must_come_first_is_looked_up_in_the_path() -> None:
    env = b"#!/usr/bin/env python\n"

    assert changed(f"#!{OLD}/bin/python\nx\n".encode(), new="/a $b") == env + b"x\n"
    assert changed(f"#!{OLD}/bin/python\nfrom __future__ import x\n".encode(), new="/a b").startswith(env)


def test_a_first_line_without_the_placeholder_stays() -> None:
    long = b"#!/usr/bin/" + b"x" * 200 + b"\n"

    assert changed(long + OLD.encode()) == long + NEW.encode()


def test_a_prefix_that_is_no_text_is_written_as_it_is() -> None:
    new = os.fsdecode(b"/caf\xe9")

    assert changed(f"{OLD}/x".encode(), new=new) == b"/caf\xe9/x"


@given(
    st.lists(st.sampled_from([OLD.encode(), b"\0", b"/lib", b":", OLD.encode("utf-16-le"), b"\0\0", b"\xff"])),
)
def test_a_binary_never_changes_its_length(pieces: list[bytes]) -> None:
    data = b"".join(pieces)

    found = changed(data, "binary")

    assert len(found) == len(data)
    assert OLD.encode() + b"\0" not in found
