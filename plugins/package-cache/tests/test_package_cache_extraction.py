"""Archives are unpacked safely, or not at all."""

from __future__ import annotations

import bz2
import io
import json
import os
import stat
import tarfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import zstandard

from conda_kernel.errors import CondaError, PackageCorrupt
from conda_package_cache.conda_format import CondaExtractor
from conda_package_cache.tar_bz2 import TarBz2Extractor
from conda_package_cache.unpacking import ALWAYS_ALLOWED, Limits
from conda_testing.packages import (
    Member,
    PackageBuilder,
    compressed_frame,
    plain_frame,
    tar_bytes,
    write_archive,
    zip_bytes,
)

SIZE_LIMIT = 10**9
SUFFIXES = (".conda", ".tar.bz2")
METADATA = b'{"conda_pkg_format_version": 2}'

Extractor = CondaExtractor | TarBz2Extractor


def cases() -> list[Any]:
    for folder in Path(__file__).resolve().parents:
        file = folder.parent / "shared" / "spec" / "cases" / "safe_extraction.json"
        if file.is_file():
            rows = json.loads(file.read_text(encoding="utf-8"))
            return [pytest.param(row, id=row["name"]) for row in rows if row["name"] != "too many members"]
    reason = "there is no folder `shared` beside the repository"
    return [pytest.param({}, marks=pytest.mark.skip(reason=reason))]


def extractor(suffix: str, limits: Limits | None = None, *, folds_case: bool | None = None) -> Extractor:
    kind: Callable[..., Extractor] = CondaExtractor if suffix == ".conda" else TarBz2Extractor
    return kind(limits or Limits(), folds_case=folds_case)


def extracted(tmp_path: Path, suffix: str, members: list[Member], **options: Any) -> Path:
    """Return the folder of a package with these members, after extracting it."""
    archive = write_archive(str(tmp_path / f"hostile-1.0-0{suffix}"), members)
    into = tmp_path / "into"
    into.mkdir()
    extractor(suffix, **options).extract(archive, str(into), size_limit=SIZE_LIMIT)
    return into


def tree(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


@pytest.fixture(params=SUFFIXES)
def suffix(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(autouse=True)
def ordinary_umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.mark.parametrize("case", cases())
def test_hostile_members_are_met_as_specified(tmp_path: Path, suffix: str, case: dict[str, Any]) -> None:
    (tmp_path / "secret").write_text("not of the package")
    members = [
        Member(
            member["name"],
            member["type"],
            content=b"content" if member["type"] == "file" else b"",
            target=member.get("target", ""),
            mode=int(member.get("mode", "0644"), 8),
        )
        for member in case["members"]
    ]
    expected = case["expected"]

    if expected == "error":
        with pytest.raises(PackageCorrupt):
            extracted(tmp_path, suffix, members)
        assert not any(b"content" in path.read_bytes() for path in tmp_path.glob("evil*"))
        assert tree(tmp_path / "into") <= {"a", "b"}
        assert (tmp_path / "secret").stat().st_nlink == 1
        return
    into = extracted(tmp_path, suffix, members)

    if expected == "ignored":
        assert not (into / case["members"][0]["name"]).exists()
        return
    for member in members:
        path = into / member.name
        assert os.path.lexists(path)
        if member.kind == "symlink":
            assert os.readlink(path) == member.target
        else:
            assert path.read_bytes() == b"content"
    if "mode" in expected:
        wanted = {"ok, mode 0755": 0o755, "ok, mode 0777 & ~umask": 0o755, "ok, mode 0644": 0o644}[expected]
        assert stat.S_IMODE((into / members[0].name).stat().st_mode) == wanted


def test_an_extractor_tells_what_is_there(tmp_path: Path, suffix: str) -> None:
    members = [
        Member("info/index.json", content=b"{}"),
        Member("deep/er/file", content=b"content"),
        Member("empty"),
        Member("folder", "directory"),
        Member("link", "symlink", target="empty"),
        Member("again", "hardlink", target="deep/er/file"),
    ]
    archive = write_archive(str(tmp_path / f"a-1.0-0{suffix}"), members)
    into = tmp_path / "into"
    into.mkdir()

    told = extractor(suffix).extract(archive, str(into), size_limit=SIZE_LIMIT)

    assert set(told) == tree(into)
    assert {path: size for path, size in told.items() if size is not None} == {
        "info/index.json": 2,
        "deep/er/file": 7,
        "empty": 0,
        "again": 7,
    }


def test_nothing_is_written_while_it_is_the_turn_of_another(tmp_path: Path, suffix: str) -> None:
    content = os.urandom(3_000_000)
    archive = write_archive(str(tmp_path / f"a-1.0-0{suffix}"), [Member("a", content=content), Member("b")])
    into = tmp_path / "into"
    into.mkdir()
    sizes: list[int] = []

    def size() -> int:
        return sum(path.stat().st_size for path in into.iterdir())

    @contextmanager
    def aside() -> Iterator[None]:
        before = size()
        yield
        assert size() == before
        sizes.append(before)

    extractor(suffix).extract(archive, str(into), size_limit=SIZE_LIMIT, aside=aside)

    assert (into / "a").read_bytes() == content
    assert len(set(sizes)) >= 3


def test_paths_that_differ_by_case_are_refused_where_case_does_not_count(tmp_path: Path, suffix: str) -> None:
    with pytest.raises(PackageCorrupt, match="`share/A` and `share/a` are one"):
        extracted(tmp_path, suffix, [Member("share/A"), Member("share/a")], folds_case=True)


def test_folders_that_differ_by_case_are_refused_where_case_does_not_count(tmp_path: Path, suffix: str) -> None:
    with pytest.raises(PackageCorrupt, match="`Share` and `share` are one"):
        extracted(tmp_path, suffix, [Member("Share/a"), Member("share/b")], folds_case=True)


def test_no_other_spelling_of_the_record_takes_its_place(tmp_path: Path, suffix: str) -> None:
    into = extracted(tmp_path, suffix, [Member("info/Repodata_Record.json")], folds_case=True)

    assert tree(into) == set()


@pytest.mark.parametrize("name", ["conda-meta/history", "Conda-Meta/x", "./conda-meta/x", "conda-meta"])
def test_nothing_is_written_into_conda_meta_however_it_is_spelt(tmp_path: Path, suffix: str, name: str) -> None:
    with pytest.raises(PackageCorrupt, match="reserved"):
        extracted(tmp_path, suffix, [Member(name)])


def test_more_members_than_allowed_are_refused(tmp_path: Path, suffix: str) -> None:
    with pytest.raises(PackageCorrupt, match="more than 10 members"):
        extracted(tmp_path, suffix, [Member(f"x{number}") for number in range(11)], limits=Limits(members=10))


def test_a_million_members_are_allowed_and_no_more() -> None:
    assert Limits().members == 1_000_000


def test_an_archive_that_unpacks_to_more_than_the_limit_is_refused_before_that_is_written(
    tmp_path: Path, suffix: str
) -> None:
    archive = write_archive(str(tmp_path / f"bomb-1-0{suffix}"), [Member("a", content=bytes(40_000_000))])
    into = tmp_path / "into"
    into.mkdir()

    with pytest.raises(PackageCorrupt, match="unpacks to more than 2000000 bytes"):
        extractor(suffix).extract(archive, str(into), size_limit=2_000_000)

    assert sum(path.stat().st_size for path in into.rglob("*")) <= 2_000_000


def test_the_parts_of_an_archive_share_one_limit(tmp_path: Path, suffix: str) -> None:
    half = bytes(600_000)
    members = [Member("info/a", content=half), Member("b", content=half)]
    archive = write_archive(str(tmp_path / f"two-1-0{suffix}"), members)
    into = tmp_path / "into"
    into.mkdir()

    with pytest.raises(PackageCorrupt, match="unpacks to more than 1000000 bytes"):
        extractor(suffix).extract(archive, str(into), size_limit=1_000_000)


def test_an_archive_that_unpacks_to_a_thousand_times_its_size_is_refused(tmp_path: Path, suffix: str) -> None:
    members = [Member("a", content=bytes(ALWAYS_ALLOWED + 1))]

    with pytest.raises(PackageCorrupt, match="unpacks to more than"):
        extracted(tmp_path, suffix, members, limits=Limits(ratio=1))


def test_a_path_that_is_too_long_is_refused(tmp_path: Path, suffix: str) -> None:
    with pytest.raises(PackageCorrupt, match="longer than 4096 bytes"):
        extracted(tmp_path, suffix, [Member("/".join(["x" * 200] * 21))])


def test_a_long_path_is_extracted(tmp_path: Path, suffix: str) -> None:
    name = "/".join(["é" * 60] * 8)

    into = extracted(tmp_path, suffix, [Member(name, content=b"far away")])

    assert (into / name).read_bytes() == b"far away"


def test_a_link_that_leaves_by_way_of_another_is_refused(tmp_path: Path, suffix: str) -> None:
    members = [Member("a/b/up", "symlink", target="../.."), Member("out", "symlink", target="a/b/up/../../etc/passwd")]

    with pytest.raises(PackageCorrupt, match="leaves its tree by way of other links"):
        extracted(tmp_path, suffix, members)


def test_links_that_go_in_circles_are_refused(tmp_path: Path, suffix: str) -> None:
    with pytest.raises(PackageCorrupt, match="circles"):
        extracted(tmp_path, suffix, [Member("a", "symlink", target="b"), Member("b", "symlink", target="a")])


def test_links_that_multiply_are_refused_in_time(tmp_path: Path, suffix: str) -> None:
    members = [Member(f"l{n}", "symlink", target=f"l{n - 1}/l{n - 1}/l{n - 1}") for n in range(1, 60)]

    with pytest.raises(PackageCorrupt, match="too many links"):
        extracted(tmp_path, suffix, members)


def test_links_to_links_are_kept(tmp_path: Path, suffix: str) -> None:
    members = [
        Member("lib64", "symlink", target="lib"),
        Member("lib/x.so.1.2", content=b"library"),
        Member("lib/x.so.1", "symlink", target="x.so.1.2"),
        Member("bin/x.so", "symlink", target="../lib64/x.so.1"),
    ]

    into = extracted(tmp_path, suffix, members)

    assert (into / "bin/x.so").read_bytes() == b"library"


def test_nothing_is_written_through_a_link_that_stays_inside(tmp_path: Path, suffix: str) -> None:
    members = [Member("b/x"), Member("a", "symlink", target="b"), Member("a/y")]

    with pytest.raises(PackageCorrupt, match="`a` is there twice, as symlink and as folder"):
        extracted(tmp_path, suffix, members)


@pytest.mark.parametrize("target", ["later", "folder", "link", "./", ""])
def test_a_hard_link_to_what_is_no_earlier_file_is_refused(tmp_path: Path, suffix: str, target: str) -> None:
    members = [
        Member("folder", "directory"),
        Member("link", "symlink", target="later"),
        Member("hard", "hardlink", target=target),
        Member("later"),
    ]

    with pytest.raises(PackageCorrupt):
        extracted(tmp_path, suffix, members)


def test_hard_links_are_one_file(tmp_path: Path, suffix: str) -> None:
    members = [
        Member("bin/b", content=b"x"),
        Member("a", "hardlink", target="bin/b"),
        Member("c", "hardlink", target="./a"),
    ]

    into = extracted(tmp_path, suffix, members)

    assert (into / "a").samefile(into / "bin/b")
    assert (into / "c").stat().st_nlink == 3


@pytest.mark.parametrize("kind", ["blockdev", "chardev", "fifo"])
def test_special_files_are_refused(tmp_path: Path, suffix: str, kind: Any) -> None:
    with pytest.raises(PackageCorrupt, match="special file"):
        extracted(tmp_path, suffix, [Member("a", kind)])


def test_modification_times_are_kept_and_those_of_the_future_are_not(tmp_path: Path, suffix: str) -> None:
    now = int(time.time())
    members = [
        Member("old", modified=1_234_567_890),
        Member("new", modified=now + 10**6),
        Member("ancient", modified=0),
    ]

    into = extracted(tmp_path, suffix, members)

    assert (into / "old").stat().st_mtime == 1_234_567_890
    assert now <= (into / "new").stat().st_mtime <= time.time()
    assert (into / "ancient").stat().st_mtime == 0


def test_a_folder_has_the_mode_that_the_archive_gives_it(tmp_path: Path, suffix: str) -> None:
    members = [
        Member("early", "directory", mode=0o2750),
        Member("late/file"),
        Member("late", "directory", mode=0o500),
        Member("open", "directory", mode=0o777),
    ]

    into = extracted(tmp_path, suffix, members)

    modes = {name: stat.S_IMODE((into / name).stat().st_mode) for name in ("early", "late", "open")}
    assert modes == {"early": 0o750, "late": 0o700, "open": 0o755}


def test_folders_that_are_named_again_are_the_same(tmp_path: Path, suffix: str) -> None:
    members = [Member("./", "directory"), Member("a/", "directory"), Member("a", "directory"), Member("a/b")]

    assert tree(extracted(tmp_path, suffix, members)) == {"a", "a/b"}


def test_the_error_names_the_archive_and_the_path(tmp_path: Path, suffix: str) -> None:
    with pytest.raises(PackageCorrupt, match="up") as caught:
        extracted(tmp_path, suffix, [Member("../up\x1b[31m")])

    assert f"hostile-1.0-0{suffix}" in str(caught.value)
    assert str(caught.value).isprintable()


def test_an_archive_that_is_not_there_is_an_error_for_people(tmp_path: Path, suffix: str) -> None:
    with pytest.raises(CondaError, match=r"nothing.*No such file"):
        extractor(suffix).extract(str(tmp_path / "nothing"), str(tmp_path), size_limit=1)


def test_an_archive_that_is_cut_off_anywhere_is_refused(tmp_path: Path, suffix: str) -> None:
    package = PackageBuilder("cut", "1.0", files={"bin/x": os.urandom(3000), "share/y": "text" * 1000})
    whole = package.archive(suffix, compressed_frame)

    for length in range(0, len(whole) - 1, max(len(whole) // 60, 1)):
        archive = tmp_path / f"cut-{length}"
        archive.write_bytes(whole[:length])
        into = tmp_path / f"into-{length}"
        into.mkdir()
        with pytest.raises(PackageCorrupt):
            extractor(suffix).extract(str(archive), str(into), size_limit=SIZE_LIMIT)


def test_a_damaged_archive_never_leads_to_a_crash(tmp_path: Path, suffix: str) -> None:
    package = PackageBuilder("damaged", "1.0", files={"bin/x": bytes(range(256)) * 20})
    whole = package.archive(suffix)
    outcomes = set()

    for place in range(0, len(whole), max(len(whole) // 300, 1)):
        archive = tmp_path / "damaged"
        archive.write_bytes(whole[:place] + bytes([whole[place] ^ 0x55]) + whole[place + 1 :])
        into = tmp_path / f"into-{place}"
        into.mkdir()
        try:
            extractor(suffix).extract(str(archive), str(into), size_limit=SIZE_LIMIT)
            outcomes.add("whole")
        except CondaError as error:
            outcomes.add(type(error).__name__)

    assert "PackageCorrupt" in outcomes
    assert outcomes <= {"whole", "PackageCorrupt"}


def parts(**changed: bytes | None) -> list[tuple[str, bytes]]:
    """Return the members of a good `.conda` archive, some of them changed or left out."""
    found = {
        "metadata.json": METADATA,
        "info-a-1-0.tar.zst": plain_frame(tar_bytes([Member("info/index.json")])),
        "pkg-a-1-0.tar.zst": plain_frame(tar_bytes([Member("bin/a")])),
    }
    names = {"metadata": "metadata.json", "info": "info-a-1-0.tar.zst", "pkg": "pkg-a-1-0.tar.zst"}
    for part, content in changed.items():
        if content is None:
            del found[names[part]]
        else:
            found[names[part]] = content
    return list(found.items())


def opened(tmp_path: Path, entries: list[tuple[str, bytes]]) -> set[str]:
    archive = tmp_path / "a.conda"
    archive.write_bytes(zip_bytes(entries))
    into = tmp_path / "into"
    into.mkdir()
    CondaExtractor().extract(str(archive), str(into), size_limit=SIZE_LIMIT)
    return tree(into)


def test_a_renamed_conda_archive_still_opens(tmp_path: Path) -> None:
    assert opened(tmp_path, parts()) == {"info", "info/index.json", "bin", "bin/a"}


def test_two_frames_after_each_other_are_read(tmp_path: Path) -> None:
    tar = tar_bytes([Member("bin/a", content=b"x" * 5000)])

    opened(tmp_path, parts(pkg=plain_frame(tar[:900]) + compressed_frame(tar[900:])))

    assert (tmp_path / "into/bin/a").read_bytes() == b"x" * 5000


@pytest.mark.parametrize(
    ("entries", "told"),
    [
        (parts(metadata=None), "0 members `metadata.json`"),
        (parts(metadata=b"{"), "not JSON"),
        (parts(metadata=b"[]"), "version `None`"),
        (parts(metadata=b'{"conda_pkg_format_version": 3}'), "version `3`"),
        (parts(metadata=b'{"conda_pkg_format_version": true}'), "version `True`"),
        (parts(metadata=b" " * 2_000_000 + METADATA), "too long"),
        (parts(info=None), "0 members `info-"),
        (parts(pkg=None), "0 members `pkg-"),
        ([*parts(), ("pkg-b-1-0.tar.zst", b"")], "2 members `pkg-"),
        (parts(info=plain_frame(tar_bytes([Member("bin/a")]))), "does not belong"),
        (parts(pkg=plain_frame(tar_bytes([Member("info/index.json")]))), "does not belong"),
        (parts(pkg=b"no Zstandard"), "not compressed with Zstandard"),
        (parts(pkg=b""), "cut off"),
    ],
)
def test_a_conda_archive_of_another_make_is_refused(
    tmp_path: Path, entries: list[tuple[str, bytes]], told: str
) -> None:
    with pytest.raises(PackageCorrupt, match=told):
        opened(tmp_path, entries)


def test_a_conda_archive_with_deflated_members_is_refused(tmp_path: Path) -> None:
    import zipfile

    with zipfile.ZipFile(tmp_path / "a.conda", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts():
            archive.writestr(name, content)

    with pytest.raises(PackageCorrupt, match="instead of stored"):
        CondaExtractor().extract(str(tmp_path / "a.conda"), str(tmp_path), size_limit=SIZE_LIMIT)


def test_a_frame_that_needs_a_giant_window_is_refused(tmp_path: Path) -> None:
    parameters = zstandard.ZstdCompressionParameters(window_log=30, enable_ldm=True)
    compressor = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    frame = compressor.compress(tar_bytes([Member("bin/a")])) + compressor.flush()

    with pytest.raises(PackageCorrupt, match="Zstandard"):
        opened(tmp_path, parts(pkg=frame))


def test_what_is_no_archive_is_refused(tmp_path: Path, suffix: str) -> None:
    (tmp_path / "text").write_text("this is no archive")

    with pytest.raises(PackageCorrupt, match="text"):
        extractor(suffix).extract(str(tmp_path / "text"), str(tmp_path), size_limit=SIZE_LIMIT)


def test_two_bzip2_streams_after_each_other_are_read(tmp_path: Path) -> None:
    tar = tar_bytes([Member("bin/a", content=b"x" * 5000)])
    (tmp_path / "a.tar.bz2").write_bytes(bz2.compress(tar[:900]) + bz2.compress(tar[900:]))
    (tmp_path / "into").mkdir()

    TarBz2Extractor().extract(str(tmp_path / "a.tar.bz2"), str(tmp_path / "into"), size_limit=SIZE_LIMIT)

    assert (tmp_path / "into/bin/a").read_bytes() == b"x" * 5000


def test_a_sparse_file_is_refused(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as archive:
        header = tarfile.TarInfo("a")
        header.pax_headers = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.name": "b"}
        archive.addfile(header)
    (tmp_path / "a.tar.bz2").write_bytes(bz2.compress(buffer.getvalue()))

    with pytest.raises(PackageCorrupt, match="sparse"):
        TarBz2Extractor().extract(str(tmp_path / "a.tar.bz2"), str(tmp_path), size_limit=SIZE_LIMIT)
