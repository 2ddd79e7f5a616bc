"""The same request has the same bytes for an answer, in whatever order Python keeps sets."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from conda_testing.channels import ChannelBuilder
from conda_testing.executable import Conda

SEEDS = [str(seed) for seed in range(20)]


@pytest.fixture(scope="module")
def channel(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return a channel with many equals: layers of packages that need some of the layer below."""
    chance = random.Random(5)  # noqa: S311 - it shall be the same each time
    builder = ChannelBuilder(str(tmp_path_factory.mktemp("channel")))
    for layer in range(5):
        for place in range(8):
            for version in ("1.0", "2.0", "3.0"):
                below = chance.sample(range(8), 2) if layer else []
                depends = [f"p{layer - 1}x{other} {chance.choice(('<3', '>=2', '*'))}" for other in below]
                for build in ("a_0", "b_0"):
                    builder.add_record(f"p{layer}x{place}", version, build, depends=depends, subdir="noarch")
    builder.add_record("left", "1.0", depends=["p4x0", "p4x1", "p0x0 <2"], subdir="noarch")
    builder.add_record("right", "1.0", depends=["p4x2", "p4x3", "p0x0 >=2"], subdir="noarch")
    return builder.write()


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (("create", "--dry-run", "--json", "p4x0", "p4x1", "p4x5"), 0),
        (("create", "--dry-run", "p4x2", "left"), 0),
        (("create", "--dry-run", "--json", "left", "right"), 4),
        (("why-not", "--new", "left", "right", "p4x7"), 0),
    ],
)
def test_an_answer_does_not_depend_on_the_order_of_hashes(
    words: tuple[str, ...], status: int, channel: str, tmp_path: Path
) -> None:
    answers = set()
    for seed in SEEDS:
        environ = {"CONDA_CHANNELS": channel, "CONDA_OFFLINE": "1", "PYTHONHASHSEED": seed}
        ended = Conda(tmp_path, environ=environ)(*words)
        assert ended.status == status, ended.stderr
        answers.add(ended.stdout + ended.stderr)
    assert len(answers) == 1
