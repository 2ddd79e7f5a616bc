"""What is no part of the bundle: a channel that needs it is told what to install, and nothing is sent anywhere."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from wheel_environments import Environment

pytestmark = pytest.mark.xdist_group("wheels")

HANDLER = "channel_settings: [{channel: 'http://127.0.0.1:9/*', auth: keyring}]\n"


@pytest.mark.parametrize(
    ("channel", "settings", "advice"),
    [
        ("s3://bucket/c", "", "install conda-fetch-s3"),
        ("ftp://127.0.0.1/c", "", "install conda-fetch-ftp"),
        ("http://127.0.0.1:9/c", HANDLER, "install conda-auth-keyring"),
        ("oci://127.0.0.1/c", "", "no 'oci' plugin in conda.fetch_adapters (installed: file, http, https)"),
    ],
)
def test_what_a_channel_needs_is_named(
    standard: Environment, tmp_path: Path, channel: str, settings: str, advice: str
) -> None:
    (tmp_path / "rc.yml").write_text(settings)
    words = ("create", "-y", "-p", os.fspath(tmp_path / "env"), "-c", channel, "hello")
    done = standard.run(*words, CONDARC=os.fspath(tmp_path / "rc.yml"))

    assert done.returncode == 1
    assert advice in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "env").exists()
