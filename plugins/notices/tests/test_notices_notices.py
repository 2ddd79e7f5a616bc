"""`conda notices` shows what channels say, and so do commands that change environments; nothing fails for it."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from conda_testing.channels import ChannelBuilder
from conda_testing.executable import Conda
from conda_testing.server import ChannelServer, Drop, Hold, Redirect, Respond, require_basic

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from conda_testing.executable import Ended
    from conda_testing.server import Rule

FAR = "2999-01-01T00:00:00Z"


def notice(number: int, level: str = "info", **fields: object) -> dict[str, object]:
    return {
        "id": f"n{number}",
        "message": f"message {number}",
        "level": level,
        "created_at": f"2026-01-{number:02}T00:00:00Z",
        "expires_at": FAR,
        **fields,
    }


class Place:
    """A served channel with notices, and a home."""

    def __init__(self, folder: Path, server: ChannelServer) -> None:
        self.folder = folder
        self.server = server
        self.home = folder / "home"
        self.file = folder / "channel" / "notices.json"

    def says(self, *notices: dict[str, object]) -> None:
        self.file.write_text(json.dumps({"notices": notices}))

    def conda(self, *words: str, **environ: str) -> Ended:
        variables = {"CONDA_CHANNELS": self.server.url, "XDG_CACHE_HOME": os.fspath(self.home / "cache"), **environ}
        return Conda(self.home, environ=variables)(*words)

    def make(self, name: str, *words: str, **environ: str) -> Ended:
        ended = self.conda("create", "-y", "-n", name, "a", *words, **environ)
        assert ended.status == 0, ended.stderr
        return ended

    def asked(self) -> int:
        """Return how often the notices were asked for."""
        return sum(request.path == "/notices.json" for request in self.server.requests)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    channel = ChannelBuilder(os.fspath(tmp_path / "channel"))
    channel.add("a", "1.0", noarch="generic")
    channel.write()
    with ChannelServer(channel.folder) as server:
        yield Place(tmp_path, server)


def test_the_command_shows_all_that_hold(place: Place) -> None:
    place.says(notice(1), notice(2, "critical"), notice(3, expires_at="2020-01-01T00:00:00Z"))

    ended = place.conda("notices")

    assert ended.status == 0
    assert ended.stdout == (
        f"notices of the channel `{place.server.url}`:\n"
        "  [info] 2026-01-01 00:00 UTC\n    message 1\n  [critical] 2026-01-02 00:00 UTC\n    message 2\n"
    )
    assert place.conda("notices").stdout == ended.stdout


def test_json_has_their_fields(place: Place) -> None:
    place.says(notice(1, interval=30, expires_at=None, expired_at=FAR))

    assert place.conda("notices", "--json").json() == [
        {
            "id": "n1",
            "channel_name": place.server.url,
            "message": "message 1",
            "level": "info",
            "created_at": "2026-01-01T00:00:00+00:00",
            "expired_at": "2999-01-01T00:00:00+00:00",
            "interval": 30,
        }
    ]


def test_a_command_shows_each_once_and_asks_once_a_day(place: Place) -> None:
    place.says(notice(1))

    first, second = place.make("x"), place.make("y")

    assert "message 1" in first.stderr
    assert "message 1" not in first.stdout
    assert "message 1" not in second.stderr
    assert place.asked() == 1


def test_the_most_important_come_first_when_there_are_too_many(place: Place) -> None:
    place.says(notice(1), notice(2, "critical"), notice(3, "warning"), notice(4))

    first = place.make("x", CONDA_NUMBER_CHANNEL_NOTICES="2")
    second = place.make("y", CONDA_NUMBER_CHANNEL_NOTICES="1")

    assert [number for number in range(1, 5) if f"message {number}" in first.stderr] == [2, 3]
    assert [number for number in range(1, 5) if f"message {number}" in second.stderr] == [4]


@pytest.mark.parametrize(
    ("words", "environ"), [((), {"CONDA_NUMBER_CHANNEL_NOTICES": "0"}), (("--quiet",), {}), (("--json",), {})]
)
def test_nothing_is_shown_or_asked_when_nobody_wants_it(
    place: Place, words: tuple[str, ...], environ: dict[str, str]
) -> None:
    place.says(notice(1))

    ended = place.make("x", *words, **environ)

    assert "message 1" not in ended.stdout + ended.stderr
    assert place.asked() == 0


@pytest.mark.parametrize(
    "rule",
    [Respond(404), Respond(500), Respond(200, {}, b"{broken"), Drop(), Respond(200, {}, b" " * (1 << 20) + b"{}")],
)
def test_a_channel_in_trouble_fails_no_command(place: Place, rule: Rule) -> None:
    place.server.rules["/notices.json"] = rule

    made = place.make("x")
    again = place.make("y")
    shown = place.conda("notices")

    assert "notice" not in made.stderr + again.stderr
    assert (shown.status, shown.stdout) == (0, "no channel has a notice\n")


def test_what_a_terminal_would_obey_is_left_out(place: Place) -> None:
    place.says(notice(1, message="be \x1b[31mwarned\x07\x9b2J", id="a\nb"))

    ended = place.conda("notices")

    assert ended.stdout.endswith("\n    be warned\n")


def test_offline_no_channel_is_asked_and_what_is_known_is_shown(place: Place) -> None:
    place.says(notice(1))
    place.conda("notices")
    asked = place.asked()

    assert "message 1" in place.conda("notices", "--offline").stdout
    assert place.asked() == asked


def test_a_server_that_is_silent_holds_nobody_up(place: Place) -> None:
    place.server.rules["/notices.json"] = Hold()

    made = place.make("x", CONDA_REMOTE_READ_TIMEOUT_SECS="0.2")

    assert "notice" not in made.stderr
    assert place.make("y", "-v").status == 0
    assert place.asked() == 1


def test_a_server_that_goes_silent_in_the_middle_holds_nobody_up(place: Place) -> None:
    place.says(notice(1))
    place.server.rules["/notices.json"] = Hold(after=10)

    assert "notice" not in place.make("x", CONDA_REMOTE_READ_TIMEOUT_SECS="0.2").stderr


def test_a_redirect_is_not_followed(place: Place, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "notices.json").write_text(json.dumps({"notices": [notice(1)]}))
    with ChannelServer(os.fspath(tmp_path / "elsewhere")) as other:
        for target in (f"{other.url}/notices.json", "/elsewhere.json"):
            place.server.rules["/notices.json"] = Redirect(target)
            ended = place.conda("notices", XDG_CACHE_HOME=os.fspath(tmp_path / target.rpartition("/")[2]))
            assert (ended.status, "no channel has a notice" in ended.stdout) == (0, True)
            assert "is redirected (status 302), which is not followed" in ended.stderr

    assert other.requests == []
    assert [request.path for request in place.server.requests] == ["/notices.json"] * 2


def test_an_answer_that_is_too_large_is_none(place: Place) -> None:
    place.says(notice(1), notice(2, message="x" * (1 << 20)))

    ended = place.conda("notices")

    assert (ended.status, "no channel has a notice" in ended.stdout) == (0, True)
    assert "has more than 1048576 bytes" in ended.stderr


def test_what_went_wrong_is_told_with_v_and_by_the_command(place: Place) -> None:
    place.server.rules["/notices.json"] = Respond(503)

    assert "notices of channels: " in place.make("x", "-v").stderr
    shown = place.conda("notices")
    assert (shown.status, "warning: " in shown.stderr) == (0, True)


def test_notices_of_several_channels_stand_apart(place: Place, tmp_path: Path) -> None:
    other = ChannelBuilder(os.fspath(tmp_path / "other"))
    other.write()
    (tmp_path / "other" / "notices.json").write_text(json.dumps({"notices": [notice(7)]}))
    place.says(notice(1))

    ended = place.conda("notices", "-c", other.url)

    assert [line for line in ended.stdout.splitlines() if not line.startswith("  ")] == [
        f"notices of the channel `{other.url}`:",
        f"notices of the channel `{place.server.url}`:",
    ]


def test_credentials_are_sent_to_their_channel_and_shown_nowhere(place: Place) -> None:
    place.says(notice(1))
    place.server.rules["/"] = require_basic("canary", "s3cret")
    url = place.server.url.replace("http://", "http://canary:s3cret@")

    for words in (("notices",), ("notices", "--json"), ("create", "-y", "-n", "x", "a")):
        ended = place.conda(*words, CONDA_CHANNELS=url)
        assert ended.status == 0
        assert "message 1" in ended.stdout + ended.stderr
        assert "s3cret" not in ended.stdout + ended.stderr
        for file in (place.home / "cache" / "conda" / "notices").glob("*"):
            assert "s3cret" not in file.read_text() + file.name
        for file in (place.home / "cache" / "conda" / "notices").glob("notices.cache"):
            file.unlink()


def test_without_a_home_they_are_shown_and_not_kept(place: Place, tmp_path: Path) -> None:
    place.says(notice(1))

    ended = place.conda("notices", HOME="", XDG_CACHE_HOME="", TMPDIR=os.fspath(tmp_path))

    assert "message 1" in ended.stdout
    assert not list(tmp_path.glob("tmp*"))


@pytest.mark.parametrize("damage", ["a folder", "nonsense"])
def test_a_damaged_cache_is_no_obstacle(place: Place, damage: str) -> None:
    place.says(notice(1))
    place.make("x")
    for file in (place.home / "cache" / "conda" / "notices").iterdir():
        file.unlink()
        if damage == "a folder":
            file.mkdir()
        else:
            file.write_bytes(b"\xff\x00 nonsense")

    assert place.make("y").status == 0
    assert place.conda("notices").status == 0
