"""The records of installed packages are read, and written without a loss."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conda_kernel.model.prefix_record import (
    CorruptedEnvironment,
    InstalledPath,
    PrefixRecord,
    _path_as_json,
    package_summary,
    prefix_record,
    prefix_record_as_json,
    prefix_record_text,
)
from conda_kernel.model.record import PackageRecord

FILE = "/env/conda-meta/a-1.0-py_0.json"
SHA256 = "f453db4ffe2271ec492a2913af4e61d4a6c118201f07de757df0eff769b65d2e"
DOCUMENT = {
    "name": "a",
    "version": "1.0",
    "build": "py_0",
    "build_number": 0,
    "channel": "https://h/c/noarch",
    "subdir": "noarch",
    "fn": "a-1.0-py_0.conda",
    "url": "https://h/c/noarch/a-1.0-py_0.conda",
    "noarch": "python",
    "depends": ["python"],
    "files": ["bin/a", "lib/python3.12/site-packages/a/x.py"],
    "paths_data": {
        "paths_version": 1,
        "paths": [
            {"_path": "bin/a", "path_type": "unix_python_entry_point", "no_link": True},
            {
                "_path": "site-packages/a/x.py",
                "path_type": "hardlink",
                "sha256": SHA256,
                "size_in_bytes": 3,
                "inode": 7,
            },
        ],
    },
    "link": {"source": "/pkgs/a-1.0-py_0", "type": 1},
    "requested_spec": "a",
    "requested_specs": ["a", "a>=1"],
    "extracted_package_dir": "/pkgs/a-1.0-py_0",
    "package_tarball_full_path": "/pkgs/a-1.0-py_0.conda",
    "auth": "hunter2",
    "somebody_elses": {"x": 1},
}


def named(text: str) -> Any:
    return text.rpartition("/")[2]


def read(document: Any, file_path: str = FILE) -> Any:
    return prefix_record(document if isinstance(document, str) else json.dumps(document), file_path, named)


def test_a_record_is_read() -> None:
    installed = read(DOCUMENT)

    assert installed.record.channel == "c"
    assert installed.record.base_of_channel == "https://h/c"
    assert installed.files == ("bin/a", "lib/python3.12/site-packages/a/x.py")
    assert installed.paths == (
        InstalledPath("bin/a", "unix_python_entry_point", no_link=True),
        InstalledPath("lib/python3.12/site-packages/a/x.py", "hardlink", SHA256, 3, extra={"inode": 7}),
    )
    assert (installed.link_source, installed.link_type) == ("/pkgs/a-1.0-py_0", 1)
    assert installed.requested_specs == ("a", "a>=1")
    assert installed.extra == {"somebody_elses": {"x": 1}}
    assert installed.file_name == "a-1.0-py_0.json"
    assert installed.name == "a"


def test_a_decoded_record_is_read_as_its_text_is() -> None:
    assert prefix_record(DOCUMENT, FILE, named) == read(DOCUMENT)


def test_what_is_read_is_written_but_no_credentials() -> None:
    written = prefix_record_as_json(read(DOCUMENT))

    assert written["somebody_elses"] == {"x": 1}
    assert written["channel"] == "https://h/c"
    assert written["requested_specs"] == ["a", "a>=1"]
    assert "auth" not in written
    assert "hunter2" not in json.dumps(written)


@pytest.mark.parametrize("form", [prefix_record_text, lambda installed: json.dumps(prefix_record_as_json(installed))])
def test_a_record_survives_being_written_and_read(form: Callable[[PrefixRecord], str]) -> None:
    installed = read(DOCUMENT)

    assert read(form(installed)) == installed


def test_credentials_in_urls_are_masked() -> None:
    document = {
        **DOCUMENT,
        "url": "https://u:hunter2@h/t/hunter3/c/noarch/a-1.0-py_0.conda",
        "channel": "https://u:hunter2@h/t/hunter3/c",
        "requested_specs": ["https://u:hunter2@h/c::a"],
    }

    text = prefix_record_text(read(document))

    assert "hunter" not in text


def test_everything_about_a_file_is_written_and_nothing_else() -> None:
    path = {
        "_path": "bin/a",
        "path_type": "softlink",
        "sha256": SHA256,
        "size_in_bytes": 0,
        "sha256_in_prefix": SHA256[::-1],
        "prefix_placeholder": "/opt/placeholder",
        "file_mode": "binary",
        "no_link": True,
    }
    plain = {"_path": "bin/b", "path_type": "hardlink"}
    document = {**DOCUMENT, "files": ["bin/a", "bin/b"], "paths_data": {"paths_version": 1, "paths": [path, plain]}}

    written = prefix_record_as_json(read(document))

    assert written["paths_data"] == document["paths_data"]
    assert written["files"] == ["bin/a", "bin/b"]


@pytest.mark.parametrize(("given_type", "read_type"), [(1, 1), (3, 3), (4, 4), (0, 1), (5, 1), ("2", 1), (None, 1)])
def test_a_kind_of_link_that_is_not_known_is_taken_for_a_hard_link(given_type: Any, read_type: int) -> None:
    assert read({**DOCUMENT, "link": {"source": "", "type": given_type}}).link_type == read_type


def test_one_requested_spec_is_also_written_in_the_old_form() -> None:
    one, two = ({**DOCUMENT, "requested_specs": specs} for specs in (["a"], ["a", "a>=1"]))

    assert prefix_record_as_json(read(one))["requested_spec"] == "a"
    assert "requested_spec" not in prefix_record_as_json(read(two))


def test_a_foreign_field_that_looks_like_the_list_of_paths_is_kept() -> None:
    installed = read({**DOCUMENT, "somebody_elses": {"paths": [1], "more": 2}, "my_files": ["x"]})

    assert read(prefix_record_text(installed)).extra == installed.extra


def test_a_record_in_another_encoding_is_refused() -> None:
    with pytest.raises(CorruptedEnvironment, match="UTF-8"):
        prefix_record(json.dumps(DOCUMENT).encode("utf-16"), FILE, named)


def test_a_path_that_the_package_owns_is_where_it_says() -> None:
    files = ["bin/a", "python-scripts/a"]

    installed = read({**DOCUMENT, "files": files, "paths_data": {"paths": [{"_path": path} for path in files]}})

    assert [entry.path for entry in installed.paths] == files


def test_a_dependency_has_no_requested_specs() -> None:
    written = prefix_record_as_json(PrefixRecord(PackageRecord("a", "1", "0")))

    assert "requested_spec" not in written
    assert "requested_specs" not in written


@pytest.mark.parametrize(
    ("fields", "specs"),
    [
        ({"requested_spec": "a=1"}, ("a=1",)),
        ({"requested_spec": "None"}, ()),
        ({"requested_spec": ""}, ()),
        ({"requested_spec": None}, ()),
        ({"requested_specs": [], "requested_spec": "a"}, ("a",)),
        ({"requested_specs": ["a", "None"]}, ("a",)),
        ({}, ()),
    ],
)
def test_old_forms_of_requested_specs_are_read(fields: dict[str, Any], specs: Any) -> None:
    document = {key: value for key, value in DOCUMENT.items() if not key.startswith("requested")}

    assert read({**document, **fields}).requested_specs == specs


def test_an_old_record_without_paths_has_its_files() -> None:
    document = {key: value for key, value in DOCUMENT.items() if key not in ("paths_data", "link")}

    installed = read(document)

    assert installed.paths == ()
    assert installed.files == ("bin/a", "lib/python3.12/site-packages/a/x.py")
    assert installed.link_type == 1


def test_a_record_without_files_has_its_paths() -> None:
    document = {key: value for key, value in DOCUMENT.items() if key != "files"}

    assert read(document).files == ("bin/a", "site-packages/a/x.py")


WRONG_FIELDS: tuple[dict[str, Any], ...] = (
    {"name": 1},
    {"name": "../evil"},
    {"version": []},
    {"files": "bin/a"},
    {"files": [1]},
    {"files": ["../../etc/passwd"]},
    {"files": ["/etc/passwd"]},
    {"files": ["a\\b"]},
    {"files": ["a\ud800"]},
    {"paths_data": []},
    {"paths_data": {"paths": 1}},
    {"paths_data": {"paths": [1]}},
    {"paths_data": {"paths": [{}]}},
    {"paths_data": {"paths": [{"_path": "../evil"}]}},
    {"paths_data": {"paths": [{"_path": "a", "size_in_bytes": -1}]}},
    {"paths_data": {"paths": [{"_path": "a", "size_in_bytes": True}]}},
    {"paths_data": {"paths": [{"_path": "a", "path_type": 1}]}},
    {"requested_specs": "a"},
    {"subdir": "../x"},
    {"fn": "../x.conda"},
)

DAMAGED: list[Any] = [
    "",
    "not json",
    "[]",
    "null",
    "{",
    "[" * 100_000,
    '{"a": 1' + "0" * 5000 + "}",
    *({key: value for key, value in DOCUMENT.items() if key != missing} for missing in ("name", "version", "build")),
    *({**DOCUMENT, **wrong} for wrong in WRONG_FIELDS),
]


@pytest.mark.parametrize("document", DAMAGED, ids=lambda document: str(document)[-60:])
def test_a_damaged_record_is_named(document: Any) -> None:
    with pytest.raises(CorruptedEnvironment) as caught:
        read(document)

    assert FILE in str(caught.value)
    assert caught.value.fields == {"environment_location": "/env", "corrupted_file": FILE}
    assert caught.value.hint


def test_the_last_of_two_equal_keys_counts() -> None:
    text = json.dumps(DOCUMENT)[:-1] + ', "version": "2.0"}'

    assert read(text).record.version == "2.0"


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(DOCUMENT),
        json.dumps(DOCUMENT, indent=2),
        json.dumps(DOCUMENT, indent=2, sort_keys=True),
        json.dumps(DOCUMENT, indent=1),
        json.dumps({"nested": {"files": ["x"], "paths_data": {}}, **DOCUMENT}, indent=1),
        json.dumps({**DOCUMENT, "files": [], "paths_data": {}}, indent=2),
        prefix_record_text(read(DOCUMENT)),
        '{\n  "files": [\n "a"],\n  "name": "a",' + json.dumps(DOCUMENT, indent=2)[1:],
    ],
)
def test_a_summary_says_what_the_whole_record_says(text: str) -> None:
    summary = package_summary(text, FILE, named)
    installed = read(text)

    assert summary.record._replace(extra={}) == installed.record._replace(extra={})
    assert summary.requested_specs == installed.requested_specs


def test_a_summary_loses_nothing_where_a_list_ends_in_the_middle_of_a_line() -> None:
    parts = json.dumps({key: value for key, value in DOCUMENT.items() if key not in ("files", "requested_specs")})
    text = '{\n  "files": [\n    "a"],\n  "requested_specs": [\n    "a=1"\n  ],\n  ' + parts[1:]

    assert package_summary(text, FILE, named).requested_specs == read(text).requested_specs == ("a=1",)


def test_a_summary_does_not_decode_the_files() -> None:
    text = prefix_record_text(read(DOCUMENT)).replace('"bin/a"', "this is no JSON")

    assert package_summary(text, FILE, named).record.name == "a"


def test_a_summary_of_a_damaged_record_names_it() -> None:
    with pytest.raises(CorruptedEnvironment):
        package_summary("{}", FILE, named)


@given(st.text(max_size=10), st.lists(st.text(max_size=5), max_size=3))
def test_whatever_the_fields_hold_the_text_can_be_read_again(text: str, files: list[str]) -> None:
    document = {**DOCUMENT, "license": text, "somebody_elses": {text: files}, "requested_specs": [text]}
    installed = read(document)

    assert read(prefix_record_text(installed)).extra == installed.extra
    assert package_summary(prefix_record_text(installed), FILE, named).record.license == installed.record.license


def test_what_is_no_number_is_kept_too() -> None:
    installed = read({**DOCUMENT, "somebody_elses": math.nan})

    assert math.isnan(read(prefix_record_text(installed)).extra["somebody_elses"])


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=5)
    | st.sampled_from(["../x", "/x", "a"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)
path_fields = st.sampled_from(["_path", "path_type", "size_in_bytes", "sha256", "no_link", "file_mode"])
path_entries = st.dictionaries(path_fields, values)


@given(
    st.dictionaries(st.sampled_from(sorted(DOCUMENT)), values, max_size=3),
    st.none() | st.fixed_dictionaries({"paths": st.lists(path_entries | values, max_size=3)}),
)
def test_whatever_a_record_holds_it_is_read_or_named(fields: dict[str, Any], paths_data: Any) -> None:
    more = {} if paths_data is None else {"paths_data": paths_data}
    message = ""
    try:
        installed = prefix_record({**DOCUMENT, **more, **fields}, FILE, named)
    except CorruptedEnvironment as error:
        message = str(error)
    else:
        for path in (*installed.files, *(entry.path for entry in installed.paths)):
            assert not path.startswith("/")
            assert ".." not in path.split("/")
        again = read(prefix_record_text(installed))
        assert read(prefix_record_text(again)) == again
        assert again._replace(record=installed.record) == installed
    assert message.isprintable()


@given(st.text(max_size=30) | st.binary(max_size=30) | values.map(json.dumps))
def test_whatever_a_file_holds_it_is_read_or_named(content: str | bytes) -> None:
    for reader in (prefix_record, package_summary):
        with pytest.raises(CorruptedEnvironment):
            reader(content, FILE, named)


def test_installed_packages_can_be_members_of_sets() -> None:
    assert len({read(DOCUMENT), read(DOCUMENT), read({**DOCUMENT, "version": "2.0"})}) == 2


@pytest.mark.parametrize(
    "entry",
    [
        InstalledPath("lib/\u00e4 b", "hardlink", SHA256, 3),
        InstalledPath('a"b\\c', "softlink", SHA256, 0),
        InstalledPath("a", "hardlink", SHA256, 3, SHA256, prefix_placeholder="/ph", file_mode="text"),
        InstalledPath("a", "hardlink", SHA256, 3, file_mode="text"),
        InstalledPath("a", "hardlink", SHA256, 3, no_link=True, extra={"inode": 7}),
        InstalledPath("a", "directory"),
    ],
)
def test_a_path_is_written_as_json_writes_it(entry: InstalledPath) -> None:
    installed = PrefixRecord(PackageRecord("a", "1", "0"), (entry.path,), (entry,))

    assert json.loads(prefix_record_text(installed))["paths_data"]["paths"] == [_path_as_json(entry)]


@pytest.mark.parametrize("noarch", [None, "generic"])
def test_paths_are_taken_as_they_stand_where_no_python_package_moves_them(noarch: str | None) -> None:
    assert [entry.path for entry in read({**DOCUMENT, "noarch": noarch}).paths] == ["bin/a", "site-packages/a/x.py"]


def test_a_noarch_file_that_did_not_move_keeps_its_path() -> None:
    files = ["share/a", "bin/b", "Lib/site-packages/c.py"]
    paths = [{"_path": path} for path in ("share/a", "python-scripts/b", "site-packages/c.py", "site-packages/gone.py")]

    installed = read({**DOCUMENT, "files": files, "paths_data": {"paths": paths}})

    assert [entry.path for entry in installed.paths] == [*files, "site-packages/gone.py"]
