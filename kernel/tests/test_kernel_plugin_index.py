"""The plugin index: found without imports, kept in one file, true for one state of the path."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from conda_kernel.model.plugin import Selection
from conda_kernel.plugin import Plugin
from conda_kernel.plugin_index import PluginIndex, index_files, installed_plugins, path_state
from conda_kernel.plugin_scan import normalised, scan, summary_of
from conda_testing.distributions import install

if TYPE_CHECKING:
    from pathlib import Path

LATER = 4_000_000_000.0
"""A time, in seconds since 1970, at which every folder has settled."""

SOLVERS = {"conda.solvers": {"best": "mine.solver:Best"}}


def environ(folder: Path) -> dict[str, str]:
    return {"XDG_CACHE_HOME": os.fspath(folder / "cache")}


def names(index: PluginIndex, group: str = "conda.solvers") -> list[str]:
    return [plugin.name for plugin in index.group(group)]


def saved(folder: Path, path: list[str]) -> str:
    return index_files(path, environ(folder))[0]


def read(folder: Path, path: list[str], selection: Selection | None = None, now: float = LATER) -> PluginIndex:
    return installed_plugins(path, environ(folder), selection or Selection(), now=now)


def test_a_plugin_is_found_with_its_distribution(tmp_path: Path) -> None:
    path = [install(tmp_path / "site", "Conda_Best.solver", version="2.1", entry_points=SOLVERS)]
    (plugin,) = read(tmp_path, path).group("conda.solvers")
    assert (plugin.name, plugin.target) == ("best", "mine.solver:Best")
    assert (plugin.distribution, plugin.version) == ("conda-best-solver", "2.1")
    assert str(plugin) == "`best` of conda.solvers (conda-best-solver 2.1)"


def test_the_index_is_read_from_its_file_when_nothing_has_changed(tmp_path: Path) -> None:
    path = [install(tmp_path / "site", "conda-best", entry_points=SOLVERS)]
    read(tmp_path, path)
    with open(saved(tmp_path, path), encoding="utf-8") as file:
        text = file.read()
    with open(saved(tmp_path, path), "w", encoding="utf-8") as file:
        file.write(text.replace("\tbest\t", "\tfrom-the-file\t"))
    assert names(read(tmp_path, path)) == ["from-the-file"]


def test_a_new_distribution_is_found_at_once(tmp_path: Path) -> None:
    path = [install(tmp_path / "site", "conda-best", entry_points=SOLVERS)]
    read(tmp_path, path)
    install(tmp_path / "site", "conda-worst", entry_points={"conda.solvers": {"worst": "worst:Worst"}})
    assert names(read(tmp_path, path)) == ["best", "worst"]


def test_a_folder_that_changed_just_now_is_not_trusted_to_be_settled(tmp_path: Path) -> None:
    path = [install(tmp_path / "site", "conda-best", entry_points=SOLVERS)]
    changed = os.stat(path[0]).st_mtime
    read(tmp_path, path, now=changed + 1.9)
    assert not os.path.exists(saved(tmp_path, path))
    read(tmp_path, path, now=changed + 2.1)
    assert os.path.exists(saved(tmp_path, path))


@pytest.mark.parametrize("damage", ["", "conda plugin index 1\n", "\0\xff", "no index at all\n\n"])
def test_a_damaged_file_is_made_anew(tmp_path: Path, damage: str) -> None:
    path = [install(tmp_path / "site", "conda-best", entry_points=SOLVERS)]
    read(tmp_path, path)
    with open(saved(tmp_path, path), "w", encoding="latin-1") as file:
        file.write(damage)
    assert names(read(tmp_path, path)) == ["best"]


def test_a_file_that_was_cut_off_is_made_anew(tmp_path: Path) -> None:
    path = [install(tmp_path / "site", "conda-best", entry_points=SOLVERS)]
    read(tmp_path, path)
    place = saved(tmp_path, path)
    whole = os.path.getsize(place)
    for size in (0, 1, whole // 2, whole - 3, whole - 1):
        os.truncate(place, size)
        assert names(read(tmp_path, path)) == ["best"]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give a file away")
def test_a_file_of_somebody_else_is_not_read(tmp_path: Path) -> None:
    path = [install(tmp_path / "site", "conda-best", entry_points=SOLVERS)]
    read(tmp_path, path)
    place = saved(tmp_path, path)
    with open(place, encoding="utf-8") as file:
        text = file.read()
    with open(place, "w", encoding="utf-8") as file:
        file.write(text.replace("\tbest\t", "\tplanted\t"))
    os.chown(place, 12345, 12345)
    assert names(read(tmp_path, path)) == ["best"]


def test_without_a_home_the_index_lies_beside_the_prefix() -> None:
    (place,) = index_files(["somewhere"], {})
    assert place.startswith(os.path.join(sys.prefix, "var", "cache", "conda"))


def test_a_place_that_cannot_be_written_costs_nothing_but_time(tmp_path: Path) -> None:
    path = [install(tmp_path / "site", "conda-best", entry_points=SOLVERS)]
    (tmp_path / "cache").write_text("a file where a folder should be")
    assert names(read(tmp_path, path)) == ["best"]


def test_paths_have_files_of_their_own(tmp_path: Path) -> None:
    assert index_files(["a"], environ(tmp_path)) != index_files(["b"], environ(tmp_path))


def test_the_state_tells_a_folder_that_is_not_there(tmp_path: Path) -> None:
    before = path_state([os.fspath(tmp_path / "later")])
    (tmp_path / "later").mkdir()
    assert path_state([os.fspath(tmp_path / "later")]) != before


def test_the_first_distribution_of_a_name_on_the_path_counts(tmp_path: Path) -> None:
    newer = install(tmp_path / "one", "conda-best", version="2", entry_points=SOLVERS)
    older = install(tmp_path / "two", "conda-best", version="1", entry_points=SOLVERS)
    assert [plugin.version for plugin in scan([newer, older])] == ["2"]


def test_broken_metadata_hides_no_other_distribution(tmp_path: Path) -> None:
    site = install(tmp_path / "site", "conda-best", entry_points=SOLVERS)
    for name, metadata in (("nameless", "Version: 1\n"), ("empty", ""), ("binary", "\0\1\2")):
        folder = tmp_path / "site" / f"{name}-1.dist-info"
        folder.mkdir()
        (folder / "METADATA").write_text(metadata)
        (folder / "entry_points.txt").write_text("[conda.solvers]\nx = \n= y\n[[[\n")
    assert "best" in [plugin.name for plugin in scan([site])]


def test_what_the_bundle_requires_is_bundled_whether_directly_or_not(tmp_path: Path) -> None:
    site = os.fspath(tmp_path / "site")
    install(site, "conda-standard", requires=("Conda.One>=1", 'conda-extra; extra == "more"'))
    install(site, "conda-one", requires=("conda-two",), entry_points={"conda.solvers": {"one": "one:One"}})
    install(site, "conda-two", entry_points={"conda.solvers": {"two": "two:Two"}})
    install(site, "conda-extra", entry_points={"conda.solvers": {"extra": "extra:Extra"}})
    install(site, "conda-three", entry_points={"conda.solvers": {"three": "three:Three"}})
    assert {plugin.name for plugin in scan([site]) if plugin.bundled} == {"one", "two"}
    assert names(read(tmp_path, [site], Selection(bundled_only=True))) == ["one", "two"]


def test_the_summary_is_the_first_line_of_the_docstring_and_nothing_is_imported(tmp_path: Path) -> None:
    source = '"""Solves everything.\n\nMore."""\nraise SystemExit\n'
    site = install(
        tmp_path / "site", "conda-best", modules={"mine.solver": source, "mine.__init__": "raise SystemExit"}
    )
    assert summary_of("mine.solver:Best", [site]) == "Solves everything."


@pytest.mark.parametrize("source", ["", "def broken(:", "x = 1", "\0", "(" * 5000])
def test_a_module_without_a_docstring_has_no_summary(tmp_path: Path, source: str) -> None:
    site = install(tmp_path / "site", "conda-best", modules={"mine": source})
    assert summary_of("mine:Best", [site]) == ""


def test_a_summary_cannot_break_the_file(tmp_path: Path) -> None:
    site = install(
        tmp_path / "site",
        "conda-best",
        modules={"mine.solver": '"""With\\ttabs\\x0band\\x0cmore"""'},
        entry_points=SOLVERS,
    )
    read(tmp_path, [site])
    assert [plugin.summary for plugin in read(tmp_path, [site]).group("conda.solvers")] == ["With tabs and more"]


def test_names_of_distributions_are_compared_as_indexes_do() -> None:
    assert normalised("Conda__Best.-Solver") == "conda-best-solver"


def test_a_disabled_plugin_is_left_out_by_name_or_with_its_distribution() -> None:
    one = Plugin("conda.solvers", "one", "one:One", distribution="conda-one")
    two = Plugin("conda.solvers", "two", "two:Two", distribution="conda-two")
    assert names(PluginIndex.of([one, two], Selection(disabled=["conda.solvers/one"]))) == ["two"]
    assert names(PluginIndex.of([one, two], Selection(disabled=["conda-two"]))) == ["one"]
    index = PluginIndex.of([one, two], Selection(disabled=["conda-two"]))
    left_out = index.left_out("conda.solvers", "two")
    assert left_out is not None
    assert left_out.distribution == "conda-two"


def test_a_group_is_not_mistaken_for_one_that_begins_alike() -> None:
    bare = Plugin("conda.pre_commands", "always", "a:a", distribution="conda-a")
    keyed = Plugin("conda.pre_commands.install", "keyed", "b:b", distribution="conda-b")
    index = PluginIndex.of([keyed, bare])
    assert names(index, "conda.pre_commands") == ["always"]
    assert names(index, "conda.pre_commands.install") == ["keyed"]
    assert {plugin.name for plugin in index.all()} == {"always", "keyed"}


def test_an_empty_path_has_no_plugins(tmp_path: Path) -> None:
    assert read(tmp_path, [os.fspath(tmp_path / "nothing")]).all() == ()
