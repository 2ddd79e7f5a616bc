"""A process that provides packages, for tests of several at once and of killed ones; and the downloader they use."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from typing import Any

from conda_kernel.errors import ChecksumMismatch, FetchError
from conda_kernel.kernel import Kernel
from conda_kernel.model.channel_url import url_path
from conda_kernel.model.fetching import Downloaded, FetchRequest
from conda_kernel.model.record import PackageRecord, package_record
from conda_kernel.plugin import Plugin
from conda_package_cache.cache import PackageCache
from conda_package_cache.conda_format import CondaExtractor
from conda_testing.kernels import make_kernel


class CopyingDownloader:
    """Brings `file://` URLs, verified, and writes a line for each into `fetched` in the home folder.

    As often as the variable `SPOIL` says, what it brings is cut in half. With `REPLACE`, another process puts its own
    archive there as soon as one was verified.
    """

    def __init__(self, kernel: Kernel) -> None:
        self._log = os.path.join(kernel.context.environ["HOME"], "fetched")
        self._spoil = int(kernel.context.environ.get("SPOIL", "0"))
        self._replace = kernel.context.environ.get("REPLACE", "").encode()

    def fetch(self, requests: Iterable[FetchRequest]) -> Iterator[Downloaded]:
        for request in requests:
            note(self._log, request.access.reveal() if request.access else request.url)
            try:
                with open(url_path(request.url), "rb") as file:
                    data = file.read()
            except OSError:
                yield Downloaded(request, error=FetchError(f"nothing at {request.url}", url=request.url))
                continue
            if self._spoil:
                self._spoil -= 1
                data = data[: len(data) // 2]
            digest = hashlib.sha256(data).hexdigest()
            if request.sha256 not in (None, digest):
                yield Downloaded(request, error=ChecksumMismatch(f"{request.name} is another file", url=request.url))
                continue
            target = str(request.target)
            with open(target + ".new", "wb") as file:
                file.write(data + self._replace)
            os.replace(target + ".new", target)
            yield Downloaded(request, path=target, sha256=digest, size=len(data))


class CountingExtractor:
    """Extracts `.conda` archives, and writes a line for each into the file that the variable `EXTRACTED` names."""

    def extract(
        self, archive: str, into: str, *, size_limit: int, aside: Callable[[], AbstractContextManager[object]]
    ) -> Mapping[str, int | None]:
        if os.environ.get("EXTRACTED"):
            note(os.environ["EXTRACTED"], os.path.basename(archive))
        return CondaExtractor().extract(archive, into, size_limit=size_limit, aside=aside)


def note(path: str, line: str) -> None:
    with open(path, "a", encoding="utf-8") as file:
        file.write(line + "\n")


def plugins(module: str) -> list[Plugin]:
    """Return the plugins of the tests: the cache, the extractors, and the downloader of this module."""
    entries = [
        ("conda.downloaders", "copying", f"{module}:CopyingDownloader"),
        ("conda.package_caches", "folders", "conda_package_cache.cache:PackageCache"),
        ("conda.package_extractors", ".conda", f"{module}:CountingExtractor"),
        ("conda.package_extractors", ".tar.bz2", "conda_package_cache.tar_bz2:TarBz2Extractor"),
    ]
    return [Plugin(group, name, target, distribution="conda-fake") for group, name, target in entries]


def record_of(entry: dict[str, Any]) -> PackageRecord:
    """Return the record of an entry of `ChannelBuilder.records`."""
    base = entry["url"].rpartition("/")[0]
    return package_record(entry, channel=entry["channel"], subdir=entry["subdir"], base_url=base, file_name=entry["fn"])


def provide(home: str, entries: list[dict[str, Any]]) -> list[tuple[str, bool]]:
    """Provide packages, and return the folder of each and whether it was brought by this process."""
    kernel = make_kernel(home, plugins=plugins(__name__))
    with PackageCache(kernel).provide([record_of(entry) for entry in entries]) as packages:
        return [(package.folder, package.fetched) for package in packages]


def die_at(number: int, folder: str) -> None:
    """Kill this process before the `number`-th thing that it does to a file below `folder`."""
    done = 0

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal done
        is_file_work = event == "open" or event.startswith("os.")
        paths = [path for path in arguments[:2] if isinstance(path, str)]
        # A path that is not whole is told from an open folder of the cache.
        if is_file_work and any(path.startswith(folder) or not os.path.isabs(path) for path in paths):
            done += 1
            if done == number:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)


def forked(home: str, entries: list[dict[str, Any]], *, dies_at: int = 0) -> bool:
    """Provide packages in a process of its own, and tell whether it came to its end."""
    child = os.fork()
    if child == 0:
        if dies_at:
            die_at(dies_at, os.path.join(home, "pkgs"))
        provide(home, entries)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
        return False
    if status:
        raise RuntimeError(f"the process ended with {status}")
    return True


def faults(home: str, wanted: dict[str, dict[str, str]], *, finished: bool) -> list[str]:
    """Return what is wrong in the cache: packages that are there and not whole, and what was left lying about."""
    pkgs = os.path.join(home, "pkgs")
    found = []
    for name in sorted(os.listdir(pkgs)) if os.path.isdir(pkgs) else []:
        path = os.path.join(pkgs, name)
        if not name.startswith(".") and os.path.isdir(path):
            for file, content in {**wanted[name], "info/repodata_record.json": ""}.items():
                try:
                    with open(os.path.join(path, file), encoding="utf-8") as stream:
                        if content and stream.read() != content:
                            found.append(f"{name}/{file} has another content")
                except FileNotFoundError:
                    found.append(f"{name}/{file} is missing")
        elif finished and name.startswith(".") and os.listdir(path):
            found.append(f"{name} holds {os.listdir(path)}")
    return found + [f"{name} is missing" for name in wanted if finished and not os.path.isdir(os.path.join(pkgs, name))]


def kill_everywhere(
    home: str, entries: list[dict[str, Any]], wanted: dict[str, dict[str, str]], step: int
) -> list[str]:
    """Kill a process at every `step`-th operation, and return what that did to the cache."""
    found: list[str] = []
    number = 1
    while not found:
        shutil.rmtree(home, ignore_errors=True)
        os.mkdir(home)
        if forked(home, entries, dies_at=number):
            break
        found += [f"killed at {number}: {fault}" for fault in faults(home, wanted, finished=False)]
        forked(home, entries)
        found += [f"after the one killed at {number}: {fault}" for fault in faults(home, wanted, finished=True)]
        number += step
    return found or [f"killed {number // step} times"]


def main() -> None:
    asked = json.load(sys.stdin)
    answer: object
    if "step" in asked:
        answer = kill_everywhere(asked["home"], asked["entries"], asked["wanted"], asked["step"])
    else:
        answer = provide(asked["home"], asked["entries"])
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    main()
