"""A folder is deleted although another process writes into it."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from conda_commands_cache.kinds import INDEX_CACHE, MOST_ATTEMPTS, Stock, Thing

if TYPE_CHECKING:
    from pathlib import Path

WATCHED: dict[str, int] = {}
"""How often a file is put into a folder that is about to be deleted."""


def write_again(event: str, arguments: tuple[object, ...]) -> None:
    folder = arguments[0] if event == "os.rmdir" else None
    if isinstance(folder, str) and WATCHED.get(folder, 0) > 0:
        WATCHED[folder] -= 1
        with open(os.path.join(folder, "new"), "w", encoding="utf-8"):
            pass


sys.addaudithook(write_again)


def removed(folder: Path, times: int) -> bool:
    (folder / "below").mkdir(parents=True)
    WATCHED[os.fspath(folder)] = times
    thing = Thing(os.fspath(folder.parent), folder.name, 0)
    stock = Stock(lambda: None, (), (), ())  # type: ignore[arg-type, return-value]  # no cache is asked for
    return stock.removed(INDEX_CACHE, (thing,)) == (thing,)


def test_what_is_written_meanwhile_is_deleted_too(tmp_path: Path) -> None:
    assert removed(tmp_path / "cache", 3)
    assert not (tmp_path / "cache").exists()


def test_a_folder_that_is_always_full_stays(tmp_path: Path) -> None:
    assert not removed(tmp_path / "cache", MOST_ATTEMPTS)
    assert (tmp_path / "cache").exists()
