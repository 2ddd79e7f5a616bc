from __future__ import annotations

import pytest

from conda_commands_environments.download_table import download_lines, human_size
from conda_commands_environments.plan_document import full_document, plan_document, short_document
from conda_commands_environments.plan_text import PackageChange, kind_of, plan_text
from conda_kernel.model.plan import Change, Plan
from conda_kernel.model.prefix_record import PrefixRecord
from conda_kernel.model.record import PackageRecord
from conda_testing.memory_index import record_of


def _record(name: str, version: str = "1.0", build: str = "0", **fields: object) -> PackageRecord:
    return record_of({"name": name, "version": version, "build": build, "channel": "chan", **fields})


def _plan(unlink: list[PackageRecord], link: list[PackageRecord], **fields: object) -> Plan:
    change = Change("/opt/envs/e")
    return Plan(change, "", tuple(PrefixRecord(record) for record in unlink), tuple(link), **fields)  # type: ignore[arg-type] # fields of a plan


def test_a_plan_has_the_layout_that_scripts_know() -> None:
    plan = _plan(
        [_record("old", "0.9"), _record("c"), _record("d"), _record("e"), _record("f", channel="low"), _record("g")],
        [
            _record("a", "1.0", "h1_0"),
            _record("c", "2.0", "py_0", subdir="noarch"),
            _record("d", "1.1"),
            _record("e", "0.9"),
            _record("f", "0.5", channel="high"),
            _record("g", build="other_0"),
            _record("a-name-that-is-rather-long"),
        ],
        removed=("old",),
        updated=("b", "a"),
    )
    assert (
        plan_text(plan)
        == """
## Package Plan ##

  environment location: /opt/envs/e

  removed specs:
    - old

  added / updated specs:
    - a
    - b


The following NEW packages will be INSTALLED:

  a                  chan/linux-64::a-1.0-h1_0
  a-name-that-is-ra~ chan/linux-64::a-name-that-is-rather-long-1.0-0

The following packages will be REMOVED:

  old-0.9-0

The following packages will be UPDATED:

  c                                  chan/linux-64::c-1.0-0 --> chan/noarch::c-2.0-py_0
  d                                                   1.0-0 --> 1.1-0

The following packages will be SUPERSEDED by a higher-priority channel:

  f                                            low::f-1.0-0 --> high::f-0.5-0

The following packages will be DOWNGRADED:

  e                                                   1.0-0 --> 0.9-0

The following packages will be REVISED:

  g                                                   1.0-0 --> 1.0-other_0

"""
    )


def test_what_is_downloaded_comes_before_the_changes() -> None:
    new = [_record("a", "1.0", "h1_0", size=12288), _record("b", channel="defaults")]
    text = plan_text(_plan([], new, updated=("a",)), [new[1], new[0]])
    assert (
        text
        == """
## Package Plan ##

  environment location: /opt/envs/e

  added / updated specs:
    - a


The following packages will be downloaded:

    package                    |            build
    ---------------------------|-----------------
    a-1.0                      |             h1_0          12 KB  chan
    b-1.0                      |                0
    ------------------------------------------------------------
                                           Total:          12 KB

The following NEW packages will be INSTALLED:

  a                  chan/linux-64::a-1.0-h1_0
  b                  defaults/linux-64::b-1.0-0

"""
    )


@pytest.mark.parametrize(
    ("show_channels", "shown"), [(True, ["chan", "defaults"]), (False, ["", ""]), (None, ["chan", ""])]
)
def test_channels_are_shown_as_the_setting_says(*, show_channels: bool | None, shown: list[str]) -> None:
    records = [_record("a", size=1), _record("b", size=2000, channel="defaults")]
    lines = download_lines(records, show_channels=show_channels)
    assert [line[64:].strip() for line in lines[2:4]] == shown
    assert [line[49:64].strip() for line in [*lines[2:4], lines[-1]]] == ["1 B", "2 KB", "2 KB"]


@pytest.mark.parametrize(
    ("size", "shown"),
    [(0, "0 B"), (1023, "1023 B"), (1024, "1 KB"), (1 << 20, "1.0 MB"), (1_600_000, "1.5 MB"), (5 << 28, "1.25 GB")],
)
def test_sizes_are_for_people(size: int, shown: str) -> None:
    assert human_size(size) == shown


def test_a_plan_without_specs_has_no_lists_of_them() -> None:
    assert plan_text(_plan([], [])) == "\n## Package Plan ##\n\n  environment location: /opt/envs/e\n\n\n"


def test_an_old_value_that_is_too_long_is_cut() -> None:
    plan = _plan(
        [_record("certifi", "2022.12.7", "py311h06a4308_0", channel="pkgs/main")], [_record("certifi", "2023.5.7")]
    )
    assert "  certifi            pkgs/main::certifi-2022.12.7-py311h06~ --> chan::certifi-2023.5.7-0" in plan_text(plan)


def test_what_moves_to_another_channel_alone_shows_the_channels_alone() -> None:
    plan = _plan([_record("openssl", channel="low")], [_record("openssl", channel="high")])
    assert "                                     low --> high\n" in plan_text(plan)


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        (None, _record("a"), "NEW"),
        (_record("a"), None, "REMOVED"),
        (_record("a", "1.9"), _record("a", "1.10"), "UPDATED"),
        (_record("a", build="h_0"), _record("a", build="h_1"), "UPDATED"),
        (_record("a", "1.0"), _record("a", "2.0", channel="other"), "UPDATED"),
        (_record("a", "1.0"), _record("a", "1.00", build="x_0"), "REVISED"),
        (_record("a", "2.0"), _record("a", "1.0"), "DOWNGRADED"),
        (_record("a", build="h_1"), _record("a", build="h_0"), "REVISED"),
        (_record("a", "2.0"), _record("a", "1.0", channel="other"), "SUPERSEDED"),
        (_record("a"), _record("a", subdir="noarch"), "SUPERSEDED"),
        (_record("a"), _record("a"), ""),
    ],
)
def test_a_change_belongs_to_one_section(old: PackageRecord | None, new: PackageRecord | None, kind: str) -> None:
    assert kind_of(PackageChange("a", old, new)) == kind


def test_a_record_in_short_form_has_the_keys_of_conda() -> None:
    assert short_document(_record("a", "1.0", "h1_3")) == {
        "base_url": "https://channels.example/chan",
        "build_number": 3,
        "build_string": "h1_3",
        "channel": "chan",
        "dist_name": "a-1.0-h1_3",
        "name": "a",
        "platform": "linux-64",
        "version": "1.0",
    }


def test_the_document_of_a_change_leaves_out_empty_lists_but_that_of_fetched_packages() -> None:
    document = plan_document(_plan([], [_record("a")]), fetched=[_record("a")])
    actions = document["actions"]
    assert isinstance(actions, dict)
    assert document["prefix"] == "/opt/envs/e"
    assert list(actions) == ["PREFIX", "FETCH", "LINK"]
    assert actions["FETCH"][0]["url"] == "https://channels.example/chan/linux-64/a-1.0-0.conda"
    assert "dry_run" not in document


def test_what_is_fetched_is_told_in_full_and_without_credentials() -> None:
    record = _record("a", depends=["b >=1"], md5="0" * 32, license="MIT")._replace(
        url="https://me:secret@a.example/t/tk-123/chan/linux-64/a-1.0-0.conda",
        channel_url="https://a.example/t/tk-123/chan",
    )
    document = full_document(record)
    assert document["url"] == "https://a.example/chan/linux-64/a-1.0-0.conda"
    assert document["channel"] == "https://a.example/chan"
    assert document["depends"] == ["b >=1"]
    assert document["md5"] == "0" * 32
    assert document["license"] == "MIT"
    assert document["fn"] == "a-1.0-0.conda"


def test_the_document_of_a_dry_run_says_so() -> None:
    assert plan_document(_plan([_record("a")], []), dry_run=True)["dry_run"] is True
