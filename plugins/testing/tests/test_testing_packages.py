"""The builders of packages, read back by the standard library, by zstandard and by py-rattler."""

from __future__ import annotations

import bz2
import hashlib
import io
import json
import os
import stat
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from conda_testing.packages import (
    MODIFIED,
    PLACEHOLDER,
    SUFFIXES,
    Compress,
    File,
    Folder,
    Member,
    PackageBuilder,
    Symlink,
    compressed_frame,
    number_at_end,
    plain_frame,
    split_suffix,
    tar_bytes,
    write_archive,
    zip_bytes,
)


def tool() -> PackageBuilder:
    """Return a package with everything in it."""
    return PackageBuilder(
        "tool",
        "1.2",
        "py312_3",
        depends=["lib >=1"],
        constrains=["other <2"],
        files={
            "bin/tool": File(f"#!{PLACEHOLDER}/bin/sh\n", 0o755, PLACEHOLDER),
            "lib/tool.so": File(b"\x7fELF" + PLACEHOLDER.encode() + b"/lib\0rest", 0o755, PLACEHOLDER, "binary"),
            "lib/tool.so.1": Symlink("tool.so"),
            "share/ü/plain.txt": "plain ü\n",
            "share/copied": File(b"copied", no_link=True),
            "var/empty": Folder(),
        },
        link_scripts={"post-link": "#!/bin/sh\nexit 0\n"},
        index={"license": "BSD-3-Clause", "timestamp": 1_600_000_000_000},
        about={"home": "https://example.com"},
    )


def unpacked(archive: bytes) -> dict[str, tuple[tarfile.TarInfo, bytes]]:
    """Return the members of an archive, read without the code under test."""
    tars = []
    if archive.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(archive)) as outer:
            frames = [outer.read(name) for name in outer.namelist() if name.endswith(".tar.zst")]
        tars = [zstandard.ZstdDecompressor().stream_reader(frame).read() for frame in frames]
    else:
        tars = [bz2.decompress(archive)]
    members = {}
    for content in tars:
        with tarfile.open(fileobj=io.BytesIO(content)) as tar:
            for info in tar:
                file = tar.extractfile(info) if info.isreg() else None
                members[info.name] = (info, file.read() if file else b"")
    return members


def info(archive: bytes, name: str) -> Any:
    """Return a JSON document of an archive's `info/`."""
    return json.loads(unpacked(archive)[f"info/{name}"][1])


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_the_index_of_an_archive_says_what_was_described(suffix: str) -> None:
    assert info(tool().archive(suffix), "index.json") == {
        "name": "tool",
        "version": "1.2",
        "build": "py312_3",
        "build_number": 3,
        "depends": ["lib >=1"],
        "constrains": ["other <2"],
        "subdir": "linux-64",
        "license": "BSD-3-Clause",
        "timestamp": 1_600_000_000_000,
    }


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_the_paths_of_an_archive_describe_its_members(suffix: str) -> None:
    archive = tool().archive(suffix)
    paths = {entry["_path"]: entry for entry in info(archive, "paths.json")["paths"]}
    members = unpacked(archive)
    assert set(paths) == {name for name in members if not name.startswith("info/")}
    for path, entry in paths.items():
        member, content = members[path]
        if member.isreg():
            assert (entry["sha256"], entry["size_in_bytes"]) == (hashlib.sha256(content).hexdigest(), len(content))
    assert paths["bin/tool"]["prefix_placeholder"] == paths["lib/tool.so"]["prefix_placeholder"] == PLACEHOLDER
    assert (paths["bin/tool"]["file_mode"], paths["lib/tool.so"]["file_mode"]) == ("text", "binary")
    assert paths["lib/tool.so.1"]["path_type"] == "softlink"
    assert paths["lib/tool.so.1"]["sha256"] == paths["lib/tool.so"]["sha256"]
    assert paths["var/empty"] == {"_path": "var/empty", "path_type": "directory"}
    assert [path for path, entry in paths.items() if entry.get("no_link")] == ["share/copied"]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_members_are_sorted_and_carry_no_trace_of_the_machine(suffix: str) -> None:
    members = unpacked(tool().archive(suffix))
    found = [member for member, _ in members.values()]
    assert {(m.mtime, m.uid, m.gid, m.uname, m.gname) for m in found} == {(MODIFIED, 0, 0, "", "")}
    for in_info in (True, False):
        part = [name for name in members if name.startswith("info/") is in_info]
        assert part == sorted(part)
    assert members["bin/tool"][0].mode == 0o755
    assert members["bin/.tool-post-link.sh"][1] == b"#!/bin/sh\nexit 0\n"


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_the_same_description_gives_the_same_bytes(suffix: str) -> None:
    reordered = PackageBuilder("a", "1", files={"y": "1", "x": "2"}, info={"b": "", "a": ""})
    ordered = PackageBuilder("a", "1", files={"x": "2", "y": "1"}, info={"a": "", "b": ""})
    assert reordered.archive(suffix) == ordered.archive(suffix)
    assert tool().archive(suffix) == tool().archive(suffix)


def test_the_bytes_of_archives_stay_what_they_are() -> None:
    package = PackageBuilder("a", "1", files={"x": "2"})
    digests = [hashlib.sha256(package.archive(suffix)).hexdigest()[:16] for suffix in SUFFIXES]
    assert digests == ["4ff4638062d48fb9", "76a9914e6094de26"]


def test_a_conda_archive_has_three_stored_members_with_info_last() -> None:
    with zipfile.ZipFile(io.BytesIO(tool().archive(".conda"))) as outer:
        names = outer.namelist()
        assert {entry.compress_type for entry in outer.infolist()} == {zipfile.ZIP_STORED}
        assert json.loads(outer.read("metadata.json")) == {"conda_pkg_format_version": 2}
    assert names == ["metadata.json", "pkg-tool-1.2-py312_3.tar.zst", "info-tool-1.2-py312_3.tar.zst"]


def test_a_noarch_python_package_has_entry_points() -> None:
    package = PackageBuilder("a", "1", noarch="python", entry_points=["a = a:main"], files={"site-packages/a.py": ""})
    link = {"package_metadata_version": 1, "noarch": {"type": "python", "entry_points": ["a = a:main"]}}
    assert info(package.archive(), "link.json") == link
    assert package.subdir == "noarch"
    assert info(package.archive(), "index.json")["noarch"] == "python"


def test_a_noarch_package_may_be_of_a_platform() -> None:
    assert PackageBuilder("a", "1", noarch="python", subdir="osx-arm64").index()["subdir"] == "osx-arm64"


def test_link_scripts_of_windows_are_batch_files() -> None:
    package = PackageBuilder("a", "1", subdir="win-64", link_scripts={"pre-unlink": "exit 0"})
    assert "Scripts/.a-pre-unlink.bat" in [member.name for member in package.members()]


def test_a_legacy_package_has_the_old_lists_and_no_paths() -> None:
    files = {
        "bin/a b": File("/p h/x", placeholder="/p h"),
        "bin/c": File("/ph", placeholder="/ph", file_mode="binary"),
        "d": File("", no_link=True),
    }
    members = unpacked(PackageBuilder("a", "1", files=files, legacy=True).archive(".tar.bz2"))
    assert "info/paths.json" not in members
    assert members["info/has_prefix"][1] == b"'/p h' text 'bin/a b'\n/ph binary bin/c\n"
    assert members["info/no_link"][1] == b"d\n"
    assert members["info/files"][1] == b"bin/a b\nbin/c\nd\n"


def test_what_is_told_wins_over_what_is_computed() -> None:
    package = PackageBuilder("a", "1", index={"depends": None}, info={"paths.json": "{", "run_exports.json": b"[]"})
    members = unpacked(package.archive())
    assert json.loads(members["info/index.json"][1])["depends"] is None
    assert (members["info/paths.json"][1], members["info/run_exports.json"][1]) == (b"{", b"[]")


def test_a_link_to_nothing_and_a_link_to_itself_have_no_digest() -> None:
    package = PackageBuilder("a", "1", files={"lib/x": Symlink("../nothere"), "lib/y": Symlink("y")})
    assert [entry.keys() for entry in package.paths()["paths"]] == [{"_path", "path_type"}] * 2


@pytest.mark.parametrize(("build", "number"), [("0", 0), ("py312_1", 1), ("h0a1b2c3_12", 12), ("abc", 0), ("", 0)])
def test_the_build_number_is_the_number_at_the_end(build: str, number: int) -> None:
    assert number_at_end(build) == number


def test_the_placeholder_is_as_long_as_build_tools_make_it() -> None:
    assert len(PLACEHOLDER) == 255
    assert PLACEHOLDER.startswith("/")


@given(st.lists(st.tuples(st.binary(max_size=40), st.integers(0, 300_000)), max_size=4))
def test_a_plain_frame_holds_its_content(parts: list[tuple[bytes, int]]) -> None:
    data = b"".join(content + bytes(zeros) for content, zeros in parts)
    assert zstandard.ZstdDecompressor().stream_reader(plain_frame(data)).read() == data


@pytest.mark.parametrize("size", [0, 1, 131_071, 131_072, 131_073, 400_000])
def test_a_plain_frame_may_be_larger_than_a_block(size: int) -> None:
    data = bytes(range(1, 251)) * (size // 250 + 1)
    assert zstandard.ZstdDecompressor().stream_reader(plain_frame(data[:size])).read() == data[:size]


@pytest.mark.parametrize("compress", [plain_frame, compressed_frame])
def test_frames_do_not_say_how_long_they_are(compress: Compress) -> None:
    assert zstandard.frame_content_size(compress(b"abc" * 1000)) == -1


def test_a_plain_frame_counts_zeros() -> None:
    assert len(plain_frame(bytes(10_000_000))) < 400


def test_a_compressed_frame_is_compressed() -> None:
    data = b"abc" * 10_000
    frame = compressed_frame(data)
    assert len(frame) < 200
    assert zstandard.ZstdDecompressor().stream_reader(frame).read() == data


def test_write_names_the_archive_after_the_package(tmp_path: Path) -> None:
    written = tool().write(str(tmp_path), ".tar.bz2")
    assert written == os.path.join(str(tmp_path), "tool-1.2-py312_3.tar.bz2")
    assert Path(written).read_bytes() == tool().archive(".tar.bz2")


def test_a_name_that_is_not_of_an_archive_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="ends in none of"):
        write_archive(str(tmp_path / "a-1-0.zip"), [])
    with pytest.raises(ValueError, match="no archive format"):
        tool().archive(".whl")
    assert split_suffix("a-1-0.tar.bz2") == ("a-1-0", ".tar.bz2")


HOSTILE = [
    Member("../evil"),
    Member("a/../../evil"),
    Member("/evil"),
    Member("C:/evil"),
    Member("//host/share/evil"),
    Member("b\\a"),
    Member("a\x01b"),
    Member(""),
    Member("./a"),
    Member("b//a"),
    Member("a", "symlink", target="/etc/passwd"),
    Member("a", "hardlink", target="../secret"),
    Member("a", "fifo"),
    Member("a", "chardev"),
    Member("a", "blockdev"),
    Member("a", "directory"),
    Member("a", mode=0o4755),
    Member("a", mode=0),
    Member("a" * 300),
    Member("conda-meta/history", content=b"x"),
]


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("member", HOSTILE, ids=repr)
def test_a_hostile_member_is_written_as_it_stands(tmp_path: Path, member: Member, suffix: str) -> None:
    path = write_archive(str(tmp_path / f"a-1-0{suffix}"), [member])
    [(header, content)] = unpacked(Path(path).read_bytes()).values()
    kinds = {"file": header.isreg, "symlink": header.issym, "hardlink": header.islnk, "fifo": header.isfifo}
    kinds |= {"directory": header.isdir, "chardev": header.ischr, "blockdev": header.isblk}
    assert kinds[member.kind]()
    assert (header.name, header.linkname, content) == (member.name, member.target, member.content)
    assert stat.S_IMODE(header.mode) == member.mode


def test_duplicates_are_written_in_the_order_given() -> None:
    content = tar_bytes([Member("a", content=b"1"), Member("a", content=b"2"), Member("A", content=b"3")])
    with tarfile.open(fileobj=io.BytesIO(content)) as tar:
        assert tar.getnames() == ["a", "a", "A"]


def test_a_zip_of_any_entries_can_be_made() -> None:
    with zipfile.ZipFile(io.BytesIO(zip_bytes([("pkg-a", b"1"), ("pkg-b", b"2"), ("../c", b"3")]))) as outer:
        assert [(name, outer.read(name)) for name in outer.namelist()] == [
            ("pkg-a", b"1"),
            ("pkg-b", b"2"),
            ("../c", b"3"),
        ]


def test_every_member_of_the_extraction_cases_can_be_written(tmp_path: Path) -> None:
    for case in extraction_cases():
        members = [
            Member(each["name"], each["type"], target=each.get("target", ""), mode=int(each.get("mode", "644"), 8))
            for each in case["members"]
        ]
        path = write_archive(str(tmp_path / "a-1-0.tar.bz2"), members)
        assert [header.name for header, _ in unpacked(Path(path).read_bytes()).values()]


def extraction_cases() -> list[dict[str, Any]]:
    """Return the cases of safe extraction from the folder beside the repository; skip where it is absent."""
    for parent in Path(__file__).resolve().parents:
        found = parent / "shared" / "spec" / "cases" / "safe_extraction.json"
        if found.is_file():
            cases: list[dict[str, Any]] = json.loads(found.read_text())
            return cases
    pytest.skip("no folder `shared/spec/cases` beside the repository")


@pytest.mark.parametrize("compress", [plain_frame, compressed_frame])
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_rattler_extracts_what_was_built(tmp_path: Path, suffix: str, compress: Compress) -> None:
    streaming = pytest.importorskip("rattler.package_streaming")
    archive = tool().write(str(tmp_path), suffix, compress)
    content = Path(archive).read_bytes()
    sha256, md5 = streaming.extract(archive, str(tmp_path / "out"))
    assert (sha256.hex(), md5.hex()) == (
        hashlib.sha256(content).hexdigest(),
        hashlib.md5(content, usedforsecurity=False).hexdigest(),
    )
    for name, (header, expected) in unpacked(content).items():
        target = tmp_path / "out" / name
        if header.isreg():
            assert target.read_bytes() == expected
    assert os.readlink(tmp_path / "out" / "lib" / "tool.so.1") == "tool.so"
    assert os.access(tmp_path / "out" / "bin" / "tool", os.X_OK)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_rattler_reads_the_metadata_that_was_built(tmp_path: Path, suffix: str) -> None:
    rattler = pytest.importorskip("rattler")
    streaming = pytest.importorskip("rattler.package_streaming")
    streaming.extract(tool().write(str(tmp_path), suffix), str(tmp_path / "out"))
    folder = str(tmp_path / "out")
    index = rattler.IndexJson.from_package_directory(folder)
    paths = rattler.PathsJson.from_package_directory(folder)
    assert (index.name.normalized, str(index.version), str(index.build), index.build_number) == (
        "tool",
        "1.2",
        "py312_3",
        3,
    )
    assert (index.depends, index.constrains) == (["lib >=1"], ["other <2"])
    placeholders = {
        str(entry.relative_path): entry.prefix_placeholder.placeholder
        for entry in paths.paths
        if entry.prefix_placeholder is not None
    }
    assert placeholders == {"bin/tool": PLACEHOLDER, "lib/tool.so": PLACEHOLDER}


def test_rattler_reads_the_old_lists_of_a_legacy_package(tmp_path: Path) -> None:
    rattler = pytest.importorskip("rattler")
    streaming = pytest.importorskip("rattler.package_streaming")
    package = PackageBuilder("a", "1", files={"bin/c": File("/ph", placeholder="/ph")}, legacy=True)
    streaming.extract(package.write(str(tmp_path), ".tar.bz2"), str(tmp_path / "out"))
    [entry] = rattler.PathsJson.from_deprecated_package_directory(str(tmp_path / "out")).paths
    assert (str(entry.relative_path), entry.prefix_placeholder.placeholder) == ("bin/c", "/ph")
