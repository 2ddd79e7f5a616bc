"""Whether a process lives, as far as that can be asked."""

from __future__ import annotations

import os
import subprocess
import sys
from types import SimpleNamespace

import pytest

from conda_kernel.model import process
from conda_kernel.model.process import process_lives


def test_a_process_lives_until_it_has_ended() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        assert process_lives(child.pid)
        child.communicate(b"\n")

    assert not process_lives(child.pid)
    assert process_lives(os.getpid())


def test_another_users_process_lives() -> None:
    assert process_lives(1)


def test_where_nobody_can_be_asked_it_lives(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "os", SimpleNamespace(name="nt"))

    assert process_lives(0)
