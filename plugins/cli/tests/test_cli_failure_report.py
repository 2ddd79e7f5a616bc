"""What nobody has foreseen: a short message, a report that helps to mend it, and no secret in either."""

from __future__ import annotations

import os
import stat
import sys
from typing import TYPE_CHECKING

import pytest

from conda_kernel import __version__
from conda_testing.distributions import install
from conda_testing.executable import Conda, save_plugin_index

if TYPE_CHECKING:
    from pathlib import Path

BROKEN = '''
"""Breaks."""

import os

from conda_kernel.errors import CondaError
from conda_kernel.model.result import Result


class Mute(Exception):
    def __str__(self):
        raise ValueError("even this")


class MuteError(CondaError):
    def __str__(self):
        raise ValueError("even this")


class Broken:
    def __init__(self, kernel):
        self.kernel = kernel

    @staticmethod
    def add_arguments(parser):
        parser.add_argument("what")
        parser.add_argument("words", nargs="*")

    def run(self, arguments):
        return getattr(self, arguments.what)()

    def breaks(self):
        raise ZeroDivisionError("by nought")

    def blabs(self):
        raise RuntimeError(
            "https://someone:canary%20one@host/t/canary-two/ canary one canary-three "
            "{'Authorization': 'Bearer canary-four'} " + os.environ["OTHER_PASSWORD"]
        )

    def mute(self):
        raise Mute

    def speechless(self):
        raise MuteError("nobody sees this")
'''
CONDARC = """\
channels: ['https://someone:canary%20one@host/t/canary-two/channel']
proxy_servers: {'http': 'http://someone:canary-three@proxy:80'}
channel_settings: [{channel: 'https://host', auth: nobody, password: canary-seven}]
plugins: {own_token: canary-eight}
"""


@pytest.fixture
def conda(tmp_path: Path) -> Conda:
    points = {"conda.subcommands": {"broken": "broken_command:Broken"}}
    site = install(tmp_path / "site", "conda-broken", modules={"broken_command": BROKEN}, entry_points=points)
    home = tmp_path / "home"
    home.mkdir()
    made = Conda(home, path=(site,))
    save_plugin_index(made.environ)
    return made


def reports(conda: Conda) -> list[str]:
    """Return the paths of the reports that were written."""
    folder = os.path.join(conda.home, ".cache", "conda", "reports")
    return [os.path.join(folder, name) for name in sorted(os.listdir(folder))] if os.path.isdir(folder) else []


def read(path: str) -> str:
    with open(path, encoding="utf-8") as file:
        return file.read()


def test_the_message_is_short_and_names_the_report(conda: Conda) -> None:
    ended = conda("broken", "breaks")
    (path,) = reports(conda)
    assert (ended.status, ended.stdout) == (1, "")
    assert "Traceback" not in ended.stderr
    assert f"hint: `{path}` says more" in ended.stderr
    assert len(ended.stderr.splitlines()) == 5


def test_the_report_has_what_is_needed_to_mend_the_fault(conda: Conda, tmp_path: Path) -> None:
    (tmp_path / "home" / ".condarc").write_text("channels:\n  - somewhere\n")
    conda.environ["CONDA_SOLVER"] = "classic"
    conda("broken", "breaks", "one word")
    (path,) = reports(conda)
    text = read(path)
    for told in (
        "conda broken breaks one word",
        "in breaks\n",
        "ZeroDivisionError: by nought",
        f"conda {__version__}\n",
        f"python {sys.version.split()[0]}",
        f"channels: ['somewhere'] ({tmp_path}/home/.condarc, line 1)",
        "solver: 'classic' (the environment variable CONDA_SOLVER)",
        "`broken` of conda.subcommands (conda-broken 1.0) broken_command:Broken",
        "platform ",
        "LANG=C.UTF-8",
    ):
        assert told in text
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600


@pytest.mark.parametrize("words", [(), ("--debug",), ("--json",)], ids=str)
def test_no_secret_is_in_the_report(conda: Conda, tmp_path: Path, words: tuple[str, ...]) -> None:
    (tmp_path / "home" / ".condarc").write_text(CONDARC)
    conda.environ.update(
        OTHER_PASSWORD="canary five", HTTPS_PROXY="http://someone:canary-six@proxy:80", CONDA_TOKEN="canary-nine"
    )
    ended = conda("broken", "blabs", "https://someone:canary-ten@host/t/canary-eleven/x", *words)
    (path,) = reports(conda)
    text = read(path)
    assert "in blabs\n" in text
    assert "RuntimeError: https://<hidden>@host/t/<hidden>/ <hidden> <hidden>" in text
    assert "own_token: <hidden>" in text
    assert "canary" not in text
    assert "canary" not in ended.stdout + ended.stderr


def test_the_document_has_the_trace_and_names_the_report(conda: Conda) -> None:
    document = conda("broken", "breaks", "--json").json()
    assert isinstance(document, dict)
    assert document["exception_name"] == "PluginError"
    assert document["command"] == "conda broken breaks --json"
    assert "ZeroDivisionError: by nought" in document["traceback"]
    assert [document["report"]] == reports(conda)


def test_a_foreseen_error_leaves_no_report(conda: Conda) -> None:
    for words in (("nonsense",), ("broken",), ("config", "--show", "nonsense"), ("list", "-p", "/nowhere")):
        assert conda(*words).status != 0
    assert reports(conda) == []


@pytest.mark.parametrize("why", ["no home", "a file in its place", "no permission"])
def test_a_report_that_cannot_be_written_does_not_hide_the_failure(conda: Conda, tmp_path: Path, why: str) -> None:
    if why == "no home":
        conda.environ["XDG_CACHE_HOME"] = os.devnull
    elif why == "a file in its place":
        cache = tmp_path / "home" / ".cache" / "conda"
        cache.mkdir(parents=True, exist_ok=True)
        (cache / "reports").touch()
    else:
        (tmp_path / "home" / ".cache" / "conda").chmod(0o500)
    ended = conda("broken", "breaks")
    assert ended.status == 1
    assert "failed: ZeroDivisionError: by nought" in ended.stderr
    if why != "no permission" or os.geteuid() != 0:
        assert "says more" not in ended.stderr


def test_the_oldest_reports_go(conda: Conda) -> None:
    folder = os.path.join(conda.home, ".cache", "conda", "reports")
    os.makedirs(folder)
    for day in range(1, 13):
        with open(os.path.join(folder, f"2001-01-{day:02}-000000-1.txt"), "w", encoding="utf-8"):
            pass
    conda("broken", "breaks")
    left = [os.path.basename(path) for path in reports(conda)]
    assert len(left) == 10
    assert left[0] == "2001-01-04-000000-1.txt"


def test_an_exception_that_cannot_tell_itself_is_named(conda: Conda) -> None:
    ended = conda("broken", "mute")
    assert ended.status == 1
    assert "`broken` of conda.subcommands (conda-broken 1.0) failed: broken_command.Mute: <" in ended.stderr


def test_an_error_that_cannot_be_told_is_a_line_and_no_trace(conda: Conda) -> None:
    ended = conda("broken", "speechless")
    assert (ended.status, ended.stdout) == (1, "")
    assert ended.stderr == "error: conda itself failed, and cannot say more: ValueError\n"
