"""Packages that other tools have made are extracted file by file as others extract them."""

from __future__ import annotations

import io
import os
import stat
import tarfile
import zipfile
from pathlib import Path
from typing import NamedTuple

import pytest
import zstandard

from conda_kernel.errors import PackageCorrupt
from conda_package_cache.conda_format import CondaExtractor
from conda_package_cache.tar_bz2 import TarBz2Extractor


class Found(NamedTuple):
    kind: str
    content: bytes
    mode: int
    modified: int


def real_archives() -> list[str]:
    for folder in Path(__file__).resolve().parents:
        data = folder.parent / "shared" / "data"
        if data.is_dir():
            found = [path for place in ("packages", "archives") for path in (data / place).rglob("*") if path.is_file()]
            return sorted(str(path) for path in found if path.name.endswith((".conda", ".tar.bz2")))
    return []


# An early converter lost the targets of links; other tools cannot extract this one either.
BROKEN = "zlib-1.2.11-h7b6447c_3.conda"
ARCHIVES = [archive for archive in real_archives() if os.path.basename(archive) != BROKEN]


def by_tarfile(archive: str) -> dict[str, Found]:
    """Return what the standard library finds in an archive."""
    if archive.endswith(".tar.bz2"):
        with tarfile.open(archive) as tar:
            return _members(tar)
    found: dict[str, Found] = {}
    with zipfile.ZipFile(archive) as container:
        for name in container.namelist():
            if name.endswith(".tar.zst"):
                reader = zstandard.ZstdDecompressor().stream_reader(container.read(name), read_across_frames=True)
                with tarfile.open(fileobj=io.BytesIO(reader.read())) as tar:
                    found |= _members(tar)
    return found


def _members(tar: tarfile.TarFile) -> dict[str, Found]:
    found = {}
    for member in tar:
        name = os.path.normpath(member.name)
        if member.issym():
            found[name] = Found("link", member.linkname.encode(), 0, 0)
        elif not member.isdir() and name != "info/repodata_record.json":
            file = tar.extractfile(member)
            assert file is not None
            found[name] = Found("file", file.read(), (member.mode & 0o777 | 0o600) & 0o755, int(member.mtime))
    return found


def on_disk(folder: str) -> dict[str, Found]:
    found = {}
    for place, folders, files in os.walk(folder):
        for name in [*files, *(name for name in folders if os.path.islink(os.path.join(place, name)))]:
            path = os.path.join(place, name)
            status = os.lstat(path)
            relative = os.path.relpath(path, folder)
            if stat.S_ISLNK(status.st_mode):
                found[relative] = Found("link", os.readlink(path).encode(), 0, 0)
            else:
                content = Path(path).read_bytes()
                found[relative] = Found("file", content, stat.S_IMODE(status.st_mode), int(status.st_mtime))
    return found


@pytest.mark.skipif(not ARCHIVES, reason="there is no folder `shared` beside the repository")
def test_real_packages_are_extracted_as_the_standard_library_does(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        for number, archive in enumerate(ARCHIVES):
            into = str(tmp_path / str(number))
            os.mkdir(into)
            extractor = CondaExtractor() if archive.endswith(".conda") else TarBz2Extractor()
            extractor.extract(archive, into, size_limit=10**9)

            assert on_disk(into) == by_tarfile(archive), os.path.basename(archive)
    finally:
        os.umask(before)


@pytest.mark.skipif(not ARCHIVES, reason="there is no folder `shared` beside the repository")
def test_real_packages_are_extracted_as_rattler_does(tmp_path: Path) -> None:
    streaming = pytest.importorskip("rattler.package_streaming", reason="py-rattler is not installed")
    for number, archive in enumerate(ARCHIVES):
        ours, theirs = str(tmp_path / f"{number}-ours"), str(tmp_path / f"{number}-theirs")
        os.mkdir(ours)
        extractor = CondaExtractor() if archive.endswith(".conda") else TarBz2Extractor()
        extractor.extract(archive, ours, size_limit=10**9)
        streaming.extract(archive, theirs)

        contents = [
            {path: (found.kind, found.content) for path, found in on_disk(tree).items()} for tree in (ours, theirs)
        ]
        assert contents[0] == contents[1], os.path.basename(archive)


@pytest.mark.skipif(not ARCHIVES, reason="there is no folder `shared` beside the repository")
def test_a_real_package_whose_links_have_lost_their_targets_is_refused(tmp_path: Path) -> None:
    archive = next(archive for archive in real_archives() if os.path.basename(archive) == BROKEN)

    with pytest.raises(PackageCorrupt, match=r"`lib/libz.so.1` has no target"):
        CondaExtractor().extract(archive, str(tmp_path), size_limit=10**9)
