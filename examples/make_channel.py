"""Makes the sample channel beside this file, the same bytes every time.

    python examples/make_channel.py            writes examples/channel
    python examples/make_channel.py --check    exits with 1 and names the files that differ

The channel holds two versions of a library (`greeting`), a program that runs with either (`hello`), one that needs
the old one (`hello-classic`) and one that nothing can satisfy (`impossible`). The programs need `sh` and nothing
else.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile

from conda_testing.channels import ChannelBuilder
from conda_testing.packages import File

CHANNEL = os.path.join(os.path.dirname(os.path.abspath(__file__)), "channel")
PREFIX = "/opt/the-prefix-goes-here"
PROGRAM = f"""#!/bin/sh
# Prints the greeting of the library `greeting`, for the name given or for the world.
prefix='{PREFIX}'
read -r word < "$prefix/share/greeting/word"
printf '%s, %s!\\n' "$word" "${{1:-world}}"
"""


def build(folder: str) -> None:
    """Write the channel into `folder`."""
    channel = ChannelBuilder(folder)
    program = File(PROGRAM, mode=0o755, placeholder=PREFIX)
    about = {"license": "BSD-3-Clause", "summary": "a word to greet with"}
    for version, word, suffix in (("1.0", "Hello", ".tar.bz2"), ("2.0", "Good day", ".conda")):
        files = {"share/greeting/word": f"{word}\n"}
        channel.add("greeting", version, noarch="generic", files=files, about=about, suffix=suffix)
    about = {"license": "BSD-3-Clause", "summary": "a program that greets"}
    channel.add("hello", "1.0", noarch="generic", depends=["greeting >=1.0"], files={"bin/hello": program}, about=about)
    channel.add(
        "hello-classic",
        "1.0",
        depends=["greeting >=1.0,<2"],
        files={"bin/hello-classic": program},
        about=about,
        suffix=".tar.bz2",
    )
    about = {"license": "BSD-3-Clause", "summary": "a package whose dependency does not exist"}
    channel.add("impossible", "1.0", noarch="generic", depends=["greeting >=3"], about=about)
    channel.write()


def differences(expected: str, found: str) -> list[str]:
    """Return the files, relative and sorted, that only one of two folders holds or that differ."""
    left, right = contents(expected), contents(found)
    return sorted(path for path in left.keys() | right.keys() if left.get(path) != right.get(path))


def contents(folder: str) -> dict[str, bytes]:
    """Return the files below a folder by their relative paths."""
    read = {}
    for place, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(place, name)
            with open(path, "rb") as file:
                read[os.path.relpath(path, folder)] = file.read()
    return read


def main() -> None:
    """Make the channel or compare it with what would be made."""
    parser = argparse.ArgumentParser(description="make the sample channel, or check that it is up to date")
    parser.add_argument("--check", action="store_true", help="compare and write nothing")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        fresh = os.path.join(scratch, "channel")
        build(fresh)
        if not arguments.check:
            shutil.rmtree(CHANNEL, ignore_errors=True)
            shutil.copytree(fresh, CHANNEL)
        elif stale := differences(fresh, CHANNEL):
            sys.exit(f"these files of the sample channel are not as `make_channel.py` makes them: {', '.join(stale)}")


if __name__ == "__main__":
    main()
