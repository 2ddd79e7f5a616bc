"""The same request has the same answer, byte for byte, whatever the seed of Python's hashes and the solver."""

from __future__ import annotations

import os
import random
from typing import TYPE_CHECKING

import pytest

from conda_testing.channels import ChannelBuilder
from conda_testing.executable import Conda

if TYPE_CHECKING:
    from pathlib import Path

SOLVERS = ("classic", "lazy", "libsolv", "rattler")
SEEDS = 20


@pytest.fixture
def channel(tmp_path: Path) -> str:
    """A channel in which packages need some versions of others; everything can be had, if not in its last version."""
    source = random.Random(7)  # noqa: S311 - no secret
    builder = ChannelBuilder(os.fspath(tmp_path / "channel"))
    for name in range(40):
        for version in range(8):
            needed = source.sample(range(name + 1, 50), min(3, 49 - name)) if version else []
            lowest = source.randrange(4)
            builder.add_record(
                f"package-{name}",
                f"{version}.0",
                noarch="generic",
                depends=[f"package-{other} >={lowest},<{lowest + 4}" for other in needed],
                track_features="slow" if source.random() < 0.05 else "",
                timestamp=1_600_000_000_000 + source.randrange(10**9),
            )
    for name in range(40, 50):
        for version in range(8):
            builder.add_record(f"package-{name}", f"{version}.0", noarch="generic")
    builder.add_record("unsolvable", "1.0", noarch="generic", depends=["package-45 >=4", "package-46 <2", "package-44"])
    builder.add_record("opposite", "1.0", noarch="generic", depends=["package-45 <4", "package-46 >=3"])
    return builder.write()


def _output(home: Path, channel: str, seed: int, solver: str, *specs: str) -> str:
    conda = Conda(home, environ={"PYTHONHASHSEED": str(seed)})
    options = ("--dry-run", "--json", "--override-channels", "-c", channel, "-p", os.fspath(home / "new"))
    return conda("create", *options, "--solver", solver, *specs).stdout


@pytest.mark.parametrize("solver", SOLVERS)
def test_the_seed_of_hashes_does_not_change_the_plan(tmp_path: Path, channel: str, solver: str) -> None:
    seeds = range(SEEDS) if solver == "lazy" else range(0, SEEDS, 5)
    outputs = {
        _output(tmp_path, channel, seed, solver, "package-0", "package-3", "package-8 >=2", "package-11")
        for seed in seeds
    }

    assert len(outputs) == 1
    assert '"success": true' in outputs.pop()


def test_the_seed_of_hashes_does_not_change_the_explanation(tmp_path: Path, channel: str) -> None:
    outputs = {
        _output(tmp_path, channel, seed, "lazy", "package-0", "opposite", "unsolvable") for seed in range(0, SEEDS, 2)
    }

    assert len(outputs) == 1
    assert "opposite" in outputs.pop()
