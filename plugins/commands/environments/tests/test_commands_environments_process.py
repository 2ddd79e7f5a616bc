"""The commands in a real process, on channels in folders, with whatever is installed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from conda_testing.channels import ChannelBuilder
from conda_testing.distributions import install
from conda_testing.executable import Conda, Ended
from conda_testing.fork_server import ForkServer


class House:
    """An executable, a channel with packages, and an environment that may be there."""

    def __init__(self, folder: Path, server: ForkServer | None) -> None:
        self.home = folder / "home"
        self.home.mkdir()
        builder = ChannelBuilder(str(folder / "channel"))
        for version in ("1.0", "2.0"):
            builder.add("word", version, subdir="noarch", files={"share/word": f"word {version}\n"})
            builder.add(
                "speech", version, depends=[f"word {version}"], subdir="noarch", files={"bin/speech": "#!/bin/sh\n"}
            )
        builder.add("alone", "1.0", subdir="noarch", files={"share/alone": "alone\n"})
        builder.add("hopeless", "1.0", depends=["word >=9"], subdir="noarch")
        self.channel = builder.write()
        self.conda = Conda(self.home, environ={"CONDA_CHANNELS": self.channel, "CONDA_OFFLINE": "1"}, server=server)
        self.prefix = self.home / ".conda" / "envs" / "x"

    def run(self, *words: str, stdin: str | None = None) -> Ended:
        return self.conda(*words, stdin=stdin)

    def done(self, *words: str) -> Ended:
        """Run a command that must end well."""
        ended = self.run(*words)
        assert ended.status == 0, ended.stderr
        return ended

    def installed(self, prefix: Path | None = None) -> list[str]:
        meta = (prefix or self.prefix) / "conda-meta"
        return sorted(file.stem for file in meta.glob("*.json"))

    def history(self) -> str:
        return (self.prefix / "conda-meta" / "history").read_text(encoding="utf-8")


@pytest.fixture
def house(tmp_path: Path, fork_server: ForkServer | None) -> House:
    return House(tmp_path, fork_server)


def _document(ended: Ended) -> dict[str, Any]:
    document = ended.json()
    assert isinstance(document, dict)
    return document


def _names(actions: dict[str, Any], key: str) -> list[str]:
    return [entry["dist_name"] for entry in actions.get(key, [])]


def test_an_environment_is_made_changed_and_removed(house: House) -> None:
    created = house.done("create", "-n", "x", "speech=1", "-y")
    assert house.installed() == ["speech-1.0-0", "word-1.0-0"]
    assert (house.prefix / "share" / "word").read_text(encoding="utf-8") == "word 1.0\n"
    assert "# cmd: conda create -n x speech=1" in house.history()
    assert "# update specs: ['speech=1']" in house.history()
    assert "conda activate x" in created.stderr
    record = json.loads((house.prefix / "conda-meta" / "speech-1.0-0.json").read_text(encoding="utf-8"))
    assert record["requested_spec"] == "speech=1"

    house.done("install", "-n", "x", "alone", "-y")
    assert house.installed() == ["alone-1.0-0", "speech-1.0-0", "word-1.0-0"]

    house.done("remove", "-n", "x", "word", "-y")
    assert house.installed() == ["alone-1.0-0"]

    house.done("remove", "-n", "x", "--all", "-y")
    assert not house.prefix.exists()
    assert (house.home / ".conda" / "environments.txt").read_text(encoding="utf-8") == ""


def test_the_plan_is_shown_before_the_question_and_yes_answers_it(house: House) -> None:
    ended = house.run("create", "-n", "x", "speech", stdin="y\n")
    assert ended.status == 0
    assert ended.stderr.index("## Package Plan ##") < ended.stderr.index("Proceed ([y]/n)?")
    assert "  speech             " in ended.stderr


@pytest.mark.parametrize("stdin", ["n\n", ""])
def test_no_and_the_end_of_input_change_nothing_and_are_failures(house: House, stdin: str) -> None:
    ended = house.run("create", "-n", "x", "speech", stdin=stdin)
    assert ended.status == 1
    assert not house.prefix.exists()


def test_a_dry_run_shows_the_plan_on_standard_output_and_changes_nothing(house: House) -> None:
    ended = house.done("create", "-n", "x", "speech", "--dry-run", "-y")
    assert "## Package Plan ##" in ended.stdout
    assert not house.prefix.exists()


def test_a_dry_run_needs_no_name(house: House) -> None:
    document = _document(house.done("create", "speech", "--dry-run", "--json"))
    assert document["dry_run"] is True
    assert _names(document["actions"], "LINK") == ["word-2.0-0", "speech-2.0-0"]


def test_the_document_of_a_change_says_what_was_fetched_unlinked_and_linked(house: House) -> None:
    document = _document(house.done("create", "-n", "x", "speech=1", "--json"))
    actions = document["actions"]
    assert document["success"] is True
    assert document["prefix"] == actions["PREFIX"] == str(house.prefix)
    assert {entry["fn"] for entry in actions["FETCH"]} == {"speech-1.0-0.conda", "word-1.0-0.conda"}
    assert _names(actions, "LINK") == ["word-1.0-0", "speech-1.0-0"]
    assert "UNLINK" not in actions

    actions = _document(house.done("install", "-n", "x", "word=2", "speech", "--json"))["actions"]
    assert _names(actions, "UNLINK") == ["speech-1.0-0", "word-1.0-0"]
    assert _names(actions, "LINK") == ["word-2.0-0", "speech-2.0-0"]


def test_nothing_to_do_is_said_and_no_change(house: House) -> None:
    house.done("create", "-n", "x", "speech", "-y")
    before = house.history()
    assert "\n# All requested packages already installed.\n" in house.done("install", "-n", "x", "speech").stdout
    assert _document(house.done("install", "-n", "x", "speech", "--json")) == {
        "success": True,
        "message": "All requested packages already installed.",
    }
    assert house.history() == before


def test_an_environment_of_nothing_is_made(house: House) -> None:
    house.done("create", "-n", "x", "-y")
    assert house.installed() == []
    assert (house.prefix / "conda-meta" / "history").is_file()


def test_an_installed_package_stays_when_another_comes(house: House) -> None:
    house.done("create", "-n", "x", "word=1", "-y")
    house.done("install", "-n", "x", "alone", "-y")
    assert house.installed() == ["alone-1.0-0", "word-1.0-0"]


def test_an_environment_is_not_replaced_without_a_yes(house: House) -> None:
    house.done("create", "-n", "x", "alone", "-y")
    for words, stdin in (((), "\n"), ((), ""), (("--json",), "")):
        ended = house.run("create", "-n", "x", "speech", *words, stdin=stdin)
        assert ended.status == 1
        assert house.installed() == ["alone-1.0-0"]


def test_an_environment_is_replaced_after_a_yes(house: House) -> None:
    house.done("create", "-n", "x", "alone", "-y")
    document = _document(house.done("create", "-n", "x", "speech", "-y", "--json"))
    assert len(document["actions"]["FETCH"]) == 2
    assert house.installed() == ["speech-2.0-0", "word-2.0-0"]
    assert not (house.prefix / "share" / "alone").exists()
    assert os.listdir(house.prefix.parent) == ["x"]


@pytest.mark.parametrize("wished", ["no-such-package", "hopeless"])
def test_an_environment_survives_a_replacement_that_cannot_be_solved(house: House, wished: str) -> None:
    house.done("create", "-n", "x", "alone", "-y")
    assert house.run("create", "-n", "x", wished, "-y").status == 4
    assert house.installed() == ["alone-1.0-0"]


def test_an_environment_survives_a_replacement_whose_packages_cannot_be_had(house: House, tmp_path: Path) -> None:
    house.done("create", "-n", "x", "alone", "-y")
    for archive in (tmp_path / "channel" / "noarch").glob("speech-*"):
        archive.write_bytes(b"no archive")
    assert house.run("create", "-n", "x", "speech", "-y").status == 5
    assert house.installed() == ["alone-1.0-0"]
    assert os.listdir(house.prefix.parent) == ["x"]


def test_a_folder_that_is_no_environment_is_used_only_after_a_yes(house: House, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "mine").write_text("mine", encoding="utf-8")
    assert house.run("create", "-p", str(folder), "alone", "--json").status == 1
    house.done("create", "-p", str(folder), "alone", "-y")
    assert house.installed(folder) == ["alone-1.0-0"]
    assert (folder / "mine").exists()


@pytest.mark.parametrize(
    ("words", "status"),
    [
        ((), 2),
        (("-n", "base"), 1),
        (("-n", "root"), 1),
        (("-n", "a:b"), 2),
        (("-n", "x", "-p", "/tmp/x"), 2),  # noqa: S108 - nothing is made there
    ],
)
def test_a_target_that_cannot_be_is_refused(house: House, words: tuple[str, ...], status: int) -> None:
    assert house.run("create", *words, "-y").status == status


def test_no_environment_is_made_in_an_environment_or_with_a_separator_in_its_path(house: House, tmp_path: Path) -> None:
    house.done("create", "-n", "x", "-y")
    assert "lies in the environment" in house.run("create", "-p", str(house.prefix / "inner"), "-y").stderr
    assert house.run("create", "-p", str(tmp_path / "a:b"), "-y").status == 1
    assert not (tmp_path / "a:b").exists()


def test_the_active_environment_is_neither_replaced_nor_removed(house: House) -> None:
    house.done("create", "-n", "x", "alone", "-y")
    house.conda.environ["CONDA_PREFIX"] = str(house.prefix)
    for words in (("create", "-n", "x"), ("remove", "-n", "x", "--all"), ("remove", "--all")):
        ended = house.run(*words, "-y")
        assert ended.status == 1
        assert "active environment" in ended.stderr
    assert house.installed() == ["alone-1.0-0"]


def test_a_frozen_environment_is_not_changed_unless_that_is_overridden(house: House) -> None:
    house.done("create", "-n", "x", "alone", "-y")
    (house.prefix / "conda-meta" / "frozen").write_text('{"message": "ask the owner"}', encoding="utf-8")
    for words in (("install", "speech"), ("remove", "alone"), ("uninstall", "alone"), ("remove", "--all")):
        ended = house.run(words[0], "-n", "x", *words[1:], "-y")
        assert ended.status == 1
        assert "ask the owner" in ended.stderr
    assert house.run("create", "-n", "x", "-y").status == 1
    assert house.installed() == ["alone-1.0-0"]
    house.done("install", "-n", "x", "speech", "-y", "--override-frozen")
    assert "speech-2.0-0" in house.installed()


@pytest.mark.parametrize("words", [("install", "speech"), ("remove", "speech"), ("remove", "--all")])
def test_what_is_no_environment_is_not_changed(house: House, words: tuple[str, ...]) -> None:
    nowhere = house.run(*words, "-y")
    assert nowhere.status == 1
    assert "no environment is active; name one with -n or -p" in nowhere.stderr
    assert "not an environment" in house.run(words[0], "-n", "gone", *words[1:], "-y").stderr


@pytest.mark.parametrize("words", [("install",), ("remove",)])
def test_a_command_without_packages_says_what_it_needs(house: House, words: tuple[str, ...]) -> None:
    house.done("create", "-n", "x", "-y")
    ended = house.run(*words, "-n", "x", "--json")
    assert ended.status == 1
    assert "at least one package" in _document(ended)["message"]


def test_missing_packages_are_all_named_in_the_document(house: House) -> None:
    document = _document(house.run("create", "-n", "x", "speach", "nothing", "--json"))
    assert document["exception_name"] == "PackagesNotFoundError"
    assert document["packages"] == ["speach", "nothing"]
    assert document["channel_urls"] == [house.channel]


def test_an_unsolvable_request_is_explained(house: House) -> None:
    ended = house.run("create", "-n", "x", "hopeless", "-y")
    assert ended.status == 4
    for told in ("`hopeless`", "requested", "word >=9"):
        assert told in ended.stderr
    assert house.channel in ended.stderr


def test_no_channels_are_an_error_that_says_how_to_name_one(house: House) -> None:
    del house.conda.environ["CONDA_CHANNELS"]
    ended = house.run("create", "-n", "x", "speech", "-y")
    assert ended.status != 0
    assert "-c CHANNEL" in ended.stderr


def test_packages_are_only_downloaded_when_that_is_asked_for(house: House) -> None:
    document = _document(house.done("create", "speech", "--download-only", "--json"))
    assert len(document["actions"]["FETCH"]) == 2
    assert document["download_only"] is True
    assert not house.prefix.exists()
    document = _document(house.done("create", "-n", "x", "speech", "--json"))
    assert document["actions"]["FETCH"] == []


def test_all_packages_go_and_the_environment_stays_when_that_is_asked_for(house: House) -> None:
    house.done("create", "-n", "x", "speech", "-y")
    house.done("remove", "-n", "x", "--all", "--keep-env", "-y")
    assert house.installed() == []
    assert (house.prefix / "conda-meta" / "history").is_file()


def test_an_environment_is_removed_only_after_both_questions(house: House) -> None:
    house.done("create", "-n", "x", "speech", "-y")
    for words, stdin in (((), "y\nn\n"), ((), "y\n\n"), ((), "n\n"), (("--json",), "")):
        assert house.run("remove", "-n", "x", "--all", *words, stdin=stdin).status == 1
        assert house.installed() == ["speech-2.0-0", "word-2.0-0"]
    assert house.run("remove", "-n", "x", "--all", stdin="y\ny\n").status == 0
    assert not house.prefix.exists()


def test_an_environment_without_packages_is_removed_with_a_document(house: House) -> None:
    house.done("create", "-n", "x", "-y")
    document = _document(house.done("remove", "-n", "x", "--all", "--json", "-y"))
    assert document["success"] is True
    assert not house.prefix.exists()


def test_uninstall_is_another_name_of_remove(house: House) -> None:
    house.done("create", "-n", "x", "alone", "-y")
    house.done("uninstall", "-n", "x", "alone", "-y")
    assert house.installed() == []


def test_a_pin_in_the_environment_holds_until_it_is_disregarded(house: House) -> None:
    house.done("create", "-n", "x", "alone", "-y")
    (house.prefix / "conda-meta" / "pinned").write_text("word 1.*\n", encoding="utf-8")
    house.done("install", "-n", "x", "speech", "-y")
    assert "word-1.0-0" in house.installed()
    refused = house.run("install", "-n", "x", "word=2", "-y")
    assert refused.status == 4
    assert "pinned`, line 1" in refused.stderr
    house.done("install", "-n", "x", "word=2", "speech", "-y", "--no-pin")
    assert "word-2.0-0" in house.installed()


def test_dependencies_are_left_out_or_come_alone(house: House) -> None:
    house.done("create", "-n", "x", "speech", "--only-deps", "-y")
    assert house.installed() == ["word-2.0-0"]
    house.done("remove", "-n", "x", "word", "-y")
    ended = house.done("install", "-n", "x", "speech", "--no-deps", "-y")
    assert house.installed() == ["speech-2.0-0"]
    assert "inconsistent" in ended.stderr


def test_a_package_is_linked_again_when_that_is_forced(house: House) -> None:
    house.done("create", "-n", "x", "alone", "-y")
    (house.prefix / "share" / "alone").unlink()
    house.done("install", "-n", "x", "alone", "--force-reinstall", "-y")
    assert (house.prefix / "share" / "alone").is_file()


def test_another_platform_is_remembered_in_the_environment(house: House) -> None:
    house.done("create", "-n", "x", "alone", "--subdir", "win-64", "-y")
    assert (house.prefix / ".condarc").read_text(encoding="utf-8") == "subdir: win-64\n"


def test_packages_are_read_from_a_file(house: House, tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_text("speech=1\n# a comment\nalone\n", encoding="utf-8")
    house.done("create", "-n", "x", "--file", str(tmp_path / "list.txt"), "-y")
    assert house.installed() == ["alone-1.0-0", "speech-1.0-0", "word-1.0-0"]


def test_the_settings_add_packages_to_every_new_environment(house: House) -> None:
    house.conda.environ["CONDA_CREATE_DEFAULT_PACKAGES"] = "alone,speech=2"
    house.done("create", "-n", "x", "speech=1", "-y")
    assert house.installed() == ["alone-1.0-0", "speech-1.0-0", "word-1.0-0"]
    house.done("create", "-n", "y", "speech=1", "--no-default-packages", "-y")
    assert house.installed(house.prefix.parent / "y") == ["speech-1.0-0", "word-1.0-0"]


def test_real_packages_are_installed_from_a_folder(house: House, shared: Path) -> None:
    words = ("-c", str(shared / "data" / "packages"), "--override-channels")
    house.done("create", "-n", "x", "dependent=1", "sample_noarch_python", *words, "-y")
    assert {"dependent-1.0-0", "dependency-1.0-0"} <= set(house.installed())
    house.done("install", "-n", "x", "dependent=2", *words, "-y")
    assert {"dependent-2.0-0", "dependency-2.0-0"} <= set(house.installed())


def test_an_environment_that_was_moved_aside_by_a_killed_command_comes_back(house: House) -> None:
    house.done("create", "-n", "x", "alone", "-y")
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    house.prefix.rename(house.prefix.parent / f".x.aside-{process.pid}")
    house.done("install", "-n", "x", "speech", "-y")
    assert house.installed() == ["alone-1.0-0", "speech-2.0-0", "word-2.0-0"]


KILLER = """
    import os
    import signal

    from conda_kernel.model.plan import Action

    def kill(plan):
        return Action("killer", lambda: os.kill(os.getpid(), signal.SIGKILL), lambda answer: None)
"""


@pytest.mark.parametrize("after", [("create", "-n", "x", "alone"), ("install", "-n", "x", "alone")])
def test_an_environment_survives_a_replacement_that_is_killed(
    house: House, tmp_path: Path, after: tuple[str, ...]
) -> None:
    house.done("create", "-n", "x", "speech=1", "-y")
    points = {"conda.post_transaction_actions": {"killer": "killer:kill"}}
    path = install(tmp_path / "plugins", "conda-killer", modules={"killer": KILLER}, entry_points=points)
    killed = Conda(house.home, path=(path,), environ=house.conda.environ)("create", "-n", "x", "speech=2", "-y")
    assert killed.status < 0
    assert (house.prefix / "conda-meta" / "journal").exists()

    if after[0] == "create":
        assert house.run(*after, "--json").status == 1, "the old one is back, and is not replaced without a yes"
    else:
        house.done(*after, "-y")
    assert {"speech-1.0-0", "word-1.0-0"} <= set(house.installed())
    assert (house.prefix / "share" / "word").read_text(encoding="utf-8") == "word 1.0\n"
    assert os.listdir(house.prefix.parent) == ["x"]


def test_env_remove_removes_an_environment_that_is_named(house: House) -> None:
    house.done("create", "-n", "x", "word", "-y")
    assert house.run("env", "remove", "-y").status == 2
    (house.prefix / "conda-meta" / "frozen").touch()
    assert house.run("env", "remove", "-n", "x", "-y").status == 1
    assert house.prefix.exists()
    house.done("env", "remove", "-n", "x", "-y", "--override-frozen")
    assert not house.prefix.exists()


def test_files_are_copied_when_that_is_asked_for(house: House) -> None:
    house.done("create", "-n", "x", "speech=1", "--copy", "-y")
    for name in ("speech-1.0-0", "word-1.0-0"):
        record = json.loads((house.prefix / "conda-meta" / f"{name}.json").read_text(encoding="utf-8"))
        assert record["link"]["type"] == 3
        for file in record["files"]:
            assert (house.prefix / file).stat().st_nlink == 1
            (house.prefix / file).write_text("edited", encoding="utf-8")
    house.done("remove", "-n", "x", "--all", "-y")

    house.done("create", "-n", "x", "speech=1", "-y")

    assert (house.prefix / "share" / "word").read_text(encoding="utf-8") == "word 1.0\n"
    assert (house.prefix / "share" / "word").stat().st_nlink > 1


def test_what_a_package_says_before_it_is_linked_is_shown_and_may_be_answered_with_no(
    tmp_path: Path, fork_server: ForkServer | None
) -> None:
    builder = ChannelBuilder(str(tmp_path / "channel"))
    builder.add("frank", "1.0", subdir="noarch", info={"prelink_messages/a.txt": "I phone home.\x1b[2J"})
    builder.add("plain", "1.0", subdir="noarch")
    environ = {"CONDA_CHANNELS": builder.write(), "CONDA_OFFLINE": "1"}
    conda = Conda(tmp_path / "home", environ=environ, server=fork_server)
    prefix = tmp_path / "home" / ".conda" / "envs" / "x"

    declined = conda("create", "-n", "x", "frank", stdin="y\nn\n")
    assert declined.status == 1
    assert "frank-1.0-0 says:\n\nI phone home." in declined.stdout + declined.stderr
    assert "\x1b" not in declined.stdout + declined.stderr
    assert not prefix.exists()
    assert conda("create", "-n", "x", "frank", stdin="y\ny\n").status == 0
    assert (prefix / "conda-meta" / "frank-1.0-0.json").exists()
    agreed = conda("create", "-n", "y", "frank", "-y")
    assert agreed.status == 0
    assert "I phone home." in agreed.stdout + agreed.stderr
    assert conda("create", "-n", "z", "plain", stdin="y\n").status == 0


def test_packages_for_every_python_move_along_when_its_minor_version_changes(
    tmp_path: Path, fork_server: ForkServer | None
) -> None:
    builder = ChannelBuilder(str(tmp_path / "channel"))
    for version in ("3.11.9", "3.11.10", "3.12.1"):
        builder.add("python", version, files={"lib/version": version})
    builder.add(
        "tool",
        "1.0",
        depends=["python"],
        noarch="python",
        files={"site-packages/tool.py": "def main(): pass\n"},
        entry_points=["tool = tool:main"],
    )
    environ = {"CONDA_CHANNELS": builder.write(), "CONDA_OFFLINE": "1", "CONDA_SUBDIR": "linux-64"}
    conda = Conda(tmp_path / "home", environ=environ, server=fork_server)
    prefix = tmp_path / "home" / ".conda" / "envs" / "x"

    def linked(*words: str) -> list[str]:
        ended = conda(*words, "-n", "x", "-y", "--json")
        assert ended.status == 0, ended.stdout
        return _names(_document(ended)["actions"], "LINK")

    assert linked("create", "python=3.11.9", "tool") == ["python-3.11.9-0", "tool-1.0-0"]
    assert linked("install", "python=3.11.10") == ["python-3.11.10-0"]
    assert linked("install", "python=3.12") == ["python-3.12.1-0", "tool-1.0-0"]
    assert (prefix / "lib" / "python3.12" / "site-packages" / "tool.py").is_file()
    assert not (prefix / "lib" / "python3.11").exists()
    record = json.loads((prefix / "conda-meta" / "tool-1.0-0.json").read_text(encoding="utf-8"))
    assert "lib/python3.12/site-packages/tool.py" in record["files"]
    assert record["requested_spec"] == "tool"
