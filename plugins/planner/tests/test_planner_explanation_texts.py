"""What people read when something cannot be had: the whole text, as the command shows it.

After a change that is meant, `pytest --snapshot-update` writes the texts anew; read them as somebody who knows nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from conda_kernel.model.history import history_block
from conda_kernel.model.prefix_record import PrefixRecord, prefix_record_text
from conda_testing.channels import ChannelBuilder
from conda_testing.executable import Conda
from conda_testing.fork_server import ForkServer
from conda_testing.memory_index import record_of


class House:
    """A channel of records, a machine of old age, and an environment that may be there."""

    def __init__(self, folder: Path, server: ForkServer | None) -> None:
        self._folder = folder
        self._server = server
        self.channel = ChannelBuilder(str(folder / "channel"))
        self.other = ChannelBuilder(str(folder / "other"))
        self.prefix = folder / "env"

    def add(self, name: str, *versions: str, depends: Iterable[str] = ()) -> None:
        for version in versions:
            self.channel.add_record(name, version, depends=tuple(depends), subdir="linux-64")

    def install(self, *dists: str, asked: Iterable[str] = (), pins: str = "") -> None:
        """Write an environment that holds these packages, given as name, version and what they depend on."""
        meta = self.prefix / "conda-meta"
        meta.mkdir(parents=True)
        for dist in dists:
            name, version, *depends = dist.split(" ", 2)
            record = record_of({"name": name, "version": version, "depends": depends, "channel": self.channel.url})
            (meta / f"{name}-{version}-0.json").write_text(prefix_record_text(PrefixRecord(record)), encoding="utf-8")
        block = history_block(time="2026-11-22 09:00:00", command="conda create", version="1", update_specs=asked)
        (meta / "history").write_text(block, encoding="utf-8")
        if pins:
            (meta / "pinned").write_text(pins, encoding="utf-8")

    def told(self, *words: str, **environ: str) -> str:
        """Return what a command that must fail says on standard error."""
        home = self._folder / "home"
        home.mkdir(exist_ok=True)
        (home / ".condarc").write_text("aggressive_update_packages: [none]\n", encoding="utf-8")
        variables = {
            "CONDA_OFFLINE": "1",
            "CONDA_SUBDIR": "linux-64",
            "CONDA_OVERRIDE_GLIBC": "2.28",
            "CONDA_OVERRIDE_CUDA": "",
            "CONDA_OVERRIDE_ARCHSPEC": "x86_64_v3",
            **environ,
        }
        conda = Conda(home, environ=variables, server=self._server)
        ended = conda(*words, "-c", self.channel.write(), "-c", self.other.write(), "-O", "--dry-run")
        assert ended.status == 4, ended.stdout
        assert ended.stdout == ""
        place = self._folder.as_posix()
        return ended.stderr.replace(place, "").replace("file://", "https://channels.example")

    def create(self, *specs: str, **environ: str) -> str:
        return self.told("create", *specs, **environ)

    def change(self, *specs: str, **environ: str) -> str:
        return self.told("install", "-p", str(self.prefix), *specs, **environ)


@pytest.fixture
def house(tmp_path: Path, fork_server: ForkServer | None) -> House:
    return House(tmp_path, fork_server)


def two_branches(house: House) -> str:
    house.add("numpy", "1.26.4", "2.0.0", "2.1.0")
    house.add("scipy", "1.14.0", "1.14.1", depends=["numpy >=2"])
    house.add("pandas", "2.1.0", depends=["numpy <2"])
    return house.create("scipy", "pandas")


def an_old_machine(house: House) -> str:
    house.add("torch", "2.4.0", "2.4.1", depends=["__glibc >=2.34"])
    house.add("torch", "2.3.0", depends=["__glibc >=2.17"])
    return house.create("torch>=2.4")


def a_machine_without_a_graphics_card(house: House) -> str:
    house.add("jax", "0.4.1", "0.4.2", depends=["jaxlib"])
    house.add("jaxlib", "0.4.2", depends=["__cuda >=12"])
    return house.create("jax")


def a_name_that_is_misspelled(house: House) -> str:
    house.add("scikit-learn", "1.5.0")
    house.add("numpy", "2.0.0")
    return house.create("scikit_lern", "numpi", "numpy")


def a_machine_that_is_asked_for(house: House) -> str:
    return house.create("__glibc>=2.34", "__cuda")


def a_version_that_there_is_not(house: House) -> str:
    house.add("numpy", "1.24.0", "1.25.0", "1.26.0", "1.26.4", "2.0.0", "2.1.0", "2.1.1")
    return house.create("numpy=3")


def a_dependency_that_there_is_not(house: House) -> str:
    house.add("reader", "1.0", "1.1", depends=["libxml >=3"])
    house.add("libxml2", "2.9")
    return house.create("reader")


def a_python_that_is_installed(house: House) -> str:
    house.add("python", "3.11.9", "3.12.4")
    house.add("numpy", "2.1.0", "2.2.0", depends=["python >=3.12"])
    house.install("python 3.11.9", asked=["python"])
    return house.change("numpy")


def a_python_that_was_asked_for(house: House) -> str:
    house.add("python", "3.11.9", "3.12.4")
    house.add("numpy", "2.1.0", "2.2.0", depends=["python >=3.12"])
    house.install("python 3.11.9", asked=["python=3.11"])
    return house.change("numpy")


def a_pin_on_what_is_asked_for(house: House) -> str:
    house.add("numpy", "1.26.4", "2.0.0")
    house.install(asked=[], pins="# keep it so\nnumpy 1.*\n")
    return house.change("numpy=2")


def a_pin_further_down(house: House) -> str:
    house.add("numpy", "1.26.4", "2.0.0")
    house.add("pandas", "2.2.0", "2.2.3", depends=["numpy >=2"])
    house.install("numpy 1.26.4", asked=["numpy"], pins="numpy 1.*\n")
    return house.change("pandas")


def an_old_wish(house: House) -> str:
    house.add("libxml", "1.0", "2.0")
    house.add("writer", "1.0", depends=["libxml 1.*"])
    house.add("reader", "3.0", depends=["libxml 2.*"])
    house.install("writer 1.0 libxml 1.*", "libxml 1.0", asked=["writer=1.0"])
    return house.change("reader")


def a_channel_that_is_hidden(house: House) -> str:
    house.add("numpy", "1.26.4")
    house.other.add_record("numpy", "2.1.0", subdir="linux-64")
    house.add("pandas", "2.2.3", depends=["numpy >=2"])
    return house.create("pandas", CONDA_CHANNEL_PRIORITY="strict")


def builds_that_exclude_each_other(house: House) -> str:
    for build in ("mpich", "openmpi"):
        house.channel.add_record("mpi", "1.0", build, subdir="linux-64")
        house.add(build, "4.0", depends=[f"mpi 1.0 {build}"])
    return house.create("mpich", "openmpi")


def something_far_below(house: House) -> str:
    house.add("app", "1.0", depends=["framework >=2"])
    house.add("framework", "2.0", "2.1", depends=["engine 5.*"])
    house.add("engine", "5.0", "5.1", "5.2", depends=["core >=3"])
    house.add("engine", "4.0", depends=["core 2.*"])
    house.add("core", "2.0", "3.0")
    house.add("tool", "1.0", depends=["core <3"])
    return house.create("app", "tool")


def a_limit_on_what_comes_along(house: House) -> str:
    house.add("notebook", "7.0", depends=["jinja"])
    house.add("jinja", "3.1")
    house.channel.add_record("report", "2.0", constrains=["jinja <3"], subdir="linux-64")
    return house.create("notebook", "report")


def three_of_which_any_two_go_together(house: House) -> str:
    for name, left, right in (("red", "1", "2"), ("green", "2", "3"), ("blue", "1", "3")):
        house.channel.add_record(name, "1.0", f"x{left}_0", depends=[f"base {left}.*"], subdir="linux-64")
        house.channel.add_record(name, "1.0", f"x{right}_0", depends=[f"base {right}.*"], subdir="linux-64")
    house.add("base", "1.0", "2.0", "3.0")
    return house.create("red", "green", "blue")


def many_versions_with_many_reasons(house: House) -> str:
    house.add("python", *(f"3.{minor}.1" for minor in range(6, 14)))
    for minor in range(6, 13):
        for patch in range(3):
            house.add("geo", f"1.{minor}.{patch}", depends=[f"python >=3.{minor},<3.{minor + 1}", "proj"])
    house.add("proj", "9.0")
    return house.create("geo", "python=3.13")


def two_wishes_for_one_name(house: House) -> str:
    house.add("numpy", "1.26.4", "2.0.0")
    return house.create("numpy>=2", "numpy<2")


def what_cannot_be_read(house: House) -> str:
    house.add("odd", "1.0", depends=["numpy >>2"])
    house.add("numpy", "2.0.0")
    return house.create("odd")


SCENES = (
    two_branches, an_old_machine, a_machine_without_a_graphics_card, a_machine_that_is_asked_for,
    a_name_that_is_misspelled,
    a_version_that_there_is_not, a_dependency_that_there_is_not, a_python_that_is_installed,
    a_python_that_was_asked_for, a_pin_on_what_is_asked_for,
    a_pin_further_down, an_old_wish, a_channel_that_is_hidden, builds_that_exclude_each_other, something_far_below,
    a_limit_on_what_comes_along, three_of_which_any_two_go_together, many_versions_with_many_reasons,
    two_wishes_for_one_name, what_cannot_be_read,
)  # fmt: skip


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.__name__)
def test_a_stranger_can_read_why(scene: Callable[[House], str], house: House, snapshot: SnapshotAssertion) -> None:
    told = scene(house)
    assert all(len(line) <= 100 for line in told.splitlines())
    assert told == snapshot
