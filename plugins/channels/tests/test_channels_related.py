"""Channels that bring others along (CEP 42): in which order they count, who is told, and what is refused."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from conda_channels.origin import relations_text
from conda_kernel.errors import ChannelUnavailable
from conda_kernel.hookspecs import INDEXES
from conda_kernel.kernel import Kernel
from conda_kernel.model.channel import Channel, InvalidChannel
from conda_kernel.model.event import Told
from conda_testing.channels import ChannelBuilder
from conda_testing.executable import Conda
from conda_testing.kernels import RecordingReporter, make_kernel
from conda_testing.server import ChannelServer, require_basic

SUBDIRS = ("linux-64", "noarch")


def publish(folder: Path, name: str, relations: Mapping[str, object] | None = None, *, form: str = "flat") -> Channel:
    """Write a channel with a package `p`, whose version is the name's length, and one of its own name."""
    info = {"channel_relations": relations} if relations is not None else {}
    builder = ChannelBuilder(os.fspath(folder / name), info=info)
    builder.add("p", f"{len(name)}", noarch="generic")
    builder.add(name, "1", noarch="generic")
    return Channel(name, builder.write() if form == "flat" else builder.write_shards())


def holders(kernel: Kernel, *channels: Channel) -> list[str]:
    """Return the last part of the URLs of the channels that have `p`, the preferred first."""
    index = kernel.driver(INDEXES).open(channels, SUBDIRS)
    index.bring(["p"])
    return [record.channel.rpartition("/")[2] for record in index.candidates("p")]


def told(kernel: Kernel) -> list[str]:
    assert isinstance(kernel.reporter, RecordingReporter)
    return [event.text for event in kernel.reporter.events if isinstance(event, Told) and event.level == 0]


@pytest.mark.parametrize("form", ["flat", "sharded"])
@pytest.mark.parametrize("place", ["file", "http"])
def test_related_channels_stand_beside_those_that_bring_them(tmp_path: Path, form: str, place: str) -> None:
    my = publish(tmp_path, "my", {"base": "../bioconda", "overrides": "../hot"}, form=form)
    bioconda = publish(tmp_path, "bioconda", {"base": "../forge"}, form=form)
    forge, hot = publish(tmp_path, "forge", form=form), publish(tmp_path, "hot", {}, form=form)
    with ChannelServer(os.fspath(tmp_path)) as server:
        if place == "http":
            my, bioconda, forge, hot = (
                Channel(each.name, f"{server.url}/{each.name}") for each in (my, bioconda, forge, hot)
            )
        for _ in range(2):
            kernel = make_kernel(tmp_path / "home")
            assert holders(kernel, my) == ["forge", "bioconda", "my", "hot"]
            last = bioconda.base_url
            assert told(kernel) == [
                f"the channel `{last}` brings the channel `{forge.base_url}` along, which counts before it",
                f"the channel `my` brings the channel `{bioconda.base_url}` along, which counts before it",
                f"the channel `my` brings the channel `{hot.base_url}` along, which counts after it",
            ]


def test_the_order_of_the_user_wins(tmp_path: Path) -> None:
    bioconda, forge = publish(tmp_path, "bioconda", {"base": "../forge"}), publish(tmp_path, "forge")
    kernel = make_kernel(tmp_path)
    assert holders(kernel, bioconda, forge) == ["bioconda", "forge"]
    assert holders(kernel, forge, bioconda) == ["forge", "bioconda"]
    assert told(kernel) == []


def test_relations_can_be_left_out(tmp_path: Path) -> None:
    publish(tmp_path, "forge")
    kernel = make_kernel(tmp_path, settings={"channel_relations_max_depth": 0})
    assert holders(kernel, publish(tmp_path, "bioconda", {"base": "../forge"})) == ["bioconda"]


@pytest.mark.parametrize(
    ("relations", "words"),
    [
        ({"base": "../b"}, "form a cycle"),
        ({"base": "../c", "overrides": "../c"}, "as both base and overridden"),
        ({"base": "https://x.invalid/y"}, "which is no relative reference"),
        ({"base": "../../../../../../../../../../../../../../x"}, "which is no relative reference"),
    ],
)
def test_relations_that_give_no_order_are_told_with_a_way_out(
    tmp_path: Path, relations: Mapping[str, object], words: str
) -> None:
    publish(tmp_path, "b", {"base": "../a"})
    publish(tmp_path, "c")
    with pytest.raises(InvalidChannel, match=words) as caught:
        holders(make_kernel(tmp_path), publish(tmp_path, "a", relations))
    assert "channel_relations_max_depth" in caught.value.hint


def test_a_chain_that_is_too_long_is_refused(tmp_path: Path) -> None:
    for number in range(1, 5):
        publish(tmp_path, "x" * number, {"base": f"../{'x' * (number + 1)}"})
    publish(tmp_path, "xxxxx")
    with pytest.raises(InvalidChannel, match="more than 3 relations away"):
        holders(
            make_kernel(tmp_path, settings={"channel_relations_max_depth": 3}),
            Channel("x", (tmp_path / "x").as_uri()),
        )


def test_a_related_channel_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ChannelUnavailable, match="nowhere"):
        holders(make_kernel(tmp_path), publish(tmp_path, "a", {"base": "../nowhere"}))


def test_a_related_channel_may_be_denied(tmp_path: Path) -> None:
    forge = publish(tmp_path, "forge")
    kernel = make_kernel(tmp_path, settings={"denylist_channels": [forge.base_url]})
    with pytest.raises(InvalidChannel, match="is denied by `denylist_channels`"):
        holders(kernel, publish(tmp_path, "a", {"overrides": "../forge"}))


@pytest.fixture(name="private")
def _private(tmp_path: Path) -> Iterator[ChannelServer]:
    for name in ("served", "home"):
        (tmp_path / name).mkdir()
    with ChannelServer(os.fspath(tmp_path / "served"), {"/": require_basic("me", "hunter2")}) as server:
        yield server


def test_an_environment_is_made_of_a_private_channel_and_what_it_brings_along(
    tmp_path: Path, private: ChannelServer
) -> None:
    publish(tmp_path / "served", "my", {"base": "../forge"})
    publish(tmp_path / "served", "forge")
    url = private.url.replace("//", "//me:hunter2@")
    words = ("create", "-y", "-O", "-c", f"{url}/my", "-p", os.fspath(tmp_path / "env"), "forge")
    refused = Conda(tmp_path / "home")(*words)
    assert f"`{private.url}/forge/" in refused.stderr
    assert "needs a login (status 401)" in refused.stderr

    (tmp_path / "home" / ".netrc").write_text("machine 127.0.0.1 login me password hunter2\n")
    ended = Conda(tmp_path / "home")(*words)
    assert ended.status == 0, ended.stderr
    assert f"brings the channel `{private.url}/forge` along, which counts before it" in ended.stderr
    assert "hunter2" not in ended.stderr


@pytest.mark.parametrize("said", [None, [], "x", {}, {"base": 1}, {"base": None}, {"base": b"x"}, {"other": "../x"}])
def test_what_says_nothing_is_nothing(said: object) -> None:
    assert relations_text(said) == ""
