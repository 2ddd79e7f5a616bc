"""What channels send is read leniently, and asked for as seldom as it may be."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conda_notices.channel_notices import DAY, ChannelNotices
from conda_notices.notice import LEVELS, Notice, most_important_first, notices_in
from conda_notices.notice_cache import NoticeCache
from conda_testing.kernels import make_kernel
from conda_testing.server import ChannelServer

if TYPE_CHECKING:
    from pathlib import Path

NOW = 1_800_000_000.0


def read(**fields: object) -> Notice:
    (found,) = notices_in(json.dumps({"notices": [{"id": "a", "message": "m", **fields}]}).encode(), "c")
    return found


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, Notice("c", "a", "m")),
        ({"id": None}, Notice("c", "undefined", "m")),
        ({"id": 7}, Notice("c", "7", "m")),
        ({"level": "critical"}, Notice("c", "a", "m", "critical")),
        ({"level": "loud"}, Notice("c", "a", "m")),
        ({"level": ["info"]}, Notice("c", "a", "m")),
        ({"created_at": "yesterday"}, Notice("c", "a", "m")),
        ({"created_at": "2026-01-02"}, Notice("c", "a", "m", created=datetime(2026, 1, 2, tzinfo=UTC))),
        (
            {"created_at": "2026-01-02T01:00:00+01:00"},
            Notice("c", "a", "m", created=datetime(2026, 1, 2, tzinfo=UTC)),
        ),
        ({"expired_at": "2026-01-02"}, Notice("c", "a", "m", expires=datetime(2026, 1, 2, tzinfo=UTC))),
        ({"interval": 3}, Notice("c", "a", "m", interval=3)),
        ({"interval": "3"}, Notice("c", "a", "m")),
    ],
)
def test_a_notice_is_read_leniently(fields: dict[str, object], expected: Notice) -> None:
    assert read(**fields) == expected


@pytest.mark.parametrize(
    "content", [b"", b"null", b"[]", b"{", b'{"notices": {}}', b'{"notices": [1, null, {}]}', b"[" * 100_000, b"\xff"]
)
def test_what_is_no_notice_is_none(content: bytes) -> None:
    assert notices_in(content, "c") == ()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda children: st.lists(children) | st.dictionaries(st.text(), children),
    max_leaves=5,
)
FIELDS = ("id", "message", "level", "created_at", "expires_at", "expired_at", "interval")


@given(st.lists(st.dictionaries(st.sampled_from(FIELDS), JSON), max_size=3))
def test_anything_at_all_can_be_read_and_shown(items: list[dict[str, object]]) -> None:
    content = json.dumps({"notices": items}).encode("utf-8", "surrogatepass")
    for notice in notices_in(content, "c"):
        json.dumps(notice.as_json())
        assert notice.level in LEVELS
        assert "\n" not in notice.key
        assert notice.message.replace("\n", "").isprintable()


def test_a_notice_without_an_id_is_known_by_what_it_says() -> None:
    first, second = read(id=None), read(id=None, message="other")

    assert len({first.key, second.key, read().key}) == 3
    assert first.key == read(id=None).key


def test_importance_is_level_before_age() -> None:
    found = [read(message=str(day), level=level, created_at=f"2026-01-0{day}") for day, level in
             ((1, "info"), (2, "warning"), (3, "critical"), (4, "warning"), (5, "info"))]  # fmt: skip

    assert [notice.message for notice in most_important_first(found)] == ["3", "4", "2", "5", "1"]


class Asked:
    """The notices of one channel at a time that is given, and how often the channel was asked."""

    def __init__(self, folder: Path, server: ChannelServer) -> None:
        self._kernel = make_kernel(folder, settings={"channels": [server.url]})
        self._cache = NoticeCache(os.fspath(folder / "notices"))
        self._server = server

    def after(self, seconds: float, *, asks_again: bool = False) -> int:
        before = len(self._server.requests)
        ChannelNotices(self._kernel, self._cache, clock=lambda: NOW + seconds).gathered(asks_again=asks_again)
        return len(self._server.requests) - before


@pytest.mark.parametrize(
    ("notices", "again_soon", "again_for_the_command"),
    [
        (None, 0, 1),
        ([], 0, 1),
        ([{"message": "m"}], 0, 1),
        ([{"message": "m", "expires_at": "2999-01-01"}], 0, 0),
        ([{"message": "m", "expires_at": "2020-01-01"}], 1, 1),
    ],
)
def test_a_channel_is_asked_once_a_day_or_when_a_notice_has_expired(
    tmp_path: Path, notices: list[object] | None, again_soon: int, again_for_the_command: int
) -> None:
    (tmp_path / "served").mkdir()
    if notices is not None:
        (tmp_path / "served" / "notices.json").write_text(json.dumps({"notices": notices}))
    with ChannelServer(os.fspath(tmp_path / "served")) as server:
        asked = Asked(tmp_path, server)

        assert asked.after(0) == 1
        assert asked.after(60) == again_soon
        assert asked.after(120, asks_again=True) == again_for_the_command
        assert asked.after(200 + DAY) == 1
        assert asked.after(100) == (again_soon or 1)
