"""`conda list` shows what is installed, in every form, by the real executable."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from conda_kernel.model.subdir import host_subdir
from conda_testing.pseudo_terminal import Person

CONDA = os.path.join(os.path.dirname(sys.executable), "conda")
FORGE = "https://conda.anaconda.org/conda-forge"
MAIN = "https://repo.anaconda.com/pkgs/main"

TABLE = """\
# packages in environment at {prefix}:
#
# Name                     Version          Build            Channel
_private                   0.1              0                conda-forge
python                     3.12.1           h1_0             conda-forge
zlib                       1.3              h2_1
"""

WIDE_TABLE = """\
# packages in environment at {prefix}:
#
# Name                                   Version                Build                Channel
_private                                 0.1                    0                    conda-forge
a-name-that-is-longer-than-its-column    2024.12.1.dev20241201  h0123456789abcdef_0  conda-forge
python                                   3.12.1                 h1_0                 conda-forge
zlib                                     1.3                    h2_1
"""


class Environment:
    """An environment in a folder, and the executable with a home of its own."""

    def __init__(self, folder: Path) -> None:
        self.prefix = folder / "env"
        self.meta = self.prefix / "conda-meta"
        self.meta.mkdir(parents=True)
        (self.meta / "history").write_text("")
        (folder / "home").mkdir()
        self.environ = {
            "HOME": str(folder / "home"),
            "XDG_CACHE_HOME": str(folder / "cache"),
            "XDG_CONFIG_HOME": str(folder / "config"),
            "PATH": os.environ["PATH"],
        }

    def add(self, name: str, version: str = "1.0", build: str = "0", channel: str = FORGE, **fields: object) -> Path:
        record = {
            "name": name,
            "version": version,
            "build": build,
            "build_number": int(build.rpartition("_")[2]),
            "channel": f"{channel}/linux-64",
            "subdir": "linux-64",
            "fn": f"{name}-{version}-{build}.conda",
            "url": f"{channel}/linux-64/{name}-{version}-{build}.conda",
            "depends": [],
            "md5": "0" * 32,
            "sha256": "1" * 64,
            **fields,
        }
        path = self.meta / f"{name}-{version}-{build}.json"
        path.write_text(json.dumps(record))
        return path

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [CONDA, "list", "-p", str(self.prefix), *words],
            env=self.environ,
            capture_output=True,
            text=True,
            check=False,
        )

    def lines(self, *words: str) -> list[str]:
        done = self.run(*words)
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout.splitlines()

    def document(self, *words: str) -> object:
        done = self.run("--json", *words)
        assert done.returncode == 0
        return json.loads(done.stdout)

    def error(self, *words: str) -> dict[str, object]:
        done = self.run("--json", *words)
        document = json.loads(done.stdout)
        assert isinstance(document, dict)
        assert document["return_code"] == done.returncode
        return document


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    return Environment(tmp_path)


@pytest.fixture
def filled(environment: Environment) -> Environment:
    environment.add("zlib", "1.3", "h2_1", MAIN)
    environment.add("python", "3.12.1", "h1_0", depends=["zlib >=1", "_private"], license="PSF-2.0")
    environment.add("_private", "0.1")
    environment.add(
        "a-name-that-is-longer-than-its-column",
        "2024.12.1.dev20241201",
        "h0123456789abcdef_0",
        depends=["conda-forge::python[version='>=3']", "python_abi", "absent"],
        requested_specs=["a-name-that-is-longer-than-its-column >=1", "other"],
    )
    return environment


def test_the_table_has_its_layout(filled: Environment) -> None:
    assert filled.run("^[^a]").stdout == TABLE.format(prefix=filled.prefix)


def test_columns_are_as_wide_as_what_is_in_them(filled: Environment) -> None:
    assert filled.run().stdout == WIDE_TABLE.format(prefix=filled.prefix)


@pytest.mark.parametrize("columns", [80, 200])
def test_the_table_is_the_same_on_every_terminal(filled: Environment, columns: int) -> None:
    person = Person(Path(filled.environ["HOME"]), filled.environ)
    seen = person.run("list", "-p", str(filled.prefix), columns=columns, TERM="xterm-256color")

    assert seen.status == 0
    assert seen.shown == WIDE_TABLE.format(prefix=filled.prefix)


def test_an_empty_environment_has_an_empty_table(environment: Environment) -> None:
    assert len(environment.lines()) == 3
    assert environment.document() == []


def test_json_has_the_short_form_of_each_package(filled: Environment) -> None:
    document = filled.document("zlib")

    assert document == [
        {
            "base_url": MAIN,
            "build_number": 1,
            "build_string": "h2_1",
            "channel": "defaults",
            "dist_name": "zlib-1.3-h2_1",
            "name": "zlib",
            "platform": "linux-64",
            "version": "1.3",
        }
    ]


@pytest.mark.parametrize(
    ("words", "names"),
    [
        (["th"], ["a-name-that-is-longer-than-its-column", "python"]),
        (["^PY"], ["python"]),
        (["--full-name", "python"], ["python"]),
        (["-f", "z.*"], ["zlib"]),
        (["--reverse", "b|y"], ["zlib", "python"]),
        (["--no-pip", "z"], ["zlib"]),
    ],
)
def test_a_pattern_chooses_by_name(filled: Environment, words: list[str], names: list[str]) -> None:
    document = filled.document(*words)

    assert isinstance(document, list)
    assert [package["name"] for package in document] == names


def test_a_pattern_that_nothing_matches_is_an_error(filled: Environment) -> None:
    assert filled.error("nothing")["exception_name"] == "PackagesNotFoundError"
    assert filled.error("--full-name", "pytho")["return_code"] == 4


@pytest.mark.parametrize("regex", ["(", "[z-a]", "*", "(?P<n"])
def test_a_pattern_that_is_none_is_an_error_of_usage(filled: Environment, regex: str) -> None:
    error = filled.error(regex)

    assert (error["exception_name"], error["return_code"]) == ("ArgumentError", 2)
    assert f"`{regex}` is no regular expression" in str(error["message"])


def test_columns_can_be_chosen(filled: Environment) -> None:
    lines = filled.lines("--fields", "name, license,size,url", "pyth|zl")

    assert lines[2:] == [
        "# Name                     License  Size  URL",
        f"python                     PSF-2.0  -     {FORGE}/linux-64/python-3.12.1-h1_0.conda",
        f"zlib                       -        -     {MAIN}/linux-64/zlib-1.3-h2_1.conda",
    ]


def test_columns_choose_the_keys_of_json(filled: Environment) -> None:
    fields = "name,channel,channel_name,dist_str,requested_spec,requested_specs,depends,build_number,md5,noarch"

    document = filled.document("--fields", fields, "a-name")

    assert document == [
        {
            "name": "a-name-that-is-longer-than-its-column",
            "channel": FORGE,
            "channel_name": "conda-forge",
            "dist_str": "conda-forge/linux-64::a-name-that-is-longer-than-its-column-2024.12.1.dev20241201-"
            "h0123456789abcdef_0",
            "requested_spec": "a-name-that-is-longer-than-its-column >=1",
            "requested_specs": ["a-name-that-is-longer-than-its-column >=1", "other"],
            "depends": ["conda-forge::python[version='>=3']", "python_abi", "absent"],
            "build_number": 0,
            "md5": "0" * 32,
            "noarch": None,
        }
    ]


def test_columns_can_be_set_in_a_file(filled: Environment) -> None:
    (filled.prefix / ".condarc").write_text("list_fields: [version, name]\n")

    assert filled.lines("zlib")[2:] == ["# Version          Name", "1.3                zlib"]


def test_an_unknown_column_is_named_with_its_place(filled: Environment) -> None:
    typed = filled.error("--fields", "name,colour")
    (filled.prefix / ".condarc").write_text("# mine\nlist_fields: [shape]\n")
    written = filled.error()

    assert (typed["exception_name"], typed["return_code"]) == ("CustomValidationError", 3)
    assert "there is no field `colour`" in str(typed["message"])
    assert "the command line" in str(typed["message"])
    assert f"{filled.prefix}/.condarc, line 2" in str(written["message"])


@pytest.mark.parametrize(
    ("setting", "words", "channels"),
    [
        ("", [], ["conda-forge", ""]),
        ("", ["--show-channel-urls"], ["conda-forge", "defaults"]),
        ("show_channel_urls: true", [], ["conda-forge", "defaults"]),
        ("show_channel_urls: false", [], ["", ""]),
        ("show_channel_urls: null", [], ["conda-forge", ""]),
    ],
)
def test_channels_are_shown_as_it_is_set(
    filled: Environment, setting: str, words: list[str], channels: list[str]
) -> None:
    (filled.prefix / ".condarc").write_text(setting)

    lines = filled.lines("python|zlib", *words)[3:]

    assert [" ".join(line.split()[3:]) for line in lines] == channels


def test_the_canonical_form_is_one_text_for_each_package(filled: Environment) -> None:
    texts = ["conda-forge/linux-64::python-3.12.1-h1_0", "defaults/linux-64::zlib-1.3-h2_1"]

    assert filled.lines("--canonical", "python|zlib") == texts
    assert filled.document("-c", "python|zlib", "--reverse") == texts[::-1]


def test_an_export_begins_with_how_to_use_it(filled: Environment) -> None:
    lines = filled.lines("--export", "python|zlib")

    assert lines[0] == "# This file may be used to create an environment using:"
    assert f"# platform: {host_subdir()}" in lines
    assert [line for line in lines if not line.startswith("#")] == ["python=3.12.1=h1_0", "zlib=1.3=h2_1"]
    assert filled.document("-e", "zlib") == ["zlib=1.3=h2_1"]


def test_an_explicit_file_has_urls_in_the_order_of_installation(filled: Environment) -> None:
    lines = filled.lines("--explicit")

    start = lines.index("@EXPLICIT")
    assert all(line.startswith("#") for line in lines[:start])
    assert [line.rpartition("/")[2].partition("-")[0] for line in lines[start + 1 :]] == [
        "_private",
        "zlib",
        "python",
        "a",
    ]
    assert lines[start + 2] == f"{MAIN}/linux-64/zlib-1.3-h2_1.conda"


@pytest.mark.parametrize(("option", "digest"), [("--md5", "0" * 32), ("--sha256", "sha256:" + "1" * 64)])
def test_digests_are_added_to_urls(filled: Environment, option: str, digest: str) -> None:
    assert filled.lines("--explicit", option, "zlib")[-1] == f"{MAIN}/linux-64/zlib-1.3-h2_1.conda#{digest}"


def test_two_digests_exclude_each_other(filled: Environment) -> None:
    assert filled.error("--explicit", "--md5", "--sha256")["return_code"] == 2


def test_the_explicit_form_has_a_document_too(filled: Environment) -> None:
    assert filled.document("--explicit", "zlib") == {
        "platform": host_subdir(),
        "packages": [{"url": f"{MAIN}/linux-64/zlib-1.3-h2_1.conda", "md5": "0" * 32, "sha256": "1" * 64}],
    }


def test_a_package_of_unknown_origin_is_a_comment_of_the_explicit_file(environment: Environment) -> None:
    environment.add("local", url="", channel="")

    assert environment.lines("--explicit")[-1] == "# no URL is known for local-1.0-0"


def test_packages_that_need_each_other_are_ordered_all_the_same(environment: Environment) -> None:
    environment.add("a", depends=["b", "a"])
    environment.add("b", depends=["c"])
    environment.add("c", depends=["a"])
    for number in range(50):
        environment.add(f"d{number:02}", depends=[f"d{number + 1:02}"])

    names = [line.rpartition("/")[2].partition("-")[0] for line in environment.lines("--explicit")[5:]]

    assert names == ["c", "b", "a", *(f"d{number:02}" for number in range(49, -1, -1))]


def test_sizes_are_those_of_the_installed_files(environment: Environment) -> None:
    paths = {"paths_version": 1, "paths": [{"_path": "a", "path_type": "hardlink", "size_in_bytes": 1_500_000}]}
    environment.add("recorded", size=1, files=["a"], paths_data=paths)
    environment.add("found", channel=MAIN, size=1, files=["b", "gone"])
    (environment.prefix / "b").write_text("content")

    assert environment.lines("--size")[2:] == [
        "# Name                     Version          Build              Size  Channel",
        "found                      1.0              0                   7 B",
        "recorded                   1.0              0                1.5 MB  conda-forge",
        "#",
        "# Total: 1.5 MB",
    ]
    document = environment.document("--size")
    assert isinstance(document, list)
    assert [package["size"] for package in document] == [7, 1_500_000]


def test_an_unfinished_change_is_told_with_its_remedy(filled: Environment) -> None:
    (filled.meta / "journal").write_text("")

    done = filled.run()

    assert done.stdout == WIDE_TABLE.format(prefix=filled.prefix)
    assert done.stderr.startswith("warning: a change of ")
    assert "`conda doctor --fix`" in done.stderr


def test_of_two_records_for_one_name_the_newer_counts(environment: Environment) -> None:
    new = environment.add("python", "3.11")
    old = environment.add("python", "3.12")
    os.utime(old, (1_000_000_000, 1_000_000_000))

    done = environment.run("--canonical")

    assert done.stdout == "conda-forge/linux-64::python-3.11-0\n"
    assert done.stderr == f"warning: `{old}` is a second record of python; the newer `{new}` counts\n"


@pytest.mark.parametrize("text", ["", "{", "[]", '{"name": "x"}', '{"name": 1, "version": "1", "build": "0"}'])
def test_a_damaged_record_is_named(environment: Environment, text: str) -> None:
    (environment.meta / "x-1-0.json").write_text(text)

    error = environment.error()

    assert (error["exception_name"], error["return_code"]) == ("CorruptedEnvironmentError", 1)
    assert error["corrupted_file"] == str(environment.meta / "x-1-0.json")


def test_a_record_that_leads_nowhere_is_named(filled: Environment) -> None:
    (filled.meta / "x-1-0.json").symlink_to("nowhere")

    error = filled.error()

    assert (error["exception_name"], error["corrupted_file"]) == (
        "CorruptedEnvironmentError",
        str(filled.meta / "x-1-0.json"),
    )


def test_bytes_that_are_no_utf_8_are_named(filled: Environment) -> None:
    (filled.meta / "x-1-0.json").write_bytes(b"\xff")

    assert "it is not UTF-8" in str(filled.error()["message"])


def test_other_files_beside_the_records_are_passed_over(filled: Environment) -> None:
    (filled.meta / ".x-1-0.json").write_text("half written")
    (filled.meta / "pinned").write_text("python 3.12.*")

    assert filled.run().stdout == WIDE_TABLE.format(prefix=filled.prefix)


def test_nothing_that_a_terminal_would_obey_is_shown(environment: Environment) -> None:
    environment.add("evil", channel="https://host/\x1b[2Jx", license="\x1b]0;x\x07")

    for words in ([], ["--canonical"], ["--explicit"], ["--fields", "name,license,url"]):
        assert "\x1b" not in environment.run(*words).stdout


def test_logins_in_records_are_not_shown(environment: Environment) -> None:
    environment.add("a", channel="https://user:password@host/t/token/channel")

    for words in ([], ["--canonical"], ["--explicit"], ["--json"], ["--fields", "name,url,channel"]):
        shown = environment.run(*words).stdout
        assert "password" not in shown
        assert "token" not in shown


def test_a_folder_that_is_no_environment_is_named(environment: Environment) -> None:
    shutil.rmtree(environment.meta)

    error = environment.error()

    assert (error["exception_name"], error["location"]) == ("EnvironmentLocationNotFound", str(environment.prefix))


def test_without_an_environment_the_options_are_named(environment: Environment) -> None:
    environ = {**environment.environ, "CONDA_ROOT_PREFIX": str(environment.prefix.parent / "root")}

    done = subprocess.run([CONDA, "list"], env=environ, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("error: no environment is active; name one with -n or -p\n")


def test_the_active_environment_is_listed(filled: Environment) -> None:
    environ = {**filled.environ, "CONDA_PREFIX": str(filled.prefix)}

    done = subprocess.run([CONDA, "list"], env=environ, capture_output=True, text=True, check=False)

    assert done.stdout == WIDE_TABLE.format(prefix=filled.prefix)


def test_a_closed_pipe_ends_it_quietly(filled: Environment) -> None:
    read, write = os.pipe()
    os.close(read)

    done = subprocess.run(
        [CONDA, "list", "-p", str(filled.prefix)],
        env=filled.environ,
        stdout=write,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(write)

    assert done.stderr == ""


IMPORTED = """
import os, sys
from conda_cli.main import run
from conda_kernel.terminal import Terminal
status = run(["list", "-p", {prefix!r}], os.environ, Terminal(0, 1, 2))
print(status, *sorted(sys.modules), file=sys.stderr)
"""
COSTLY = {
    "conda_kernel.model.match_spec",
    "conda_kernel.model.version",
    "dataclasses",
    "datetime",
    "inspect",
    "msgspec",
    "pathlib",
    "pluggy",
    "rich",
    "ruamel.yaml",
    "urllib",
}


def test_a_listing_imports_nothing_costly(filled: Environment) -> None:
    program = IMPORTED.format(prefix=str(filled.prefix))
    filled.run()

    done = subprocess.run(
        [sys.executable, "-c", program], env=filled.environ, capture_output=True, text=True, check=False
    )

    status, *modules = done.stderr.split()
    assert status == "0"
    assert COSTLY.isdisjoint(modules)
    assert "conda_commands_listing.revisions" not in modules
