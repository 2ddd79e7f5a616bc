"""Unfinished files: whose they are, what is kept, what a full disk says."""

from __future__ import annotations

import errno
import hashlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from conda_fetch.failures import write_failure
from conda_fetch.partial_file import PartialFile
from conda_kernel.errors import FetchError

SENTENCE = b"what has come so far"


def opened(target: str, *, resumable: bool, digests: tuple[str, ...] = ("sha256",)) -> PartialFile:
    file = PartialFile(target, resumable=resumable, digests=digests)
    file.read_back()
    return file


def test_a_file_appears_under_its_name_only_when_it_is_complete(tmp_path: Path) -> None:
    file = opened(str(tmp_path / "new" / "x"), resumable=False)
    file.write(SENTENCE)
    assert not (tmp_path / "new" / "x").exists()
    file.commit()

    assert (tmp_path / "new" / "x").read_bytes() == SENTENCE
    assert file.digests == {"sha256": hashlib.sha256(SENTENCE).hexdigest()}
    assert os.listdir(tmp_path / "new") == ["x"]


def test_an_old_file_stays_until_the_new_one_is_complete(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"old")
    file = opened(str(tmp_path / "x"), resumable=False)
    file.write(SENTENCE)
    file.release()

    assert (tmp_path / "x").read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["x"]


def test_the_next_one_goes_on_where_the_last_one_ended(tmp_path: Path) -> None:
    first = opened(str(tmp_path / "x"), resumable=True)
    first.write(SENTENCE[:8])
    first.release()
    second = opened(str(tmp_path / "x"), resumable=True, digests=("sha256", "md5"))
    assert second.size == 8
    second.write(SENTENCE[8:])
    second.commit()

    assert (tmp_path / "x").read_bytes() == SENTENCE
    assert second.digests["md5"] == hashlib.md5(SENTENCE, usedforsecurity=False).hexdigest()


def test_an_empty_unfinished_file_is_not_kept(tmp_path: Path) -> None:
    opened(str(tmp_path / "x"), resumable=True).release()

    assert os.listdir(tmp_path) == []


def test_a_file_that_another_has_is_left_to_it(tmp_path: Path) -> None:
    first = opened(str(tmp_path / "x"), resumable=True)
    first.write(SENTENCE[:8])
    second = opened(str(tmp_path / "x"), resumable=True)
    assert (second.size, second.resumable) == (0, False)
    second.write(SENTENCE)
    second.commit()
    first.write(SENTENCE[8:])
    first.commit()

    assert (tmp_path / "x").read_bytes() == SENTENCE
    assert os.listdir(tmp_path) == ["x"]


def test_what_a_killed_process_has_got_is_kept(tmp_path: Path) -> None:
    program = (
        "import sys, time\nfrom conda_fetch.partial_file import PartialFile\n"
        "file = PartialFile(sys.argv[1], resumable=True)\nfile.write(b'first half')\n"
        "print('written', flush=True)\ntime.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", program, str(tmp_path / "x")], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"written\n"
        process.send_signal(signal.SIGKILL)

    assert opened(str(tmp_path / "x"), resumable=True).size == len(b"first half")


def test_a_link_in_the_place_of_the_unfinished_file_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "precious").write_bytes(b"precious")
    (tmp_path / "x.partial").symlink_to(tmp_path / "precious")
    file = opened(str(tmp_path / "x"), resumable=True)
    file.restart()
    file.write(SENTENCE)
    file.commit()

    assert (tmp_path / "precious").read_bytes() == b"precious"
    assert (tmp_path / "x").read_bytes() == SENTENCE


def test_an_abandoned_file_has_no_name_any_more(tmp_path: Path) -> None:
    file = opened(str(tmp_path / "x"), resumable=False)
    file.abandon()
    file.write(SENTENCE)
    file.release()

    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    ("number", "reason", "told"),
    [
        (errno.ENOSPC, "no space", "no space left on device"),
        (errno.EDQUOT, "no space", "disk quota exceeded"),
        (errno.EACCES, "permission", "permission denied"),
        (errno.EROFS, "permission", "read-only file system"),
        (errno.EIO, "write", "input/output error"),
    ],
)
def test_the_reason_of_a_failure_is_told(number: int, reason: str, told: str) -> None:
    error = write_failure(OSError(number, "?"), "/pkgs/a.conda")

    assert (str(error), error.fields["reason"]) == (f"cannot write `/pkgs/a.conda`: {told}", reason)
    assert "pkgs_dirs" in error.hint


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no device that is always full")
def test_a_full_disk_is_told_as_such(tmp_path: Path) -> None:
    file = opened(str(tmp_path / "x"), resumable=False)
    full = os.open("/dev/full", os.O_WRONLY)
    os.dup2(full, file._descriptor or -1)
    os.close(full)

    with pytest.raises(FetchError, match="no space left on device"):
        file.write(SENTENCE)
    file.release()
    assert os.listdir(tmp_path) == []
