"""Packages that are newer than a cut-off are no candidates, and it is said why (CEP 47)."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from conda_kernel.errors import SettingError
from conda_kernel.hookspecs import INDEXES, POLICIES
from conda_kernel.model.channel import Channel
from conda_kernel.model.solving import Index
from conda_kernel.settings import EXCLUDE_NEWER
from conda_testing.channels import ChannelBuilder
from conda_testing.kernels import make_kernel

DAY = 86_400
NOON = datetime(2026, 4, 1, 12, tzinfo=UTC).timestamp()


def test_what_is_no_cut_off_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="exclude_newer"):
        _ = make_kernel(tmp_path, settings={"exclude_newer": "soon"}).context[EXCLUDE_NEWER]


def opened(folder: Path, settings: dict[str, object]) -> Index:
    builder = ChannelBuilder(str(folder / "c"))
    builder.add_record("a", "1", timestamp=int((NOON - 2 * DAY) * 1000))
    builder.add_record("a", "2", timestamp=int(NOON * 1000))
    builder.add_record("a", "3", timestamp=int((NOON - 9 * DAY) * 1000), indexed_timestamp=int(NOON * 1000))
    builder.add_record("a", "4", timestamp=0)
    builder.add_record("b", "1", timestamp=int(NOON * 1000))
    return make_kernel(folder, settings=settings).driver(INDEXES).open([Channel("c", builder.write())], ["linux-64"])


def versions(index: Index, name: str) -> list[str]:
    return [record.version for record in index.candidates(name)]


def test_newer_packages_are_rejected_with_the_reason(tmp_path: Path) -> None:
    index = opened(tmp_path, {"exclude_newer": "2026-03-31"})

    assert versions(index, "a") == ["1"]
    assert {rejected.record.version: rejected.reason for rejected in index.rejected("a")} == {
        "2": "`exclude_newer`: it is of 2026-04-01 12:00 UTC, and the limit is 2026-04-01 00:00 UTC",
        "3": "`exclude_newer`: it is of 2026-04-01 12:00 UTC, and the limit is 2026-04-01 00:00 UTC",
        "4": "`exclude_newer`: nobody knows how old it is",
    }


def test_a_package_may_have_a_cut_off_of_its_own_or_none(tmp_path: Path) -> None:
    index = opened(tmp_path, {"exclude_newer": "2026-03-31", "exclude_newer_package": {"B": False, "a": "2020-01-01"}})

    assert versions(index, "b") == ["1"]
    assert versions(index, "a") == []
    assert "`exclude_newer_package`" in index.rejected("a")[0].reason


@pytest.mark.parametrize("named", ["c", "URL", "URL*"])
def test_a_channel_may_have_a_cut_off_of_its_own(tmp_path: Path, named: str) -> None:
    channel = named.replace("URL", f"file://{tmp_path}/c")
    entries = [{"channel": "other", "exclude_newer": "0"}, {"channel": channel, "exclude_newer": "2026-03-31"}]
    index = opened(tmp_path, {"channel_settings": entries, "exclude_newer_package": {"b": "2027-01-01"}})

    assert (versions(index, "a"), versions(index, "b")) == (["1"], ["1"])
    assert index.rejected("a")[1].reason.startswith("`channel_settings`: it is of ")


def test_a_channel_may_have_none(tmp_path: Path) -> None:
    entries = [{"channel": "c", "exclude_newer": "2020-01-01"}, {"channel": "c", "exclude_newer": "false"}]
    index = opened(tmp_path, {"exclude_newer": "2020-01-01", "channel_settings": entries})

    assert versions(index, "a") == ["4", "3", "2", "1"]


def test_a_cut_off_of_a_channel_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="`channel_settings` has an `exclude_newer` for `c` that is none"):
        opened(tmp_path, {"channel_settings": [{"channel": "c", "exclude_newer": "soon"}]})


def test_a_moment_that_is_exactly_the_cut_off_is_not_newer(tmp_path: Path) -> None:
    assert versions(opened(tmp_path, {"cooldown": "2026-04-01T12:00:00Z"}), "b") == ["1"]


def test_without_a_cut_off_there_is_no_policy(tmp_path: Path) -> None:
    kernel = make_kernel(tmp_path)

    assert {plugin.name: policy for plugin, policy in kernel.each(POLICIES, kernel.context)} == {"exclude_newer": None}
    assert versions(opened(tmp_path, {}), "a") == ["4", "3", "2", "1"]
