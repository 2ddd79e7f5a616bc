"""What a person sees, on terminals of 80 and of 200 columns, with colours and without.

The files are beside this one, in `__snapshots__`. After a change that is meant, write them anew and read what changed:

    sh tests/run.sh tests/commands/test_commands_golden.py -n 0 --snapshot-update
    git diff tests/commands/__snapshots__

What depends on the machine or the moment is replaced: folders of the test, versions of Python. Kept is what stands on
the terminal in the end, at 80 columns and without colours. For 200 columns only the help is kept besides, the one thing
that is folded; colours are kept once, and everywhere else they change nothing but the three words.
"""

from __future__ import annotations

import os
import re
import sys
from typing import TYPE_CHECKING, NamedTuple

import pytest

from conda_testing.channels import ChannelBuilder
from conda_testing.pseudo_terminal import Person

if TYPE_CHECKING:
    from pathlib import Path

    from syrupy.assertion import SnapshotAssertion


class Case(NamedTuple):
    """A command line, and what the user has configured; `E` is an environment, `C` the channel."""

    words: str
    settings: str = ""
    typed: str = ""


CASES = {
    "help": Case("--help"),
    "help of install": Case("install --help"),
    "help of config": Case("config --help"),
    "help of a noun": Case("env --help"),
    "a noun alone": Case("env"),
    "list": Case("list -p E"),
    "list what there is not": Case("list -p E nothing"),
    "revisions": Case("list -p E --revisions"),
    "search": Case("search -O -c C tool"),
    "info": Case("info"),
    "environments": Case("info --envs"),
    "sources of settings": Case(
        "config --show-sources", "channels: [C]\nquiet: false\nproxy_servers: {http: 'http://u:p@h'}"
    ),
    "settings by name": Case("config --show channels solver ssl_verify", "channels: [C]"),
    "plugin": Case("plugins info conda-reporter-json"),
    "plan of a new environment": Case("create -p NEW -O -c C tool --dry-run"),
    "plan of an update": Case("install -p E -O -c C tool=1 extra --dry-run"),
    "plan with downloads": Case("create -p NEW -O -c C extra --dry-run"),
    "plan of a removal": Case("remove -p E word --dry-run"),
    "nothing to do": Case("install -p E -O -c C word"),
    "no": Case("remove -p E tool", "", "n\n"),
    "unsatisfiable": Case("create -p NEW -O -c C tool=2 word=1"),
    "unknown package": Case("create -p NEW -O -c C tols"),
    "unknown command": Case("instal tool"),
    "unknown option": Case("list --revison"),
    "unknown setting": Case("config --set chanels x"),
    "not an environment": Case("list -p NEW"),
    "no environment": Case("install tool"),
    "bad setting": Case("config --show offline", "channels: []\noffline: perhaps"),
    "bad file of settings": Case("create -p NEW -O -c C tool", "channels: [a\nsolver: lazy"),
    "no channel": Case("search -O -c file:///no/such/channel tool"),
}


COLOURED = re.compile(r"^\x1b\[1;3[136]m(error:|hint:|warning:)\x1b\[0m", re.MULTILINE)


@pytest.fixture(scope="module")
def channel(tmp_path_factory: pytest.TempPathFactory) -> str:
    builder = ChannelBuilder(os.fspath(tmp_path_factory.mktemp("served") / "channel"))
    for version in ("1.0", "2.0"):
        builder.add("tool", version, noarch="generic", depends=[f"word {version[0]}.*"], files={"share/tool": version})
        builder.add("word", version, noarch="generic", files={"share/word": version * 100})
    builder.add("extra", "0.1", noarch="generic", files={"share/extra": "extra"})
    return builder.write()


@pytest.fixture(scope="module")
def person(tmp_path_factory: pytest.TempPathFactory, channel: str) -> Person:
    """A person with an environment that has `tool` and `word`, which no case changes, and a base of their own."""
    home = tmp_path_factory.mktemp("home")
    person = Person(home, {"CONDA_ROOT_PREFIX": str(home / "base"), "CONDA_SUBDIR": "linux-64"})
    person.environ.update(
        CONDA_OVERRIDE_ARCHSPEC="x86_64_v3",
        CONDA_OVERRIDE_GLIBC="2.28",
        CONDA_OVERRIDE_LINUX="6.1",
        CONDA_OVERRIDE_CUDA="",
    )
    made = person.run("create", "-y", "-q", "-n", "work", "-O", "-c", channel, "tool=2")
    assert made.status == 0, made.shown
    return person


@pytest.mark.parametrize("name", CASES)
def test_what_a_person_sees(person: Person, channel: str, name: str, snapshot: SnapshotAssertion) -> None:
    case, home = CASES[name], person.home
    if case.words.endswith(" --help") and sys.version_info >= (3, 13):
        pytest.skip("argparse shows options in another way from Python 3.13 on")
    places = {"E": str(home / ".conda" / "envs" / "work"), "C": channel, "NEW": str(home / "new")}
    words = [places.get(word, word) for word in case.words.split()]
    (home / ".condarc").write_text(re.sub(r"\bC\b", channel, case.settings))

    def seen(columns: int, colour: str) -> str:
        ended = person.run(*words, columns=columns, typed=case.typed, NO_COLOR=colour)
        return f"$ conda {case.words}\n{settled(ended.left, places, home)}[{ended.status}]\n"

    plain, wide, coloured = seen(80, "1"), seen(200, "1"), seen(80, "")
    assert plain == snapshot
    if name == "help":
        assert wide == snapshot(name="200 columns")
    elif case.words.endswith("--help"):
        assert wide.split() == plain.split()
    else:
        assert wide == plain
    if name == "unknown command":
        assert coloured.replace("\x1b[", "<") == snapshot(name="colours")
    assert COLOURED.sub(r"\1", coloured) == plain


def settled(text: str, places: dict[str, str], folder: Path) -> str:
    """Return a text without what depends on the machine and the moment."""
    text = text.replace(places["C"], "CHANNEL").replace(str(folder), "HOME")
    text = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "DATE", text)
    text = text.replace(".".join(map(str, sys.version_info[:3])), "PYTHON")
    return re.sub(r"UID:GID : .*", "UID:GID : 0:0", text)
