"""Every option that people know from conda is there, with the number of values that it takes."""

from __future__ import annotations

import argparse
from importlib.metadata import entry_points

import pytest

from conda_kernel import options

TARGET = "-n=1 --name=1 -p=1 --prefix=1"
CHANNELS = (
    "-c=1 --channel=1 --use-local -O --override-channels --repodata-fn=1 --no-lock --repodata-use-zst "
    "--no-repodata-use-zst --repodata-use-shards --no-repodata-use-shards --experimental=1"
)
PRIORITY = "--strict-channel-priority --no-channel-priority --channel-priority"
SOLVER = f"{PRIORITY} --no-deps --only-deps --no-pin --exclude-newer=1 --solver=1"
UPDATES = (
    "--force-reinstall --freeze-installed --no-update-deps --update-deps -S --satisfied-skip-solve --update-all --all "
    "--update-specs --prune"
)
LINK = "--copy --no-shortcuts --shortcuts-only=1 --clobber --shortcuts --force"
NETWORK = "-C --use-index-cache -k --insecure --offline"
OUTPUT = (
    "-h --help --json --console=1 -v --verbose -q --quiet --debug --trace --no-plugins --dev --unknown --force-pscheck"
)
PROMPT = f"{OUTPUT} -d --dry-run -y --yes"
FROZEN = "--override-frozen"
FILE = "-f=1 --file=1"
SUBDIR = "--subdir=1 --platform=1"
CHANGE = f"{TARGET} {CHANNELS} {SOLVER} {LINK} {NETWORK} {PROMPT} {FILE} --download-only --show-channel-urls"

KNOWN = {
    "create": f"{CHANGE} {SUBDIR} --clone=1 --no-default-packages",
    "install": f"{CHANGE} {UPDATES} {FROZEN} --revision=1",
    "update": f"{CHANGE} {UPDATES} {FROZEN}",
    "upgrade": f"{CHANGE} {UPDATES} {FROZEN}",
    "remove": f"{TARGET} {FROZEN} {CHANNELS} {NETWORK} {PROMPT} --all --keep-env --features --force-remove --force "
    "--no-pin --solver=1",
    "rename": f"{TARGET} {PROMPT}",
    "env remove": f"{TARGET} {FROZEN} {PROMPT} --solver=1",
    "env list": f"{OUTPUT} --size",
    "list": f"{TARGET} {OUTPUT} --show-channel-urls --fields=1 --reverse -c --canonical -f --full-name --explicit "
    "--md5 --sha256 -e --export -r --revisions --size --no-pip --auth",
    "compare": f"{TARGET} {OUTPUT}",
    "search": f"{SUBDIR} {CHANNELS} {NETWORK} {OUTPUT} --envs -i --info --skip-flexible-search",
    "info": f"{OUTPUT} -a --all --base -e --envs -s --system --size --unsafe-channels",
    "notices": f"{CHANNELS} {OUTPUT}",
    "package": f"{TARGET} -w=+ --which=+ -r --reset -u --untracked",
    "clean": f"{PROMPT} -a --all -i --index-cache -p --packages -t --tarballs -f --force-pkgs-dirs -l --logfiles "
    "-c=* --tempfiles=*",
    "config": f"{TARGET} {OUTPUT} --system --env --file=1 --show=* --show-sources --validate --describe=* "
    "--write-default --get=* --append=2 --prepend=2 --add=2 --set=2 --remove=2 --clear=1 --remove-key=1 --stdin",
    "doctor": f"{TARGET} {FROZEN} {PROMPT} --list --fix --heal",
    "check": f"{TARGET} {FROZEN} {PROMPT} --list --fix --heal",
    "plugins list": OUTPUT,
}
"""The options of each command; behind `=` stands how many values one takes, as argparse writes it."""


def declared(command: str) -> set[str]:
    """Return the options that a command declares, written as above."""
    (point,) = entry_points(group="conda.subcommands", name=command)
    parser = argparse.ArgumentParser()
    point.load().add_arguments(parser)
    options.add_output(parser)
    return {
        flag + (f"={action.nargs or 1}" if action.nargs != 0 else "")
        for action in parser._actions
        for flag in action.option_strings
    }


@pytest.mark.parametrize("command", KNOWN)
def test_a_command_has_the_options_that_people_know(command: str) -> None:
    assert set(KNOWN[command].split()) - declared(command) == set()
