"""`conda list --explicit --auth` shows the secrets of channels, and nothing else does."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from conda_testing.executable import Conda


@pytest.fixture
def conda(tmp_path: Path) -> Conda:
    meta = tmp_path / ".conda" / "envs" / "x" / "conda-meta"
    meta.mkdir(parents=True)
    (meta / "history").touch()
    for name, place in {"a": "private.example/chan", "b": "open.example/chan"}.items():
        record = {
            "name": name,
            "version": "1",
            "build": "0",
            "build_number": 0,
            "depends": [],
            "url": f"https://{place}/noarch/{name}-1-0.conda",
            "channel": f"https://{place}",
            "subdir": "noarch",
            "fn": f"{name}-1-0.conda",
        }
        (meta / f"{name}-1-0.json").write_text(json.dumps(record), encoding="utf-8")
    return Conda(
        tmp_path, environ={"CONDA_CHANNELS": "https://me:s3cret@private.example/chan,https://open.example/chan"}
    )


def test_logins_are_shown_when_they_are_asked_for(conda: Conda) -> None:
    ended = conda("list", "-n", "x", "--explicit", "--auth")
    assert ended.status == 0, ended.stderr
    assert ended.stdout.splitlines()[-2:] == [
        "https://me:s3cret@private.example/chan/noarch/a-1-0.conda",
        "https://open.example/chan/noarch/b-1-0.conda",
    ]


@pytest.mark.parametrize("options", [("--explicit",), ("--explicit", "--json"), ("--json", "--auth"), ()])
def test_they_are_not_shown_otherwise(conda: Conda, options: tuple[str, ...]) -> None:
    ended = conda("list", "-n", "x", *options)
    assert ended.status == 0, ended.stderr
    assert "s3cret" not in ended.stdout + ended.stderr


def test_without_channels_there_are_no_logins(conda: Conda) -> None:
    del conda.environ["CONDA_CHANNELS"]
    assert conda("list", "-n", "x", "--explicit", "--auth").stdout.endswith("/noarch/b-1-0.conda\n")
