"""Settings come from the files of the machine, the root prefix, the user and the environment, in that order."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from conda_kernel.context import Context
from conda_kernel.errors import ConfigurationLoadError
from conda_kernel.hookspecs import CONTEXT_SOURCES
from conda_kernel.model.layer import UNMARKED, Entry, Layer, Marks
from conda_kernel.settings import CHANNELS, SOLVER
from conda_settings.cache import cached_layers
from conda_settings.condarc import layers, present, target_files, user_files
from conda_settings.reading import MOST_NODES
from conda_testing.executable import Conda
from conda_testing.kernels import make_kernel

CONDA = os.path.join(os.path.dirname(sys.executable), "conda")

HOUR = 3_600_000_000_000
ABSENT = "/nonexistent/root"


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    home = tmp_path / "home"
    home.mkdir()
    return {"HOME": str(home), "XDG_CACHE_HOME": str(tmp_path / "cache"), "CONDA_ROOT_PREFIX": str(tmp_path / "root")}


def write(path: Path, text: str) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return str(path)


def own(tmp_path: Path, found: tuple[Layer, ...]) -> list[Layer]:
    return [layer for layer in found if layer.source.startswith(str(tmp_path))]


def load(tmp_path: Path, environ: dict[str, str]) -> list[Layer]:
    return own(tmp_path, layers(str(tmp_path / "root"), environ, is_root=True))


def problem_of(layers: list[Layer]) -> ConfigurationLoadError:
    (layer,) = layers
    assert layer.entries == {}
    assert isinstance(layer.problem, ConfigurationLoadError)
    return layer.problem


def error_of(tmp_path: Path, environ: dict[str, str], text: str) -> ConfigurationLoadError:
    write(tmp_path / "home" / ".condarc", text)
    return problem_of(load(tmp_path, environ))


def test_without_a_file_there_is_no_layer(tmp_path: Path, environ: dict[str, str]) -> None:
    assert load(tmp_path, environ) == []


def test_a_value_knows_its_file_and_its_line(tmp_path: Path, environ: dict[str, str]) -> None:
    path = write(tmp_path / "home" / ".condarc", "# mine\nsolver: rattler\nchannels:\n  - a\n  - b\n")

    (layer,) = load(tmp_path, environ)

    assert layer == Layer(path, {"solver": Entry("rattler", path, 2), "channels": Entry(["a", "b"], path, 3)})


def test_files_come_from_the_root_prefix_up_to_the_home(tmp_path: Path, environ: dict[str, str]) -> None:
    environ["XDG_CONFIG_HOME"] = str(tmp_path / "xdg")
    places = [
        "root/.condarc",
        "root/condarc",
        "root/condarc.d/10-a.yml",
        "root/condarc.d/20-b.yaml",
        "xdg/conda/condarc",
        "home/.config/conda/.condarc",
        "home/.conda/.condarc",
        "home/.condarc",
    ]
    for place in reversed(places):
        write(tmp_path / place, "solver: x\n")
    write(tmp_path / "root/condarc.d/notes.txt", "no: settings")

    found = load(tmp_path, environ)

    assert [os.path.relpath(layer.source, tmp_path) for layer in found] == places


def test_the_machine_comes_first(tmp_path: Path, environ: dict[str, str]) -> None:
    places = list(user_files(ABSENT, environ))

    assert places.index("/etc/conda/.condarc") < places.index("/var/lib/conda/condarc")
    assert places.index("/var/lib/conda/condarc") < places.index(f"{ABSENT}/.condarc")


def test_a_file_that_two_places_lead_to_counts_once(tmp_path: Path, environ: dict[str, str]) -> None:
    environ["XDG_CONFIG_HOME"] = str(tmp_path / "home" / ".config")
    environ["CONDARC"] = write(tmp_path / "home" / ".config" / "conda" / "condarc", "solver: x\n")

    assert len(load(tmp_path, environ)) == 1
    assert layers(str(tmp_path / "env"), environ, is_root=False) == ()


def test_a_target_prefix_is_followed_by_the_file_that_condarc_names(tmp_path: Path, environ: dict[str, str]) -> None:
    write(tmp_path / "home" / ".condarc", "solver: user\n")
    environment = write(tmp_path / "env" / ".condarc", "solver: environment\n")
    environ["CONDARC"] = write(tmp_path / "any name.txt", "solver: chosen\n")

    found = layers(str(tmp_path / "env"), environ, is_root=False)

    assert [layer.source for layer in found] == [environment, environ["CONDARC"]]


def test_condarc_may_name_a_folder_or_begin_with_the_home(tmp_path: Path, environ: dict[str, str]) -> None:
    first = write(tmp_path / "home" / "rc" / "a.yml", "solver: a\n")
    second = write(tmp_path / "home" / "rc" / "b.yaml", "solver: b\n")

    found = layers(str(tmp_path / "env"), {**environ, "CONDARC": "~/rc"}, is_root=False)

    assert [layer.source for layer in found] == [first, second]


def test_what_is_no_file_is_passed_over(tmp_path: Path, environ: dict[str, str]) -> None:
    os.mkfifo(tmp_path / "home" / ".condarc")
    (tmp_path / "root" / ".condarc").mkdir(parents=True)

    assert load(tmp_path, environ) == []
    assert layers(str(tmp_path / "env"), {**environ, "CONDARC": "/dev/null"}, is_root=False) == ()


def test_without_a_home_the_user_has_no_files() -> None:
    assert not any("~" in place or "$" in place for place in user_files(ABSENT, {}))


@pytest.mark.parametrize("text", ["", "# nothing\n", "---\n", "~\n", "\ufeff"])
def test_an_empty_file_has_no_settings(tmp_path: Path, environ: dict[str, str], text: str) -> None:
    write(tmp_path / "home" / ".condarc", text)

    assert [dict(layer.entries) for layer in load(tmp_path, environ)] == [{}]


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("true", True),
        ("yes", "yes"),
        ("3", 3),
        ("0o17", 15),
        ("010", 10),
        ("1.5", 1.5),
        (".inf", ".inf"),
        ("null", None),
        ("", None),
        ("'3'", "3"),
        ("2026-04-01", "2026-04-01"),
        ("!!binary aGk=", "aGk="),
        ("!!python/object/apply:os.system ls", "ls"),
        ("[a, [1]]", ["a", [1]]),
        ("{a: {b: 1}, 2: c}", {"a": {"b": 1}, "2": "c"}),
        ("&x [a]", ["a"]),
    ],
)
def test_values_are_those_that_json_knows(tmp_path: Path, environ: dict[str, str], written: str, value: object) -> None:
    write(tmp_path / "home" / ".condarc", f"key: {written}\n")

    (layer,) = load(tmp_path, environ)

    assert layer.entries["key"].value == value
    assert type(layer.entries["key"].value) is type(value)


def test_what_is_merged_into_a_mapping_lies_below_its_own(tmp_path: Path, environ: dict[str, str]) -> None:
    write(tmp_path / "home" / ".condarc", "a: &a {x: 1, y: 1}\nb: {y: 2, <<: *a}\n<<: {c: 3}\n")

    (layer,) = load(tmp_path, environ)

    assert layer.entries["b"].value == {"x": 1, "y": 2}
    assert layer.entries["c"].value == 3


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("a: 1\nchannels: [x\n", 3, 1),
        ("a: b: c\n", 1, 5),
        ("a: 1\nb: 2\na: 3\n", 3, 1),
        ("a:\n  x: 1\n  x: 2\n", 3, 3),
        ("- a\n", 1, 1),
        ("words\n", 1, 1),
        ("[a]: 1\n", 1, 1),
        ("a: *nothing\n", 1, 4),
        ("a: 1\n---\nb: 2\n", 2, 1),
        ("<<: 1\n", 1, 5),
    ],
)
def test_a_broken_file_is_named_with_line_and_column(
    tmp_path: Path, environ: dict[str, str], text: str, line: int, column: int
) -> None:
    error = error_of(tmp_path, environ, text)

    path = str(tmp_path / "home" / ".condarc")
    assert error.fields == {"path": path, "line": line, "column": column}
    assert f"`{path}`, line {line}, column {column}" in str(error)


@pytest.mark.parametrize("text", ["a: \x01\n", "a: " + "[" * 5000, "&a {b: *a}", "%YAML 9.9\n---\na: 1\n"])
def test_a_hostile_file_is_an_error_and_no_crash(tmp_path: Path, environ: dict[str, str], text: str) -> None:
    assert error_of(tmp_path, environ, text).fields["path"] == str(tmp_path / "home" / ".condarc")


def test_aliases_that_multiply_are_stopped(tmp_path: Path, environ: dict[str, str]) -> None:
    lines = ["a0: &a0 [x, x]"] + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 9)]

    assert MOST_NODES < 9**8
    assert "it holds too much" in str(error_of(tmp_path, environ, "\n".join(lines)))


def test_bytes_that_are_no_utf_8_are_found(tmp_path: Path, environ: dict[str, str]) -> None:
    (tmp_path / "home" / ".condarc").write_bytes(b"a: 1\nb: \xff\n")

    problem = problem_of(load(tmp_path, environ))

    assert "not UTF-8" in str(problem)
    assert (problem.fields["line"], problem.fields["column"]) == (2, 4)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_a_file_that_may_not_be_read_is_named(tmp_path: Path, environ: dict[str, str]) -> None:
    os.chmod(write(tmp_path / "home" / ".condarc", "a: 1\n"), 0)

    assert "Permission denied" in str(problem_of(load(tmp_path, environ)))


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "conda" / "condarc.json"


def load_later(tmp_path: Path, environ: dict[str, str], cache: Path) -> list[Layer]:
    """Load the files an hour from now, when they have long been as they are."""
    files = present(path for path in user_files(str(tmp_path / "root"), environ) if path.startswith(str(tmp_path)))
    return list(cached_layers(files, str(cache), now=time.time_ns() + HOUR))


def planted(cache: Path, value: object) -> None:
    """Put another value for `solver` into the cache, to see whether it is used."""
    document = json.loads(cache.read_text())
    for item in document["files"].values():
        item["settings"]["solver"][0] = value
    cache.write_text(json.dumps(document))


def test_an_unchanged_file_is_not_read_again(tmp_path: Path, environ: dict[str, str], cache: Path) -> None:
    write(tmp_path / "home" / ".condarc", "solver: real\n")
    first = load_later(tmp_path, environ, cache)
    planted(cache, "cached")

    (second,) = load(tmp_path, environ)

    assert first[0].entries["solver"].value == "real"
    assert second.entries["solver"] == Entry("cached", str(tmp_path / "home" / ".condarc"), 1)


def test_a_changed_file_is_read_again(tmp_path: Path, environ: dict[str, str], cache: Path) -> None:
    path = write(tmp_path / "home" / ".condarc", "solver: old\n")
    load_later(tmp_path, environ, cache)
    planted(cache, "cached")
    write(Path(path), "solver: new\n")

    (layer,) = load(tmp_path, environ)

    assert layer.entries["solver"].value == "new"


def test_a_file_that_has_just_changed_is_not_cached(tmp_path: Path, environ: dict[str, str]) -> None:
    write(tmp_path / "home" / ".condarc", "solver: x\n")

    load(tmp_path, environ)

    assert not (tmp_path / "cache").exists()


def test_a_broken_file_is_not_cached(tmp_path: Path, environ: dict[str, str], cache: Path) -> None:
    write(tmp_path / "home" / ".condarc", "a: [")

    problem_of(load_later(tmp_path, environ, cache))

    assert not cache.exists()


def test_the_cache_keeps_other_files_that_still_exist(tmp_path: Path, environ: dict[str, str], cache: Path) -> None:
    kept = write(tmp_path / "env" / ".condarc", "solver: e\n")
    gone = write(tmp_path / "gone" / ".condarc", "solver: g\n")
    for name in ("env", "gone"):
        files = present(target_files(str(tmp_path / name), environ))
        cached_layers(files, str(cache), now=time.time_ns() + HOUR)
    os.unlink(gone)
    mine = write(tmp_path / "home" / ".condarc", "solver: m\n")

    load_later(tmp_path, environ, cache)

    assert set(json.loads(cache.read_text())["files"]) == {kept, mine}


@pytest.mark.parametrize("channel", ["https://h/t/tk-1/c", "https://user:pw@h/c"])
def test_what_holds_a_secret_is_not_cached(tmp_path: Path, environ: dict[str, str], cache: Path, channel: str) -> None:
    write(tmp_path / "home" / ".condarc", f"custom_channels: {{own: {channel}}}\n")

    (layer,) = load_later(tmp_path, environ, cache)

    assert layer.entries["custom_channels"].value == {"own": channel}
    assert not cache.exists()


def test_the_cache_is_for_the_eyes_of_the_user_alone(tmp_path: Path, environ: dict[str, str], cache: Path) -> None:
    write(tmp_path / "home" / ".condarc", "solver: real\n")

    load_later(tmp_path, environ, cache)

    assert stat.S_IMODE(cache.stat().st_mode) == 0o600
    assert os.listdir(cache.parent) == ["condarc.json"]


@pytest.mark.parametrize(
    "damage",
    [
        "",
        "{",
        "[]",
        '{"format": 0, "files": {}}',
        '{"format": 1, "files": []}',
        '{"format": 1}',
        "[" * 10_000,
        "\x00\x01",
    ],
)
def test_a_damaged_cache_is_made_anew(tmp_path: Path, environ: dict[str, str], cache: Path, damage: str) -> None:
    path = write(tmp_path / "home" / ".condarc", "solver: x\n")
    write(cache, damage)

    (layer,) = load_later(tmp_path, environ, cache)

    assert layer.entries["solver"].value == "x"
    assert list(json.loads(cache.read_text())["files"]) == [path]


@pytest.mark.parametrize(
    "settings",
    [
        None,
        [],
        {"solver": "x"},
        {"solver": ["x", 1]},
        {"solver": ["x", "1", None]},
        {"solver": ["x", 1, [False, [], []]]},
        {"solver": ["x", 1, [False, "0", [], []]]},
        {"solver": ["x", 1, [False, [-1], [], []]]},
    ],
)
def test_a_cached_file_of_another_form_is_read_again(
    tmp_path: Path, environ: dict[str, str], cache: Path, settings: object
) -> None:
    write(tmp_path / "home" / ".condarc", "solver: x\n")
    load_later(tmp_path, environ, cache)
    document = json.loads(cache.read_text())
    for item in document["files"].values():
        item["settings"] = settings
    cache.write_text(json.dumps(document))

    (layer,) = load(tmp_path, environ)

    assert layer.entries["solver"].value == "x"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_the_cache_of_another_user_is_not_believed(tmp_path: Path, environ: dict[str, str], cache: Path) -> None:
    write(tmp_path / "home" / ".condarc", "solver: x\n")
    load_later(tmp_path, environ, cache)
    planted(cache, "forged")
    os.chown(cache, 12345, 12345)

    (layer,) = load(tmp_path, environ)

    assert layer.entries["solver"].value == "x"


def test_where_no_cache_can_be_written_files_are_read(tmp_path: Path, environ: dict[str, str], cache: Path) -> None:
    write(tmp_path / "home" / ".condarc", "solver: x\n")
    write(tmp_path / "cache", "a file in the way of the folder")

    assert len(load_later(tmp_path, environ, cache)) == 1


def test_the_nearest_file_wins_and_lists_are_joined(tmp_path: Path, environ: dict[str, str]) -> None:
    write(tmp_path / "root" / ".condarc", "solver: low\nchannels: [system]\n")
    write(tmp_path / "home" / ".condarc", "solver: high\nchannels: [user, system]\n")

    context = Context(load(tmp_path, environ), root_prefix=str(tmp_path / "root"))

    assert context[SOLVER] == "high"
    assert context[CHANNELS] == ("user", "system")


def test_the_kernel_finds_the_files_through_the_entry_point(tmp_path: Path, environ: dict[str, str]) -> None:
    path = write(tmp_path / "home" / ".condarc", "solver: x\n")
    kernel = make_kernel(tmp_path, environ=environ)

    found = list(kernel.each(CONTEXT_SOURCES, str(tmp_path / "root"), environ, is_root=True))

    assert [(plugin.identity, plugin.distribution) for plugin, _ in found] == [
        ("conda.context_sources/condarc", "conda-settings")
    ]
    assert path in [layer.source for layer in found[0][1]]


def test_a_command_that_changes_an_environment_stops_at_a_broken_file(tmp_path: Path, environ: dict[str, str]) -> None:
    path = write(tmp_path / "home" / ".condarc", "a: 1\na: 2\n")
    words = [CONDA, "create", "-y", "-p", str(tmp_path / "env")]

    done = subprocess.run(words, env=environ, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.startswith(
        f"error: cannot read the settings in `{path}`, line 2, column 1: `a` stands here for the second time\n"
    )
    assert not (tmp_path / "env").exists()


def test_a_command_that_reads_warns_of_a_broken_file_and_goes_on(tmp_path: Path, environ: dict[str, str]) -> None:
    path = write(tmp_path / "home" / ".condarc", "a: 1\na: 2\n")

    done = subprocess.run([CONDA, "info"], env=environ, capture_output=True, text=True, check=False)

    assert done.returncode == 0
    assert "conda version" in done.stdout
    assert done.stderr.startswith(f"warning: cannot read the settings in `{path}`, line 2, column 1: ")


MARKED = (
    "channels: #!final\n  - r1\n  # alone\n  - r2  #!top\n  - r3   #! bottom\n"
    "solver: x  #!final\n"
    "proxy_servers:\n  https: http://p:1  #!final\n  http: http://q:1\n"
    "pinned_packages: [a, b]  # no mark\n"
)


def test_marks_are_read_and_kept(tmp_path: Path, environ: dict[str, str], cache: Path) -> None:
    write(tmp_path / "home" / ".condarc", MARKED)
    expected = {
        "channels": Marks(final=True, top=(1,), bottom=(2,)),
        "solver": Marks(final=True),
        "proxy_servers": Marks(final_keys=("https",)),
        "pinned_packages": UNMARKED,
    }

    (fresh,) = load_later(tmp_path, environ, cache)
    assert cache.exists()
    (kept,) = load(tmp_path, environ)

    for layer in (fresh, kept):
        assert {name: entry.marks for name, entry in layer.entries.items()} == expected
        assert layer.entries["channels"].value == ["r1", "r2", "r3"]


IMPORTED = """
import os, sys
from conda_kernel import prefixes, plugin_index, setting
from conda_settings.condarc import layers
before = set(sys.modules)
layers({root!r}, os.environ, is_root=True)
print(len(set(sys.modules) - before), "ruamel.yaml" in sys.modules, "json" in sys.modules)
"""


def imported(tmp_path: Path, environ: dict[str, str]) -> str:
    program = IMPORTED.format(root=str(tmp_path / "root"))
    return subprocess.run(
        [sys.executable, "-c", program], env=environ, check=True, capture_output=True, text=True
    ).stdout.strip()


def test_without_files_nothing_more_is_imported(tmp_path: Path, environ: dict[str, str]) -> None:
    assert imported(tmp_path, environ) == "0 False False"


def test_yaml_is_imported_only_for_what_has_changed(tmp_path: Path, environ: dict[str, str], cache: Path) -> None:
    write(tmp_path / "home" / ".condarc", "solver: x\n")
    load_later(tmp_path, environ, cache)

    assert cache.exists()
    assert imported(tmp_path, environ).split()[1:] == ["False", "True"]


def test_a_word_that_is_no_mark_is_told_and_so_is_one_in_the_wrong_place(
    tmp_path: Path, environ: dict[str, str], cache: Path
) -> None:
    path = tmp_path / "home" / ".condarc"
    write(path, "channels: #!finale\n  - a  #!topp\n  - b  #!final\nsolver: x  #!top\nquiet: true  # !final\n")
    told = [
        f"`#!{word}` at `{name}` means nothing there; marks are `#!final`, and for items of a list `#!top` and "
        f"`#!bottom` ({path}, line {line})"
        for word, name, line in (
            ("finale", "channels", 1),
            ("topp", "channels", 1),
            ("final", "channels", 1),
            ("top", "solver", 4),
        )
    ]

    (fresh,) = load_later(tmp_path, environ, cache)
    (kept,) = load(tmp_path, environ)

    assert list(fresh.warnings) == list(kept.warnings) == told


@pytest.mark.parametrize("words", [["info"], ["config", "--show"], ["info", "--json"]], ids=str)
def test_a_condarc_that_leads_nowhere_is_told(tmp_path: Path, words: list[str]) -> None:
    ended = Conda(tmp_path, environ={"CONDARC": "~/nowhere.yml"})(*words)
    assert ended.status == 0
    assert f"warning: CONDARC names `{tmp_path}/nowhere.yml`, which is not there\n" in ended.stderr
    assert "nowhere" not in ended.stdout


def test_an_option_that_a_sealed_setting_overrules_is_told(tmp_path: Path) -> None:
    (tmp_path / ".condarc").write_text("channels:  #!final\n  - mine\n")
    conda = Conda(tmp_path)
    told = f"warning: `channels` is `#!final` ({tmp_path}/.condarc, line 1), and the command line cannot change it\n"
    assert told in conda("search", "--offline", "-c", "other", "a").stderr
    assert "#!final" not in conda("search", "--offline", "a").stderr
    assert "#!final" not in conda("search", "--offline", "a", "-v").stderr


def test_a_sealed_setting_overrules_under_any_of_its_names(tmp_path: Path) -> None:
    (tmp_path / ".condarc").write_text("yes: false  #!final\n")
    told = f"warning: `always_yes` is `#!final` ({tmp_path}/.condarc, line 1), and the command line cannot change it\n"
    assert told in Conda(tmp_path)("clean", "--dry-run", "--tempfiles", "--yes").stderr
