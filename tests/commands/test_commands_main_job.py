"""The main job from end to end: the real executable, real archives, a real server, programs that run."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from conda_testing.channels import ChannelBuilder
from conda_testing.executable import Conda
from conda_testing.packages import File
from conda_testing.server import ChannelServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from conda_testing.fork_server import ForkServer

SOLVERS = ("lazy", "rattler", "classic")


@pytest.fixture
def conda(tmp_path: Path) -> Conda:
    """The executable as a user starts it."""
    return Conda(tmp_path)


@pytest.fixture
def forked(tmp_path: Path, fork_server: ForkServer | None) -> Conda:
    """The executable without its imports, for what does not depend on how it was started."""
    return Conda(tmp_path, server=fork_server)


@pytest.fixture
def prefix(tmp_path: Path) -> str:
    return os.fspath(tmp_path / "env")


@pytest.fixture(params=["file", "http"])
def real_channel(request: pytest.FixtureRequest, shared: Path, tmp_path: Path) -> Iterator[str]:
    """The channel of real packages, as a folder and over a server."""
    folder = shared / "data" / "packages"
    if request.param == "file":
        yield os.fspath(folder)
        return
    with ChannelServer(os.fspath(folder)) as server:
        yield server.url


def records(prefix: str) -> dict[str, dict[str, Any]]:
    """Return the records of an environment by name, as another tool would read them."""
    found = {}
    meta = os.path.join(prefix, "conda-meta")
    for name in sorted(os.listdir(meta)):
        if name.endswith(".json"):
            with open(os.path.join(meta, name), encoding="utf-8") as file:
                record = json.load(file)
            assert name == f"{record['name']}-{record['version']}-{record['build']}.json"
            found[record["name"]] = record
    return found


def tree(prefix: str) -> set[str]:
    """Return the files of an environment, but for its metadata."""
    found = set()
    for folder, folders, files in os.walk(prefix):
        links = [name for name in folders if os.path.islink(os.path.join(folder, name))]
        found |= {os.path.relpath(os.path.join(folder, name), prefix) for name in (*files, *links)}
    return {name for name in found if not name.startswith("conda-meta")}


def history(prefix: str) -> str:
    with open(os.path.join(prefix, "conda-meta", "history"), encoding="utf-8") as file:
        return file.read()


def test_an_environment_of_real_packages(conda: Conda, prefix: str, real_channel: str) -> None:
    made = conda(
        "create", "-y", "-p", prefix, "-O", "-c", real_channel, "small-executable", "dependent=2.0", "clobber-1"
    )
    assert made.status == 0, made.stderr
    ran = subprocess.run([os.path.join(prefix, "bin", "small")], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    found = records(prefix)
    assert {"small-executable", "dependent", "dependency", "clobber-1"} <= found.keys()
    owned = {path for record in found.values() for path in record["files"]}
    assert tree(prefix) == owned
    assert found["dependent"]["requested_spec"].startswith("dependent")
    assert not found["dependency"].get("requested_spec")
    assert "# update specs: [" in history(prefix)
    assert re.search(r"^\+\S+::dependent-2.0-0$", history(prefix), re.MULTILINE)

    removed = conda("remove", "-y", "-p", prefix, "dependent", "--json")
    assert removed.status == 0, removed.stderr
    document = removed.json()
    assert isinstance(document, dict)
    assert document["success"] is True
    assert {record["name"] for record in document["actions"]["UNLINK"]} == {"dependent", "dependency"}
    found = records(prefix)
    assert "dependent" not in found
    assert "dependency" not in found
    assert tree(prefix) == {path for record in found.values() for path in record["files"]}
    assert re.search(r"^-\S+::dependent-2.0-0$", history(prefix), re.MULTILINE)
    assert "# remove specs: ['dependent']" in history(prefix)

    listed = conda("list", "-p", prefix, "--json").json()
    assert isinstance(listed, list)
    assert {record["name"] for record in listed} == found.keys()


def test_what_is_made_is_an_environment_to_other_tools(conda: Conda, prefix: str, shared: Path) -> None:
    rattler = pytest.importorskip("rattler")
    channel = os.fspath(shared / "data" / "packages")
    made = conda("create", "-y", "-p", prefix, "-O", "-c", channel, "small-executable", "sample_noarch_python")
    assert made.status == 0, made.stderr
    for name, record in records(prefix).items():
        read = rattler.PrefixRecord.from_path(
            os.path.join(prefix, "conda-meta", f"{name}-{record['version']}-{record['build']}.json")
        )
        assert read.name.normalized == name
        assert [os.fspath(path) for path in read.files] == record["files"]


def test_installing_into_an_environment_keeps_what_is_there(conda: Conda, prefix: str, real_channel: str) -> None:
    assert conda("create", "-y", "-p", prefix, "-O", "-c", real_channel, "versioned=1.0").status == 0
    added = conda("install", "-y", "-p", prefix, "-O", "-c", real_channel, "clobber-1", "--json")
    assert added.status == 0, added.stderr
    assert records(prefix)["versioned"]["version"] == "1.0"
    changed = conda("install", "-y", "-p", prefix, "-O", "-c", real_channel, "versioned>1")
    assert changed.status == 0, changed.stderr
    assert records(prefix)["versioned"]["version"] == "2.0"
    again = conda("install", "-y", "-p", prefix, "-O", "-c", real_channel, "versioned>1", "--json").json()
    assert again == {"success": True, "message": "All requested packages already installed."}


@pytest.fixture
def channel(tmp_path: Path) -> ChannelBuilder:
    """A channel with a program in two builds of a library and a Python that is none."""
    builder = ChannelBuilder(os.fspath(tmp_path / "channel"))
    script = "#!/bin/sh\nprefix=/opt/placeholder_placeholder_placeholder\ncat $prefix/share/word\n"
    program = File(script, mode=0o755, placeholder="/opt/placeholder_placeholder_placeholder")
    for version in ("1.0", "2.0"):
        builder.add("word", version, noarch="generic", files={"share/word": f"word {version}\n"})
    builder.add("speak", "1.0", depends=["word"], files={"bin/speak": program}, suffix=".tar.bz2")
    builder.add("quiet", "1.0", depends=["word <2"], files={"share/quiet": "quiet\n"})
    builder.add("needs-gpu", "1.0", depends=["__cuda >=12"], noarch="generic")
    builder.write()
    return builder


@pytest.mark.parametrize("solver", SOLVERS)
def test_every_solver_makes_the_environment(conda: Conda, prefix: str, channel: ChannelBuilder, solver: str) -> None:
    made = conda("create", "-y", "-p", prefix, "-c", channel.url, "--solver", solver, "speak", "quiet")
    assert made.status == 0, made.stderr
    assert subprocess.run([f"{prefix}/bin/speak"], capture_output=True, text=True, check=True).stdout == "word 1.0\n"


@pytest.mark.parametrize("solver", SOLVERS)
def test_what_cannot_be_is_told_and_leaves_nothing(
    forked: Conda, prefix: str, channel: ChannelBuilder, solver: str
) -> None:
    failed = forked("create", "-y", "-p", prefix, "-c", channel.url, "--solver", solver, "quiet", "word=2.0")
    assert (failed.status, failed.stdout) == (4, "")
    assert "quiet" in failed.stderr
    assert "word" in failed.stderr
    assert not os.path.exists(prefix)
    document = forked(
        "create", "-y", "-p", prefix, "-c", channel.url, "--solver", solver, "quiet", "word=2.0", "--json"
    ).json()
    assert isinstance(document, dict)
    assert document["success"] is False
    assert not os.path.exists(prefix)


def test_a_package_that_is_not_there_is_named(forked: Conda, prefix: str, channel: ChannelBuilder) -> None:
    failed = forked("create", "-y", "-p", prefix, "-c", channel.url, "speek")
    assert failed.status == 4
    assert "speek" in failed.stderr
    assert "speak" in failed.stderr, "the closest name is told"
    assert channel.url in failed.stderr, "so are the channels that were searched"


def test_a_dry_run_changes_nothing(forked: Conda, prefix: str, channel: ChannelBuilder, tmp_path: Path) -> None:
    shown = forked("create", "-p", prefix, "-c", channel.url, "speak", "--dry-run")
    assert shown.status == 0, shown.stderr
    assert "The following NEW packages will be INSTALLED:" in shown.stdout + shown.stderr
    document = forked("create", "-p", prefix, "-c", channel.url, "speak", "--dry-run", "--json").json()
    assert isinstance(document, dict)
    assert document["dry_run"] is True
    assert {record["name"] for record in document["actions"]["LINK"]} == {"speak", "word"}
    assert not os.path.exists(prefix)
    assert not any(name.startswith(("speak", "word")) for name in os.listdir(tmp_path))


def test_the_end_of_input_is_no(conda: Conda, prefix: str, channel: ChannelBuilder) -> None:
    declined = conda("create", "-p", prefix, "-c", channel.url, "speak")
    assert declined.status == 1
    assert "--yes" in declined.stderr
    assert not os.path.exists(prefix)


@pytest.mark.parametrize(("answer", "status"), [("y\n", 0), ("\n", 0), ("n\n", 1), ("what\nno\n", 1)])
def test_a_question_is_answered(forked: Conda, prefix: str, channel: ChannelBuilder, answer: str, status: int) -> None:
    answered = forked("create", "-p", prefix, "-c", channel.url, "word", stdin=answer)
    assert answered.status == status, answered.stderr
    assert os.path.exists(os.path.join(prefix, "share", "word")) == (status == 0)


def test_a_named_environment_lies_where_the_settings_say(
    forked: Conda, channel: ChannelBuilder, tmp_path: Path
) -> None:
    (tmp_path / ".condarc").write_text(f"envs_dirs: [{tmp_path}/mine]\nchannels: ['{channel.url}']\n")
    made = forked("create", "-y", "-n", "named", "word")
    assert made.status == 0, made.stderr
    assert os.path.exists(tmp_path / "mine" / "named" / "share" / "word")
    assert forked("list", "-n", "named", "--json").status == 0
    assert os.fspath(tmp_path / "mine" / "named") in forked("info", "--envs").stdout


def test_settings_choose_the_channel_and_the_command_line_overrides(
    forked: Conda, prefix: str, channel: ChannelBuilder, tmp_path: Path
) -> None:
    (tmp_path / ".condarc").write_text("channels: [file:///nowhere]\n")
    assert forked("create", "-y", "-p", prefix, "-c", channel.url, "word").status == 5
    made = forked("create", "-y", "-p", prefix, "--override-channels", "-c", channel.url, "word")
    assert made.status == 0, made.stderr


def test_offline_uses_what_is_there(conda: Conda, prefix: str, channel: ChannelBuilder, tmp_path: Path) -> None:
    with ChannelServer(os.fspath(tmp_path / "channel")) as server:
        url = server.url
        refused = conda("create", "-y", "-p", prefix, "-c", url, "word", "--offline")
        assert refused.status == 5
        assert "offline" in refused.stderr
        assert server.requests == []
        assert conda("create", "-y", "-p", prefix, "-c", url, "word").status == 0
        shutil.rmtree(prefix)
        seen = len(server.requests)
        again = conda("create", "-y", "-p", prefix, "-c", url, "word", "--offline")
        assert again.status == 0, again.stderr
        assert len(server.requests) == seen


def test_a_server_that_is_not_there_is_named(
    forked: Conda, fork_server: ForkServer | None, prefix: str, closed_port: int
) -> None:
    failed = Conda(forked.home, server=fork_server, environ={"CONDA_REMOTE_MAX_RETRIES": "0"})(
        "create", "-y", "-p", prefix, "-c", f"http://127.0.0.1:{closed_port}/channel", "word"
    )
    assert failed.status == 5
    assert f"127.0.0.1:{closed_port}" in failed.stderr
    assert not os.path.exists(prefix)


def test_a_package_that_needs_another_machine_is_told(
    forked: Conda, fork_server: ForkServer | None, prefix: str, channel: ChannelBuilder
) -> None:
    none = Conda(forked.home, server=fork_server, environ={"CONDA_OVERRIDE_CUDA": ""})
    failed = none("create", "-y", "-p", prefix, "-c", channel.url, "needs-gpu")
    assert failed.status == 4
    assert "__cuda" in failed.stderr
    some = Conda(forked.home, server=fork_server, environ={"CONDA_OVERRIDE_CUDA": "12.4"})
    assert some("create", "-y", "-p", prefix, "-c", channel.url, "needs-gpu").status == 0


def test_a_damaged_archive_is_refused_and_nothing_is_left(
    forked: Conda, prefix: str, channel: ChannelBuilder, tmp_path: Path
) -> None:
    archive = tmp_path / "channel" / "noarch" / "word-2.0-0.conda"
    archive.write_bytes(archive.read_bytes()[:-20] + b"x" * 20)
    failed = forked("create", "-y", "-p", prefix, "-c", channel.url, "word=2.0")
    assert (failed.status, failed.stdout) == (5, "")
    assert "word-2.0-0.conda" in failed.stderr
    assert not os.path.exists(prefix)
    assert forked("create", "-y", "-p", prefix, "-c", channel.url, "word=1.0").status == 0


def test_noarch_python_is_placed_where_its_python_looks(forked: Conda, prefix: str, tmp_path: Path) -> None:
    builder = ChannelBuilder(os.fspath(tmp_path / "pythons"))
    host = f'#!/bin/sh\nexec {os.path.realpath(shutil.which("python3") or "python3")} "$@"\n'
    version = f"{sys.version_info[0]}.{sys.version_info[1]}.0"
    builder.add("python", version, files={"bin/python": File(host, mode=0o755)})
    builder.add(
        "tool",
        "1.0",
        noarch="python",
        depends=["python"],
        files={"site-packages/tool.py": "def main():\n    print('tool runs')\n"},
        entry_points=["tool = tool:main"],
    )
    builder.write()
    made = forked("create", "-y", "-p", prefix, "-c", builder.url, "tool")
    assert made.status == 0, made.stderr
    minor = version.rpartition(".")[0]
    site = f"lib/python{minor}/site-packages"
    assert {f"{site}/tool.py", "bin/tool"} <= set(records(prefix)["tool"]["files"])
    assert any(path.startswith(f"{site}/__pycache__/tool.cpython-") for path in records(prefix)["tool"]["files"])
    ran = subprocess.run(
        [f"{prefix}/bin/tool"],
        env={"PYTHONPATH": f"{prefix}/{site}", "PATH": os.defpath},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, ran.stdout) == (0, "tool runs\n"), ran.stderr
    assert forked("remove", "-y", "-p", prefix, "tool").status == 0
    assert not os.path.exists(f"{prefix}/{site}")


def test_a_frozen_environment_is_not_changed(forked: Conda, prefix: str, channel: ChannelBuilder) -> None:
    assert forked("create", "-y", "-p", prefix, "-c", channel.url, "word").status == 0
    with open(os.path.join(prefix, "conda-meta", "frozen"), "w", encoding="utf-8") as file:
        json.dump({"message": "ask the admin"}, file)
    for command in (("install", "speak"), ("remove", "word")):
        refused = forked(command[0], "-y", "-p", prefix, "-c", channel.url, command[1])
        assert refused.status == 1
        assert "ask the admin" in refused.stderr
    assert forked("list", "-p", prefix).status == 0


def test_a_second_create_keeps_the_old_environment_when_it_fails(
    forked: Conda, prefix: str, channel: ChannelBuilder
) -> None:
    assert forked("create", "-y", "-p", prefix, "-c", channel.url, "word=1.0").status == 0
    assert forked("create", "-y", "-p", prefix, "-c", channel.url, "no-such-package").status == 4
    assert records(prefix)["word"]["version"] == "1.0"


def test_the_whole_environment_can_be_removed(forked: Conda, prefix: str, channel: ChannelBuilder) -> None:
    assert forked("create", "-y", "-p", prefix, "-c", channel.url, "speak").status == 0
    removed = forked("remove", "-y", "-p", prefix, "--all")
    assert removed.status == 0, removed.stderr
    assert not os.path.exists(prefix)
