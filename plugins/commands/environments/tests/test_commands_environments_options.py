"""Options that choose channels, decide how packages are linked, or are only accepted, through the executable."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

import pytest

from conda_commands_environments.protected import check_user
from conda_kernel.errors import OperationNotAllowed
from conda_testing.channels import ChannelBuilder
from conda_testing.executable import Conda, Ended
from conda_testing.fork_server import ForkServer
from conda_testing.kernels import make_kernel

YEAR_2020, YEAR_2026 = 1_577_836_800_000, 1_767_225_600_000
"""In milliseconds since 1970."""


class House:
    """An executable, and a channel with two versions of `word` and two packages that want one path."""

    def __init__(self, folder: Path, server: ForkServer | None) -> None:
        self.home = folder / "home"
        self.home.mkdir()
        builder = ChannelBuilder(str(folder / "channel"))
        builder.add("word", "1.0", noarch="generic", record={"timestamp": YEAR_2020}, files={"share/word": "1"})
        builder.add("word", "2.0", noarch="generic", record={"timestamp": YEAR_2026}, files={"share/word": "2"})
        for name in ("one", "other"):
            builder.add(name, "1", noarch="generic", record={"timestamp": YEAR_2020}, files={"share/same": name})
        self.channel = builder.write()
        self.conda = Conda(self.home, environ={"CONDA_CHANNELS": self.channel, "CONDA_OFFLINE": "1"}, server=server)

    def built(self, folder: Path, version: str) -> None:
        """Make the folder that conda-build leaves `word` of the version in."""
        builder = ChannelBuilder(str(folder))
        builder.add("word", version, noarch="generic", files={"share/word": version})
        builder.write()

    def linked(self, *words: str) -> list[str]:
        """Return what a dry run of `conda create` would link, each package with its channel."""
        ended = self.conda("create", "-n", "x", "--dry-run", "--json", *words)
        assert ended.status == 0, ended.stdout + ended.stderr
        document = ended.json()
        assert isinstance(document, dict)
        return [f"{found['channel']}::{found['dist_name']}" for found in document["actions"]["LINK"]]

    def failed(self, status: int, *words: str) -> str:
        ended = self.conda(*words)
        assert ended.status == status, ended.stdout + ended.stderr
        return ended.stderr


@pytest.fixture
def house(tmp_path: Path, fork_server: ForkServer | None) -> House:
    return House(tmp_path, fork_server)


def test_what_was_built_here_comes_before_all_other_channels(house: House) -> None:
    house.built(house.home / "conda-bld", "1.5")

    for words in (("--use-local",), ("-c", house.channel, "--use-local"), ("--use-local", "-c", house.channel)):
        assert house.linked(*words, "--strict-channel-priority", "word") == ["local::word-1.5-0"]
    assert house.linked("--use-local", "-O", "word") == ["local::word-1.5-0"]
    assert house.linked("word") == [f"{house.channel}::word-2.0-0"]


@pytest.mark.parametrize(
    "settings",
    [
        "croot: ~/elsewhere",
        "bld_path: $HOME/elsewhere",
        "conda-build: {root-dir: ~/elsewhere, variants: [1, 2], nothing: null}",
    ],
)
def test_settings_say_where_packages_are_built(house: House, settings: str) -> None:
    house.built(house.home / "elsewhere", "7")
    (house.home / ".condarc").write_text(settings, encoding="utf-8")

    assert house.linked("--use-local", "word") == ["local::word-7-0"]


def test_the_channel_of_what_was_built_is_an_error_where_nothing_was(house: House) -> None:
    told = house.failed(5, "create", "-n", "x", "--dry-run", "--use-local", "word")
    assert "the channel `local` is what conda-build has made here" in told
    assert "hint: it makes packages in `~/conda-bld`" in told


def test_newer_packages_are_left_out(house: House) -> None:
    assert house.linked("--exclude-newer", "2021-01-01", "word") == [f"{house.channel}::word-1.0-0"]
    assert house.linked("--exclude-newer", "2030-01-01", "word") == [f"{house.channel}::word-2.0-0"]

    told = house.failed(3, "create", "-n", "x", "--dry-run", "--exclude-newer", "soon", "word")
    assert "`exclude_newer` cannot be 'soon': expected a duration such as `7d`" in told
    assert "(the command line)" in told


def test_an_age_that_is_final_in_a_file_cannot_be_changed_and_that_is_told(house: House) -> None:
    (house.home / ".condarc").write_text("exclude_newer: 2021-01-01 #!final\n", encoding="utf-8")

    ended = house.conda("create", "-n", "x", "-y", "--exclude-newer", "", "word")
    assert ended.status == 0
    assert "`exclude_newer` is `#!final`" in ended.stderr
    assert (house.home / ".conda" / "envs" / "x" / "conda-meta" / "word-1.0-0.json").exists()


def test_packages_that_want_one_path_are_refused_told_or_let(house: House) -> None:
    def made(*words: str) -> Ended:
        return house.conda("create", "-y", "-n", "x", "one", "other", *words)

    assert "`share/same` of one-1-0 is replaced by that of other-1-0" in made().stderr
    assert "is replaced" not in made("--clobber").stderr
    house.conda.environ["CONDA_PATH_CONFLICT"] = "prevent"
    refused = made()
    assert refused.status == 1
    assert "hint: `--clobber`" in refused.stderr
    for option in ("--clobber", "--force"):
        assert made(option).status == 0
    assert (house.home / ".conda" / "envs" / "x" / "share" / "same").read_text(encoding="utf-8") == "other"


def test_no_lock_of_a_package_cache_is_waited_for(house: House) -> None:
    place = house.home / "kept" / ".locks" / "word-2.0-0"
    place.parent.mkdir(parents=True)
    house.conda.environ["CONDA_PKGS_DIRS"] = str(house.home / "kept")

    with place.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert house.conda("create", "-y", "-n", "x", "--no-lock", "word", timeout=30).status == 0


@pytest.mark.parametrize(
    "words", [("--experimental", "jlap"), ("--experimental", "lock"), ("--dev",), ("--unknown",), ("--force-pscheck",)]
)
def test_what_has_no_effect_is_accepted_told_once_and_shown_by_no_help(house: House, words: tuple[str, ...]) -> None:
    ended = house.conda("create", "-n", "x", "--dry-run", "--json", *words, *words, "word")
    assert ended.status == 0
    assert ended.stderr.count(f"warning: `{words[0]}` ") == 1
    assert words[0] not in house.conda("create", "--help").stdout


def test_hidden_options_do_what_their_names_say(house: House) -> None:
    (house.home / ".condarc").write_text("channel_priority: disabled\ndebug: false\n", encoding="utf-8")
    house.built(house.home / "older", "1.0")

    assert house.linked("-c", str(house.home / "older"), "word")[0].endswith("word-2.0-0")
    assert house.linked("-c", str(house.home / "older"), "--channel-priority", "word")[0].endswith("word-1.0-0")
    assert "Traceback" in house.failed(4, "create", "-n", "x", "--dry-run", "--trace", "absent")
    assert "Traceback" in house.failed(2, "--trace", "list", "--absent")


def test_channels_are_not_overridden_where_that_is_not_permitted(house: House) -> None:
    house.conda.environ["CONDA_OVERRIDE_CHANNELS_ENABLED"] = "false"

    told = house.failed(1, "create", "-n", "x", "--dry-run", "-O", "-c", house.channel, "word")
    assert "`override_channels_enabled` is false" in told
    assert "OVERRIDE_CHANNELS_ENABLED" not in told
    assert house.linked("-c", house.channel, "word") == [f"{house.channel}::word-2.0-0"]


@pytest.mark.parametrize("spec", ['"word<2"', "'word<2'", "'word<2", 'word<2"'])
def test_the_quotes_that_a_shell_leaves_are_no_part_of_a_spec(house: House, spec: str) -> None:
    assert house.linked(spec) == [f"{house.channel}::word-1.0-0"]
    assert house.conda("create", "-y", "-n", "x", spec).status == 0
    found = house.conda("search", "--json", spec).json()
    assert isinstance(found, dict)
    assert [record["version"] for record in found["word"]] == ["1.0"]
    assert house.conda("why", "-n", "x", spec).status == 0
    assert house.conda("why-not", "-n", "x", spec).status == 0
    assert house.conda("remove", "-y", "-n", "x", spec).status == 0


def test_packages_are_removed_by_the_features_that_they_switch_on(tmp_path: Path, house: House) -> None:
    builder = ChannelBuilder(str(tmp_path / "featured"))
    builder.add("mkl", "1", noarch="generic", record={"track_features": "mkl fast"})
    builder.add("slow", "1", noarch="generic", record={"track_features": "slow"})
    builder.add("user", "1", noarch="generic", depends=["mkl"])
    made = house.conda("create", "-y", "-n", "x", "-O", "-c", builder.write(), "user", "slow")
    assert made.status == 0, made.stderr
    meta = house.home / ".conda" / "envs" / "x" / "conda-meta"

    told = house.failed(4, "remove", "-y", "-n", "x", "--features", "fast", "mkl", "absent")
    assert "switches on `absent`" in told
    assert house.conda("remove", "-y", "-n", "x", "--features", "fast").status == 0
    assert [file.stem for file in meta.glob("*.json")] == ["slow-1-0"]
    assert "# cmd: conda remove -n x --features fast" in (meta / "history").read_text(encoding="utf-8")


@pytest.mark.parametrize("number", ["-1", "x", "1.0", "²", "9" * 5000])
def test_what_is_no_number_of_a_revision_is_a_wrong_command_line(house: House, number: str) -> None:
    assert house.conda("create", "-y", "-n", "x").status == 0
    assert "`--revision` takes a number" in house.failed(2, "install", "-n", "x", f"--revision={number}")


def test_the_environment_that_shells_activate_is_neither_removed_nor_renamed(house: House) -> None:
    assert house.conda("config", "--set", "default_activation_env", "x").status == 0
    assert house.conda("create", "-y", "-n", "x", "word").status == 0

    for words in (("remove", "-n", "x", "--all", "-y"), ("env", "remove", "-n", "x", "-y"), ("rename", "-n", "x", "y")):
        assert "the environment that is activated by default" in house.failed(1, *words)
    for path in (str(house.home / ".conda/envs/x"), "~/.conda/envs/x"):
        assert house.conda("config", "--set", "default_activation_env", path).status == 0
        assert "the environment that is activated by default" in house.failed(1, "remove", "-n", "x", "--all", "-y")
    assert house.conda("config", "--set", "default_activation_env", "base").status == 0
    assert house.conda("remove", "-n", "x", "--all", "-y").status == 0


def test_an_environment_with_a_name_is_made_where_that_can_be_done(house: House) -> None:
    (house.home / "file").touch()
    places = [str(house.home / "file" / "envs"), str(house.home / "second"), str(house.home / "third")]
    house.conda.environ["CONDA_ENVS_DIRS"] = os.pathsep.join(places)
    made = house.conda("create", "-y", "-n", "x", "word", "--json").json()
    assert isinstance(made, dict)
    assert made["prefix"] == str(house.home / "second" / "x")

    (house.home / "third" / "y").mkdir(parents=True)
    assert house.conda("create", "-y", "-n", "y", "word").status == 0
    assert (house.home / "third" / "y" / "share" / "word").exists()


def test_it_is_told_when_no_folder_of_environments_can_be_written_to(house: House) -> None:
    (house.home / ".conda").touch()
    house.conda.environ["CONDA_ENVS_DIRS"] = str(house.home / ".conda" / "other")
    told = house.failed(1, "create", "-y", "-n", "x", "word")
    assert f"none of the folders of environments can be written to: `{house.home}/.conda/other`" in told
    document = house.conda("create", "-y", "-n", "x", "word", "--json").json()
    assert isinstance(document, dict)
    assert document["exception_name"] == "NoWritableEnvsDirError"
    assert document["envs_dirs"] == [f"{house.home}/.conda/other", f"{house.home}/.conda/envs"]


def test_where_only_administrators_change_environments_others_do_not(tmp_path: Path, house: House) -> None:
    context = make_kernel(tmp_path, settings={"non_admin_enabled": False}).context
    with pytest.raises(OperationNotAllowed, match="only administrators"):
        check_user(context, is_administrator=False)
    check_user(context, is_administrator=True)
    check_user(make_kernel(tmp_path).context, is_administrator=False)

    house.conda.environ["CONDA_NON_ADMIN_ENABLED"] = "false"
    ended = house.conda("create", "-y", "-n", "x", "word")
    assert ended.status == (0 if os.geteuid() == 0 else 1)
    assert ("only administrators" in ended.stderr) is (os.geteuid() != 0)


def test_a_word_that_ends_no_name_of_a_command_is_told_with_what_may_be_meant(house: House) -> None:
    told = house.failed(2, "env", "create", "-f", "environment.yml")
    assert "error: unknown command `env create`\n\nhint: did you mean `conda create`?" in told
    assert "did you mean `conda env list`?" in house.failed(2, "env", "lst")
    assert "unexpected argument `more`" in house.failed(2, "info", "more")


def test_the_version_stands_alone_and_that_is_said(house: House) -> None:
    assert "error: `--version` stands alone" in house.failed(2, "-v", "--version")
    assert "error: unknown option `-vx`" in house.failed(2, "-vx", "list")
    assert house.conda("-vvvvv", "info", "--base").status == 0


@pytest.fixture
def grown(tmp_path: Path, fork_server: ForkServer | None) -> Conda:
    """An environment with version 1 of all, whose channel has version 2 since: `tool` and `new` need a `lib`."""
    builder = ChannelBuilder(str(tmp_path / "grown"))

    def offer(version: str) -> None:
        for name, depends in (("lib", []), ("tool", ["lib"]), ("other", [])):
            builder.add(name, version, noarch="generic", depends=depends)

    offer("1")
    conda = Conda(tmp_path, environ={"CONDA_CHANNELS": builder.write(), "CONDA_OFFLINE": "1"}, server=fork_server)
    made = conda("create", "-y", "-n", "x", "tool", "other")
    assert made.status == 0, made.stderr
    offer("2")
    builder.add("new", "1", noarch="generic", depends=["lib", "more"])
    builder.add("more", "1", noarch="generic")
    builder.write()
    return conda


def changed(conda: Conda, *words: str) -> tuple[str, str]:
    """Return what a dry run of a command would unlink and link."""
    ended = conda(*words, "-n", "x", "--dry-run", "--json")
    assert ended.status == 0, ended.stdout + ended.stderr
    document = ended.json()
    assert isinstance(document, dict)
    actions = document.get("actions", {})
    gone, come = (sorted(found["dist_name"][:-2] for found in actions.get(key, ())) for key in ("UNLINK", "LINK"))
    return " ".join(gone), " ".join(come)


@pytest.mark.parametrize(
    ("words", "gone", "come"),
    [
        ("install new", "", "more-1 new-1"),
        ("install new --freeze-installed", "", "more-1 new-1"),
        ("install new --no-update-deps", "", "more-1 new-1"),
        ("install new --update-specs", "", "more-1 new-1"),
        ("install new --update-deps", "lib-1", "lib-2 more-1 new-1"),
        ("install new --update-all", "lib-1 other-1 tool-1", "lib-2 more-1 new-1 other-2 tool-2"),
        ("install new --all", "lib-1 other-1 tool-1", "lib-2 more-1 new-1 other-2 tool-2"),
        ("install new --prune", "lib-1 other-1 tool-1", "lib-2 more-1 new-1"),
        ("install new --no-deps", "", "new-1"),
        ("install new --only-deps", "", "more-1"),
        ("install tool -S", "", ""),
        ("install tool --satisfied-skip-solve", "", ""),
        ("install tool>=2", "tool-1", "tool-2"),
        ("update tool", "tool-1", "tool-2"),
        ("update tool --update-deps", "lib-1 tool-1", "lib-2 tool-2"),
        ("update --all", "lib-1 other-1 tool-1", "lib-2 other-2 tool-2"),
        ("install tool=1 --force-reinstall", "tool-1", "tool-1"),
        ("remove lib", "lib-1 tool-1", ""),
        ("remove lib --force-remove", "lib-1", ""),
        ("remove lib --force", "lib-1", ""),
    ],
)
def test_what_changes_besides_what_was_asked_for(grown: Conda, words: str, gone: str, come: str) -> None:
    assert changed(grown, *words.split()) == (gone, come)


@pytest.mark.parametrize(
    ("setting", "words", "gone", "come"),
    [
        ("update_modifier: update-deps", "install new", "lib-1", "lib-2 more-1 new-1"),
        ("update_modifier: UPDATE_ALL", "update", "lib-1 other-1 tool-1", "lib-2 other-2 tool-2"),
        ("update_modifier: update_all", "install new --freeze-installed", "", "more-1 new-1"),
        ("deps_modifier: no_deps", "install new", "", "new-1"),
        ("deps_modifier: no_deps", "install new --only-deps", "", "more-1"),
        ("force_reinstall: true", "install tool=1", "tool-1", "tool-1"),
        ("{ignore_pinned: true, pinned_packages: [tool=1]}", "update tool", "tool-1", "tool-2"),
    ],
)
def test_a_file_can_say_what_an_option_says_and_an_option_counts_more(
    grown: Conda, tmp_path: Path, setting: str, words: str, gone: str, come: str
) -> None:
    (tmp_path / ".condarc").write_text(setting, encoding="utf-8")
    assert changed(grown, *words.split()) == (gone, come)


def test_a_file_that_says_what_cannot_be_meant_is_an_error(grown: Conda, tmp_path: Path) -> None:
    (tmp_path / ".condarc").write_text("update_modifier: everything\n", encoding="utf-8")
    ended = grown("install", "-n", "x", "new", "--dry-run")
    assert ended.status == 3
    assert "`update_modifier` cannot be 'everything': expected one of `update_specs`" in ended.stderr


def test_pins_and_priorities_hold_unless_an_option_lifts_them(grown: Conda, house: House) -> None:
    grown.environ["CONDA_PINNED_PACKAGES"] = "tool=1"
    assert changed(grown, "update", "tool") == ("", "")
    assert changed(grown, "update", "tool", "--no-pin") == ("tool-1", "tool-2")

    house.built(house.home / "older", "1.0")
    older = ("-c", str(house.home / "older"), "word")
    assert house.linked(*older)[0].endswith("word-1.0-0")
    assert house.linked(*older, "--no-channel-priority")[0].endswith("word-2.0-0")
