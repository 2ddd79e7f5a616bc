"""The detector of `__conda`."""

from __future__ import annotations

import pytest

from conda_kernel.model.machine import VirtualPackage
from conda_kernel.model.match_spec import MatchSpec
from conda_virtual_packages_conda import detect


@pytest.mark.parametrize("subdir", ["linux-64", "win-64", "osx-arm64"])
def test_what_needs_a_conda_of_today_finds_one_on_every_target(subdir: str) -> None:
    found = VirtualPackage("__conda", *detect(subdir))
    assert MatchSpec.parse("__conda >=23.9").matches(found)
    assert not MatchSpec.parse("__conda >=99").matches(found)
