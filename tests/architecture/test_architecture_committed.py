"""What is committed names no place to download from and no path of one machine."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from workspace import ROOT

# Spelled so that this file does not name them itself.
DOWNLOAD_HOSTS = r"pythonhoste[d]|py[p]i\.org|npmj[s]\.|debia[n]\.org|crate[s]\.io|golan[g]\.org"
PATHS_OF_A_MACHINE = r"(?:^|[^A-Za-z0-9_.])/(?:root|work|farm)/"


def unwanted(text: str, places: re.Pattern[str]) -> list[int]:
    """Return the numbers of the lines that name one of the places."""
    return [number for number, line in enumerate(text.splitlines(), start=1) if places.search(line)]


def unwanted_places() -> re.Pattern[str]:
    """Return what matches download hosts and paths of a machine, this one's home and work tree among them."""
    here = [re.escape(f"{path}/") for path in (ROOT, Path.home()) if len(path.parts) > 2]
    return re.compile("|".join([DOWNLOAD_HOSTS, PATHS_OF_A_MACHINE, *here]))


def candidate_files() -> list[Path]:
    """Return what is committed or could be: everything that git does not ignore."""
    try:
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT,
            capture_output=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("this is no git checkout")
    return [ROOT / name for name in listed.stdout.decode().split("\0") if name and (ROOT / name).is_file()]


def test_no_file_names_a_download_host_or_a_path_of_a_machine() -> None:
    places = unwanted_places()
    texts = ((path, path.read_bytes().decode("utf-8", "replace")) for path in candidate_files())

    assert [f"{path.relative_to(ROOT)}:{line}" for path, text in texts for line in unwanted(text, places)] == []


def test_no_lock_file_is_committed() -> None:
    assert [path.name for path in candidate_files() if path.name == "uv.lock"] == []


@pytest.mark.parametrize(
    "line", ["https://files.pythonhoste" + "d.org/packages/a", "see '/wor" + "k/main/kernel'", f"{Path.home()}/x/y"]
)
def test_such_a_line_is_found(line: str) -> None:
    assert unwanted(f"first\n{line}\n", unwanted_places()) == [2]


@pytest.mark.parametrize("line", ["https://conda.example/work", "a/root/b", "homework/x"])
def test_an_innocent_line_is_left_alone(line: str) -> None:
    assert unwanted(line, unwanted_places()) == []
