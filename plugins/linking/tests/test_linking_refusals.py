"""Tests of changes that are refused or fail, and of what is left then: nothing."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from conda_kernel.errors import LinkFailed, PackageCorrupt
from conda_kernel.model.event import Warned
from conda_kernel.model.file_table import FileTable
from conda_kernel.model.manifest import InvalidManifest, PathEntry
from conda_kernel.model.paths import UnsafePath
from conda_kernel.model.plan import Action, ExtractedPackage
from conda_linking.faults import NotWritable, PathConflict, PlaceholderTooShort, PlanBroken
from conda_testing.packages import File, Folder, Symlink
from linking_workbench import Workbench


@pytest.fixture
def bench(tmp_path: Path) -> Workbench:
    bench = Workbench(str(tmp_path))
    bench.apply(bench.package("first", files={"share/first/file": "1", "lib/first.py": "x = 1\n"}))
    return bench


@contextmanager
def nothing_changed(bench: Workbench) -> Iterator[None]:
    before, base = bench.tree(), bench.plan().base
    yield
    assert bench.tree() == before
    assert bench.plan().base == base


def with_paths(package: ExtractedPackage, *paths: str, plain: bool = False) -> ExtractedPackage:
    """Return the package with a list that nobody has checked, and with the files if they can be in its folder.

    Of `plain` files size and digest are known.
    """
    for path in paths:
        place = os.path.join(package.folder, path)
        if os.path.normpath(place).startswith(package.folder + os.sep) and not os.path.exists(place):
            os.makedirs(os.path.dirname(place), exist_ok=True)
            with open(place, "w", encoding="utf-8") as file:
                file.write("evil")
    digest, size = (hashlib.sha256(b"evil").hexdigest(), 4) if plain else (None, None)
    table = FileTable.of(PathEntry(path, sha256=digest, size_in_bytes=size) for path in paths)
    return ExtractedPackage(package.record, package.folder, table)


@pytest.mark.parametrize("plain", [True, False])
@pytest.mark.parametrize(
    "path", ["../evil", "/evil", "a/../../evil", "a\\b", "a\nb", "", "conda-meta/x", "CONDA-META/x"]
)
def test_a_path_that_leads_elsewhere_is_refused(bench: Workbench, path: str, *, plain: bool) -> None:
    package = with_paths(bench.package("evil"), path, plain=plain)

    with nothing_changed(bench), pytest.raises(UnsafePath):
        bench.apply(package)

    assert not os.path.exists(os.path.join(bench.folder, "evil"))


@pytest.mark.parametrize("plain", [True, False])
def test_a_file_named_as_the_folder_of_records_is_refused(bench: Workbench, *, plain: bool) -> None:
    package = with_paths(bench.package("evil"), "conda-meta", plain=plain)

    with nothing_changed(bench), pytest.raises(UnsafePath, match="reserved"):
        bench.apply(package)


def test_a_path_that_is_listed_twice_is_refused(bench: Workbench) -> None:
    package = with_paths(bench.package("evil"), "share/a", "share/a", plain=True)

    with nothing_changed(bench), pytest.raises(PathConflict, match="twice"):
        bench.apply(package)


def test_a_file_is_not_put_where_a_link_leads_another(bench: Workbench) -> None:
    link = bench.package("link", files={"lib64": Symlink("lib")})
    one = bench.package("one", files={"lib/x": "one"})
    two = bench.package("two", files={"lib64/x": "two", "lib/y": "y"})

    (warning,) = bench.apply(link, one, two).warnings

    assert "`lib/x` of one-1-0 is replaced by that of two-1-0" in warning
    assert bench.text("lib/x") == "two"
    bench.apply(unlink=["two"])
    assert bench.text("lib/x") == "one"


def test_a_file_of_one_package_is_no_folder_of_another(bench: Workbench) -> None:
    one = bench.package("one", files={"share/a": "a file"})
    two = bench.package("two", files={"share/a/b": "b"})

    with nothing_changed(bench), pytest.raises(PathConflict, match="of one-1-0 is a file"):
        bench.apply(one, two)


def test_python_cannot_put_its_packages_outside(bench: Workbench) -> None:
    python = bench.package("python", "3.12")
    tool = bench.package("tool", noarch="python", files={"site-packages/evil": "x"})
    plan = bench.plan(python.record._replace(python_site_packages_path="../.."), tool)

    with nothing_changed(bench), pytest.raises(UnsafePath):
        bench.linker().apply(plan, [python, tool], [])


@pytest.mark.parametrize("target", ["/etc", "../..", "../conda-meta", "./../share/../.."])
def test_no_file_is_put_through_a_link_that_leaves(bench: Workbench, target: str) -> None:
    link = bench.package("link", files={"share/link": Symlink(target)})
    file = bench.package("file", files={"share/link/evil": "x"})

    with nothing_changed(bench), pytest.raises(UnsafePath):
        bench.apply(link, file)
    bench.apply(link)
    with nothing_changed(bench), pytest.raises(UnsafePath):
        bench.apply(file)


def test_links_in_a_circle_are_refused(bench: Workbench) -> None:
    circle = bench.package("circle", files={"a": Symlink("b"), "b": Symlink("a")})
    file = bench.package("file", files={"a/evil": "x"})

    with nothing_changed(bench), pytest.raises(UnsafePath, match="circle"):
        bench.apply(circle, file)


@pytest.mark.parametrize("plain", [True, False])
def test_a_package_does_not_show_files_of_others_through_its_own_links(bench: Workbench, *, plain: bool) -> None:
    secret = os.path.join(bench.folder, "secrets")
    os.mkdir(secret)
    with open(os.path.join(secret, "key"), "w", encoding="utf-8") as file:
        file.write("evil")
    package = bench.package("thief", files={"share/x": Symlink(secret)})

    with nothing_changed(bench), pytest.raises((PackageCorrupt, UnsafePath)):
        bench.apply(with_paths(package, "share/x/key", plain=plain))


def test_a_missing_file_is_found_before_anything_is_touched(bench: Workbench) -> None:
    package = bench.package("broken", files={"share/a": "a", "share/b": "b"})
    os.unlink(os.path.join(package.folder, "share/b"))

    with nothing_changed(bench), pytest.raises(PackageCorrupt, match="share/b"):
        bench.apply(package, unlink=["first"])


def test_a_placeholder_that_is_too_short_is_named_with_both_lengths(bench: Workbench) -> None:
    package = bench.package("tight", files={"lib/a.so": File(b"/ph\0", placeholder="/ph", file_mode="binary")})

    with nothing_changed(bench), pytest.raises(PlaceholderTooShort) as caught:
        bench.apply(package, unlink=["first"])

    assert "lib/a.so" in str(caught.value)
    assert caught.value.fields["placeholder"] == "/ph"
    assert caught.value.fields["placeholder_length"] == 3
    assert caught.value.fields["prefix_length"] == len(bench.prefix)


@pytest.mark.parametrize(
    ("one", "two"),
    [("share/x", "share/x/y"), ("share/x/y", "share/x"), ("share/x/y/z", "share/x")],
)
def test_a_file_and_a_folder_cannot_share_a_name(bench: Workbench, one: str, two: str) -> None:
    with nothing_changed(bench), pytest.raises(PathConflict):
        bench.apply(bench.package("one", files={one: "1"}), bench.package("two", files={two: "2"}))


def test_a_folder_that_is_there_is_not_replaced_by_a_file(bench: Workbench) -> None:
    with nothing_changed(bench), pytest.raises(PathConflict, match="folder"):
        bench.apply(bench.package("evil", files={"share/first": "x"}))


def test_a_file_that_is_there_is_not_replaced_by_a_folder(bench: Workbench) -> None:
    with nothing_changed(bench), pytest.raises(PathConflict, match="is a file where a folder has to be"):
        bench.apply(bench.package("evil", files={"share/first/file/x": "x"}))


def test_of_two_packages_with_one_file_the_later_wins_and_that_is_told(bench: Workbench) -> None:
    one, two = bench.package("one", files={"share/x": "1"}), bench.package("two", files={"share/x": "2"})

    applied = bench.apply(one, two)

    assert bench.text("share/x") == "2"
    assert applied.warnings == ("`share/x` of one-1-0 is replaced by that of two-1-0",)


def test_a_file_of_nobody_is_replaced_and_that_is_told(bench: Workbench) -> None:
    with open(bench.path("share/x"), "w", encoding="utf-8") as file:
        file.write("mine")

    applied = bench.apply(bench.package("one", files={"share/x": "1"}))

    assert bench.text("share/x") == "1"
    assert applied.warnings == ("`share/x` of no package is replaced by that of one-1-0",)


def test_equal_files_are_no_conflict(bench: Workbench) -> None:
    bench.settings["path_conflict"] = "prevent"
    one, two = bench.package("one", files={"share/x": "1"}), bench.package("two", files={"share/x": "1"})
    three = bench.package("three", files={"share/x": "1"})

    assert bench.apply(one, two).warnings == ()
    assert bench.apply(three).warnings == ()


@pytest.mark.parametrize("there", ["package", "installed", "foreign"])
def test_conflicts_can_be_forbidden(bench: Workbench, there: str) -> None:
    bench.settings["path_conflict"] = "prevent"
    one, two = bench.package("one", files={"share/x": "1"}), bench.package("two", files={"share/x": "2"})
    link = [one, two] if there == "package" else [two]
    if there == "installed":
        bench.apply(one)
    if there == "foreign":
        with open(bench.path("share/x"), "w", encoding="utf-8") as file:
            file.write("mine")

    with nothing_changed(bench), pytest.raises(PathConflict, match="share/x"):
        bench.apply(*link)


def test_a_foreign_file_comes_back_when_the_change_fails(bench: Workbench) -> None:
    with open(bench.path("share/x"), "w", encoding="utf-8") as file:
        file.write("mine")
    package = bench.package("one", files={"share/x": "1"}, link_scripts={"post-link": "exit 1\n"})

    with nothing_changed(bench), pytest.raises(LinkFailed):
        bench.apply(package)

    assert bench.text("share/x") == "mine"


def test_a_package_for_python_needs_python(bench: Workbench) -> None:
    with nothing_changed(bench), pytest.raises(PlanBroken, match="python"):
        bench.apply(bench.package("tool", noarch="python", files={"site-packages/x.py": ""}))


def test_an_entry_point_that_would_be_code_is_refused(bench: Workbench) -> None:
    tool = bench.package("tool", noarch="python", entry_points=["x = os:system('id')"])

    with nothing_changed(bench), pytest.raises(InvalidManifest):
        bench.apply(bench.python(), tool)


def test_plans_that_contradict_themselves_are_refused(bench: Workbench) -> None:
    first, again = bench.package("first", "2"), bench.package("first", "3")

    with nothing_changed(bench), pytest.raises(PlanBroken, match="is installed and not unlinked"):
        bench.apply(first)
    with nothing_changed(bench), pytest.raises(PlanBroken, match="two packages of one name"):
        bench.apply(first, again, unlink=["first"])
    with nothing_changed(bench), pytest.raises(PlanBroken, match="was not provided"):
        bench.linker().apply(bench.plan(bench.package("other")), [], [])


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_permission_is_found_before_anything_is_touched(bench: Workbench) -> None:
    os.chmod(bench.path("share/first"), 0o500)
    try:
        with nothing_changed(bench), pytest.raises(NotWritable, match="share/first"):
            bench.apply(bench.package("more", files={"share/first/more": "x"}))
    finally:
        os.chmod(bench.path("share/first"), 0o700)


def test_a_new_prefix_and_the_folders_above_it_go_when_the_change_fails(tmp_path: Path) -> None:
    bench = Workbench(str(tmp_path), str(tmp_path / "new" / "deep" / "env"))
    package = bench.package("a", files={"share/a": "a"}, link_scripts={"post-link": "exit 1\n"})

    with pytest.raises(LinkFailed):
        bench.apply(package)

    assert not (tmp_path / "new").exists()


def test_an_empty_folder_that_was_there_stays_when_the_change_fails(tmp_path: Path) -> None:
    bench = Workbench(str(tmp_path))
    os.mkdir(bench.prefix)
    package = bench.package("a", files={"share/a": Folder()}, link_scripts={"post-link": "exit 1\n"})

    with pytest.raises(LinkFailed):
        bench.apply(package)

    assert bench.tree() == {".": "folder"}


class Notes:
    """Actions that note what is done and undone."""

    def __init__(self) -> None:
        self.lines: list[object] = []

    def action(self, name: str, *, fails: BaseException | None = None, answer: object = None) -> Action:
        def do() -> object:
            self.lines.append(f"do {name}")
            if fails is not None:
                raise fails
            return answer

        def undo(given: object) -> None:
            self.lines.append((f"undo {name}", given))

        return Action(name, do, undo)


def test_actions_are_undone_in_reverse_with_their_answers(bench: Workbench) -> None:
    notes = Notes()
    actions = [notes.action("one", answer={"a": 1}), notes.action("two", fails=LinkFailed("no")), notes.action("three")]

    with nothing_changed(bench), pytest.raises(LinkFailed, match="no"):
        bench.apply(bench.package("a", files={"share/a": "a"}), actions=actions)

    assert notes.lines == ["do one", "do two", ("undo two", None), ("undo one", {"a": 1})]


def test_an_action_sees_the_environment_as_it_will_be(bench: Workbench) -> None:
    seen = []

    def do() -> object:
        seen.append((bench.text("share/a"), os.path.exists(bench.path("conda-meta/a-1-0.json"))))
        return None

    bench.apply(bench.package("a", files={"share/a": "a"}), actions=[Action("looks", do, lambda answer: None)])

    assert seen == [("a", True)]


@pytest.mark.parametrize("failure", [KeyboardInterrupt(), RuntimeError("a bug"), SystemExit(3)])
def test_whatever_is_raised_the_change_is_undone(bench: Workbench, failure: BaseException) -> None:
    notes = Notes()

    with nothing_changed(bench), pytest.raises(type(failure)):
        bench.apply(
            bench.package("a", files={"share/a": "a"}), unlink=["first"], actions=[notes.action("x", fails=failure)]
        )

    assert notes.lines[-1] == ("undo x", None)


def test_an_answer_that_is_no_json_undoes_the_change(bench: Workbench) -> None:
    notes = Notes()

    with nothing_changed(bench), pytest.raises(PlanBroken, match="JSON"):
        bench.apply(bench.package("a"), actions=[notes.action("odd", answer=object())])

    assert notes.lines[-1] == ("undo odd", None)


def test_an_action_that_cannot_be_undone_is_told_and_the_rest_is_undone(bench: Workbench) -> None:
    notes = Notes()

    def undo(answer: object) -> None:
        raise LinkFailed("the other side is gone")

    stubborn = Action("stubborn", lambda: None, undo)

    with nothing_changed(bench), pytest.raises(LinkFailed, match="because"):
        bench.apply(
            bench.package("a"), actions=[notes.action("one"), stubborn, notes.action("x", fails=LinkFailed("because"))]
        )

    assert [event.text for event in bench.events if isinstance(event, Warned)] == [
        "`stubborn` could not be undone: the other side is gone"
    ]
    assert notes.lines[-1] == ("undo one", None)
