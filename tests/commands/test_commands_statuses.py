"""Each kind of failure has a status of its own, and in the document the name that conda gives it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, NamedTuple

import pytest

from conda_testing.channels import ChannelBuilder
from conda_testing.executable import Conda
from conda_testing.server import ChannelServer, Hold

if TYPE_CHECKING:
    from pathlib import Path

    from conda_testing.fork_server import ForkServer


class Case(NamedTuple):
    """A command line, its status, and the name of its error; the rest is what the user has configured."""

    words: str
    status: int
    name: str
    settings: str = ""
    plugins: str = "{}"


CASES = [
    Case("create -p NEW -O -c C a", 1, "CondaSystemExit"),
    Case("install -p NEW -O -c C a", 1, "EnvironmentLocationNotFound"),
    Case("install -p FOLDER -O -c C a", 1, "DirectoryNotACondaEnvironmentError"),
    Case("install -p FROZEN -O -c C a", 1, "EnvironmentIsFrozenError"),
    Case("list -p NEW", 1, "EnvironmentLocationNotFound"),
    Case("install -O -c C a", 1, "NoBaseEnvironmentError"),
    Case("install -p FROZEN --override-frozen --revision 9", 1, "CondaIndexError"),
    Case("update -p FROZEN --override-frozen a=1", 1, "CondaUpdatePackageError"),
    Case("create -y -p NEW -O -c C a --solver nobody", 1, "PluginError"),
    Case("create -y -p NEW -O -c C a[", 1, "InvalidMatchSpec"),
    Case("create -y -p FOLDER:x -O -c C a", 1, "CondaValueError"),
    Case("create -y -p NEW a", 1, "NoChannelsConfiguredError"),
    Case("create -y -p NEW -O -c C a --subdir noarch", 2, "ArgumentError"),
    Case("update -p FROZEN --override-frozen nothing", 4, "PackageNotInstalledError"),
    Case("search -O -c C a", 1, "OperationNotAllowed", "override_channels_enabled: false"),
    Case("plugins info nobody", 1, "PluginError"),
    Case("create -y -p NEW -O -c C a", 4, "OutOfTime", "solver_deadline_secs: 0.000000001"),
    Case("lits", 2, "ArgumentError"),
    Case("--nonsense list", 2, "ArgumentError"),
    Case("list --nonsense", 2, "ArgumentError"),
    Case("create -n a -p NEW", 2, "ArgumentError"),
    Case("config", 2, "ArgumentError"),
    Case("info", 3, "CustomValidationError", "offline: perhaps"),
    Case("create -y -p NEW -O -c C a", 3, "CustomValidationError", "channel_priority: high"),
    Case("create -y -p NEW -O -c C a", 3, "ConfigurationLoadError", "channels: ["),
    Case("config --validate", 3, "CustomValidationError", "remote_max_retries: many"),
    Case("config --validate", 3, "MultiValidationError", "remote_max_retries: many\nquiet: perhaps"),
    Case("config --set nonsense 1", 3, "CondaKeyError"),
    Case("config --set channels 1", 3, "CondaKeyError"),
    Case("config --append quiet 1", 3, "CondaValueError"),
    Case("config --set quiet perhaps", 3, "CustomValidationError"),
    Case("list -p FROZEN", 3, "CustomValidationError", "", "["),
    Case("create -y -p NEW -O -c C nothing", 4, "PackagesNotFoundError"),
    Case("create -y -p NEW -O -c C impossible", 4, "UnsatisfiableError"),
    Case("create -y -p NEW -O -c C a=1 a=2", 4, "UnsatisfiableError"),
    Case("create -y -p NEW -O -c C a=2", 4, "SpecsConfigurationConflictError", "pinned_packages: [a=1]"),
    Case("remove -y -p FROZEN --override-frozen nothing", 4, "PackagesNotFoundError"),
    Case("search -O -c C nothing", 4, "PackagesNotFoundError"),
    Case("list -p FROZEN nothing", 4, "PackagesNotFoundError"),
    Case("create -y -p NEW -O -c CLOSED a", 5, "CondaHTTPError"),
    Case("create -y -p NEW -O -c /no/such/channel a", 5, "UnavailableInvalidChannel"),
    Case("create -y -p NEW -O -c CLOSED a --offline", 5, "OfflineError"),
    Case("create -y -p NEW C/noarch/a-1.0-0.conda#00000000000000000000000000000000", 5, "ChecksumMismatchError"),
]


@pytest.fixture(scope="module")
def channel(tmp_path_factory: pytest.TempPathFactory) -> ChannelBuilder:
    builder = ChannelBuilder(os.fspath(tmp_path_factory.mktemp("served") / "channel"))
    builder.add("a", "1.0", noarch="generic", files={"share/a": "a"})
    builder.add("a", "2.0", noarch="generic", files={"share/a": "a"})
    builder.add("impossible", "1.0", noarch="generic", depends=["a >=3"])
    builder.write()
    return builder


@pytest.fixture
def places(tmp_path: Path, channel: ChannelBuilder, closed_port: int) -> dict[str, str]:
    """What the words of a case stand for."""
    meta = tmp_path / "frozen" / "conda-meta"
    meta.mkdir(parents=True)
    (meta / "history").touch()
    (meta / "frozen").touch()
    return {
        "C": f"file://{channel.folder}",
        "NEW": os.fspath(tmp_path / "new"),
        "FOLDER": os.fspath(tmp_path),
        "FROZEN": os.fspath(tmp_path / "frozen"),
        "CLOSED": f"http://127.0.0.1:{closed_port}/c",
    }


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.words} {case.settings}".strip())
def test_a_failure_has_the_status_and_the_name_of_its_kind(
    tmp_path: Path, fork_server: ForkServer | None, places: dict[str, str], case: Case
) -> None:
    def placed(text: str) -> str:
        return re.sub(r"\b[A-Z]+\b", lambda word: places.get(word[0], word[0]), text)

    conda = Conda(tmp_path, server=fork_server, environ={"CONDA_REMOTE_MAX_RETRIES": "0"})
    (tmp_path / ".condarc").write_text(case.settings)
    (tmp_path / ".conda").mkdir()
    (tmp_path / ".conda" / "plugins.json").write_text(case.plugins)
    words = [placed(word) for word in case.words.split()]
    ended = conda(*words)
    assert (ended.status, ended.stdout) == (case.status, ""), ended.stderr
    assert re.search("^error: ", ended.stderr, re.MULTILINE)
    # With `--json` nobody is asked.
    if case.name != "CondaSystemExit":
        document = conda(*words, "--json").json()
        assert isinstance(document, dict)
        assert (document["return_code"], document["exception_name"]) == (case.status, case.name)
        assert document["error"] == f"{case.name}: {document['message']}"


@pytest.mark.skipif(os.name == "nt", reason="a process of Windows cannot be sent Ctrl-C alone")
def test_an_interrupted_download_has_the_status_of_an_interrupt(tmp_path: Path, channel: ChannelBuilder) -> None:
    hold = Hold()
    with ChannelServer(os.path.dirname(channel.folder), {"/channel/": hold}) as server:
        conda = Conda(tmp_path)
        words = ("create", "-y", "-p", os.fspath(tmp_path / "new"), "-O", "-c", f"{server.url}/channel", "a", "--json")
        process = subprocess.Popen(
            [sys.executable, conda.file, *words],
            env=conda.environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        with process:
            assert hold.reached.wait(30)
            process.send_signal(signal.SIGINT)
            stdout, stderr = process.communicate(timeout=30)
    assert process.returncode == 130, stderr
    assert '"exception_name": "CondaSignalInterrupt"' in stdout
    assert "Traceback" not in stderr
    assert not (tmp_path / "new").exists()


def test_help_tells_the_statuses(tmp_path: Path, fork_server: ForkServer | None) -> None:
    told = Conda(tmp_path, server=fork_server)("--help").stdout
    for status in {case.status for case in CASES} | {0, 130}:
        assert re.search(rf"\b{status} \w", told), status
