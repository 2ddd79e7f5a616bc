"""The `info` folder of a package tells its files, links and entry points."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conda_kernel.model.file_table import FileTable, usual_table
from conda_kernel.model.manifest import (
    DEFAULT_PLACEHOLDER,
    EntryPoint,
    InvalidManifest,
    PathEntry,
    _without_repeats,
    bytecode_path,
    major_minor,
    noarch_target,
    parse_has_prefix,
    path_entry,
    read_link_json,
    read_manifest,
    site_packages_folder,
)
from conda_kernel.model.paths import UnsafePath

CASES = Path(__file__).resolve().parents[3] / "shared" / "spec" / "cases" / "packages.json"
SHA256 = "f453db4ffe2271ec492a2913af4e61d4a6c118201f07de757df0eff769b65d2e"


def cases(table: Any, key: str) -> Any:
    if not CASES.is_file():
        reason = "there is no folder `shared` beside the repository"
        return [pytest.param(None, marks=pytest.mark.skip(reason=reason))]
    rows = json.loads(CASES.read_text(encoding="utf-8"))[table]
    return [pytest.param(row, id=ascii(row[key])) for row in rows]


def package(folder: Path, **files: Any) -> Any:
    (folder / "info").mkdir()
    for name, content in files.items():
        text = content if isinstance(content, str) else json.dumps(content)
        (folder / "info" / name.replace("_json", ".json")).write_text(text, encoding="utf-8")
    return str(folder)


@pytest.mark.parametrize("row", cases("entry_points", "input"))
def test_an_entry_point_is_read_as_in_the_table(row: dict[str, Any]) -> None:
    if row["result"] == "error":
        with pytest.raises(InvalidManifest):
            EntryPoint.parse(row["input"])
    else:
        assert list(EntryPoint.parse(row["input"])) == row["result"]


@pytest.mark.parametrize(
    "text",
    [
        "a = import os;x:y",
        "a = b:c()",
        "a = class:x",
        "a = b:None",
        "a = b..c:d",
        "a = 1b:c",
        "a b = c:d",
        "a\nb = c:d",
        "a:x = c:d",
        "",
    ],
)
def test_code_is_no_entry_point(text: str) -> None:
    with pytest.raises(InvalidManifest):
        EntryPoint.parse(text)


@given(st.text(max_size=20))
def test_whatever_passes_as_an_entry_point_is_harmless(text: str) -> None:
    try:
        point = EntryPoint.parse(f"a = {text}")
    except InvalidManifest:
        return
    assert all(part.isidentifier() for part in f"{point.module}.{point.function}".split("."))
    assert EntryPoint.parse(str(point)) == point


@pytest.mark.parametrize("row", cases("noarch_paths", "path"))
def test_a_noarch_file_goes_where_the_table_says(row: dict[str, Any]) -> None:
    assert noarch_target(row["path"], row["python"]) == row["target"]


@pytest.mark.parametrize("row", cases("pyc", "py"))
def test_bytecode_lies_where_the_table_says(row: dict[str, Any]) -> None:
    assert bytecode_path(row["py"], row["python"]) == row["pyc"]


@pytest.mark.parametrize("row", cases("major_minor", "version"))
def test_two_numbers_of_a_version_count(row: dict[str, Any]) -> None:
    assert major_minor(row["version"]) == row["major_minor"]


@pytest.mark.parametrize("row", cases("has_prefix", "text"))
def test_has_prefix_is_read_as_in_the_table(row: dict[str, Any]) -> None:
    if row["result"] == "error":
        with pytest.raises(InvalidManifest):
            parse_has_prefix(row["text"])
    else:
        assert {path: list(found) for path, found in parse_has_prefix(row["text"]).items()} == row["result"]


@pytest.mark.parametrize(
    ("path", "python", "target"),
    [
        ("site-packages/x/a.py", "3.12.4", "lib/python3.12/site-packages/x/a.py"),
        ("python-scripts/tool", "3.12.4", "bin/tool"),
        ("share/x/site-packages/y", "3.12.4", "share/x/site-packages/y"),
    ],
)
def test_a_noarch_file_has_its_place(path: str, python: str, target: str) -> None:
    assert noarch_target(path, python) == target


@pytest.mark.parametrize(
    ("source", "python", "bytecode"),
    [
        ("lib/a/b.py", "3.12", "lib/a/__pycache__/b.cpython-312.pyc"),
        ("a.py", "3.9", "__pycache__/a.cpython-39.pyc"),
        ("lib/a.py", "27", "lib/a.pyc"),
    ],
)
def test_bytecode_has_its_place(source: str, python: str, bytecode: str) -> None:
    assert bytecode_path(source, python) == bytecode


@pytest.mark.parametrize(("version", "two"), [("3.12.4", "3.12"), ("27", "2.7"), ("3", "3.0"), ("3.13t", "3.13")])
def test_two_numbers_are_those_of_python(version: str, two: str) -> None:
    assert major_minor(version) == two


@pytest.mark.parametrize("text", ["../x = b:c", ".x = b:c", "a/b = c:d", " = b:c"])
def test_a_command_that_is_no_plain_file_name_is_refused(text: str) -> None:
    with pytest.raises(InvalidManifest):
        EntryPoint.parse(text)


def test_python_says_where_its_packages_lie() -> None:
    stated = "lib/python3.13t/site-packages"

    assert noarch_target("site-packages/x.py", "3.13.0", stated) == f"{stated}/x.py"
    assert site_packages_folder("3.13.0", windows=True) == "Lib/site-packages"
    assert noarch_target("python-scripts/x", "3.13.0", windows=True) == "Scripts/x"
    with pytest.raises(UnsafePath):
        site_packages_folder("3.13.0", "../../evil")
    with pytest.raises(InvalidManifest):
        site_packages_folder("x/../y")


def test_the_new_list_of_files_is_read(tmp_path: Path) -> None:
    entries = [
        {"_path": "bin/a", "path_type": "hardlink", "sha256": SHA256.upper(), "size_in_bytes": 3},
        {"_path": "lib/./b", "prefix_placeholder": "/opt/ph"},
        {"_path": "lib/c", "prefix_placeholder": "/opt/ph", "file_mode": "binary", "no_link": True},
        {"_path": "lib/d", "path_type": "softlink", "file_mode": "binary"},
        {"_path": "e/", "path_type": "directory"},
    ]

    manifest = read_manifest(package(tmp_path, paths_json={"paths_version": 1, "paths": entries}, files="ignored\n"))

    assert manifest == (
        PathEntry("bin/a", "hardlink", SHA256, 3),
        PathEntry("lib/b", prefix_placeholder="/opt/ph", file_mode="text"),
        PathEntry("lib/c", no_link=True, prefix_placeholder="/opt/ph", file_mode="binary"),
        PathEntry("lib/d", "softlink"),
        PathEntry("e", "directory"),
    )


def test_the_old_files_are_read(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "l").symlink_to("x")
    folder = package(
        tmp_path, files="bin/x\nbin/y\n\nbin/l\n", has_prefix="bin/x\n/opt/ph binary bin/y\n", no_link="bin/y\n"
    )

    assert read_manifest(folder) == (
        PathEntry("bin/x", prefix_placeholder=DEFAULT_PLACEHOLDER, file_mode="text"),
        PathEntry("bin/y", no_link=True, prefix_placeholder="/opt/ph", file_mode="binary"),
        PathEntry("bin/l", "softlink"),
    )


WRONG_ENTRIES: tuple[dict[str, Any], ...] = (
    {"path_type": "device"},
    {"path_type": []},
    {"sha256": "x"},
    {"size_in_bytes": -1},
    {"size_in_bytes": "1"},
    {"size_in_bytes": 10**30},
    {"no_link": "yes"},
    {"file_mode": "x"},
    {"file_mode": []},
    {"prefix_placeholder": 1},
    {"prefix_placeholder": ""},
)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "{}",
        '{"paths": [], "paths_version": 2}',
        '{"paths": [], "paths_version": "1"}',
        '{"paths": [], "paths_version": true}',
        '{"paths": {}}',
        '{"paths": [1]}',
        '{"paths": [{}]}',
        '{"paths": [{"_path": 1}]}',
        "[" * 100_000,
        *(json.dumps({"paths": [{"_path": "a", **wrong}]}) for wrong in WRONG_ENTRIES),
        '{"paths": [{"_path": "a"}, {"_path": "./a"}]}',
    ],
    ids=lambda content: content[:50],
)
def test_a_damaged_list_is_refused(tmp_path: Path, content: Any) -> None:
    with pytest.raises(InvalidManifest):
        read_manifest(package(tmp_path, paths_json=content))


@pytest.mark.parametrize(
    "path", ["../evil", "/evil", "a/../../b", "C:/x", "a\\b", "conda-meta/history", "Conda-Meta/x"]
)
def test_a_path_that_leaves_the_prefix_is_refused(tmp_path: Path, path: str) -> None:
    folder = package(tmp_path, paths_json={"paths": [{"_path": path}]})
    with pytest.raises(UnsafePath):
        read_manifest(folder)

    (tmp_path / "info" / "paths.json").unlink()
    (tmp_path / "info" / "files").write_text(path + "\n")
    with pytest.raises(UnsafePath):
        read_manifest(folder)


def test_a_package_without_any_list_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidManifest, match="neither"):
        read_manifest(package(tmp_path))


def test_a_list_that_is_no_utf_8_is_refused(tmp_path: Path) -> None:
    folder = package(tmp_path, files="")
    (tmp_path / "info" / "files").write_bytes(b"\xff\xfe")

    with pytest.raises(InvalidManifest, match="cannot be read"):
        read_manifest(folder)


def test_entry_points_are_read(tmp_path: Path) -> None:
    folder = package(
        tmp_path,
        link_json={"package_metadata_version": 1, "noarch": {"type": "python", "entry_points": ["a = b:c"]}},
    )

    link = read_link_json(folder)

    assert link.noarch == "python"
    assert link.entry_points == (EntryPoint("a", "b", "c"),)


def test_the_older_name_of_the_file_is_read(tmp_path: Path) -> None:
    assert read_link_json(package(tmp_path, package_metadata_json={"noarch": {"type": "generic"}})).noarch == "generic"


def test_words_of_has_prefix_may_be_quoted_in_both_ways() -> None:
    assert parse_has_prefix("'/opt/a b' text \"bin/x y\"\n") == {"bin/x y": ("/opt/a b", "text")}


@pytest.mark.parametrize("line", ['"" text bin/a', "/opt/x txt bin/a", "/opt/x text", "/opt/x text bin/a more"])
def test_a_line_of_has_prefix_that_says_something_else_is_refused(line: str) -> None:
    with pytest.raises(InvalidManifest, match="cannot be read"):
        parse_has_prefix(line)


def test_blank_lines_of_has_prefix_are_passed_over() -> None:
    assert parse_has_prefix("\n  \nbin/a\n\n") == {"bin/a": (DEFAULT_PLACEHOLDER, "text")}


@pytest.mark.parametrize("content", [{}, {"noarch": None}, {"noarch": None, "package_metadata_version": 1}])
def test_a_file_that_says_nothing_of_noarch_makes_no_noarch_package(tmp_path: Path, content: Any) -> None:
    assert read_link_json(package(tmp_path, link_json=content)) == (None, ())


def test_a_package_without_that_file_is_not_noarch(tmp_path: Path) -> None:
    assert read_link_json(package(tmp_path)) == (None, ())


@pytest.mark.parametrize(
    "content",
    [
        "x",
        [],
        {"package_metadata_version": 2, "noarch": {"type": "python"}},
        {"noarch": {"type": "java"}},
        {"noarch": {"type": []}},
        {"noarch": 1},
        {"noarch": {"type": "python", "entry_points": "a = b:c"}},
        {"noarch": {"type": "python", "entry_points": [1]}},
        {"noarch": {"type": "python", "entry_points": {"a = b:c": 1}}},
        {"noarch": {"type": "python", "entry_points": ["../a = b:c"]}},
    ],
)
def test_a_damaged_file_is_refused(tmp_path: Path, content: Any) -> None:
    with pytest.raises(InvalidManifest):
        read_link_json(package(tmp_path, link_json=content))


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(["../x", "/x", "a"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)
path_keys = st.sampled_from(
    ["_path", "path_type", "prefix_placeholder", "file_mode", "sha256", "size_in_bytes", "no_link"]
)


@given(
    values | st.fixed_dictionaries({"paths": st.lists(st.dictionaries(path_keys, values) | values, max_size=3)}),
    values
    | st.fixed_dictionaries({"noarch": st.fixed_dictionaries({"type": values}, optional={"entry_points": values})}),
)
def test_whatever_the_files_of_a_package_hold_they_are_read_or_refused(paths: Any, link: Any) -> None:
    with tempfile.TemporaryDirectory() as folder:
        package(Path(folder), paths_json=json.dumps(paths), link_json=json.dumps(link))
        for entry in read_or_refused(read_manifest, folder):
            assert not entry.path.startswith("/")
            assert ".." not in entry.path.split("/")
        read_or_refused(read_link_json, folder)


def read_or_refused(read: Any, folder: str) -> Any:
    message = ""
    try:
        return read(folder)
    except (InvalidManifest, UnsafePath) as error:
        message = str(error)
    assert message.isprintable()
    return ()


def outcome(read: Any, entries: Any) -> str:
    try:
        return repr(read(entries))
    except (InvalidManifest, UnsafePath) as error:
        return f"{type(error).__name__}: {error}"


usual_entries = st.fixed_dictionaries(
    {
        "_path": st.sampled_from(["a", "lib/b", "c d", "conda-metadata/x", "\u00e4"]),
        "path_type": st.sampled_from(["hardlink", "softlink"]),
        "sha256": st.just(SHA256),
        "size_in_bytes": st.integers(0, 2**63 - 1),
    }
)
odd_values = values | st.sampled_from(
    [
        "",
        "./a",
        "a/",
        "conda-meta/x",
        "CONDA-META",
        "a\nb",
        SHA256.upper(),
        SHA256[2:] + "  ",
        SHA256 * 2,
        2**63,
        "binary",
    ]
)


@given(st.lists(usual_entries, max_size=4), st.dictionaries(path_keys, odd_values, max_size=2), st.booleans())
def test_the_quick_way_reads_what_the_careful_one_reads(
    entries: list[dict[str, Any]], odd: dict[str, Any], lacks: bool
) -> None:
    if entries:
        entries[0] = {key: value for key, value in (entries[0] | odd).items() if not (lacks and key == "path_type")}

    def read_one_by_one(given: Any) -> FileTable:
        return FileTable.of(_without_repeats([path_entry(entry) for entry in given]))

    def read_together(given: Any) -> FileTable:
        with tempfile.TemporaryDirectory() as folder:
            return FileTable.read(package(Path(folder), paths_json={"paths": given}))

    assert outcome(read_together, entries) == outcome(read_one_by_one, entries)


def test_what_lists_usually_hold_is_read_the_quick_way() -> None:
    plain = {"_path": "a", "path_type": "hardlink", "sha256": SHA256, "size_in_bytes": 1}
    others = [{**plain, "_path": "b", "no_link": True}, {**plain, "_path": "c", "path_type": "softlink"}]

    assert usual_table([plain, *others]) == FileTable(("a",), (1,), (SHA256,), tuple(map(path_entry, others)))
    assert usual_table([plain, plain]) is None


@given(st.text(max_size=40))
def test_any_text_is_a_list_of_prefixes_or_refused(text: str) -> None:
    try:
        found = parse_has_prefix(text)
    except (InvalidManifest, UnsafePath):
        return
    assert all(mode in ("text", "binary") and placeholder for placeholder, mode in found.values())
