"""`conda doctor` in a real process, on environments that were made, and then damaged."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from conda_kernel.model.prefix import Prefix
from conda_testing.channels import ChannelBuilder
from conda_testing.distributions import install
from conda_testing.executable import Conda, Ended
from conda_testing.fork_server import ForkServer
from conda_testing.packages import PLACEHOLDER, Entry, File, Symlink

CHECKS = ("unfinished-change", "altered-files", "consistency", "environments-txt", "missing-files", "records")
"""Those that look at the environment alone, whatever else is installed beside conda."""


class House:
    """An executable, a channel, and an environment with what can be damaged."""

    def __init__(self, folder: Path, server: ForkServer | None, path: tuple[str, ...] = ()) -> None:
        self.home = folder / "home"
        self.home.mkdir()
        builder = ChannelBuilder(str(folder / "channel"))
        files: dict[str, Entry] = {
            "share/word": "word\n",
            "bin/word": File(f"#!{PLACEHOLDER}/bin/sh\n", 0o755, PLACEHOLDER),
            "share/link": Symlink("word"),
        }
        builder.add("word", "1.0", subdir="noarch", files=files)
        builder.add("speech", "1.0", depends=["word"], subdir="noarch", files={"share/speech": "speech\n"})
        environ = {"CONDA_CHANNELS": builder.write(), "CONDA_OFFLINE": "1"}
        self.conda = Conda(self.home, environ=environ, server=server, path=path)
        self.prefix = self.home / ".conda" / "envs" / "x"
        assert self.conda("create", "-n", "x", "speech", "-y").status == 0

    def run(self, *words: str, stdin: str | None = None) -> Ended:
        return self.conda("doctor", "-n", "x", *words, stdin=stdin)

    def checks(self, *words: str, status: int) -> dict[str, dict[str, Any]]:
        """Run the command with `--json`; return what came of each check by its name."""
        ended = self.run("--json", *words)
        assert ended.status == status, ended.stdout + ended.stderr
        document = ended.json()
        assert isinstance(document, dict)
        assert document["success"] is (status == 0)
        return {check["name"]: check for check in document["checks"]}


@pytest.fixture
def house(tmp_path: Path, fork_server: ForkServer | None) -> House:
    return House(tmp_path, fork_server)


def test_a_sound_environment_has_no_problem(house: House) -> None:
    ended = house.run(*CHECKS)
    assert ended.status == 0, ended.stdout
    assert "no problem was found" in ended.stdout
    checks = house.checks(*CHECKS, status=0)
    assert {name: check["status"] for name, check in checks.items()} == dict.fromkeys(CHECKS, "ok")


def test_missing_files_are_found_explained_and_mended(house: House) -> None:
    (house.prefix / "share" / "word").unlink()
    (house.prefix / "share" / "link").unlink()
    ended = house.run("missing-files")
    assert ended.status == 1
    assert "2 files of `word-1.0-0` are missing" in ended.stdout
    assert "share/word" in ended.stdout
    assert "link `word-1.0-0` again" in ended.stdout
    found = house.checks("missing-files", status=1)["missing-files"]
    assert found["status"] == "problem"
    assert found["details"]["findings"][0]["details"] == {
        "package": "word-1.0-0",
        "files": ["share/link", "share/word"],
    }

    assert house.run("--fix", "-y", *CHECKS).status == 0
    assert (house.prefix / "share" / "link").read_text(encoding="utf-8") == "word\n"
    house.checks(*CHECKS, status=0)


def test_altered_files_are_found_by_digest_and_mended(house: House) -> None:
    for name in ("share/word", "bin/word"):
        place = house.prefix / name
        content = place.read_bytes()
        place.unlink()
        place.write_bytes(content[:-1] + b"!")
    assert (house.prefix / "share" / "word").stat().st_size == 5
    checks = house.checks(status=1)
    assert checks["missing-files"]["status"] == "ok"
    files = [finding["details"]["files"] for finding in checks["altered-files"]["details"]["findings"]]
    assert files == [["bin/word", "share/word"]]

    checks = house.checks("--fix", "-y", *CHECKS, status=0)
    assert checks["altered-files"]["details"]["fixed"] == ["2 files of `word-1.0-0` are not as they were installed"]
    assert (house.prefix / "share" / "word").read_text(encoding="utf-8") == "word\n"
    assert f"{house.prefix}/bin/sh" in (house.prefix / "bin" / "word").read_text(encoding="utf-8")


def test_what_was_asked_for_before_a_mending_still_is(house: House) -> None:
    (house.prefix / "share" / "speech").unlink()
    assert house.run("--fix", "-y", *CHECKS).status == 0
    record = json.loads((house.prefix / "conda-meta" / "speech-1.0-0.json").read_text(encoding="utf-8"))
    assert record["requested_specs"] == ["speech"]
    history = (house.prefix / "conda-meta" / "history").read_text(encoding="utf-8")
    assert history.count("update specs") == 1


def test_a_mending_that_fails_is_told_and_leaves_the_environment_as_it_was(house: House) -> None:
    (house.prefix / "share" / "word").unlink()
    shutil.rmtree(house.home / ".conda" / "pkgs")
    shutil.rmtree(house.home.parent / "channel")
    checks = house.checks("--fix", "-y", "missing-files", status=1)
    assert checks["missing-files"]["status"] == "error"
    assert "word-1.0" in checks["missing-files"]["details"]["error"]["message"]
    assert (house.prefix / "conda-meta" / "word-1.0-0.json").exists()
    assert (house.prefix / "share" / "speech").exists()


@pytest.mark.parametrize("stdin", ["n\n", ""])
def test_without_consent_nothing_is_mended(house: House, stdin: str) -> None:
    (house.prefix / "share" / "word").unlink()
    assert house.run("--fix", stdin=stdin).status == 1
    assert not (house.prefix / "share" / "word").exists()
    assert house.checks("--fix", status=1)["missing-files"]["details"]["declined"] is True


def test_a_dry_run_mends_nothing(house: House) -> None:
    (house.prefix / "share" / "word").unlink()
    assert house.run("--fix", "--dry-run", "-y").status == 1
    assert not (house.prefix / "share" / "word").exists()


def test_a_frozen_environment_is_looked_at_and_not_mended(house: House) -> None:
    (house.prefix / "conda-meta" / "frozen").write_text('{"message": "hands off"}', encoding="utf-8")
    (house.prefix / "share" / "word").unlink()
    assert house.run().status == 1
    ended = house.run("--fix", "-y", *CHECKS)
    assert ended.status == 1
    assert "hands off" in ended.stderr
    assert not (house.prefix / "share" / "word").exists()
    assert house.run("--fix", "-y", "--override-frozen", *CHECKS).status == 0


def test_a_record_that_cannot_be_read_is_a_finding_and_hides_no_other(house: House) -> None:
    (house.prefix / "conda-meta" / "word-1.0-0.json").write_text("{", encoding="utf-8")
    (house.prefix / "share" / "speech").unlink()
    checks = house.checks(status=1)
    assert "word-1.0-0.json" in checks["records"]["details"]["findings"][0]["told"]
    assert checks["missing-files"]["details"]["findings"][0]["details"]["package"] == "speech-1.0-0"


def test_two_records_of_one_package_are_a_finding(house: House) -> None:
    meta = house.prefix / "conda-meta"
    text = (meta / "word-1.0-0.json").read_text(encoding="utf-8")
    (meta / "word-0.9-0.json").write_text(text.replace('"version": "1.0"', '"version": "0.9"'), encoding="utf-8")
    found = house.checks("records", status=1)["records"]["details"]["findings"]
    assert [finding["told"] for finding in found] == ["there are 2 records of `word`"]


def test_an_unfinished_change_is_found_and_brought_to_its_end(house: House) -> None:
    history = (house.prefix / "conda-meta" / "history").read_bytes()
    stopped = _killed_while_linking(house)
    assert stopped.status != 0
    assert (house.prefix / "conda-meta" / "journal").exists()
    checks = house.checks("unfinished-change", status=1)
    assert checks["unfinished-change"]["details"]["findings"][0]["remedy"]

    assert house.run("--fix", "-y", *CHECKS).status == 0
    assert not (house.prefix / "conda-meta" / "journal").exists()
    assert (house.prefix / "conda-meta" / "history").read_bytes() == history
    assert (house.prefix / "share" / "word").read_text(encoding="utf-8") == "word\n"


def test_an_environment_that_was_being_replaced_is_put_back(house: House) -> None:
    history = (house.prefix / "conda-meta" / "history").read_bytes()
    assert _killed(house, "'/.x.aside-' in str(arguments[1])", "create", "-n", "x", "word", "-y").status == 9
    assert not (house.prefix / "share" / "word").exists()
    assert house.checks(status=1)["set-aside"]["status"] == "problem"

    assert house.run("--fix", "-y", *CHECKS, "set-aside").status == 0
    assert (house.prefix / "conda-meta" / "history").read_bytes() == history
    assert [path.name for path in house.prefix.parent.iterdir()] == ["x"]


def test_what_is_left_of_a_deleted_environment_is_deleted(house: House) -> None:
    assert _killed(house, "'/.x.trash-' in str(arguments[1])", "remove", "-n", "x", "--all", "-y").status == 9
    assert not house.prefix.exists()
    assert house.checks("set-aside", status=1)["set-aside"]["status"] == "problem"
    assert house.run("--fix", "-y", "set-aside").status == 0
    assert list(house.prefix.parent.iterdir()) == []


def _killed_while_linking(house: House) -> Ended:
    """Remove a package in a process that dies when it has written its journal and moved a file away."""
    return _killed(house, "str(arguments[1]).endswith('/old/0')", "remove", "-n", "x", "word", "-y")


def _killed(house: House, condition: str, *words: str) -> Ended:
    """Run a command in a process that dies at its first step after a rename for which the condition holds."""
    hook = house.home / "dying"
    hook.mkdir()
    (hook / "sitecustomize.py").write_text(
        "import os, sys\n"
        "seen = []\n"
        "def die(event, arguments):\n"
        "    if seen and event.startswith('os.'):\n"
        "        os._exit(9)\n"
        f"    if event == 'os.rename' and {condition}:\n"
        "        seen.append(event)\n"
        "sys.addaudithook(die)\n",
        encoding="utf-8",
    )
    conda = Conda(house.home, environ={**house.conda.environ, "PYTHONPATH": str(hook)})
    return conda(*words)


def test_cache_entries_that_lie_are_found_and_removed(house: House) -> None:
    pkgs = house.home / ".conda" / "pkgs"
    assert house.checks("package-caches", status=0)["package-caches"]["status"] == "ok"
    # The environment has a hard link to the file, which is to stay as it is.
    altered = pkgs / "word-1.0-0" / "share" / "word"
    altered.unlink()
    altered.write_text("lies\n", encoding="utf-8")
    with open(pkgs / "speech-1.0-0.conda", "ab") as archive:
        archive.write(b"more")
    found = house.checks("package-caches", status=1)["package-caches"]["details"]["findings"]
    places = [finding["details"]["path"] for finding in found]
    assert places == [str(pkgs / "speech-1.0-0.conda"), str(pkgs / "word-1.0-0")]
    assert "another content" in found[1]["told"]

    house.checks("package-caches", "--fix", "-y", status=0)
    assert not (pkgs / "word-1.0-0").exists()
    assert (house.prefix / "share" / "word").read_text(encoding="utf-8") == "word\n"


def test_altered_files_are_mended_from_a_cache_that_was_altered_with_them(house: House) -> None:
    """A hard link makes both one file: writing into an environment writes into the cache."""
    with open(house.prefix / "share" / "word", "r+b") as file:
        file.write(b"liar")
    assert house.checks("--fix", "-y", "altered-files", status=1)["altered-files"]["status"] == "problem"
    house.checks("--fix", "-y", *CHECKS, "package-caches", status=0)
    assert (house.prefix / "share" / "word").read_text(encoding="utf-8") == "word\n"


def test_an_environment_that_stands_nowhere_is_noted(house: House) -> None:
    elsewhere = house.home.parent / "elsewhere"
    assert house.conda("create", "-p", str(elsewhere), "-y").status == 0
    lines = house.home / ".conda" / "environments.txt"
    lines.write_text(f"{house.home}/gone\n", encoding="utf-8")

    ended = house.conda("doctor", "-p", str(elsewhere), "environments-txt")
    assert ended.status == 1
    assert f"{house.home}/gone" in ended.stdout
    assert house.conda("doctor", "-p", str(elsewhere), "environments-txt", "--fix", "-y").status == 0
    assert lines.read_text(encoding="utf-8") == f"{elsewhere}\n"


def test_requirements_that_are_not_met_are_told(house: House) -> None:
    assert house.conda("remove", "-n", "x", "word", "--force-remove", "-y").status == 0
    found = house.checks("consistency", status=1)["consistency"]["details"]["findings"]
    assert [finding["details"]["package"] for finding in found] == ["speech"]
    assert "`word`" in found[0]["told"]


def test_requirements_that_are_not_met_are_mended_without_a_new_wish(house: House) -> None:
    prefix = Prefix(str(house.prefix))
    asked = prefix.history().requested([each.name for each in prefix.records()])
    assert house.conda("remove", "-n", "x", "word", "--force-remove", "-y").status == 0
    ended = house.run("consistency", "--fix", "-y")
    assert ended.status == 0, ended.stdout + ended.stderr
    house.checks("consistency", "missing-files", status=0)
    prefix = Prefix(str(house.prefix))
    assert "word" in [each.name for each in prefix.records()]
    after = prefix.history().requested([each.name for each in prefix.records()])
    assert {name: str(spec) for name, spec in after.items()} == {
        name: str(spec) for name, spec in asked.items() if name != "word"
    }


def test_pins_that_cannot_be_read_are_a_problem_and_those_not_kept_a_note(house: House) -> None:
    pinned = house.prefix / "conda-meta" / "pinned"
    assert house.checks("pinned", status=0)["pinned"]["status"] == "skipped"
    pinned.write_text("word >=9\nabsent 1.*\n", encoding="utf-8")
    check = house.checks("pinned", status=0)["pinned"]
    assert [finding["details"]["package"] for finding in check["details"]["findings"]] == ["word"]
    pinned.write_text("word ==\n", encoding="utf-8")
    assert "line 1" in house.checks("pinned", status=1)["pinned"]["details"]["findings"][0]["told"]


def test_an_unknown_check_is_a_usage_error_that_names_those_there_are(house: House) -> None:
    ended = house.run("no-such-check")
    assert ended.status == 2
    assert "missing-files" in ended.stderr


def test_the_checks_are_listed_without_an_environment(house: House) -> None:
    ended = house.conda("doctor", "--list")
    assert ended.status == 0
    assert "missing-files" in ended.stdout


def test_no_environment_is_an_error(house: House) -> None:
    assert house.conda("doctor", "-p", str(house.home / "nothing")).status == 1
    assert house.conda("check", "-n", "x", *CHECKS).status == 0


BROKEN = """
    import threading

    class Raising:
        def __init__(self, kernel): pass
        def find(self, prefix): raise ZeroDivisionError("a bug")
        def fix(self, prefix, findings): pass

    class Hanging(Raising):
        def find(self, prefix): threading.Event().wait()

    class Wrong(Raising):
        def find(self, prefix): return ["text"]

    class Unmade:
        def __init__(self, kernel): raise SystemExit(0)
"""


def test_checks_that_raise_hang_or_lie_are_reported_and_hide_no_other(tmp_path: Path) -> None:
    names = ("raising", "hanging", "wrong", "unmade", "absent")
    points = {name: f"broken_checks:{name.capitalize()}" for name in names}
    place = install(
        tmp_path / "site",
        "broken-checks",
        modules={"broken_checks": BROKEN},
        entry_points={"conda.health_checks": points, "conda.solvers": {"classic": "broken_checks:Raising"}},
    )
    house = House(tmp_path, None, (place,))
    (house.prefix / "share" / "word").unlink()
    house.conda.environ["CONDA_HEALTH_CHECK_DEADLINE_SECS"] = "3"
    checks = house.checks(status=1)
    assert {name for name, check in checks.items() if check["status"] == "error"} == set(names)
    assert "a bug" in checks["raising"]["details"]["error"]["message"]
    assert "did not answer within 3 s" in checks["hanging"]["details"]["error"]["message"]
    assert checks["missing-files"]["status"] == "problem"
    told = [finding["told"] for finding in checks["plugins"]["details"]["findings"]]
    assert any("broken_checks:Absent" in text for text in told)
    assert any("`conda.solvers/classic`" in text for text in told)
