"""With `--json` standard output is one document of the promised shape, whatever else prints."""

from __future__ import annotations

import json
import os
import re
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any, NamedTuple

import jsonschema
import pytest

from conda_testing.channels import ChannelBuilder
from conda_testing.distributions import install
from conda_testing.executable import Conda
from conda_testing.packages import File

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NOISE = """
import os
import sys


def loud(*given, **named):
    print("noise by a plugin")
    os.write(1, b"noise by a descriptor")
    os.system("echo noise by a child")


print("noise at import")
"""
NOISY_SCRIPT = "#!/bin/sh\necho noise by a script\necho noise by a script >&2\ntouch $PREFIX/made-by-a-script\n"
NOTICE = {
    "notices": [
        {
            "id": "1",
            "message": "noise by a channel",
            "level": "critical",
            "created_at": "2026-01-01T00:00:00+00:00",
            "expires_at": "2999-01-01T00:00:00+00:00",
        }
    ]
}


class Case(NamedTuple):
    """A command line, the shape of what it prints, and its exit status; `E` is an environment, `C` the channel."""

    words: str
    shape: str
    status: int = 0


CASES = [
    Case("create -y -p NEW -O -c C noisy", "change"),
    Case("create -p NEW -O -c C a --dry-run", "change"),
    Case("create -p NEW -O -c C impossible", "failure", 4),
    Case("create -p NEW -O -c C absent", "failure", 4),
    Case("create -p NEW -O -c /no/such/channel a", "failure", 5),
    Case("create -p NEW", "change"),
    Case("install -y -p E -O -c C noisy", "change"),
    Case("install -y -p E -O -c C a=1", "change"),
    Case("install -y -p NEW -O -c C a", "failure", 1),
    Case("update -y -p E -O -c C a", "change"),
    Case("upgrade -y -p E -O -c C --all", "change"),
    Case("update -p E -O -c C absent", "failure", 4),
    Case("remove -y -p E a", "change"),
    Case("uninstall -y -p E --all", "change"),
    Case("remove -y -p E absent", "failure", 4),
    Case("rename -y -p E NEW", "change"),
    Case("rename -y -p NEW E", "failure", 1),
    Case("list -p E", "list"),
    Case("list -p E --revisions", "revisions"),
    Case("list -p NEW", "failure", 1),
    Case("compare -p E E", "differences"),
    Case("compare -p E absent", "failure", 1),
    Case("info", "info"),
    Case("info --envs", "environments"),
    Case("info --base", "base"),
    Case("info --all", "info"),
    Case("info --system", "system"),
    Case("info --unsafe-channels", "unsafe-channels"),
    Case("info --envs --size", "environments"),
    Case("info --size", "failure", 2),
    Case("env", "overview"),
    Case("env list", "environments"),
    Case("env remove -y -p E", "change"),
    Case("env remove -y -p NEW", "failure", 1),
    Case("search -O -c C a", "search"),
    Case("search -O -c C absent", "failure", 4),
    Case("notices -O -c C", "notices"),
    Case("doctor -p E", "doctor"),
    Case("check -p E", "doctor"),
    Case("doctor -p NEW", "failure", 1),
    Case("clean --all -y", "clean"),
    Case("clean --all --dry-run", "clean"),
    Case("clean", "failure", 2),
    Case("package -p E --which E", "owners", 1),
    Case("package -p E --untracked", "untracked"),
    Case("package -p E", "failure", 2),
    Case("channel-index C", "channel-index"),
    Case("channel-index NEW", "failure", 2),
    Case("config --show", "settings"),
    Case("config --show-sources", "sources"),
    Case("config --describe", "descriptions"),
    Case("config --set always_yes true", "configured"),
    Case("config --get", "configured"),
    Case("config --validate", "configured"),
    Case("config --set always_yes perhaps", "failure", 3),
    Case("config", "failure", 2),
    Case("why -p E a", "why"),
    Case("why -p E absent", "failure", 4),
    Case("why-not -p E -O -c C impossible", "why-not"),
    Case("plugins", "overview"),
    Case("plugins list", "plugin-list"),
    Case("plugins info conda-noise", "plugin-info"),
    Case("plugins info absent", "failure", 1),
    Case("plugins disable conda-solver-rattler", "plugin-choice"),
    Case("plugins enable conda-solver-rattler", "plugin-choice"),
    Case("plugins check", "plugin-check"),
    Case("plugins profile info", "profile"),
    Case("completion bash", "completion"),
    Case("completion csh", "failure", 2),
    Case("commands", "names"),
    Case("no-such-command", "failure", 2),
    Case("list --no-such-option", "failure", 2),
    Case("--no-such-option list", "failure", 2),
]


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    place = os.path.join(os.path.dirname(__file__), "..", "..", "docs", "schemas", "documents.json")
    with open(place, encoding="utf-8") as file:
        document: dict[str, Any] = json.load(file)
    jsonschema.Draft202012Validator.check_schema(document)
    return document


@pytest.fixture(scope="module")
def channel(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A channel with a notice, and a package whose link script prints."""
    builder = ChannelBuilder(os.fspath(tmp_path_factory.mktemp("served") / "channel"))
    for version in ("1.0", "2.0"):
        builder.add("a", version, noarch="generic", files={"share/a": version})
    scripts = {name: File(NOISY_SCRIPT, mode=0o755) for name in ("bin/.noisy-post-link.sh", "bin/.noisy-pre-unlink.sh")}
    builder.add("noisy", "1.0", files=scripts)
    builder.add("impossible", "1.0", noarch="generic", depends=["a >=3"])
    builder.write()
    with open(os.path.join(builder.folder, "notices.json"), "w", encoding="utf-8") as file:
        json.dump(NOTICE, file)
    return os.fspath(builder.folder)


@pytest.fixture
def conda(tmp_path: Path) -> Conda:
    """The executable, with a plugin that prints wherever every command comes by."""
    groups = {"conda.pre_commands": "noise", "conda.post_commands": "noise", "conda.virtual_packages": "__noise"}
    points = {group: {name: "noise:loud"} for group, name in groups.items()}
    return Conda(
        tmp_path, path=(install(tmp_path / "site", "conda-noise", modules={"noise": NOISE}, entry_points=points),)
    )


@pytest.fixture
def line(tmp_path: Path, conda: Conda, channel: str) -> Callable[[str], list[str]]:
    """Return the words of a case, for an environment that has a package with a noisy script."""
    existing = os.fspath(tmp_path / "existing")
    places = {"E": existing, "C": channel, "NEW": os.fspath(tmp_path / "new")}

    def words(text: str) -> list[str]:
        if "E" in text.split():
            made = conda("create", "-y", "-q", "-p", existing, "-O", "-c", channel, "noisy", "a=1.0")
            assert made.status == 0, made.stderr
        return [places.get(word, word) for word in text.split()]

    return words


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.words)
def test_the_document_is_alone_and_has_its_shape(
    conda: Conda, line: Callable[[str], list[str]], schema: dict[str, Any], case: Case
) -> None:
    words = line(case.words)
    # What follows `plugins profile` belongs to the command that is profiled.
    ended = conda("--json", *words) if "profile" in words else conda(*words, "--json")

    assert "noise by" not in re.sub(r'"message": "noise by a channel"', "", ended.stdout)
    document = ended.json()
    validator = jsonschema.Draft202012Validator({**schema, "$ref": f"#/$defs/{case.shape}"})
    problems = [f"{'/'.join(map(str, error.path))}: {error.message}" for error in validator.iter_errors(document)]
    assert not problems, ended.stdout
    assert ended.status == case.status, ended.stderr


def test_every_command_is_tried(schema: dict[str, Any]) -> None:
    tried = {" ".join(case.words.split()[:length]) for case in CASES for length in (1, 2)}
    assert {point.name for point in entry_points(group="conda.subcommands")} <= tried
    assert {case.shape for case in CASES} <= schema["$defs"].keys()


def test_the_noise_is_there(tmp_path: Path, conda: Conda, line: Callable[[str], list[str]]) -> None:
    told = conda(*line("create -y -p NEW -O -c C noisy"), "--json").stderr
    assert all(f"noise by a {who}" in told for who in ("plugin", "descriptor", "child"))
    assert (tmp_path / "new" / "made-by-a-script").exists()
