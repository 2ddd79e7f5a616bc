"""Tests of what linking and unlinking do to the files of an environment."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from conda_kernel.errors import NotAnEnvironment, StalePlan
from conda_kernel.model.event import Advanced, Finished, Started
from conda_kernel.model.prefix import Prefix
from conda_linking.bytecode import FILES_PER_PROCESS
from conda_testing.packages import PLACEHOLDER, Entry, File, Folder, Symlink
from linking_workbench import PYTHON, SITE_PACKAGES, Workbench, many


@pytest.fixture
def bench(tmp_path: Path) -> Workbench:
    return Workbench(str(tmp_path))


def inode(path: str) -> int:
    return os.lstat(path).st_ino


def document(bench: Workbench, stem: str) -> dict[str, object]:
    found: dict[str, object] = json.loads(bench.text(f"conda-meta/{stem}.json"))
    return found


def test_files_are_linked_and_records_and_history_written(bench: Workbench) -> None:
    package = bench.package("a", files={"bin/run": File("#!/bin/sh\n", 0o755), "share/a": "text"})

    applied = bench.apply(package, requested={"a": ("a >=1",)}, command="conda create https://me:word@host/x a")

    assert inode(bench.path("share/a")) == inode(os.path.join(package.folder, "share/a"))
    assert os.stat(bench.path("bin/run")).st_mode & 0o777 == 0o755
    assert applied.linked == (Prefix(bench.prefix).records()[0].record,)
    record = document(bench, "a-1-0")
    assert record["files"] == ["bin/run", "share/a"]
    assert record["link"] == {"source": package.folder, "type": 1}
    assert record["requested_specs"] == ["a >=1"]
    assert record["package_tarball_full_path"] == package.archive
    (revision,) = Prefix(bench.prefix).history().revisions
    assert revision.added == ("conda-forge/linux-64::a-1-0",)
    assert revision.update_specs == ("a >=1",)
    assert "word" not in bench.text("conda-meta/history")


def test_rattler_reads_what_was_linked(bench: Workbench) -> None:
    rattler = pytest.importorskip("rattler")
    tool = bench.package(
        "tool",
        noarch="python",
        files={"site-packages/tool.py": "def main(): pass\n", "share/x": File(PLACEHOLDER, placeholder=PLACEHOLDER)},
        entry_points=["tool = tool:main"],
    )
    bench.apply(bench.python(), tool, requested={"tool": ("tool",)})

    record = rattler.PrefixRecord.from_path(bench.path("conda-meta/tool-1-0.json"))

    assert record.name.normalized == "tool"
    assert str(record.version) == "1"
    assert sorted(str(path) for path in record.files) == [
        "bin/tool",
        f"{SITE_PACKAGES}/__pycache__/tool.cpython-{PYTHON.replace('.', '')}.pyc",
        f"{SITE_PACKAGES}/tool.py",
        "share/x",
    ]
    assert record.requested_spec == "tool"
    assert len(record.paths_data.paths) == 4


def test_always_copy_copies(bench: Workbench) -> None:
    bench.settings["always_copy"] = True
    package = bench.package("a", files={"share/a": File("text", 0o640)})

    bench.apply(package)

    source = os.path.join(package.folder, "share/a")
    assert inode(bench.path("share/a")) != inode(source)
    assert os.stat(bench.path("share/a")).st_mtime == os.stat(source).st_mtime
    assert os.stat(bench.path("share/a")).st_mode & 0o777 == 0o640
    assert document(bench, "a-1-0")["link"] == {"source": package.folder, "type": 3}


def test_another_file_system_gets_copies(bench: Workbench) -> None:
    shm = "/dev/shm"  # noqa: S108 - a file system in memory
    if not os.access(shm, os.W_OK) or os.stat(shm).st_dev == os.stat(bench.folder).st_dev:
        pytest.skip("there is no other file system to write to")
    import tempfile

    with tempfile.TemporaryDirectory(dir=shm) as folder:
        other = Workbench(bench.folder, os.path.join(folder, "env"))
        package = other.package("a", files={"share/a": "text", "share/b": "more"})

        other.apply(package)

        assert other.text("share/b") == "more"
        assert document(other, "a-1-0")["link"] == {"source": package.folder, "type": 3}


def test_a_file_that_must_not_be_linked_is_copied(bench: Workbench) -> None:
    package = bench.package("a", files={"share/a": File("text", no_link=True)})

    bench.apply(package)

    assert inode(bench.path("share/a")) != inode(os.path.join(package.folder, "share/a"))


def test_links_and_folders_are_made_as_they_are(bench: Workbench) -> None:
    files: dict[str, Entry] = {
        "lib/a.so.1": "so",
        "lib/a.so": Symlink("a.so.1"),
        "lib/dangling": Symlink("nowhere"),
        "share/e": Folder(),
    }
    bench.apply(bench.package("a", files=files))

    assert os.readlink(bench.path("lib/a.so")) == "a.so.1"
    assert os.readlink(bench.path("lib/dangling")) == "nowhere"
    assert os.listdir(bench.path("share/e")) == []
    kinds = {path.path: path.path_type for path in Prefix(bench.prefix).records()[0].paths}
    assert kinds == {
        "lib/a.so": "softlink",
        "lib/a.so.1": "hardlink",
        "lib/dangling": "softlink",
        "share/e": "directory",
    }


def test_the_prefix_is_written_into_files(bench: Workbench) -> None:
    binary = b"\x7fELF" + PLACEHOLDER.encode() + b"/lib\0rest"
    package = bench.package(
        "a",
        files={
            "bin/a": File(f"#!{PLACEHOLDER}/bin/sh\n", 0o755, PLACEHOLDER),
            "lib/a": File(binary, placeholder=PLACEHOLDER, file_mode="binary"),
            "share/without": File("nothing here", placeholder=PLACEHOLDER),
        },
    )

    bench.apply(package)

    with open(bench.path("lib/a"), "rb") as file:
        rewritten = file.read()
    assert bench.text("bin/a") == f"#!{bench.prefix}/bin/sh\n"
    assert os.stat(bench.path("bin/a")).st_mode & 0o777 == 0o755
    assert rewritten.startswith(b"\x7fELF" + bench.prefix.encode() + b"/lib\0")
    assert len(rewritten) == len(binary)
    assert inode(bench.path("share/without")) == inode(os.path.join(package.folder, "share/without"))
    with open(os.path.join(package.folder, "lib/a"), "rb") as file:
        assert file.read() == binary, "the cache is not written through"
    (record,) = Prefix(bench.prefix).records()
    import hashlib

    digests = {path.path: path.sha256_in_prefix for path in record.paths}
    assert digests["lib/a"] == hashlib.sha256(rewritten).hexdigest()


def test_packages_for_python_go_where_python_looks(bench: Workbench) -> None:
    tool = bench.package(
        "tool",
        noarch="python",
        files={"site-packages/tool/__init__.py": "import sys\ndef main():\n    print(sys.argv[0])\n    return 7\n"},
        entry_points=["tool-cmd = tool:main"],
    )
    site = bench.path(SITE_PACKAGES)

    bench.apply(bench.python(), tool)
    ended = subprocess.run(
        [bench.path("bin/tool-cmd")], env={"PYTHONPATH": site}, capture_output=True, text=True, check=False
    )

    assert os.path.exists(os.path.join(site, "tool", "__init__.py"))
    assert (ended.returncode, ended.stdout) == (7, bench.path("bin/tool-cmd") + "\n")


def test_python_itself_says_where_its_packages_are(bench: Workbench) -> None:
    python = bench.package("python", "3.13.1", index={"python_site_packages_path": "lib/free/site-packages"})
    tool = bench.package("tool", noarch="python", files={"site-packages/tool.py": "x = 1\n"})
    record = python.record._replace(python_site_packages_path="lib/free/site-packages")
    plan = bench.plan(record, tool)

    bench.linker().apply(plan, [python, tool], [])

    assert bench.text("lib/free/site-packages/tool.py") == "x = 1\n"


def test_the_installed_python_is_found_too_and_bytecode_belongs_to_the_package(bench: Workbench) -> None:
    files = {f"site-packages/p/m{number}.py": "x = 1\n" for number in range(FILES_PER_PROCESS + 3)}
    bench.apply(bench.python())
    tool = bench.package("p", noarch="python", files={**files, "site-packages/p/bad.py": "def (\n"})

    bench.apply(tool)

    record = Prefix(bench.prefix).record("p")
    assert record is not None
    made = [path for path in record.files if path.endswith(".pyc")]
    assert len(made) == len(files)
    assert all(os.path.exists(bench.path(path)) for path in made)


def test_a_new_python_takes_its_packages_along(bench: Workbench) -> None:
    tool = bench.package("tool", noarch="python", files={"site-packages/tool.py": "x = 1\n"})
    bench.apply(bench.package("python", "3.9.1"), tool)

    bench.apply(bench.package("python", "3.10.0"), tool, unlink=["tool", "python"])

    assert not os.path.exists(bench.path("lib/python3.9"))
    assert bench.text("lib/python3.10/site-packages/tool.py") == "x = 1\n"


def test_unlinking_leaves_what_belongs_to_others(bench: Workbench) -> None:
    one = bench.package("one", files={"share/both": "same", "share/one/deep/x": "1", "lib/m.py": "x = 1\n"})
    two = bench.package("two", files={"share/both": "same"})
    bench.apply(one, two)
    before = bench.tree()
    os.makedirs(bench.path("lib/__pycache__"))
    for name in ("lib/__pycache__/m.cpython-39.pyc", "share/one/foreign"):
        with open(bench.path(name), "w", encoding="utf-8") as file:
            file.write("x")

    applied = bench.apply(unlink=["one"])

    assert applied.unlinked[0].name == "one"
    assert bench.text("share/both") == "same"
    assert not os.path.exists(bench.path("lib"))
    assert sorted(os.listdir(bench.path("share/one"))) == ["foreign"]
    assert not os.path.exists(bench.path("conda-meta/one-1-0.json"))
    assert "share/both" in before
    assert Prefix(bench.prefix).history().revisions[-1].removed == ("conda-forge/linux-64::one-1-0",)


def test_everything_can_be_unlinked(bench: Workbench) -> None:
    bench.apply(bench.package("a", files=many(150) | {"bin/a": "a", "share/empty": Folder()}))

    bench.apply(unlink=["a"])

    assert sorted(bench.tree()) == [".", "conda-meta", "conda-meta/created_at", "conda-meta/history"]


def test_files_that_were_changed_or_are_gone_do_not_hinder_unlinking(bench: Workbench) -> None:
    bench.apply(bench.package("a", files={"share/a/changed": "x", "share/a/gone": "x", "share/a/folder": "x"}))
    os.unlink(bench.path("share/a/gone"))
    for name in ("changed", "folder"):
        os.unlink(bench.path(f"share/a/{name}"))
    with open(bench.path("share/a/changed"), "w", encoding="utf-8") as file:
        file.write("y")
    os.mkdir(bench.path("share/a/folder"))
    with open(bench.path("share/a/folder/mine"), "w", encoding="utf-8") as file:
        file.write("mine")

    bench.apply(unlink=["a"])

    assert bench.text("share/a/folder/mine") == "mine"
    assert os.listdir(bench.path("share/a")) == ["folder"]


def test_nothing_is_removed_through_a_link_that_leaves(bench: Workbench) -> None:
    bench.apply(bench.package("a", files={"share/a/file": "x"}))
    outside = os.path.join(bench.folder, "outside")
    os.rename(bench.path("share/a"), outside)
    os.symlink(outside, bench.path("share/a"))

    applied = bench.apply(unlink=["a"])

    assert os.path.exists(os.path.join(outside, "file"))
    assert "leads out of the environment" in applied.warnings[0]


def test_folders_are_reached_through_links_that_stay_inside(bench: Workbench) -> None:
    one = bench.package("one", files={"lib/one": "1", "lib64": Symlink("lib")})
    two = bench.package("two", files={"lib64/two": "2"})

    bench.apply(one, two)
    bench.apply(bench.package("three", files={"lib64/three": "3"}))

    assert sorted(os.listdir(bench.path("lib"))) == ["one", "three", "two"]
    bench.apply(unlink=["two", "three"])
    assert sorted(os.listdir(bench.path("lib"))) == ["one"]


def test_a_link_may_become_a_folder_and_a_folder_a_link(bench: Workbench) -> None:
    bench.apply(bench.package("a", "1", files={"lib/x": "x", "lib64": Symlink("lib"), "opt/y": "y"}))

    bench.apply(bench.package("a", "2", files={"lib/x": "x", "lib64/x": "other", "opt": Symlink("lib")}), unlink=["a"])

    assert bench.text("lib64/x") == "other"
    assert bench.text("lib/x") == "x"
    assert os.readlink(bench.path("opt")) == "lib"
    assert bench.tree() == Workbench(bench.folder).tree()


def test_reinstalling_the_same_package_repairs_it(bench: Workbench) -> None:
    package = bench.package("a", files={"share/a": "right"})
    bench.apply(package)
    os.unlink(bench.path("share/a"))
    with open(bench.path("share/a"), "w", encoding="utf-8") as file:
        file.write("wrong")

    bench.apply(package, unlink=["a"])

    assert bench.text("share/a") == "right"
    revision = Prefix(bench.prefix).history().revisions[-1]
    assert (revision.removed, revision.added) == ((), ())


def test_the_history_tells_what_others_changed(bench: Workbench) -> None:
    bench.apply(bench.package("a"), bench.package("b"))
    os.unlink(bench.path("conda-meta/a-1-0.json"))

    bench.apply(bench.package("c"))

    revision = Prefix(bench.prefix).history().revisions[-1]
    assert revision.removed == ("conda-forge/linux-64::a-1-0",)
    assert revision.added == ("conda-forge/linux-64::c-1-0",)


def test_a_change_of_wishes_alone_is_recorded(bench: Workbench) -> None:
    bench.apply(bench.package("a"))
    before = bench.tree()

    bench.apply(requested={"a": ("a",)})

    assert Prefix(bench.prefix).history().revisions[-1].update_specs == ("a",)
    assert Prefix(bench.prefix).records()[0].requested_specs == ("a",)
    changed = {path for path, what in bench.tree().items() if before.get(path) != what}
    assert changed == {"conda-meta/history", "conda-meta/a-1-0.json"}
    bench.apply(requested={})
    assert Prefix(bench.prefix).records()[0].requested_specs == ()


def test_a_plan_for_another_state_is_stale(bench: Workbench) -> None:
    a, b = bench.package("a"), bench.package("b")
    plan = bench.plan(b)
    bench.apply(a)
    before = bench.tree()

    with pytest.raises(StalePlan):
        bench.linker().apply(plan, [b], [])

    assert bench.tree() == before


def test_a_folder_that_is_no_environment_is_not_made_one_by_accident(bench: Workbench) -> None:
    a = bench.package("a")
    plan = bench.plan(a)
    plan = plan.replaced(change=plan.change.replaced(creates=False))

    with pytest.raises(NotAnEnvironment):
        bench.linker().apply(plan, [a], [])

    assert not os.path.exists(bench.prefix)


def test_progress_is_told_in_files(bench: Workbench) -> None:
    bench.apply(bench.package("a", files=many(3)), bench.package("b", files={"share/b": "b"}))

    task = f"linking {bench.prefix}"
    assert bench.events == [
        Started(task, "Linking", 4, "files"),
        Advanced(task, 3),
        Advanced(task, 4),
        Finished(task),
    ]


def test_a_prefix_with_blanks_and_signs_works(tmp_path: Path) -> None:
    bench = Workbench(str(tmp_path), str(tmp_path / "my $env 'é'"))
    tool = bench.package(
        "tool",
        noarch="python",
        files={"site-packages/tool.py": "def main():\n    return 3\n"},
        entry_points=["tool = tool:main"],
        link_scripts={"post-link": 'echo ok > "$PREFIX/done"\n'},
    )

    bench.apply(bench.python(), tool)

    assert bench.text("done") == "ok\n"
    path = os.pathsep.join([bench.path("bin"), os.environ["PATH"]])
    ended = subprocess.run(
        [bench.path("bin/tool")], env={"PYTHONPATH": bench.path(SITE_PACKAGES), "PATH": path}, check=False
    )
    assert ended.returncode == 3
