"""Packages and channels that attack are refused with a clear error, and touch neither caches nor environments."""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import zstandard

from conda_testing.executable import Conda, Ended
from conda_testing.packages import File, Member, PackageBuilder, Symlink, archive_bytes, tar_bytes, zip_bytes
from faults_house import tree
from faults_server import FaultServer

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked here")

CASES = Path(__file__).resolve().parents[3] / "shared" / "spec" / "cases" / "safe_extraction.json"
SUFFIXES = (".conda", ".tar.bz2")
STEM = "evil-1-0"
FARAWAY = ("/evil", "/srv/evil", "/a", "/etc/evil")
"""Where hostile members of the cases point."""


@pytest.fixture(scope="module")
def server() -> Iterator[FaultServer]:
    with FaultServer() as server:
        yield server


class Target(NamedTuple):
    """A home with a secret, one environment that is well, and a channel that is not."""

    folder: Path
    server: FaultServer

    @property
    def prefix(self) -> Path:
        return self.folder / "envs" / "victim"

    @property
    def pkgs(self) -> Path:
        return self.folder / "home" / ".conda" / "pkgs"

    def offer(self, archive: bytes, suffix: str = ".conda", *, key: str = "", **entry: Any) -> None:
        """Put an archive into the channel; `entry` is laid over its repodata record, `key` is its file name there."""
        subdir = self.folder / "channel" / "noarch"
        subdir.mkdir(parents=True, exist_ok=True)
        (subdir / f"{STEM}{suffix}").write_bytes(archive)
        record = {
            "name": "evil",
            "version": "1",
            "build": "0",
            "build_number": 0,
            "depends": [],
            "subdir": "noarch",
            "noarch": "generic",
            "sha256": hashlib.sha256(archive).hexdigest(),
            "size": len(archive),
            **entry,
        }
        section = "packages.conda" if suffix == ".conda" else "packages"
        document = {"info": {"subdir": "noarch"}, section: {key or f"{STEM}{suffix}": record}}
        (subdir / "repodata.json").write_text(json.dumps(document), encoding="utf-8")

    def offer_members(self, members: Iterable[Member], suffix: str = ".conda", **entry: Any) -> None:
        self.offer(archive_bytes(STEM, suffix, members), suffix, **entry)

    def create(self, *specs: str, timeout: float = 120) -> Ended:
        conda = Conda(self.folder / "home", environ={"CONDA_CHANNELS": f"file://{self.folder}/channel"})
        words = ["create", "-y", "-p", str(self.prefix), *(specs or ("evil",))]
        return self.server.run_all([(conda, words)], timeout=timeout)[0]

    def outside(self) -> dict[str, str]:
        """Return everything that no command should have touched."""
        kept = {
            path: kind for path, kind in tree(str(self.folder)).items() if not path.startswith(("channel", "home/"))
        }
        return {**kept, **{path: str(os.path.lexists(path)) for path in FARAWAY}}

    def refuses(self, *told: str, timeout: float = 120) -> str:
        """Check that the package is refused, with these words, and that nothing of it is left; return the error."""
        before = self.outside()
        ended = self.create(timeout=timeout)
        assert ended.status == 1, ended
        assert "Traceback" not in ended.stderr
        assert ended.stderr.isprintable() or all(c.isprintable() or c == "\n" for c in ended.stderr), ended.stderr
        assert all(text in ended.stderr for text in told), ended.stderr
        assert self.outside() == before
        assert not (self.pkgs / STEM).exists()
        assert [path for path in self.pkgs.glob(".*/*") if path.parent.name != ".leases"] == []
        return ended.stderr


@pytest.fixture
def target(tmp_path: Path, server: FaultServer) -> Target:
    (tmp_path / "home").mkdir()
    (tmp_path / "secret").write_text("of the user", encoding="utf-8")
    (tmp_path / "envs").mkdir()
    return Target(tmp_path, server)


def members(*hostile: Member, files: Mapping[str, Any] | None = None, **fields: Any) -> list[Member]:
    """Return the members of a package that is well but for the hostile ones."""
    builder = PackageBuilder("evil", "1", "0", noarch="generic", files=files or {"share/fine": "fine"}, **fields)
    return [*builder.members(), *hostile]


def cases() -> list[Any]:
    if not CASES.is_file():
        return [pytest.param({}, marks=pytest.mark.skip(reason="there is no folder `shared` beside the repository"))]
    return [pytest.param(case, id=case["name"]) for case in json.loads(CASES.read_text(encoding="utf-8"))]


def member_of(entry: Mapping[str, Any]) -> Member:
    return Member(
        entry["name"],
        entry["type"],
        content=b"x" if entry["type"] == "file" else b"",
        target=entry.get("target", ""),
        mode=int(entry.get("mode", "0644"), 8),
    )


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("case", cases())
def test_every_case_of_safe_extraction(target: Target, case: dict[str, Any], suffix: str) -> None:
    described = case["members"]
    if any("count" in entry for entry in described):
        # Two of one name are refused already; that there are too many is tested with names of their own.
        described = [{**described[0], "count": 1}] * 2
    target.offer_members(members(*map(member_of, described)), suffix)

    if case["expected"].startswith("error"):
        target.refuses(f"{STEM}{suffix}")
        assert not (target.pkgs / f"{STEM}{suffix}").exists()
        return
    ended = target.create()
    assert ended.status == 0, ended
    last = target.pkgs / STEM / described[-1]["name"]
    if case["expected"].startswith("ok"):
        assert os.path.lexists(last)
    if ", mode " in case["expected"]:
        mode = int(case["expected"].rpartition("mode ")[2].split()[0], 8) & ~umask()
        assert stat.S_IMODE(os.lstat(last).st_mode) == mode
    if case["expected"] == "ignored":
        assert json.loads(last.read_text(encoding="utf-8"))["name"] == "evil"


def umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


@pytest.mark.parametrize(
    "path",
    ["../secret", "/evil", "a/../../../secret", "conda-meta/history", "Conda-Meta/x", "C:/x", "a\\b", "a\nb", "", "."],
)
def test_a_path_of_the_manifest_that_leads_elsewhere(target: Target, path: str) -> None:
    manifest = {"paths_version": 1, "paths": [{"_path": path, "path_type": "hardlink"}]}
    target.offer_members(members(info={"paths.json": json.dumps(manifest)}))

    target.refuses(STEM)


@pytest.mark.parametrize("line", ["../secret", "/evil", "conda-meta/history"])
def test_a_path_of_the_old_manifest_that_leads_elsewhere(target: Target, line: str) -> None:
    target.offer_members(members(legacy=True, info={"files": line + "\n"}), ".tar.bz2")

    target.refuses(STEM)


@pytest.mark.parametrize(
    "manifest",
    [
        "[]",
        "{",
        '{"paths_version": 2, "paths": []}',
        '{"paths_version": 1, "paths": [1]}',
        '{"paths_version": 1, "paths": [{"_path": "share/fine", "path_type": "device"}]}',
        '{"paths_version": 1, "paths": [{"_path": "share/fine", "size_in_bytes": -1}]}',
        '{"paths_version": 1, "paths": [{"_path": "share/fine"}, {"_path": "share//fine"}]}',
        '{"paths_version": 1, "paths": [{"_path": "share/not-there"}]}',
        "[" * 100_000,
    ],
)
def test_a_manifest_that_makes_no_sense(target: Target, manifest: str) -> None:
    target.offer_members(members(info={"paths.json": manifest}))

    target.refuses(STEM)


@pytest.mark.parametrize(
    "point",
    [
        "../../../secret = evil:main",
        "/evil = evil:main",
        ".hidden = evil:main",
        "a/b = evil:main",
        "x = evil:main\nimport os",
        "x = evil;import os:main",
        "x = evil:main;os.system('true')",
        "x\n#!/bin/sh\n = evil:main",
        "x = import:class",
    ],
)
def test_an_entry_point_that_is_none(target: Target, point: str) -> None:
    python = PackageBuilder("python", "3.11.0", "0", noarch="generic", files={"bin/python": File("#!/bin/sh\n", 0o755)})
    builder = PackageBuilder("evil", "1", "0", noarch="python", entry_points=[point])
    target.offer(builder.archive(), noarch="python")
    subdir = target.folder / "channel" / "noarch"
    document = json.loads((subdir / "repodata.json").read_text(encoding="utf-8"))
    archive = python.archive()
    (subdir / "python-3.11.0-0.conda").write_bytes(archive)
    document["packages.conda"]["python-3.11.0-0.conda"] = {
        **python.index(),
        "sha256": hashlib.sha256(archive).hexdigest(),
        "size": len(archive),
    }
    (subdir / "repodata.json").write_text(json.dumps(document), encoding="utf-8")
    before = target.outside()

    ended = target.create("evil", "python")

    assert ended.status == 1
    assert "Traceback" not in ended.stderr
    assert "entry point" in ended.stderr
    assert target.outside() == before


@pytest.mark.parametrize(
    ("key", "entry"),
    [
        ("../../evil-1-0.conda", {}),
        ("/evil-1-0.conda", {}),
        ("..\\evil-1-0.conda", {}),
        ("", {"name": "../evil"}),
        ("", {"build": "../../0"}),
        ("", {"build": "/0"}),
        ("", {"version": "1/../../1"}),
        ("", {"fn": "../../evil-1-0.conda"}),
        ("", {"subdir": "../noarch"}),
    ],
)
def test_names_in_repodata_that_are_used_as_paths(target: Target, key: str, entry: dict[str, Any]) -> None:
    target.offer_members(members(), key=key, **entry)
    before = target.outside()

    ended = target.create()

    assert "Traceback" not in ended.stderr
    after = target.outside()
    if ended.status:
        assert after == before
    else:
        # What the channel says beside the key of the entry is not used.
        assert "fn" in entry or "subdir" in entry
        assert {path for path in after if path not in before} >= {"envs/victim"}
        assert all(path.startswith("envs/victim") for path in after if path not in before)
    assert all(path.parent == target.pkgs for path in target.folder.rglob("evil-1-0*") if "home" in path.parts[:-1])


def test_a_package_that_is_another_than_it_was_announced(target: Target) -> None:
    target.offer(PackageBuilder("other", "1", "0", noarch="generic", files={"a": "a"}).archive())

    target.refuses("other-1-0")


def test_links_that_lead_out_in_steps(target: Target) -> None:
    files = {"lib/a": Symlink("b"), "lib/b": Symlink(".."), "share/fine": "fine"}
    target.offer_members(members(Member("lib/c", "symlink", target="b/../../secret"), files=files))

    target.refuses(STEM)


def test_a_link_of_one_package_is_no_way_for_another(target: Target) -> None:
    """A link that stays inside its own tree must not lead what another package writes out of the environment."""
    first = PackageBuilder("first", "1", "0", noarch="generic", files={"lib/up": Symlink("../share"), "share/x": "x"})
    second = PackageBuilder("second", "1", "0", noarch="generic", files={"lib/up/conda": "y", "lib/up/x": "not x"})
    subdir = target.folder / "channel" / "noarch"
    subdir.mkdir(parents=True)
    found = {}
    for package in (first, second):
        archive = package.archive()
        (subdir / f"{package.stem}.conda").write_bytes(archive)
        digest = hashlib.sha256(archive).hexdigest()
        found[f"{package.stem}.conda"] = {**package.index(), "sha256": digest, "size": len(archive)}
    document = {"info": {"subdir": "noarch"}, "packages.conda": found}
    (subdir / "repodata.json").write_text(json.dumps(document), encoding="utf-8")
    before = target.outside()

    ended = target.create("first", "second")

    assert "Traceback" not in ended.stderr
    added = {path for path in target.outside() if path not in before}
    assert all(path.startswith("envs/victim") for path in added)
    assert (target.pkgs / "first-1-0" / "share" / "x").read_text(encoding="utf-8") == "x"


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_bomb_is_put_out_early(target: Target, suffix: str) -> None:
    zeros = bytes(40 << 20)
    compress = zstandard.ZstdCompressor(level=1).compress
    bomb = [Member(f"share/{number}", content=zeros) for number in range(2)]
    target.offer(archive_bytes(STEM, suffix, members(*bomb), compress), suffix)

    target.refuses("unpacks to more than")


def test_a_container_with_two_descriptions_is_refused(target: Target) -> None:
    archive = archive_bytes(STEM, ".conda", members())
    # The name stands in the file twice: before the content, and in the list at the end.
    target.offer(archive.replace(b"pkg-evil-1-0.tar.zst", b"info-evil-1-.tar.zst"))

    target.refuses("2 members")


@pytest.mark.full
def test_two_million_members(target: Target) -> None:
    content = zstandard.ZstdCompressor(level=1).compressobj()
    pieces = []
    for start in range(0, 2_000_000, 10_000):
        block = tar_bytes(Member(f"d{start}/{number}") for number in range(start, start + 10_000))
        pieces.append(content.compress(block[: 10_000 * 512]))
    pieces.append(content.compress(bytes(1024)) + content.flush())
    info = tar_bytes(member for member in members() if member.name.startswith("info/"))
    parts = [
        ("metadata.json", b'{"conda_pkg_format_version": 2}'),
        (f"pkg-{STEM}.tar.zst", b"".join(pieces)),
        (f"info-{STEM}.tar.zst", zstandard.ZstdCompressor().compress(info)),
    ]
    target.offer(zip_bytes(parts))

    target.refuses("members", timeout=600)


@pytest.mark.parametrize(
    "text",
    ["\x1b]0;owned\x07\x1b[2J", "\u202egnp.exe", "a\r\nerror: all is well"],
    ids=["terminal", "direction", "line"],
)
def test_what_an_archive_says_does_not_reach_the_terminal(target: Target, text: str) -> None:
    target.offer_members(members(Member(f"../{text}")))

    assert text not in target.refuses(STEM)
