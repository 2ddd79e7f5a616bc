"""Tests of how files get into an environment, and of what happens where that cannot be."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path

import pytest

from conda_kernel.errors import LinkFailed
from conda_kernel.model.file_table import FileTable
from conda_kernel.model.prefix import Prefix
from conda_kernel.model.prefix_record import COPY, HARD_LINK, SOFT_LINK
from conda_linking.faults import FileAltered, NotWritable, PathConflict
from conda_linking.folders import Folders, Listing
from conda_linking.layout import parcel
from conda_linking.link_kinds import Copier, LinkPolicy, Links, is_copied, put
from conda_linking.removal import Removal
from conda_linking.survey import Rules, survey
from conda_testing.packages import PLACEHOLDER, File, Symlink
from linking_workbench import Workbench


@pytest.fixture
def bench(tmp_path: Path) -> Workbench:
    return Workbench(str(tmp_path))


def test_always_softlink_links_by_symbolic_links(bench: Workbench) -> None:
    bench.settings["always_softlink"] = True
    script = File(f"#!{PLACEHOLDER}/bin/sh\n", 0o755, PLACEHOLDER)
    package = bench.package("a", files={"share/a": "a", "bin/a": script, "share/link": Symlink("a")})

    bench.apply(package)
    (installed,) = Prefix(bench.prefix).records()

    assert os.readlink(bench.path("share/a")) == os.path.join(package.folder, "share/a")
    assert os.readlink(bench.path("share/link")) == "a"
    assert not os.path.islink(bench.path("bin/a"))
    assert installed.link_type == SOFT_LINK
    bench.apply(unlink=["a"])
    assert not os.path.lexists(bench.path("share"))
    assert os.path.isfile(os.path.join(package.folder, "share/a"))


def test_always_copy_is_stronger_than_always_softlink(bench: Workbench) -> None:
    bench.settings.update(always_softlink=True, always_copy=True)

    bench.apply(bench.package("a", files={"share/a": "a"}))
    (installed,) = Prefix(bench.prefix).records()

    assert installed.link_type == COPY
    assert not os.path.islink(bench.path("share/a"))


class Pair:
    """A file, and a place for it."""

    def __init__(self, folder: Path) -> None:
        self.source, self.target = str(folder / "source"), str(folder / "target")
        Path(self.source).write_bytes(b"content")
        os.chmod(self.source, 0o640)
        os.utime(self.source, ns=(1_000_000_007, 2_000_000_009))


def refuse(number: int) -> None:
    """Refuse, from now on, every hard link of this process."""

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        if event == "os.link":
            raise OSError(number, os.strerror(number))

    sys.addaudithook(hook)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked here")
@pytest.mark.parametrize(
    ("number", "policy", "kind"),
    [
        (errno.EXDEV, LinkPolicy(), COPY),
        (errno.EPERM, LinkPolicy(), COPY),
        (errno.EXDEV, LinkPolicy(allow_softlinks=True), SOFT_LINK),
        (errno.EMLINK, LinkPolicy(), HARD_LINK),
        (errno.EIO, LinkPolicy(), None),
    ],
)
def test_what_cannot_be_linked_is_copied_or_linked_otherwise(
    tmp_path: Path, number: int, policy: LinkPolicy, kind: int | None
) -> None:
    pair = Pair(tmp_path)
    child = os.fork()
    if child == 0:
        refuse(number)
        try:
            os._exit(put(Links(str(tmp_path), ["source"], str(tmp_path), ["target"]), policy, Copier()))
        except OSError as error:
            os._exit(100 + (error.errno == number))
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

    assert status == (101 if kind is None else kind)
    assert os.path.islink(pair.target) == (kind == SOFT_LINK)
    if kind is not None:
        assert Path(pair.target).read_bytes() == b"content"
        assert not os.path.samefile(pair.source, pair.target) or kind == SOFT_LINK


@pytest.mark.parametrize("makes_clones", [True, False])
def test_copies_are_clones_where_the_file_system_makes_them(tmp_path: Path, *, makes_clones: bool) -> None:
    asked: list[int] = []

    def clone(source: int, target: int) -> None:
        asked.append(source)
        if not makes_clones:
            raise OSError(errno.EOPNOTSUPP, "not here")
        os.write(target, os.pread(source, 100, 0))

    copier = Copier(clone)
    for number in range(3):
        folder = tmp_path / str(number)
        folder.mkdir()
        pair = Pair(folder)
        copier.copy(pair.source, pair.target)

        status = os.stat(pair.target)
        assert (status.st_mode & 0o777, status.st_mtime_ns) == (0o640, 2_000_000_009)
        assert Path(pair.target).read_bytes() == b"content"
    assert len(asked) == (3 if makes_clones else 1)


def test_it_is_foreseen_what_has_to_be_copied(tmp_path: Path) -> None:
    here = str(tmp_path)
    other = "/proc" if os.path.isdir("/proc") else here

    assert not is_copied(LinkPolicy(), here, here)
    assert is_copied(LinkPolicy(always_copy=True), here, here)
    assert not is_copied(LinkPolicy(always_softlink=True), here, other)
    assert is_copied(LinkPolicy(), here, other) == (os.stat(here).st_dev != os.stat(other).st_dev)


def test_a_copy_that_the_disk_has_no_room_for_is_refused_before_anything_is_touched(bench: Workbench) -> None:
    bench.settings["always_copy"] = True
    bench.apply(bench.package("small", files={"share/small": "s"}))
    package = bench.package("huge", files={"share/huge": "x"})
    (entry,) = package.files.entries()
    entry = entry._replace(size_in_bytes=1 << 60)
    bench.settings["safety_checks"] = "disabled"
    before = bench.tree()
    huge = type(package)(package.record, package.folder, FileTable.of([entry]), package.archive)

    with pytest.raises(NotWritable, match="bytes more than its disk has room for"):
        bench.linker().apply(bench.plan(huge), [huge], [])

    assert bench.tree() == before


@pytest.mark.parametrize("thorough", [True, False])
def test_a_file_that_was_altered_in_the_cache_is_told_or_refused(bench: Workbench, *, thorough: bool) -> None:
    package = bench.package("a", files={"share/a": "right"})
    Path(package.folder, "share/a").write_text("wrong" if thorough else "longer", encoding="utf-8")
    bench.settings["extra_safety_checks"] = thorough
    how = "has another content" if thorough else "has 6 bytes instead of 5"

    bench.settings["safety_checks"] = "enabled"
    with pytest.raises(FileAltered, match=how):
        bench.apply(package)
    assert not os.path.exists(bench.prefix)

    bench.settings["safety_checks"] = "warn"
    (warning,) = bench.apply(package).warnings
    assert how in warning

    bench.settings["safety_checks"] = "disabled"
    assert bench.apply(bench.package("b", files={"share/b": "b"}), unlink=["a"]).warnings == ()


def test_files_that_were_found_to_be_as_listed_are_not_looked_at_again(bench: Workbench) -> None:
    package = bench.package("a", files={"share/a": "right"})
    Path(package.folder, "share/a").write_text("longer", encoding="utf-8")

    assert bench.apply(package.replaced(is_as_listed=True)).warnings == ()


def test_a_file_that_was_found_and_is_gone_leaves_the_environment_as_it_was(bench: Workbench) -> None:
    bench.apply(bench.package("before", files={"share/before": "before"}))
    package = bench.package("a", files={"bin/a": "a", "share/a": "a"})
    os.unlink(os.path.join(package.folder, "share/a"))
    before = bench.tree()

    with pytest.raises(LinkFailed, match="share/a"):
        bench.apply(package.replaced(is_as_listed=True))

    assert bench.tree() == before


def test_two_spellings_of_one_path_are_refused_where_case_does_not_count(bench: Workbench) -> None:
    packages = [bench.package("a", files={"share/Read": "a"}), bench.package("b", files={"share/read": "b"})]
    os.makedirs(bench.prefix)
    parcels = [parcel(each, each.record, "linux-64", None) for each in packages]

    with pytest.raises(PathConflict, match="are one on this file system"):
        survey(bench.prefix, Listing(), parcels, Removal(), Rules(folds_case=True), tuple)
    survey(bench.prefix, Listing(), parcels, Removal(), Rules(), tuple)
    os.makedirs(bench.path("share"))
    Path(bench.path("share/READ")).write_text("there", encoding="utf-8")
    with pytest.raises(PathConflict, match="share/READ"):
        survey(bench.prefix, Listing(), parcels[:1], Removal(), Rules(folds_case=True), tuple)


def test_names_in_every_script_are_linked_and_removed(bench: Workbench) -> None:
    names = ["share/naïve", "share/日本語/ファイル", "share/emoji-🐍", "share/with 'quotes'", "share/" + "a" * 200]
    package = bench.package("zoo", files={name: name for name in names})

    bench.apply(package)
    (installed,) = Prefix(bench.prefix).records()

    assert sorted(installed.files) == sorted(names)
    assert [bench.text(name) for name in names] == names
    assert sorted(Prefix(bench.prefix).records()[0].files) == sorted(names)
    bench.apply(unlink=["zoo"])
    assert not os.path.exists(bench.path("share"))


@pytest.mark.parametrize("folds", [True, False])
def test_a_folder_is_looked_for_where_the_file_system_may_find_it_by_another_spelling(
    tmp_path: Path, *, folds: bool
) -> None:
    """Here, a folder that its parent does not list stands for one that is found under another name."""
    (tmp_path / "Lib").mkdir()
    (tmp_path / "Lib" / "there").touch()
    listing = Listing()
    assert listing.kinds(str(tmp_path)) == {"Lib": "folder"}
    (tmp_path / "Lib").rename(tmp_path / "lib")

    found = Folders(str(tmp_path), listing, folds_case=folds).kinds("lib")

    assert found == ({"there": "file"} if folds else None)
