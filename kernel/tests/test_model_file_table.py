"""Tests of the table of a package's files, and of its text, which anybody may have written."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conda_kernel.model.file_table import NO_FILES, FileTable, file_table, file_table_text
from conda_kernel.model.manifest import PathEntry
from conda_kernel.model.package import PackageRecord
from conda_kernel.model.paths import is_reserved
from conda_kernel.model.prefix_record import InstalledPath, PrefixRecord, prefix_record, prefix_record_text

MARK = "1 2 3"
SHA = "ab" * 32
PARTS = st.text(
    st.characters(codec="utf-8", categories=("L", "N"), include_characters="-_+'\" "), min_size=1, max_size=8
)
PATHS = st.lists(st.lists(PARTS, min_size=1, max_size=3).map("/".join), unique=True, max_size=8).filter(
    lambda paths: not any(map(is_reserved, paths))
)
ENTRIES = st.builds(
    PathEntry,
    path=st.just(""),
    path_type=st.sampled_from(["hardlink", "softlink", "directory"]),
    sha256=st.sampled_from([None, SHA, "0" * 64]),
    size_in_bytes=st.none() | st.integers(0, 2**63 - 1),
    no_link=st.booleans(),
    prefix_placeholder=st.sampled_from([None, "/opt/placeholder"]),
).map(lambda entry: entry._replace(file_mode="text" if entry.prefix_placeholder else None))


def text_of(paths: str = "a", sizes: str = "1", digests: str = SHA, others: object = ()) -> str:
    return "\n".join((MARK, paths, sizes, digests, json.dumps(others), ""))


@given(PATHS, st.data())
def test_a_table_holds_what_it_was_made_of_and_so_does_its_text(paths: list[str], data: st.DataObject) -> None:
    entries = [data.draw(ENTRIES)._replace(path=path) for path in paths]

    table = FileTable.of(entries)

    assert sorted(table.entries()) == sorted(entries, key=lambda entry: entry.path)
    assert file_table(file_table_text(table, MARK), MARK) == table


def test_plain_files_are_those_that_are_linked_as_they_are() -> None:
    plain = PathEntry("a", sha256=SHA, size_in_bytes=0)
    others = [
        PathEntry("b", sha256=SHA),
        PathEntry("c", size_in_bytes=1),
        plain._replace(path="d", no_link=True),
        plain._replace(path="e", prefix_placeholder="/opt", file_mode="text"),
        plain._replace(path="f", path_type="softlink"),
    ]

    assert FileTable.of([*others, plain]) == FileTable(("a",), (0,), (SHA,), tuple(others))


def test_the_text_of_another_list_is_no_table() -> None:
    text = file_table_text(FileTable(("a",), (1,), (SHA,)), MARK)

    assert file_table(text, MARK) == FileTable(("a",), (1,), (SHA,))
    assert file_table(text, "1 2 4") is None
    assert file_table(text_of(paths="conda-meta.txt"), MARK) == FileTable(("conda-meta.txt",), (1,), (SHA,))
    assert file_table("", "") is None
    assert all(file_table(text[:length], MARK) is None for length in range(len(text)))


@pytest.mark.parametrize(
    "changed",
    [
        {"paths": "../a"},
        {"paths": "/a"},
        {"paths": "a/../b"},
        {"paths": "a//b"},
        {"paths": "a/."},
        {"paths": "C:a"},
        {"paths": "a\x1b[2J"},
        {"paths": "conda-meta/history"},
        {"paths": "Conda-Meta/history"},
        {"paths": "conda-meta"},
        {"paths": "a\\a", "sizes": "1 1", "digests": f"{SHA} {SHA}"},
        {"paths": "a\\b"},
        {"sizes": "-1"},
        {"sizes": "x"},
        {"sizes": str(2**63)},
        {"sizes": "9" * 5000},
        {"digests": SHA[:-1]},
        {"digests": SHA[:-1] + "g"},
        {"digests": SHA.upper()},
        {"others": [{"_path": "../b", "path_type": "hardlink"}]},
        {"others": [{"_path": "conda-meta/b", "path_type": "hardlink"}]},
        {"others": [{"_path": "a", "path_type": "hardlink"}]},
        {"others": [{"_path": "b", "path_type": "device"}]},
        {"others": [7]},
        {"others": 7},
    ],
)
def test_a_text_that_holds_what_no_list_may_is_no_table(changed: dict[str, Any]) -> None:
    assert file_table(text_of(), MARK) is not None
    assert file_table(text_of(**changed), MARK) is None


def test_a_record_lists_plain_files_as_it_does_others() -> None:
    record = PackageRecord("a", "1", "0", 0, "c", "linux-64", "a-1-0.conda", "https://host/c/linux-64/a-1-0.conda")
    plain = FileTable(('bin/naïve "a"', "share/b"), (3, 0), (SHA, "0" * 64))
    paths = [
        InstalledPath(path, sha256=digest, size_in_bytes=size)
        for path, size, digest in zip(plain.paths, plain.sizes, plain.digests, strict=True)
    ]
    link = InstalledPath("lib/c", "softlink")

    told = prefix_record_text(PrefixRecord(record, files=("lib/c",), paths=(link,)), plain)

    assert told == prefix_record_text(PrefixRecord(record, files=(*plain.paths, "lib/c"), paths=(*paths, link)))
    assert prefix_record(told, "a.json").files == (*plain.paths, "lib/c")
    assert prefix_record_text(PrefixRecord(record), NO_FILES) == prefix_record_text(PrefixRecord(record))
