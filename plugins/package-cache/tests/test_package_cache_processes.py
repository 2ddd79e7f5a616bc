"""Several processes share one cache, and any of them may be killed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from conda_testing.channels import ChannelBuilder

SCRIPT = Path(__file__).with_name("package_cache_process.py")


def started(asked: dict[str, Any], environ: dict[str, str]) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, str(SCRIPT)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **environ},
    )
    assert process.stdin is not None
    process.stdin.write(json.dumps(asked))
    process.stdin.close()
    process.stdin = None
    return process


def answer_of(process: subprocess.Popen[str]) -> Any:
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    return json.loads(out)


def test_eight_processes_on_one_cold_cache_download_and_extract_each_package_once(tmp_path: Path) -> None:
    channel = ChannelBuilder(str(tmp_path / "channel"))
    for name in ("a", "b", "c"):
        channel.add(name, "1.0", files={f"share/{name}/{number}": name * number for number in range(200)})
    entries = channel.records()
    home = tmp_path / "home"
    home.mkdir()

    processes = [
        started(
            # Each asks in another order: nobody may wait for one who waits for it.
            {"home": str(home), "entries": entries[number % 3 :] + entries[: number % 3]},
            {"EXTRACTED": str(tmp_path / "extracted")},
        )
        for number in range(8)
    ]
    answers = [answer_of(process) for process in processes]

    assert sorted((home / "fetched").read_text().split()) == sorted(entry["url"] for entry in entries)
    assert sorted((tmp_path / "extracted").read_text().split()) == sorted(entry["fn"] for entry in entries)
    assert {folder for answer in answers for folder, _ in answer} == {str(home / f"pkgs/{n}-1.0-0") for n in "abc"}
    assert sum(fetched for answer in answers for _, fetched in answer) == 3
    left = [name for name in os.listdir(home / "pkgs") if name.startswith(".") and os.listdir(home / "pkgs" / name)]
    assert left == []


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked here")
@pytest.mark.parametrize("step", [5, pytest.param(1, marks=pytest.mark.full)])
def test_a_process_killed_at_any_moment_leaves_the_cache_right(tmp_path: Path, step: int) -> None:
    channel = ChannelBuilder(str(tmp_path / "channel"))
    wanted = {f"{name}-1.0-0": {f"share/{name}/{number}": name * 3 for number in range(4)} for name in ("a", "b")}
    for name, files in wanted.items():
        channel.add(name[0], "1.0", files=files)
    asked = {"home": str(tmp_path / "home"), "entries": channel.records(), "wanted": wanted, "step": step}

    told = answer_of(started(asked, {}))

    assert [line.partition(" ")[0] for line in told] == ["killed"], told
    assert int(told[0].split()[1]) * step > 60
