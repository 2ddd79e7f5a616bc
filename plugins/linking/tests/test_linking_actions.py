"""Tests of what is done with a change beside linking, and of menu items."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from conda_kernel.errors import LinkFailed
from conda_kernel.hookspecs import PRE_TRANSACTION_ACTIONS
from conda_kernel.model.plan import Action
from conda_kernel.plugin import Plugin
from conda_testing.channels import ChannelBuilder
from conda_testing.distributions import install
from conda_testing.executable import Conda
from conda_testing.packages import Entry
from linking_workbench import Workbench

MENUINST = """
import json, os
LOG = os.environ["MENUS"]
def note(what, document, target_prefix, base_prefix):
    if document["menu_name"] == "broken":
        raise RuntimeError("no desktop")
    with open(LOG, "a") as file:
        file.write(json.dumps([what, document["menu_name"], target_prefix]) + "\\n")
def install(document, *, target_prefix, base_prefix):
    note("install", document, target_prefix, base_prefix)
def remove(document, *, target_prefix, base_prefix):
    note("remove", document, target_prefix, base_prefix)
"""


@pytest.fixture
def bench(tmp_path: Path) -> Workbench:
    return Workbench(str(tmp_path))


class Noting:
    """Actions that note what they see of an environment."""

    def __init__(self, bench: Workbench) -> None:
        self.bench = bench
        self.notes: list[tuple[str, bool, bool]] = []

    def action(self, name: str, *, is_before: bool) -> Action:
        return Action(name, lambda: self.note(name), lambda answer: self.note(f"undo {name}"), is_before)

    def note(self, what: str) -> None:
        paths = ("share/old", "share/new")
        old, new = (os.path.exists(self.bench.path(path)) for path in paths)
        self.notes.append((what, old, new))


def test_actions_before_see_the_old_files_and_those_after_the_new_ones(bench: Workbench) -> None:
    bench.apply(bench.package("old", files={"share/old": "o"}))
    noting = Noting(bench)
    actions = [noting.action("b", is_before=True), noting.action("a", is_before=False)]

    bench.apply(bench.package("new", files={"share/new": "n"}), unlink=["old"], actions=actions)

    assert noting.notes == [("b", True, False), ("a", False, True)]


def test_undoing_goes_the_other_way_round(bench: Workbench) -> None:
    bench.apply(bench.package("old", files={"share/old": "o"}))
    before = bench.tree()
    noting = Noting(bench)

    def fail() -> None:
        raise LinkFailed("not today")

    last = Action("last", fail, lambda answer: noting.note("undo last"))
    actions = [noting.action("same", is_before=True), noting.action("same", is_before=False), last]
    with pytest.raises(LinkFailed, match="not today"):
        bench.apply(bench.package("new", files={"share/new": "n"}), unlink=["old"], actions=actions)

    assert noting.notes == [
        ("same", True, False),
        ("same", False, True),
        ("undo last", False, True),
        ("undo same", False, True),
        ("undo same", True, False),
    ]
    assert bench.tree() == before


def test_an_action_before_that_fails_stops_the_change(bench: Workbench) -> None:
    def fail() -> None:
        raise LinkFailed("never")

    with pytest.raises(LinkFailed, match="never"):
        bench.apply(
            bench.package("a", files={"a": "a"}), actions=[Action("veto", fail, lambda answer: None, is_before=True)]
        )
    assert not os.path.exists(bench.prefix)


def test_what_an_action_warns_of_is_told(bench: Workbench) -> None:
    action = Action("warns", lambda: {"warnings": ["it rains", 7]}, lambda answer: None)

    assert bench.apply(bench.package("a", files={"a": "a"}), actions=[action]).warnings == ("it rains",)


def test_another_process_undoes_actions_before_by_their_plugins(bench: Workbench) -> None:
    hook = PRE_TRANSACTION_ACTIONS.group
    bench.plugins = [Plugin(hook, "marks", "linking_workbench:marks", distribution="tests")]
    marker = Path(bench.folder, "marker")
    package = bench.package("a", files={"a": "a"})
    child = os.fork() if hasattr(os, "fork") else pytest.skip("processes are forked here")
    if child == 0:

        def do() -> object:
            marker.touch()
            os._exit(9)

        bench.apply(package, actions=[Action("marks", do, lambda answer: None, is_before=True)])
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
    assert marker.exists()

    bench.linker().recover(bench.prefix)

    assert not marker.exists()


def test_menu_items_are_made_removed_and_put_back(tmp_path: Path) -> None:
    channel = ChannelBuilder(str(tmp_path / "channel"))
    menu: dict[str, Entry] = {
        "Menu/tool.json": json.dumps({"menu_name": "Tool", "menu_items": []}),
        "Menu/tool.png": "png",
    }
    channel.add("tool", "1", files=menu)
    channel.add("broken", "1", files={"Menu/broken.json": json.dumps({"menu_name": "broken"})})
    channel.add("failing", "1", link_scripts={"post-link": "exit 1\n"}, depends=["tool <1|>=2"])
    channel.add("tool", "2", files={"share/tool": "no menu"})
    site, log, prefix = str(tmp_path / "site"), tmp_path / "menus", str(tmp_path / "env")
    install(site, "menuinst", modules={"menuinst.__init__": "", "menuinst.api": MENUINST})
    conda = Conda(tmp_path / "home", path=(site,), environ={"CONDA_CHANNELS": channel.write(), "MENUS": os.fspath(log)})

    made = conda("create", "-y", "-p", prefix, "tool=1", "broken")
    assert made.status == 0, made.stderr
    assert "the menu items of `Menu/broken.json` are left: RuntimeError: no desktop" in made.stderr
    assert conda("install", "-y", "-p", prefix, "failing", "tool=2").status == 1
    assert conda("remove", "-y", "-p", prefix, "tool").status == 0

    noted = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    assert [what for what, _, _ in noted] == ["install", "remove", "install", "remove"]
    assert {(name, place) for _, name, place in noted} == {("Tool", prefix)}


def test_no_menu_items_are_made_where_nobody_wants_them(tmp_path: Path) -> None:
    channel = ChannelBuilder(str(tmp_path / "channel"))
    channel.add("tool", "1", files={"Menu/tool.json": json.dumps({"menu_name": "Tool"})})
    channel.add("other", "1", files={"Menu/other.json": json.dumps({"menu_name": "Other"})})
    site, log = str(tmp_path / "site"), tmp_path / "menus"
    install(site, "menuinst", modules={"menuinst.__init__": "", "menuinst.api": MENUINST})
    environ = {"CONDA_CHANNELS": channel.write(), "MENUS": os.fspath(log)}

    def made(*options: str, **settings: str) -> list[str]:
        """Return whose menu items an environment gets that is made with the options and settings."""
        log.write_text("", encoding="utf-8")
        conda = Conda(tmp_path / "home", path=(site,), environ={**environ, **settings})
        assert conda("create", "-y", "-p", str(tmp_path / "env"), "tool", "other", *options).status == 0
        assert conda("remove", "-y", "-p", str(tmp_path / "env"), "--all").status == 0
        noted = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
        return sorted(name for what, name, _ in noted if what == "install")

    assert made() == ["Other", "Tool"]
    assert made(CONDA_SHORTCUTS="false") == made("--no-shortcuts") == []
    assert made("--shortcuts", CONDA_SHORTCUTS="false") == ["Other", "Tool"]
    assert made(CONDA_SHORTCUTS_ONLY="other") == made("--shortcuts-only", "other") == ["Other"]
    assert made("--shortcuts-only", "other", "--shortcuts-only", "tool") == ["Other", "Tool"]


def test_it_is_told_when_menu_items_are_asked_for_and_cannot_be_made(tmp_path: Path) -> None:
    channel = ChannelBuilder(str(tmp_path / "channel"))
    channel.add("tool", "1", files={"Menu/tool.json": json.dumps({"menu_name": "Tool"})})
    conda = Conda(tmp_path / "home", environ={"CONDA_CHANNELS": channel.write()})

    def told(*options: str) -> bool:
        ended = conda("create", "-y", "-p", str(tmp_path / "env"), "tool", *options)
        assert ended.status == 0
        return "warning: no menu items are made, because the library `menuinst` is not installed" in ended.stderr

    assert told("--shortcuts-only", "tool")
    assert told("--shortcuts")
    assert not told("--no-shortcuts", "--shortcuts-only", "tool")
    assert not told()
