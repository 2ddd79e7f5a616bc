"""`conda info` tells how conda is set up, by the real executable."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from conda_kernel import __version__
from conda_kernel.model.subdir import host_subdir

CONDA = os.path.join(os.path.dirname(sys.executable), "conda")
CREATED = "==> 2026-01-02 03:04:05 <==\n# cmd: conda create\n"


class Home:
    """A user's home with a base environment, and the executable that sees nothing else."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.root = folder / "base"
        self.home = folder / "home"
        self.home.mkdir()
        self.environ = {
            "HOME": str(self.home),
            "XDG_CACHE_HOME": str(folder / "cache"),
            "XDG_CONFIG_HOME": str(folder / "config"),
            "PATH": os.environ["PATH"],
            "CONDA_ROOT_PREFIX": str(self.root),
            "CONDA_OVERRIDE_ARCHSPEC": "x86_64_v3",
            "CONDA_OVERRIDE_CUDA": "12.4",
            "CONDA_OVERRIDE_GLIBC": "2.28",
            "TZ": "UTC",
        }

    def make(self, path: Path, history: str = CREATED) -> str:
        (path / "conda-meta").mkdir(parents=True)
        (path / "conda-meta" / "history").write_text(history)
        os.utime(path / "conda-meta" / "history", (1_800_000_000, 1_800_000_000))
        return str(path)

    def configure(self, text: str) -> str:
        (self.home / ".condarc").write_text(text)
        return str(self.home / ".condarc")

    def run(self, *words: str, **environ: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [CONDA, "info", *words], env={**self.environ, **environ}, capture_output=True, text=True, check=False
        )

    def text(self, *words: str, **environ: str) -> str:
        done = self.run(*words, **environ)
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout

    def document(self, *words: str, **environ: str) -> dict[str, object]:
        document = json.loads(self.run("--json", *words, **environ).stdout)
        assert isinstance(document, dict)
        return document


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def test_the_report_is_aligned_at_its_colons(home: Home) -> None:
    lines = home.text().splitlines()

    places = {line.index(" : ") if " : " in line else line.index(" :") for line in lines if " :" in line}
    assert len(places) == 1
    assert any(line.endswith(f"conda version : {__version__}") for line in lines)


def test_a_report_without_an_environment_is_given(home: Home) -> None:
    document = home.document()

    assert document["active_prefix"] is None
    assert document["conda_shlvl"] == -1
    assert document["envs"] == []
    assert document["envs_dirs"] == [f"{home.home}/.conda/envs"]
    assert document["pkgs_dirs"] == [f"{home.home}/.conda/pkgs"]
    assert document["root_prefix"] == str(home.root)
    assert document["root_writable"] is False


def test_the_active_environment_is_reported(home: Home) -> None:
    active = home.make(home.home / ".conda" / "envs" / "dev")

    document = home.document(CONDA_PREFIX=active, CONDA_SHLVL="2")

    assert (document["active_prefix"], document["active_prefix_name"]) == (active, "dev")
    assert (document["default_prefix"], document["conda_shlvl"]) == (active, 2)


@pytest.mark.parametrize("level", ["", "many"])
def test_a_shell_level_that_is_none_is_passed_over(home: Home, level: str) -> None:
    assert home.document(CONDA_SHLVL=level)["conda_shlvl"] == -1


def test_channels_are_urls_without_logins(home: Home) -> None:
    home.configure("channels: [conda-forge, 'https://user:password@host/t/tk-secret/own']\noffline: true\n")

    document = home.document()

    assert document["channels"] == [
        f"https://conda.anaconda.org/conda-forge/{host_subdir()}",
        "https://conda.anaconda.org/conda-forge/noarch",
        f"https://host/own/{host_subdir()}",
        "https://host/own/noarch",
    ]
    assert document["offline"] is True
    shown = home.text()
    assert "password" not in shown
    assert "secret" not in shown


def test_a_channel_that_is_none_does_not_hide_the_rest(home: Home) -> None:
    home.configure("channels: ['https://']\n")

    done = home.run("--json")

    assert done.returncode == 0
    assert json.loads(done.stdout)["channels"] == []
    assert done.stderr.startswith("warning: ")


def test_the_files_of_settings_are_listed(home: Home) -> None:
    active = home.make(home.folder / "env")
    (home.folder / "env" / ".condarc").write_text("offline: true\n")
    own = home.configure("channels: []\n")

    files = home.document(CONDA_PREFIX=active)["config_files"]

    assert isinstance(files, list)
    assert [file for file in files if file.startswith(str(home.folder))] == [own, f"{active}/.condarc"]


def test_virtual_packages_are_name_version_and_build(home: Home) -> None:
    found = home.document()["virtual_pkgs"]

    assert isinstance(found, list)
    for package in (["__archspec", "1", "x86_64_v3"], ["__cuda", "12.4", "0"], ["__glibc", "2.28", "0"]):
        assert package in found


def test_solvers_are_told_and_not_imported(home: Home) -> None:
    document = home.document(CONDA_SOLVER="classic")

    assert document["solver"] == {"name": "classic", "default": False}
    solvers = document["solvers"]
    assert isinstance(solvers, list)
    assert {"name", "distribution", "version"} == set().union(*solvers)


def test_the_base_is_one_line(home: Home) -> None:
    assert home.text("--base") == f"{home.root}\n"
    assert home.document("--base") == {"root_prefix": str(home.root)}


def test_environments_are_listed_with_their_marks(home: Home) -> None:
    home.make(home.root)
    dev = home.make(home.root / "envs" / "dev")
    (home.root / "envs" / "dev" / "conda-meta" / "frozen").write_text("")
    own = home.make(home.home / ".conda" / "envs" / "a-name-that-is-longer-than-twenty")
    far = home.make(home.folder / "far")
    (home.home / ".conda" / "environments.txt").write_text(f"{far}\n/nonexistent/env\nrelative\n{dev}/\n\0\n")

    assert home.text("--envs", CONDA_PREFIX=str(home.root)) == (
        "# conda environments:\n#\n# * -> active\n# + -> frozen\n"
        f"base                 *   {home.root}\n"
        f"dev                    + {dev}\n"
        f"a-name-that-is-longer-than-twenty     {own}\n"
        f"                         {far}\n"
    )


def test_environments_have_details(home: Home) -> None:
    home.make(home.root)
    odd = home.make(home.root / "envs" / "odd", "==> not a time <==\n")

    document = home.document("-e", CONDA_PREFIX=odd)

    details = {"active": False, "base": True, "frozen": False, "writable": True, "name": "base"}
    assert document == {
        "envs": [str(home.root), odd],
        "envs_details": {
            str(home.root): {
                **details,
                "created": "2026-01-02T03:04:05Z",
                "last_modified": "2027-01-15T08:00:00Z",
            },
            odd: {
                **details,
                "name": "odd",
                "active": True,
                "base": False,
                "created": None,
                "last_modified": "2027-01-15T08:00:00Z",
            },
        },
    }


@pytest.mark.parametrize("command", ["info --envs", "env list"])
def test_sizes_count_each_file_once_and_leave_out_what_is_no_part(home: Home, command: str) -> None:
    home.make(home.root, "x" * 100)
    home.make(home.root / "envs" / "dev", "x" * 10)
    (home.root / "pkgs").mkdir()
    (home.root / "pkgs" / "archive").write_text("x" * 5000)
    (home.root / "file").write_text("x" * 400)
    os.link(home.root / "file", home.root / "again")
    (home.root / "gone").symlink_to("nowhere")
    size = 100 + 400 + len("nowhere")

    def run(*words: str) -> str:
        return subprocess.run(
            [CONDA, *command.split(), "--size", *words], env=home.environ, capture_output=True, text=True, check=True
        ).stdout

    details = json.loads(run("--json"))["envs_details"]
    assert [found["size"] for found in details.values()] == [size, 10]
    assert run().splitlines()[-2:] == [
        f"base                          {size} B {home.root}",
        f"dev                            10 B {home.root}/envs/dev",
    ]


def test_sizes_are_those_of_environments(home: Home) -> None:
    done = home.run("--size")
    assert done.returncode == 2
    assert "`--size` goes with `--envs`" in done.stderr


VARIABLES = {
    "CONDA_SOLVER": "lazy",
    "CONDA_CHANNELS": "https://canary:canary@host/t/canary/c",
    "CONDA_TOKEN": "canary",
    "CONDA_X_AUTH": "canary",
    "https_proxy": "http://canary:canary@proxy:80",
    "NO_PROXY": "localhost",
    "REQUESTS_CA_BUNDLE": "/certificates.pem",
    "OTHER": "canary",
}


def test_the_system_is_told_without_secrets(home: Home) -> None:
    (home.home / ".local" / "lib" / "python3.11").mkdir(parents=True)
    document = home.document("--system", **VARIABLES)
    assert document["sys.executable"] == sys.executable
    assert document["site_dirs"] == [f"{home.home}/.local/lib/python3.11"]
    found = document["env_vars"]
    assert isinstance(found, dict)
    assert {name: found.get(name) for name in VARIABLES} == {
        "CONDA_SOLVER": "lazy",
        "CONDA_CHANNELS": "https://<hidden>@host/t/<hidden>/c",
        "CONDA_TOKEN": "<hidden>",
        "CONDA_X_AUTH": "<hidden>",
        "https_proxy": "<set>",
        "NO_PROXY": "localhost",
        "REQUESTS_CA_BUNDLE": "/certificates.pem",
        "OTHER": None,
    }
    told = home.text("--system", **VARIABLES)
    assert "https_proxy : <set>\n" in told
    assert "sys.executable : " in told
    for words in (("--system",), ("--all",), (), ("--json", "--all")):
        assert "canary" not in home.text(*words, **VARIABLES)


def test_all_is_the_report_the_environments_and_the_system(home: Home) -> None:
    home.make(home.root)
    told = home.text("--all")
    assert home.text() in told
    assert home.text("--envs") in told
    assert home.text("--system") in told
    assert home.document("--all") == home.document()
    assert {*home.document("--system"), *home.document("--envs")} <= home.document().keys()


def test_channels_are_shown_with_their_logins_on_request_alone(home: Home) -> None:
    home.configure("channels: [https://ann:pw@host/t/tok/c]\n")
    subdirs = (host_subdir(), "noarch")
    urls = [f"https://ann:pw@host/t/tok/c/{subdir}" for subdir in subdirs]
    assert home.text("--unsafe-channels").splitlines() == urls
    assert home.document("--unsafe-channels") == {"channels": urls}
    assert home.document()["channels"] == [f"https://host/c/{subdir}" for subdir in subdirs]


def test_nothing_is_made_or_changed_by_looking(home: Home) -> None:
    home.make(home.root)
    registry = home.home / ".conda" / "environments.txt"
    registry.parent.mkdir()
    registry.write_text("/nonexistent/env\n")
    before = sorted(home.root.rglob("*"))

    home.text("--envs")

    assert sorted(home.root.rglob("*")) == before
    assert registry.read_text() == "/nonexistent/env\n"
    assert sorted(home.home.rglob("*")) == [registry.parent, registry]


WATCHED = """
import os, sys
sockets = []
sys.addaudithook(lambda event, _: sockets.append(event) if event.startswith("socket.") else None)
from conda_cli.main import run
from conda_kernel.terminal import Terminal
status = run(["info", "--json"], os.environ, Terminal(0, 1, 2))
print(status, sockets, *{name.partition(".")[0] for name in sys.modules if name.startswith("conda_")}, file=sys.stderr)
"""


def test_no_socket_is_opened_and_no_plugin_but_detectors_imported(home: Home) -> None:
    home.configure("channels: [conda-forge]\n")

    done = subprocess.run([sys.executable, "-c", WATCHED], env=home.environ, capture_output=True, text=True, check=True)

    status, sockets, *packages = done.stderr.split()
    assert (status, sockets) == ("0", "[]")
    assert {package for package in packages if not package.startswith("conda_virtual_packages")} == {
        "conda_cli",
        "conda_commands_info",
        "conda_kernel",
        "conda_reporter_json",
        "conda_settings",
    }


def test_the_document_tells_what_tools_around_conda_look_for(home: Home) -> None:
    document = home.document(TMPDIR="/srv/temporary")
    assert document["rc_path"] == document["user_rc_path"] == str(home.home / ".condarc")
    assert document["tmp_dir"] == "/srv/temporary"
    assert document["conda_build_version"] == "not installed"

    home.make(home.root)
    for record in ("conda-build-25.1.2-py312h7f.json", "conda-build-all-1.0-0.json", "broken.json", "history"):
        (home.root / "conda-meta" / record).touch()
    assert home.document()["conda_build_version"] == "25.1.2"
