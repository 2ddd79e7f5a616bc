"""Packages in a revision of the index that is not known yet (CEP 48): what users are told of them."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conda_channels.revisions import LONGEST_MESSAGE, Revision, unknown_revisions, warning_of_revisions
from conda_kernel.hookspecs import INDEXES
from conda_kernel.kernel import Kernel
from conda_kernel.model.channel import Channel
from conda_kernel.model.event import Warned
from conda_testing.channels import ChannelBuilder
from conda_testing.executable import Conda
from conda_testing.kernels import RecordingReporter, make_kernel
from conda_testing.server import ChannelServer

SUBDIRS = ("linux-64", "noarch")
FUTURE = {
    "v2": {"n_packages": 1},
    "v3": {"n_packages": 50, "message": "known"},
    "v4": {"n_packages": 12, "message": "see https://c.example/v4", "newest": 1, "oldest": None},
}


def warnings_on_opening(kernel: Kernel, *channels: Channel) -> list[str]:
    kernel.driver(INDEXES).open(channels, SUBDIRS)
    assert isinstance(kernel.reporter, RecordingReporter)
    return [event.text for event in kernel.reporter.events if isinstance(event, Warned)]


@pytest.mark.parametrize("form", ["flat", "sharded"])
def test_what_is_in_a_newer_revision_is_counted_once_for_a_channel(tmp_path: Path, form: str) -> None:
    builder = ChannelBuilder(os.fspath(tmp_path / "served" / "c"), info={"repodata_revisions": FUTURE})
    builder.add_record("a", "1", subdir="linux-64")
    builder.add_record("a", "1", noarch="generic")
    if form == "flat":
        builder.write()
    else:
        builder.write_shards()
    with ChannelServer(os.fspath(tmp_path / "served")) as server:
        channels = [Channel("c", f"{server.url}/c")]
        # The second time it is known from the cache.
        for _ in range(2):
            (told,) = warnings_on_opening(make_kernel(tmp_path), *channels)
            assert told.startswith("the channel `c` has 24 packages that cannot be seen from here")
            assert "revision 3 of the index" in told
            assert "in revision 4" in told
            assert told.endswith("\nthe channel says: see https://c.example/v4")


def test_nobody_is_warned_of_what_is_known(tmp_path: Path) -> None:
    builder = ChannelBuilder(os.fspath(tmp_path / "c"), info={"repodata_revisions": {"v3": {"n_packages": 50}}})
    builder.add_record("a", "1", subdir="linux-64")
    assert warnings_on_opening(make_kernel(tmp_path), Channel("c", builder.write())) == []


def test_the_command_says_so_and_works_all_the_same(tmp_path: Path) -> None:
    builder = ChannelBuilder(os.fspath(tmp_path / "c"), info={"repodata_revisions": {"v9": None}})
    builder.add_record("a", "1", noarch="generic")
    (tmp_path / "home").mkdir()
    ended = Conda(tmp_path / "home")("search", "-O", "-c", builder.write(), "a", "--json")
    assert (ended.status, list(json.loads(ended.stdout))) == (0, ["a"])
    assert "has packages that cannot be seen from here" in ended.stderr
    assert "hint: update the package manager" in ended.stderr


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (None, ()),
        ([], ()),
        ("v4", ()),
        ({"v3": {}, "4": {}, "v": {}, "v04": {}, "v-4": {}, "v4x": {}, 4: {}}, ()),
        ({"v4": None}, (Revision(4),)),
        ({"v4": {"n_packages": "7", "message": 8}}, (Revision(4),)),
        ({"v4": {"n_packages": -1, "message": None}}, (Revision(4),)),
        ({"v4": {"n_packages": True}}, (Revision(4),)),
        ({"v11": {"n_packages": 1}, "v5": {"n_packages": 0}}, (Revision(5, 0), Revision(11, 1))),
        ({"v4": {"message": "a\x1b[31mb\nc\u202e"}}, (Revision(4, message="ab\nc"),)),
    ],
)
def test_what_a_channel_says_of_revisions_is_read_leniently(said: object, expected: tuple[Revision, ...]) -> None:
    assert unknown_revisions(said) == expected


def test_a_message_is_no_longer_than_it_may_be() -> None:
    (found,) = unknown_revisions({"v4": {"message": "ä" * LONGEST_MESSAGE}})
    assert found.message == "ä" * (LONGEST_MESSAGE // 2)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.dictionaries(st.text() | st.just("v4") | st.just("message") | st.just("n_packages"), inner),
    )
)
def test_anything_at_all_can_be_read_and_told(said: object) -> None:
    found = unknown_revisions(said)
    if found:
        assert "cannot be seen" in warning_of_revisions("c", found).text


def test_amounts_and_messages_are_put_together() -> None:
    one = warning_of_revisions("c", [Revision(4, 1, "x"), Revision(4, -1, "x")]).text
    assert "has 1 package that" in one
    assert one.count("the channel says: x") == 1
    assert "in revisions 4, 5" in warning_of_revisions("c", [Revision(5), Revision(4)]).text
