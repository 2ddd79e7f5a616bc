"""Copies channels and changes their indexes: other sizes for all packages of every twentieth name.

    python benchmarks/solving_changed.py FORM FOLDER [COPY]

FORM is `flat` or `shards`. With COPY the channel in the folder is copied there, else the one in the folder is changed.
It is a process of its own, since the memory of one that measures counts for those that it begins.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
from typing import Any

import msgspec
import zstandard

STEP = 20
INDEX, SUFFIX = "repodata_shards.msgpack.zst", ".msgpack.zst"
_ONLY_FLAT = shutil.ignore_patterns("shards", "*.zst")
_LARGEST = 1 << 28


def copy_flat(folder: str, into: str) -> None:
    """Copy the flat files of a channel."""
    shutil.copytree(folder, into, ignore=_ONLY_FLAT)


def change_flat(folder: str) -> None:
    """Change the flat files of a channel."""
    for subdir in sorted(os.listdir(folder)):
        path = os.path.join(folder, subdir, "repodata.json")
        with open(path, encoding="utf-8") as file:
            document = json.load(file)
        records = [*document.get("packages", {}).values(), *document.get("packages.conda", {}).values()]
        names = set(sorted({record["name"] for record in records})[::STEP])
        _resize(record for record in records if record["name"] in names)
        with open(path, "w", encoding="utf-8") as file:
            json.dump(document, file, separators=(",", ":"))


def copy_shards(folder: str, into: str) -> None:
    """Copy the index of shards of a channel, and link the shards themselves."""
    for subdir in sorted(os.listdir(folder)):
        here, there = os.path.join(folder, subdir), os.path.join(into, subdir)
        os.makedirs(os.path.join(there, "shards"))
        shutil.copy(os.path.join(here, INDEX), there)
        for name in os.listdir(os.path.join(here, "shards")):
            os.symlink(os.path.join(os.path.abspath(here), "shards", name), os.path.join(there, "shards", name))


def change_shards(folder: str) -> None:
    """Change shards of a channel, which lie in the folder `shards` of each subdir, and the index that names them."""
    for subdir in sorted(os.listdir(folder)):
        path = os.path.join(folder, subdir, INDEX)
        index = _read(path)
        for name in sorted(index["shards"])[::STEP]:
            shard = _read(os.path.join(folder, subdir, "shards", index["shards"][name].hex() + SUFFIX))
            _resize(record for kind in ("packages", "packages.conda") for record in shard.get(kind, {}).values())
            content = _packed(shard)
            index["shards"][name] = digest = hashlib.sha256(content).digest()
            with open(os.path.join(folder, subdir, "shards", digest.hex() + SUFFIX), "wb") as file:
                file.write(content)
        with open(path, "wb") as file:
            file.write(_packed(index))


def _resize(records: Any) -> None:  # noqa: ANN401 - records as they are decoded
    for record in records:
        record["size"] = record.get("size", 0) + 1


def _read(path: str) -> Any:  # noqa: ANN401 - a document
    with open(path, "rb") as file:
        return msgspec.msgpack.decode(zstandard.decompress(file.read(), max_output_size=_LARGEST))


def _packed(document: object) -> bytes:
    return zstandard.compress(msgspec.msgpack.encode(document))


if __name__ == "__main__":
    form, *folders = sys.argv[1:]
    if len(folders) > 1:
        {"flat": copy_flat, "shards": copy_shards}[form](*folders)
    else:
        {"flat": change_flat, "shards": change_shards}[form](*folders)
