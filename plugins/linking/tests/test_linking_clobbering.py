"""Tests of files that two packages want: the later one has them, and the other gets them back."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from conda_kernel.model.plan import ExtractedPackage
from conda_kernel.model.prefix import Prefix
from conda_testing.packages import PLACEHOLDER, File, Symlink
from linking_workbench import Workbench


@pytest.fixture
def bench(tmp_path: Path) -> Workbench:
    return Workbench(str(tmp_path))


def wanting(bench: Workbench, name: str, version: str = "1") -> ExtractedPackage:
    return bench.package(
        name, version, files={"share/both": f"of {name} {version}", f"share/{name}": name, "lib/up": Symlink(name)}
    )


def files(bench: Workbench) -> dict[str, tuple[str, ...]]:
    return {each.name: each.files for each in Prefix(bench.prefix).records()}


def check(bench: Workbench) -> None:
    """Check that records and files tell the same."""
    owned = {path for paths in files(bench).values() for path in paths}
    there = {path for path, kind in bench.tree().items() if kind != "folder" and not path.startswith("conda-meta")}
    assert there == owned


@pytest.mark.parametrize("together", [True, False])
def test_the_loser_gets_its_file_back_when_the_winner_goes(bench: Workbench, *, together: bool) -> None:
    first, second = wanting(bench, "first"), wanting(bench, "second")
    alone: dict[str, str] = {}
    if together:
        applied = bench.apply(first, second)
    else:
        bench.apply(first)
        alone = bench.tree()
        applied = bench.apply(second)

    assert "`share/both` of first-1-0 is replaced by that of second-1-0" in applied.warnings
    assert bench.text("share/both") == "of second 1"
    assert bench.text("__clobbers__/first-1-0/share/both") == "of first 1"
    assert set(files(bench)["first"]) == {
        "__clobbers__/first-1-0/share/both",
        "__clobbers__/first-1-0/lib/up",
        "share/first",
    }
    check(bench)

    bench.apply(unlink=["second"])

    assert bench.text("share/both") == "of first 1"
    assert os.readlink(bench.path("lib/up")) == "first"
    assert set(files(bench)["first"]) == {"share/both", "share/first", "lib/up"}
    assert not os.path.exists(bench.path("__clobbers__"))
    check(bench)
    if not together:
        now = bench.tree()
        assert {path: kind for path, kind in now.items() if "history" not in path} == {
            path: kind for path, kind in alone.items() if "history" not in path
        }


def test_a_loser_that_goes_takes_its_waiting_file_along(bench: Workbench) -> None:
    bench.apply(wanting(bench, "first"), wanting(bench, "second"))

    bench.apply(unlink=["first"])

    assert bench.text("share/both") == "of second 1"
    assert not os.path.exists(bench.path("__clobbers__"))
    check(bench)


def test_a_winner_that_is_updated_keeps_its_place(bench: Workbench) -> None:
    bench.apply(wanting(bench, "first"), wanting(bench, "second"))

    bench.apply(wanting(bench, "second", "2"), unlink=["second"])

    assert bench.text("share/both") == "of second 2"
    assert bench.text("__clobbers__/first-1-0/share/both") == "of first 1"
    check(bench)


def test_a_winner_that_wants_it_no_more_gives_it_back(bench: Workbench) -> None:
    bench.apply(wanting(bench, "first"), wanting(bench, "second"))

    bench.apply(bench.package("second", "2", files={"share/second": "2"}), unlink=["second"])

    assert bench.text("share/both") == "of first 1"
    check(bench)


def test_of_three_the_last_one_wins_and_one_of_the_others_follows(bench: Workbench) -> None:
    bench.apply(wanting(bench, "a"), wanting(bench, "b"), wanting(bench, "c"))
    assert bench.text("share/both") == "of c 1"
    check(bench)

    bench.apply(unlink=["c"])
    assert bench.text("share/both") == "of b 1"
    check(bench)

    bench.apply(unlink=["b"])
    assert bench.text("share/both") == "of a 1"
    assert not os.path.exists(bench.path("__clobbers__"))
    check(bench)


def test_a_file_that_is_rewritten_waits_as_it_was_rewritten(bench: Workbench) -> None:
    script = File(f"#!{PLACEHOLDER}/bin/sh\n", 0o755, PLACEHOLDER)
    bench.apply(bench.package("a", files={"bin/x": script}), bench.package("b", files={"bin/x": "other"}))
    (installed, _) = Prefix(bench.prefix).records()

    assert bench.text(installed.files[0]) == f"#!{bench.prefix}/bin/sh\n"
    assert installed.paths[0].sha256_in_prefix
    bench.apply(unlink=["b"])
    assert bench.text("bin/x") == f"#!{bench.prefix}/bin/sh\n"


def test_the_same_content_is_no_conflict(bench: Workbench) -> None:
    applied = bench.apply(
        bench.package("a", files={"share/licence": "the same"}), bench.package("b", files={"share/licence": "the same"})
    )

    assert applied.warnings == ()
    bench.apply(unlink=["b"])
    assert bench.text("share/licence") == "the same"


def test_a_record_that_names_another_place_moves_nothing(bench: Workbench) -> None:
    bench.apply(wanting(bench, "first"), wanting(bench, "second"))
    place = Path(bench.path("conda-meta/first-1-0.json"))
    content = place.read_text(encoding="utf-8")
    assert content.count('"original_path": "share/both"') == 1
    place.write_text(
        content.replace('"original_path": "share/both"', '"original_path": "../outside"'), encoding="utf-8"
    )

    bench.apply(unlink=["second"])

    assert not os.path.exists(os.path.join(bench.folder, "outside"))
    assert not os.path.exists(bench.path("share/both"))


def test_a_file_of_no_package_waits_too_and_comes_back(bench: Workbench) -> None:
    bench.apply(bench.package("first", files={"share/first": "1"}))
    Path(bench.path("share/notes")).write_text("of the user", encoding="utf-8")

    applied = bench.apply(bench.package("second", files={"share/notes": "of second"}))

    assert applied.warnings == ("`share/notes` of no package is replaced by that of second-1-0",)
    assert bench.text("share/notes") == "of second"
    assert bench.text("__clobbers__/unmanaged/share/notes") == "of the user"
    bench.apply(bench.package("second", "2", files={"share/notes": "of second 2"}), unlink=["second"])
    assert bench.text("share/notes") == "of second 2"
    bench.apply(unlink=["second"])
    assert bench.text("share/notes") == "of the user"
    assert not os.path.exists(bench.path("__clobbers__"))


def test_a_file_of_no_package_that_is_the_same_is_no_conflict(bench: Workbench) -> None:
    package = bench.package("a", files={"share/a": "the same", "share/b": "the same"})
    bench.apply(package)
    os.unlink(bench.path("conda-meta/a-1-0.json"))

    assert bench.apply(package).warnings == ()
    assert not os.path.exists(bench.path("__clobbers__"))
    check(bench)
