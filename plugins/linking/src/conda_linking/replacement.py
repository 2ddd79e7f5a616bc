"""Replaces the placeholder of a package by the prefix that it is linked into (CEP 34)."""

from __future__ import annotations

import os
import re
import sys
from functools import lru_cache

from conda_kernel.model.paths import printable
from conda_kernel.model.subdir import is_windows
from conda_linking.faults import PlaceholderTooShort

LONGEST_SHEBANG = 127 if sys.platform.startswith("linux") else 512
"""How many bytes of a first line the system's kernel reads at least."""

_ENCODINGS = (("utf-8", 1), ("utf-16-le", 2), ("utf-16-be", 2), ("utf-32-le", 4), ("utf-32-be", 4))
_SHEBANG = re.compile(rb"#![ \t]*(?P<program>(?:\\ |[^\s])+)(?P<options>[^\r\n]*)")
_PYTHON = re.compile(rb"(?:python|pypy)[0-9.]*[a-z]?")
_ENCODING_LINE = re.compile(rb"[ \t\f]*#.*?coding[:=][ \t]*[-\w.]+[^\n]*\n")
# What neither a quoted word of `sh` nor a text of Python between three quotes takes as it is.
_NOT_QUOTABLE = re.compile(rb"[\"'$`\\\r\n]")


def replaced(  # noqa: PLR0913 - the file, what is in it, what comes in its place
    data: bytes, mode: str, placeholder: str, prefix: str, subdir: str, path: str
) -> bytes:
    """Return the content of a file with the prefix in it; `path` stands in errors.

    `mode` is `text` or `binary`, `subdir` says for which platform the file is. Raises `PlaceholderTooShort`.
    """
    if mode == "binary":
        if is_windows(subdir):
            return data
        check_room(placeholder, prefix, path)
        return _replaced_in_strings(data, placeholder, prefix)
    if is_windows(subdir):
        prefix = prefix.replace("\\", "/")
    else:
        data = _with_fitting_shebang(data, os.fsencode(placeholder), os.fsencode(prefix))
    for old, new, _ in _pairs(placeholder, prefix):
        data = data.replace(old, new)
    return data


def check_room(placeholder: str, prefix: str, path: str) -> None:
    """Raise `PlaceholderTooShort` when the prefix is longer than what it is to replace."""
    room, need = len(os.fsencode(placeholder)), len(os.fsencode(prefix))
    if need > room:
        raise PlaceholderTooShort(
            f"`{printable(path)}` has room for a prefix of {room} bytes, and `{printable(prefix)}` has {need}",
            hint="choose a shorter path for the environment",
            path=path,
            placeholder=placeholder,
            placeholder_length=room,
            prefix_length=need,
        )


def shebang(program: bytes, options: bytes, rest: bytes) -> bytes:
    """Return a script that `program` runs with `options`, where a first line may be too short to say so.

    `rest` is what follows the first line. A Python script is then run by `sh`, which at once gives way to the program;
    for others `env` looks for the program along `PATH`.
    """
    line = b"#!" + program + options
    if len(line) <= LONGEST_SHEBANG and not re.search(rb"\s", program):
        return line + rest
    name = program.rpartition(b"/")[2]
    if _PYTHON.fullmatch(name) and not _NOT_QUOTABLE.search(program + options) and b"__future__" not in rest:
        return _run_by_shell(program, options, rest)
    return b"#!/usr/bin/env " + name + options + rest


def _run_by_shell(program: bytes, options: bytes, rest: bytes) -> bytes:
    """Return a script that is a text without effect to Python and the start of Python to `sh`."""
    body = rest.removeprefix(b"\r").removeprefix(b"\n")
    encoding = _ENCODING_LINE.match(body)
    if encoding is not None:
        body = body[encoding.end() :]
    return (
        b"#!/bin/sh\n"
        + (encoding[0] if encoding is not None else b"")
        + b"'''exec' \""
        + program
        + b'"'
        + options
        + b' "$0" "$@"\n'
        + b"' '''\n"
        + body
    )


def _with_fitting_shebang(data: bytes, placeholder: bytes, prefix: bytes) -> bytes:
    found = _SHEBANG.match(data)
    if found is None or not found["program"].startswith(placeholder):
        return data
    program, options = (found[part].replace(placeholder, prefix) for part in ("program", "options"))
    return shebang(program, options, data[found.end() :])


def _replaced_in_strings(data: bytes, placeholder: str, prefix: str) -> bytes:
    for old, new, width in _pairs(placeholder, prefix):
        if old in data:
            data = _replaced_in_wide_strings(data, old, new, width)
    return data


def _replaced_in_wide_strings(data: bytes, old: bytes, new: bytes, width: int) -> bytes:
    """Replace in each string that ends with a NUL of `width` bytes, and pad it there to its length."""
    pieces = []
    done = 0
    start = _aligned(data, old, 0, width)
    while start >= 0:
        end = _aligned(data, bytes(width), start + len(old), width, start % width)
        if end < 0:
            break
        text = data[start:end]
        changed = _replaced_units(text, old, new, width)
        pieces += [data[done:start], changed, bytes(len(text) - len(changed))]
        done = end
        start = _aligned(data, old, end, width)
    return b"".join([*pieces, data[done:]])


def _replaced_units(text: bytes, old: bytes, new: bytes, width: int) -> bytes:
    pieces = []
    done = 0
    start = 0
    while start >= 0:
        pieces += [text[done:start], new]
        done = start + len(old)
        start = _aligned(text, old, done, width)
    return b"".join([*pieces, text[done:]])


def _aligned(data: bytes, wanted: bytes, start: int, width: int, remainder: int = 0) -> int:
    """Return where `wanted` begins at a multiple of `width` (plus `remainder`), or -1."""
    found = data.find(wanted, start)
    while found >= 0 and found % width != remainder:
        found = data.find(wanted, found + 1)
    return found


@lru_cache(maxsize=64)
def _pairs(placeholder: str, prefix: str) -> tuple[tuple[bytes, bytes, int], ...]:
    """Return placeholder and prefix in each encoding that has both, with the bytes of a unit."""
    pairs = [(os.fsencode(placeholder), os.fsencode(prefix), 1)]
    for encoding, width in _ENCODINGS[1:]:
        try:
            pairs.append((placeholder.encode(encoding), prefix.encode(encoding), width))
        except UnicodeEncodeError:
            continue
    return tuple(pairs)
