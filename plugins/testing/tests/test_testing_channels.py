"""The builder of channels, and the sample channel that is made with it."""

from __future__ import annotations

import hashlib
import json
import os
import runpy
import shutil
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import zstandard

from conda_testing.channels import ChannelBuilder
from conda_testing.packages import PackageBuilder, compressed_frame

EXAMPLES = Path(__file__).resolve().parents[3] / "examples"


def repodata(folder: Path, subdir: str) -> Any:
    """Return the repodata of a subdir as it stands on disk."""
    return json.loads((folder / subdir / "repodata.json").read_text())


def test_an_added_package_stands_in_the_repodata_with_digests_and_size(tmp_path: Path) -> None:
    channel = ChannelBuilder(str(tmp_path))
    channel.add("numpy", "1.26", "py312_1", depends=["python"])
    channel.write()
    archive = (tmp_path / "linux-64" / "numpy-1.26-py312_1.conda").read_bytes()
    assert repodata(tmp_path, "linux-64")["packages.conda"] == {
        "numpy-1.26-py312_1.conda": {
            "name": "numpy",
            "version": "1.26",
            "build": "py312_1",
            "build_number": 1,
            "depends": ["python"],
            "subdir": "linux-64",
            "size": len(archive),
            "md5": hashlib.md5(archive, usedforsecurity=False).hexdigest(),
            "sha256": hashlib.sha256(archive).hexdigest(),
        }
    }


def test_each_format_stands_in_its_own_map(tmp_path: Path) -> None:
    channel = ChannelBuilder(str(tmp_path))
    channel.add("a", "1", suffix=".tar.bz2")
    channel.add("a", "1", suffix=".conda")
    document = channel.repodata("linux-64")
    assert (list(document["packages"]), list(document["packages.conda"])) == (["a-1-0.tar.bz2"], ["a-1-0.conda"])


def test_noarch_is_always_written(tmp_path: Path) -> None:
    ChannelBuilder(str(tmp_path)).write()
    assert repodata(tmp_path, "noarch") == {
        "info": {"subdir": "noarch"},
        "packages": {},
        "packages.conda": {},
        "removed": [],
        "repodata_version": 1,
    }


@pytest.mark.parametrize("compress", [None, compressed_frame])
def test_the_compressed_repodata_is_the_plain_one(tmp_path: Path, compress: Any) -> None:
    channel = ChannelBuilder(str(tmp_path), **({"compress": compress} if compress else {}))
    channel.add_record("a", "1")
    channel.write()
    for subdir in ("linux-64", "noarch"):
        frame = (tmp_path / subdir / "repodata.json.zst").read_bytes()
        plain = (tmp_path / subdir / "repodata.json").read_bytes()
        assert zstandard.ZstdDecompressor().stream_reader(frame).read() == plain


def test_the_order_of_adding_does_not_show(tmp_path: Path) -> None:
    first, second = ChannelBuilder(str(tmp_path / "first")), ChannelBuilder(str(tmp_path / "second"))
    for channel, names in ((first, "ab"), (second, "ba")):
        for name in names:
            channel.add(name, "1")
        channel.write()
    for path in ("linux-64/repodata.json", "linux-64/repodata.json.zst", "linux-64/a-1-0.conda"):
        assert (tmp_path / "first" / path).read_bytes() == (tmp_path / "second" / path).read_bytes()


def test_a_record_without_an_archive_is_no_file(tmp_path: Path) -> None:
    channel = ChannelBuilder(str(tmp_path))
    record = channel.add_record("a", "1", "h_2", constrains=["b <2"], timestamp=5, noarch="python", sha256="00")
    channel.write()
    assert sorted(os.listdir(tmp_path / "noarch")) == ["repodata.json", "repodata.json.zst"]
    assert (record["build_number"], record["constrains"], record["timestamp"]) == (2, ["b <2"], 5)
    assert (record["sha256"], record["noarch"]) == ("00", "python")
    assert repodata(tmp_path, "noarch")["packages.conda"]["a-1-h_2.conda"] == record


def test_records_say_where_they_come_from(tmp_path: Path) -> None:
    channel = ChannelBuilder(str(tmp_path / "my channel"))
    channel.add_record("b", "1", noarch="generic")
    channel.add_record("a", "1", subdir="osx-64")
    url = f"file://{tmp_path.as_posix()}/my%20channel"
    assert channel.url == url
    assert [(each["name"], each["fn"], each["url"], each["channel"]) for each in channel.records()] == [
        ("b", "b-1-0.conda", f"{url}/noarch/b-1-0.conda", url),
        ("a", "a-1-0.conda", f"{url}/osx-64/a-1-0.conda", url),
    ]


def test_a_patched_record_leaves_the_archive_alone(tmp_path: Path) -> None:
    channel = ChannelBuilder(str(tmp_path), info={"base_url": "https://example.com/"})
    package = PackageBuilder("a", "1", depends=["b"])
    record = channel.add_package(package, record={"depends": ["b <2"]})
    assert record["depends"] == ["b <2"]
    assert (tmp_path / "linux-64" / "a-1-0.conda").read_bytes() == package.archive()
    assert channel.repodata("linux-64")["info"] == {"subdir": "linux-64", "base_url": "https://example.com/"}


def test_changing_what_was_returned_changes_no_channel(tmp_path: Path) -> None:
    channel = ChannelBuilder(str(tmp_path))
    channel.add_record("a", "1")["name"] = "b"
    assert [record["name"] for record in channel.records()] == ["a"]


def test_the_same_file_cannot_be_added_twice(tmp_path: Path) -> None:
    channel = ChannelBuilder(str(tmp_path))
    archive = tmp_path / "linux-64" / "a-1-0.conda"
    channel.add("a", "1")
    before = archive.read_bytes()
    with pytest.raises(ValueError, match=r"`linux-64/a-1-0\.conda` already"):
        channel.add("a", "1", files={"other": ""})
    assert archive.read_bytes() == before


def test_rattler_reads_the_repodata(tmp_path: Path) -> None:
    rattler = pytest.importorskip("rattler")
    channel = ChannelBuilder(str(tmp_path))
    channel.add("a", "1.5", "x_2", depends=["b >=1"], constrains=["c <3"], suffix=".tar.bz2")
    added = channel.add("b", "1")
    channel.write()
    data = rattler.RepoData.from_path(str(tmp_path / "linux-64" / "repodata.json"))
    records = {each.name.normalized: each for each in data.into_repo_data(rattler.Channel(channel.url))}
    assert (str(records["a"].version), records["a"].build_number, records["a"].depends) == ("1.5", 2, ["b >=1"])
    assert (records["b"].sha256.hex(), records["b"].size) == (added["sha256"], added["size"])


def test_the_sample_channel_is_what_its_script_makes() -> None:
    done = run_script(EXAMPLES / "make_channel.py", "--check")
    assert (done.returncode, done.stderr) == (0, "")


def test_the_check_of_the_sample_channel_names_what_differs(tmp_path: Path) -> None:
    copied = tmp_path / "examples"
    shutil.copytree(EXAMPLES, copied)
    (copied / "channel" / "noarch" / "repodata.json").write_text("{}")
    (copied / "channel" / "stray").write_text("")
    done = run_script(copied / "make_channel.py", "--check")
    assert done.returncode == 1
    assert done.stderr.strip().endswith(f"{os.path.join('noarch', 'repodata.json')}, stray")
    run_script(copied / "make_channel.py")
    assert run_script(copied / "make_channel.py", "--check").returncode == 0


def run_script(script: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a script with this interpreter and return what came of it."""
    return subprocess.run([sys.executable, str(script), *arguments], capture_output=True, text=True, check=False)


def test_the_sample_channel_is_small_and_has_both_formats() -> None:
    files = [path for path in (EXAMPLES / "channel").rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 20_000
    assert {"".join(path.suffixes[-2:]) for path in files} >= {".json.zst", ".tar.bz2"}
    assert {path.parent.name for path in files} == {"noarch", "linux-64"}
    assert any(path.suffix == ".conda" for path in files)


@pytest.mark.skipif(os.name == "nt", reason="the programs of the sample channel are for POSIX shells")
@pytest.mark.parametrize(
    ("program", "library", "said"),
    [
        ("noarch/hello-1.0-0.conda", "noarch/greeting-2.0-0.conda", "Good day, world!\n"),
        ("noarch/hello-1.0-0.conda", "noarch/greeting-1.0-0.tar.bz2", "Hello, world!\n"),
        ("linux-64/hello-classic-1.0-0.tar.bz2", "noarch/greeting-1.0-0.tar.bz2", "Hello, world!\n"),
    ],
)
def test_the_sample_programs_greet(tmp_path: Path, program: str, library: str, said: str) -> None:
    streaming = pytest.importorskip("rattler.package_streaming")
    prefix = tmp_path / "my prefix"
    for number, package in enumerate((program, library)):
        streaming.extract(str(EXAMPLES / "channel" / package), str(tmp_path / str(number)))
        shutil.copytree(tmp_path / str(number), prefix, dirs_exist_ok=True)
    placeholder = runpy.run_path(str(EXAMPLES / "make_channel.py"))["PREFIX"]
    [script] = (prefix / "bin").iterdir()
    script.write_text(script.read_text().replace(placeholder, str(prefix)))
    assert stat.S_IMODE(script.stat().st_mode) & stat.S_IXUSR
    assert subprocess.run([str(script)], capture_output=True, text=True, check=True).stdout == said
