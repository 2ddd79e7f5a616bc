"""A sharded channel that wants a login, from end to end: who is shown the login, and where it is left."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from conda_testing.channels import ChannelBuilder
from conda_testing.executable import Conda
from conda_testing.server import ChannelServer, RequireHeader, RequireToken, Rule, require_basic

TOKEN, PASSWORD = "tk-canary-1", "pw-canary-2"
WAYS: dict[str, tuple[Rule, str]] = {
    "token": (RequireToken(TOKEN), "http://127.0.0.1:{port}/t/" + TOKEN + "/c"),
    "login": (require_basic("me", PASSWORD), "http://me:" + PASSWORD + "@127.0.0.1:{port}/c"),
    "both": (
        RequireToken(TOKEN, then=require_basic("me", PASSWORD)),
        "http://me:" + PASSWORD + "@127.0.0.1:{port}/t/" + TOKEN + "/c",
    ),
}


class World:
    """A server with the channel, which wants a login, and one that has shards and packages and wants none."""

    def __init__(self, folder: Path, private: ChannelServer, public: ChannelServer) -> None:
        self.folder = folder
        self.private = private
        self.public = public

    def publish(self, packages: str, shards: str) -> None:
        """Write the channel; packages and shards lie where the index says."""
        builder = ChannelBuilder(os.fspath(self.folder / "private" / "c"), info={"base_url": packages})
        builder.add("a", "1.0", noarch="generic", depends=["b"], files={"share/a": b"a"})
        builder.add("b", "1.0", noarch="generic")
        builder.write_shards(shards)
        shutil.copytree(self.folder / "private", self.folder / "public", dirs_exist_ok=True)
        shutil.copytree(
            self.folder / "private" / "c" / "noarch",
            self.folder / "private" / "c" / "noarch" / "shards",
            dirs_exist_ok=True,
        )
        for index in self.folder.glob("public/c/*/repodata_shards.msgpack.zst"):
            index.unlink()

    def make(self, url: str) -> None:
        (self.folder / "home").mkdir(exist_ok=True)
        ended = Conda(self.folder / "home")(
            "create", "-y", "-O", "-c", url, "-p", os.fspath(self.folder / "env"), "a", "-vv"
        )
        assert ended.status == 0, ended.stderr
        assert not any(secret in text for secret in (TOKEN, PASSWORD) for text in (ended.stdout, ended.stderr))
        left = [path for path in self.folder.rglob("*") if path.is_file()]
        assert not [path for path in left if any(secret.encode() in path.read_bytes() for secret in (TOKEN, PASSWORD))]

    def of_public(self) -> list[str]:
        """Return what the other server was asked; fail when it was shown anything."""
        for request in self.public.requests:
            assert "authorization" not in request.headers
            assert "/t/" not in request.path
        return [request.path.rpartition("/")[2] for request in self.public.requests if request.status == 200]


@pytest.fixture(name="world")
def _world(tmp_path: Path) -> Iterator[World]:
    for name in ("private", "public"):
        (tmp_path / name).mkdir()
    with ChannelServer(str(tmp_path / "private")) as private, ChannelServer(str(tmp_path / "public")) as public:
        yield World(tmp_path, private, public)


@pytest.mark.parametrize("way", WAYS)
def test_a_private_sharded_channel_gives_an_environment(world: World, way: str) -> None:
    rule, url = WAYS[way]
    world.private.rules["/"] = rule
    world.publish("", "./shards/")
    world.make(url.format(port=world.private.port))

    asked = [request.path for request in world.private.requests if request.status == 200]
    assert sum("/shards/" in path for path in asked) == 2
    assert sum(path.endswith(".conda") for path in asked) == 2
    assert {request.status for request in world.private.requests} <= {200, 404}
    (record,) = (world.folder / "env" / "conda-meta").glob("a-*.json")
    assert json.loads(record.read_text())["url"] == f"{world.private.url}/c/noarch/a-1.0-0.conda"


@pytest.mark.parametrize("way", WAYS)
def test_another_host_that_has_shards_and_packages_is_shown_nothing(world: World, way: str) -> None:
    rule, url = WAYS[way]
    world.private.rules["/"] = rule
    world.publish(f"{world.public.url}/c/noarch/", f"{world.public.url}/c/noarch/shards/")
    world.make(url.format(port=world.private.port))

    assert sorted(name.partition(".")[2] for name in world.of_public()) == ["0-0.conda"] * 2 + ["msgpack.zst"] * 2
    assert not [request for request in world.private.requests if request.path.endswith(".conda")]


@pytest.mark.parametrize("way", WAYS)
def test_another_host_that_wants_a_login_too_is_not_shown_this_one(world: World, way: str) -> None:
    rule, url = WAYS[way]
    world.private.rules["/"] = rule
    world.public.rules["/"] = RequireHeader("Authorization", "anything")
    world.publish("", f"{world.public.url}/c/noarch/shards/")
    (world.folder / "home").mkdir()
    target = os.fspath(world.folder / "env")
    ended = Conda(world.folder / "home")(
        "create", "-y", "-O", "-c", url.format(port=world.private.port), "-p", target, "a"
    )

    assert ended.status == 5
    assert f"{world.public.url}/c/noarch/shards/" in ended.stderr
    assert "needs a login (status 401)" in ended.stderr
    assert "hint: give a login in the URL of the channel: `https://USER:PASSWORD@HOST/…`" in ended.stderr
    assert "`https://HOST/t/TOKEN/…`" in ended.stderr
    assert world.of_public() == []
    assert not any(secret in ended.stderr for secret in (TOKEN, PASSWORD))
