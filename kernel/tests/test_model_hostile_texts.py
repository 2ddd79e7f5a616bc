"""Whatever text a channel or a file holds, reading it takes time in proportion to its length."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

import pytest

from conda_kernel.model.channel import Channel, ChannelSettings
from conda_kernel.model.errors import CondaError
from conda_kernel.model.explicit import ExplicitPackage, parse_explicit
from conda_kernel.model.frozen import frozen_message
from conda_kernel.model.history import History
from conda_kernel.model.manifest import parse_has_prefix
from conda_kernel.model.match_spec import MatchSpec
from conda_kernel.model.paths import printable, safe_relative_path
from conda_kernel.model.pins import parse_pins
from conda_kernel.model.prefix_record import package_summary, prefix_record
from conda_kernel.model.secret import mask_secrets
from conda_kernel.model.version import Version
from conda_kernel.model.version_spec import VersionSpec

LENGTH = 50_000
SECONDS = 3.0  # a time that grows with the square of the length is twenty seconds and more
SETTINGS = ChannelSettings(working_folder="/w", home="/h")


def channel(text: str) -> object:
    return Channel.parse(text, SETTINGS).name


def explicit_url(text: str) -> object:
    return ExplicitPackage.parse(text).url({}, "/w", "/h")


def record(text: str) -> object:
    return prefix_record(text, "/e/conda-meta/a.json")


def summary(text: str) -> object:
    return package_summary(text, "/e/conda-meta/a.json", str)


def pins(text: str) -> object:
    return parse_pins(text, "/p")


HOSTILE: dict[Callable[[str], object], list[tuple[str, str, str]]] = {
    printable: [("", "\x1b]", ""), ("", "\x1b[", ""), ("", "\x1bP\x1b", ""), ("", "\x9b", ""), ("\x1b]", "a", "")],
    mask_secrets: [
        ("", "a@", ""),
        ("", "a:@", ""),
        ("", "https://a:", ""),
        ("", "/t/a@", ""),
        ("a:", "b", "@"),
        ("", "file://", "@/t/"),
    ],
    History.parse: [
        ("==>", " ", "x"),
        ("==>", "a ", "<=="),
        ("", "==> a <==\n", ""),
        ("==> t <==\n# update specs: [", "'a', ", "]"),
        ("==> t <==\n# update specs: ['", "\\", "']"),
        ("==> t <==\n# update specs: ", ">=1,", ""),
        ("==> t <==\n#", " ", "x"),
        ("==> t <==\n# ", "a ", "version: x"),
    ],
    channel: [
        ("", "a/", ""),
        ("", "[", "]"),
        ("/", "../", ""),
        ("", "t/a/", ""),
        ("https://h/", "%2", ""),
        ("https://", "a:", "@h"),
        ("c[", "noarch,", "]"),
    ],
    explicit_url: [("/", "${", "/a.conda"), ("/", "%a", "/a.conda"), ("a", " ", ".conda"), ("", "a#", ".conda")],
    parse_explicit: [("", "a.conda\n", ""), ("", "#", ""), ("# platform:", " ", "\n")],
    parse_has_prefix: [("", '"', ""), ("", "' ", ""), ("", "\\", ""), ("", "a b c\n", "")],
    safe_relative_path: [("", "a/", "b"), ("", "./", ""), ("", "../", "")],
    pins: [("", "numpy >=1\n", ""), ("", "#", ""), ("", "[", "")],
    frozen_message: [("", "[", ""), ('{"message": "', "\\u001b]", '"}')],
    record: [("", "[", ""), ("", '{"a":', ""), ('{"files": [', '"a",', '"b"]}')],
    summary: [("", '\n  "files": [\n', ""), ('\n  "files": [\n', "a", "")],
    Version.parse: [
        ("", "1.", "1"),
        ("", "0.", "1a"),
        ("", "1a", ""),
        ("", "9", ""),
        ("1+", "1_", "1"),
        ("", "-_", ""),
    ],
    VersionSpec.parse: [
        ("", "1,", "2"),
        ("", ">=1|", "2"),
        ("", "(", "1"),
        ("", "1.*", ".1"),
        ("^", "(a|", "$"),
        ("", "^a$,", "1"),
        ("", "^a", ""),
    ],
    MatchSpec.parse: [
        ("/", "${", "/a.conda"),
        ("a ", "1 ", ""),
        ("a[", "build=b,", "]"),
        ("a", "[]", ""),
        ("a[when='", "b or ", "c']"),
        ("a[when='", "b[", "']"),
        ("", ":", ""),
        ("^a", "$x", ""),
        ("a[license='", "*a", "']"),
    ],
}
CASES = [
    pytest.param(read, before, middle, after, id=f"{read.__qualname__}-{json.dumps(before + middle + middle + after)}")
    for read, texts in HOSTILE.items()
    for before, middle, after in texts
]


@pytest.mark.parametrize(("read", "before", "middle", "after"), CASES)
def test_no_text_takes_long(read: Callable[[str], object], before: str, middle: str, after: str) -> None:
    text = before + middle * (LENGTH // len(middle)) + after
    start = time.process_time()

    try:
        str(read(text))
    except CondaError:
        pass

    assert time.process_time() - start < SECONDS
