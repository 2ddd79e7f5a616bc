"""With `--offline` no command opens a socket: an audit hook sees what real processes, and their children, ask for."""

from __future__ import annotations

import argparse
import os
from importlib.metadata import entry_points
from typing import TYPE_CHECKING

import pytest

from conda_testing.channels import ChannelBuilder
from conda_testing.executable import Conda
from conda_testing.server import ChannelServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# Python imports a module of this name when it starts.
WATCH = """
import os, sys

def hook(event, arguments):
    if event.startswith("socket.") and event != "socket.__new__":
        descriptor = os.open(os.environ["WATCHED"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(descriptor, f"{event}\\n".encode())
        os.close(descriptor)

sys.addaudithook(hook)
"""


def has_offline(command: str) -> bool:
    (point,) = entry_points(group="conda.subcommands", name=command)
    parser = argparse.ArgumentParser()
    point.load().add_arguments(parser)
    return "--offline" in parser.format_help()


COMMANDS = sorted({point.name for point in entry_points(group="conda.subcommands") if has_offline(point.name)})


class Bench:
    """A channel behind a server, whose index and package are in the cache, and a watched executable."""

    def __init__(self, folder: Path, url: str) -> None:
        self.prefix = os.fspath(folder / "env")
        self.url = url
        self.events = folder / "events"
        watch = folder / "watch"
        watch.mkdir()
        (watch / "sitecustomize.py").write_text(WATCH)
        (folder / "home").mkdir()
        self.conda = Conda(
            folder / "home",
            path=(os.fspath(watch),),
            environ={"WATCHED": os.fspath(self.events), "CONDA_CHANNELS": url},
        )

    def seen(self) -> list[str]:
        """Return what was asked of the network since the last time."""
        found = self.events.read_text().splitlines() if self.events.exists() else []
        self.events.unlink(missing_ok=True)
        return found


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    channel = ChannelBuilder(os.fspath(tmp_path / "served" / "c"))
    channel.add("a", "1.0", noarch="generic")
    channel.write()
    with ChannelServer(os.fspath(tmp_path / "served")) as server:
        yield Bench(tmp_path, f"{server.url}/c")


def test_what_is_in_the_cache_is_enough(bench: Bench) -> None:
    made = bench.conda("create", "-y", "-p", bench.prefix, "a")
    assert made.status == 0, made.stderr
    assert "socket.connect" in bench.seen(), "the hook is at work"

    again = bench.conda("create", "-y", "-p", bench.prefix + "2", "a", "--offline")
    assert again.status == 0, again.stderr
    assert bench.seen() == []


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_opens_no_socket_though_nothing_is_in_the_cache(bench: Bench, command: str) -> None:
    ended = bench.conda(*command.split(), "a", "--offline")
    assert bench.seen() == []
    assert "Traceback" not in ended.stderr


def test_a_package_that_is_not_in_the_cache_is_refused(bench: Bench) -> None:
    ended = bench.conda("create", "-y", "-p", bench.prefix, f"{bench.url}/noarch/a-1.0-0.conda", "--offline")
    assert ended.status == 5
    assert "needs the network, which `--offline` rules out" in ended.stderr
    assert bench.seen() == []
