"""`--no-plugins` is the way back, whatever is installed and whatever is left out."""

from __future__ import annotations

import json
import os
from importlib.metadata import distributions
from typing import TYPE_CHECKING, Any

import pytest

from conda_kernel.hookspecs import POINTS
from conda_kernel.points import Driver
from conda_testing.channels import ChannelBuilder
from conda_testing.distributions import install
from conda_testing.executable import Conda

if TYPE_CHECKING:
    from pathlib import Path

PLUGINS = sorted(
    {each.name for each in distributions() if any(point.group.startswith("conda.") for point in each.entry_points)}
)
CONTENTS = {
    "everything is disabled": json.dumps({"disabled": PLUGINS}),
    "no JSON": "[",
    "something else": '{"disabled": 1}',
    "others are preferred": '{"preferred": {"conda.planners": "conda-nobody", "conda.linkers": "conda-nobody"}}',
}


def with_plugins_json(home: Path, content: str) -> None:
    (home / ".conda").mkdir(exist_ok=True)
    (home / ".conda" / "plugins.json").write_text(content)


@pytest.fixture(scope="module")
def channel(tmp_path_factory: pytest.TempPathFactory) -> str:
    builder = ChannelBuilder(os.fspath(tmp_path_factory.mktemp("served") / "channel"))
    builder.add("a", "1.0", noarch="generic", files={"share/a": "a"})
    return builder.write()


@pytest.mark.parametrize("case", CONTENTS)
def test_the_core_works_whatever_plugins_json_says(tmp_path: Path, channel: str, case: str) -> None:
    with_plugins_json(tmp_path, CONTENTS[case])
    conda = Conda(tmp_path)
    prefix = os.fspath(tmp_path / "env")
    made = conda("--no-plugins", "create", "-y", "-p", prefix, "-O", "-c", channel, "a")
    assert made.status == 0, made.stderr
    assert conda("list", "-p", prefix, "--json", "--no-plugins").json()
    assert conda("--no-plugins").status == 0
    assert "  create " in conda("--no-plugins", "--help").stdout


def test_the_core_works_beside_broken_plugins_at_every_point(tmp_path: Path, channel: str) -> None:
    points: dict[str, Any] = {point.group: {"broken": "broken_module:target"} for point in POINTS}
    points |= {point.group: {"lazy": "broken_module:target"} for point in POINTS if isinstance(point, Driver)}
    site = install(
        tmp_path / "site", "conda-broken", modules={"broken_module": "import os\nos._exit(9)\n"}, entry_points=points
    )
    conda = Conda(tmp_path, path=(site,))
    prefix = os.fspath(tmp_path / "env")
    made = conda("--no-plugins", "create", "-y", "-p", prefix, "-O", "-c", channel, "a")
    assert made.status == 0, made.stderr
    assert conda("--no-plugins", "info", "--json").status == 0


def test_what_leaves_out_too_much_is_told_with_the_way_back(tmp_path: Path) -> None:
    with_plugins_json(tmp_path, json.dumps({"disabled": ["conda-reporter-console", "conda-commands-plugins"]}))
    conda = Conda(tmp_path)
    for words, distribution in ((("info",), "conda-reporter-console"), (("plugins", "list"), "conda-commands-plugins")):
        ended = conda(*words)
        assert ended.status != 0
        assert f"hint: `conda --no-plugins plugins enable {distribution}` brings it back" in ended.stderr
        assert ended.stderr.count("error: ") == 1
        mended = conda("--no-plugins", "plugins", "enable", distribution)
        assert mended.status == 0, mended.stderr
    assert conda("plugins", "list").status == 0


def test_an_option_whose_plugin_is_left_out_is_not_suggested_for_itself(tmp_path: Path) -> None:
    with_plugins_json(tmp_path, json.dumps({"disabled": ["conda-cli"]}))
    ended = Conda(tmp_path)("--version")
    assert ended.status == 2
    assert "did you mean `--version`" not in ended.stderr
