"""Names, URLs and paths become channels."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conda_kernel.model.channel import Channel, ChannelNames, ChannelSettings, InvalidChannel, expand
from conda_kernel.model.channel_url import is_path, is_url, path_url, split_url, url_path, without_credentials

CASES = Path(__file__).resolve().parents[3] / "shared" / "spec" / "cases" / "channel_urls.json"
PLAIN = ChannelSettings(subdir="linux-64", working_folder="/w/d", home="/home/u")


def channel_cases() -> Any:
    if not CASES.is_file():
        reason = "there is no folder `shared` beside the repository"
        return [pytest.param(None, None, None, marks=pytest.mark.skip(reason=reason))]
    return [
        pytest.param(group["config"], group["subdir"], row, id=f"{name}-{row['input']}")
        for name, group in json.loads(CASES.read_text(encoding="utf-8")).items()
        for row in group["cases"]
    ]


def filled(value: Any) -> Any:
    if isinstance(value, list):
        return [filled(element) for element in value]
    if not isinstance(value, str):
        return value
    return value.replace("{cwd_parent}", "/w").replace("{cwd}", "/w/d").replace("{home}", "/home/u")


@pytest.mark.parametrize(("config", "subdir", "row"), channel_cases())
def test_a_text_becomes_the_channel_of_the_table(config: dict[str, Any], subdir: str, row: dict[str, Any]) -> None:
    settings = ChannelSettings(subdir=subdir, working_folder="/w/d", home="/home/u", **config)
    subdirs = (subdir, "noarch")

    channel = Channel.parse(row["input"], settings)

    members = channel.members or ((channel,) if channel.base_url else ())
    assert str(channel) == filled(row["canonical"])
    assert list(channel.base_urls) == filled(row["base_urls"])
    assert channel.subdir == row["subdir"]
    assert list(channel.subdir_urls(subdirs)) == filled(row["urls"])
    assert channel.file_name == row.get("package_filename")
    assert [
        member.authenticated_url(url).reveal() for member in members for url in member.subdir_urls(subdirs)
    ] == filled(row["urls_with_credentials"])
    assert next((member.token.reveal() for member in members if member.token), None) == row["token"]
    logins = [(member.user.reveal(), member.password.reveal()) for member in members if member.user and member.password]
    assert [":".join(login) for login in logins] == ([row["auth"]] if "auth" in row else [])


@pytest.mark.parametrize(
    "text",
    [
        "https://user:hunter2@h.example/c",
        "https://h.example/t/hunter2/c",
        "https://h.example/api/t/hunter2_x.y/c/linux-64",
        "https://user:hunter2@conda.anaconda.org/c",
        "t/hunter2/conda-forge",
        "s3://key:hunter2@bucket/c",
    ],
)
def test_credentials_show_up_nowhere_but_in_the_authenticated_url(text: str) -> None:
    channel = Channel.parse(text, PLAIN)

    for shown in (str(channel), repr(channel), channel.base_url, *channel.subdir_urls(("linux-64",))):
        assert "hunter2" not in shown
    assert "hunter2" in channel.authenticated_url(channel.subdir_url("noarch")).reveal()
    with pytest.raises(TypeError):
        pickle.dumps(channel)


def test_settings_do_not_show_their_credentials() -> None:
    settings = ChannelSettings(
        channel_alias="https://h/t/hunter2", custom_channels={"x": "https://u:hunter3@h"}, default_channels=["x"]
    )

    assert "hunter" not in repr(settings)
    with pytest.raises(TypeError):
        pickle.dumps(settings)


@pytest.mark.parametrize(
    "text",
    [
        "a b",
        "conda-forge::numpy",
        "user:hunter2@h/c",
        "conda-forge/../evil",
        "conda-forge/./x",
        "conda-forge?x=1",
        "conda\x00forge",
        "conda\x1b[31m",
        "https://",
        "https:///c",
        "https://user:hunter2@/c",
        "https://h h/c",
        "https://h:x/c",
        "https://h/c\nx",
        "https://a:hunter2@b:c:d/x",
        "/a\x00b",
        "nodefaults",
        "name[linux-64,../x]",
        "name[]",
        "t/hunter2/a b",
        "https://h/t/hunter2/t/hunter2/c",
        "t/a/t/a",
        "file://u:hunter2@h/c",
        "c/linux-64/noarch",
        "https://u:hunter2@h/Linux-64/noarch/",
        "\ud800",
        "https://h\u202e/c",
        "file://h\ufeff/c",
        "file://h [/c",
        "https://h:\u0668\u0660/c",
    ],
)
def test_what_names_no_channel_is_refused(text: str) -> None:
    with pytest.raises(InvalidChannel) as caught:
        Channel.parse(text, PLAIN)

    assert "hunter2" not in f"{caught.value}{caught.value.fields}"
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    ("url", "settings"),
    [
        ("https://conda.anaconda.org/local", PLAIN),
        ("https://conda.anaconda.org/a%20b", PLAIN),
        ("https://conda.anaconda.org/~x", PLAIN),
        ("https://conda.anaconda.org/nodefaults", PLAIN),
        ("https://conda.anaconda.org/None", PLAIN),
        ("https://conda.anaconda.org/a.conda/b.conda/c.conda", PLAIN),
        ("https://conda.anaconda.org/x", PLAIN._replace(custom_channels={"x": "https://elsewhere"})),
        ("https://conda.anaconda.org/x", PLAIN._replace(mirrored_channels={"x": ["https://elsewhere"]})),
        ("https://conda.anaconda.org/main", PLAIN._replace(default_channels=["https://elsewhere/main"])),
    ],
)
def test_a_channel_whose_name_would_lead_elsewhere_is_called_by_its_url(url: str, settings: ChannelSettings) -> None:
    channel = Channel.parse(url, settings)

    assert channel.name == channel.base_url
    assert channel.base_url == url.removesuffix("/c.conda")
    assert channel.subdir is None


def test_a_list_of_platforms_may_stand_in_brackets() -> None:
    channel = Channel.parse("conda-forge[linux-64, osx-arm64]", PLAIN)

    assert str(channel) == "conda-forge"
    assert channel.platforms == ("linux-64", "osx-arm64")
    assert channel.subdirs(("win-64",)) == ("linux-64", "osx-arm64", "noarch")
    assert Channel.parse("conda-forge[linux-64]", PLAIN) == Channel.parse("conda-forge/linux-64", PLAIN)


def test_scheme_and_credentials_do_not_make_another_channel() -> None:
    one = Channel.parse("https://u:p@conda.anaconda.org/c", PLAIN)
    other = Channel.parse("http://conda.anaconda.org:80/c", PLAIN)

    assert one == other
    assert hash(one) == hash(other)
    assert one != Channel.parse("https://conda.anaconda.org/c/linux-64", PLAIN)
    assert one != Channel.parse("https://conda.anaconda.org/d", PLAIN)


@pytest.mark.parametrize(
    "other",
    [
        "HTTPS://H.example/c",
        "https://h.example:443/c/",
        "https://h.example./x/../c",
        "https://h.example/%63",
        "https://h.example//./c?q#f",
    ],
)
def test_a_base_url_has_one_form(other: str) -> None:
    assert Channel.parse(other, PLAIN).base_url == "https://h.example/c"


def test_a_channel_is_equal_to_channels_alone() -> None:
    assert Channel("c") != ("c",)
    assert Channel("c") == Channel("c")


def test_places_may_be_configured_as_paths_and_bare_hosts() -> None:
    settings = ChannelSettings(channel_alias="mirror.example/conda", custom_channels={"x": "/srv", "y": "./here"})
    settings = settings._replace(working_folder="/w")

    assert Channel.parse("c", settings).base_url == "https://mirror.example/conda/c"
    assert Channel.parse("x/sub", settings).base_url == "file:///srv/x/sub"
    assert Channel.parse("y", settings).base_url == "file:///w/here/y"
    assert Channel.parse("file://localhost/srv/x", settings).name == "x"
    assert Channel.parse("file://C:/srv", settings).base_url == "file:///C:/srv"


@pytest.mark.parametrize(
    ("text", "public"),
    [
        ("https://u:hunter2@h/t/hunter3/c/", "https://h/c/"),
        ("https://h/c@1", "https://h/c@1"),
        ("file:///srv/t/c", "file:///srv/t/c"),
        ("https://u:hunter2@h h/c", "https://<hidden>@h h/c"),
        ("conda-forge", "conda-forge"),
    ],
)
def test_a_url_loses_its_credentials(text: str, public: str) -> None:
    assert without_credentials(text) == public


def test_the_longer_custom_channel_wins_by_whole_parts() -> None:
    settings = ChannelSettings(
        custom_channels={"a": "https://one", "a/b": "https://two"}, channel_alias="https://alias"
    )

    assert Channel.parse("a/b/c", settings).base_url == "https://two/a/b/c"
    assert Channel.parse("a/bb", settings).base_url == "https://one/a/bb"
    assert Channel.parse("aa", settings).base_url == "https://alias/aa"


def test_a_host_that_begins_like_an_alias_is_not_the_alias() -> None:
    settings = ChannelSettings(
        channel_alias="https://mirror.example", migrated_channel_aliases=["https://conda.anaconda.org"]
    )

    assert Channel.parse("https://conda.anaconda.org.evil/x", settings).name == "https://conda.anaconda.org.evil/x"
    assert Channel.parse("https://mirror.example.evil/x", settings).name == "https://mirror.example.evil/x"


def test_a_folder_that_begins_like_a_built_in_name_keeps_its_url() -> None:
    assert Channel.parse("/srv/pkgs", PLAIN).name == "file:///srv/pkgs"


def test_credentials_for_an_old_alias_do_not_go_to_the_new_one() -> None:
    settings = ChannelSettings(
        channel_alias="https://mirror.example", migrated_channel_aliases=["https://conda.anaconda.org"]
    )

    channel = Channel.parse("https://u:p@conda.anaconda.org/c", settings)

    assert channel.base_url == "https://mirror.example/c"
    assert not channel.has_credentials


def test_the_credentials_of_the_alias_are_not_sent_by_another_scheme() -> None:
    settings = ChannelSettings(channel_alias="https://u:p@alias.example")

    assert Channel.parse("https://alias.example/c", settings).has_credentials
    assert not Channel.parse("http://alias.example/c", settings).has_credentials


@pytest.mark.parametrize(
    ("url", "sent"),
    [
        ("https://h/c/noarch/x.conda", "https://u:p@h/t/tok/c/noarch/x.conda"),
        ("https://h/elsewhere/x.conda", "https://u:p@h/t/tok/elsewhere/x.conda"),
        ("https://h/c/noarch/?q=1", "https://u:p@h/t/tok/c/noarch/?q=1"),
        ("https://other/c/x.conda", "https://other/c/x.conda"),
        ("http://h/c/x.conda", "http://h/c/x.conda"),
        ("https://h:8443/c/x.conda", "https://h:8443/c/x.conda"),
        ("https://h.evil/c/x.conda", "https://h.evil/c/x.conda"),
    ],
)
def test_credentials_go_to_the_same_scheme_host_and_port_alone(url: str, sent: str) -> None:
    channel = Channel.parse("https://u:p@h/t/tok/c", PLAIN)

    assert channel.authenticated_url(url).reveal() == sent


def test_a_list_is_expanded_in_order_without_repeats() -> None:
    settings = ChannelSettings(custom_multichannels={"mine": ["a", "defaults", "b"]}, default_channels=["b", "c"])

    channels = expand(["b", "<unknown>", "mine", "nodefaults", "local", "https://conda.anaconda.org/a"], settings)

    assert [channel.base_url.rpartition("/")[2] for channel in channels] == ["b", "a", "c"]


def test_what_a_multichannel_does_not_know_is_no_member_of_it() -> None:
    settings = ChannelSettings(custom_multichannels={"mine": ["<unknown>", "a", "local"]})

    assert [member.name for member in Channel.parse("mine", settings).members] == ["mine"]
    assert [channel.base_url for channel in expand(["mine"], settings)] == ["https://conda.anaconda.org/a"]


def test_a_token_behind_the_platform_keeps_to_the_channel() -> None:
    channel = Channel.parse("https://h/linux-64/t/tok", PLAIN)

    assert (channel.base_url, channel.platforms) == ("https://h", ("linux-64",))
    assert channel.authenticated_url("https://h/linux-64/x.conda").reveal() == "https://h/t/tok/linux-64/x.conda"


def test_a_token_in_a_name_may_stand_behind_the_platform() -> None:
    channel = Channel.parse("c/linux-64/t/tok", PLAIN)

    assert (channel.name, channel.platforms) == ("c", ("linux-64",))
    assert channel.authenticated_url(channel.subdir_url("noarch")).reveal() == (
        "https://conda.anaconda.org/c/t/tok/noarch"
    )


def test_a_url_under_a_moved_channel_may_hold_escapes() -> None:
    settings = ChannelSettings(
        migrated_custom_channels={"x": "https://old.example"}, custom_channels={"x": "https://new.example"}
    )

    channel = Channel.parse("https://old.example/x/a%20b/linux-64", settings)

    assert channel.name == channel.base_url == "https://new.example/x/a%20b"
    assert channel.platforms == ("linux-64",)


@pytest.mark.parametrize(
    ("member", "text", "base_url"),
    [
        ("https://conda.anaconda.org/a/b", "a/b", "https://conda.anaconda.org/a/b"),
        ("https://h/conda/x/y", "x/y", "https://h/conda/x/y"),
        ("https://h/conda", "conda", "https://h/conda"),
        ("https://h/x/y", "x/y/label/z", "https://h/x/y/label/z"),
        ("/srv/chan/x", "x", "file:///srv/chan/x"),
        ("file://server/share/x", "share/x", "file://server/share/x"),
        ("https://h", "x", "https://conda.anaconda.org/x"),
        ("/", "x", "https://conda.anaconda.org/x"),
    ],
)
def test_the_members_of_a_multichannel_can_be_called_by_their_names(member: str, text: str, base_url: str) -> None:
    settings = ChannelSettings(custom_multichannels={"mine": [member]})

    assert Channel.parse(text, settings).base_url == base_url
    assert Channel.parse("mine", settings).base_urls == Channel.parse(member, settings).base_urls


MIRRORED = ChannelSettings(
    mirrored_channels={
        "conda-forge": ["https://fast.example/cf", "https://u:hunter2@slow.example/t/tok/cf", "/srv/cf"],
        "/team/x/": ["https://team.example"],
    },
    custom_multichannels={"mine": ["conda-forge", "other"]},
)


@pytest.mark.parametrize(
    "text",
    ["conda-forge", "conda-forge/linux-64", "https://fast.example/cf", "https://slow.example/cf/", "/srv/cf/noarch"],
)
def test_a_mirrored_channel_is_one_channel_wherever_it_lies(text: str) -> None:
    channel = Channel.parse(text, MIRRORED._replace(custom_multichannels={}))

    assert (channel.name, channel.base_url) == ("conda-forge", "https://fast.example/cf")
    assert [mirror.base_url for mirror in channel.mirrors] == [
        "https://fast.example/cf",
        "https://slow.example/cf",
        "file:///srv/cf",
    ]


def test_a_file_of_a_mirrored_channel_lies_on_every_mirror() -> None:
    channel = Channel.parse("conda-forge", MIRRORED)

    assert channel.places_of("https://fast.example/cf/noarch/a-1-0.conda") == (
        "https://fast.example/cf/noarch/a-1-0.conda",
        "https://slow.example/cf/noarch/a-1-0.conda",
        "file:///srv/cf/noarch/a-1-0.conda",
    )
    for elsewhere in (
        "https://fast.example/cfx/a.conda",
        "https://fast.example/cf",
        "https://other.example/cf/a.conda",
    ):
        assert channel.places_of(elsewhere) == (elsewhere,)
    assert Channel.parse("other", MIRRORED).places_of("https://h/x") == ("https://h/x",)


def test_the_credentials_of_a_mirror_are_for_that_mirror_alone() -> None:
    channel = Channel.parse("conda-forge", MIRRORED)

    revealed = [channel.authenticated_url(url).reveal() for url in channel.places_of("https://fast.example/cf/x")]
    assert revealed == ["https://fast.example/cf/x", "https://u:hunter2@slow.example/t/tok/cf/x", "file:///srv/cf/x"]
    assert channel.has_credentials
    assert "hunter2" not in repr(channel)


@pytest.mark.parametrize(
    ("text", "slow"),
    [
        ("https://me:pw@slow.example/cf", "https://me:pw@slow.example/cf/x"),
        ("http://me:pw@slow.example/cf", "https://u:hunter2@slow.example/t/tok/cf/x"),
        ("https://me:pw@fast.example/cf", "https://u:hunter2@slow.example/t/tok/cf/x"),
    ],
)
def test_credentials_in_the_url_of_a_mirror_go_nowhere_else(text: str, slow: str) -> None:
    channel = Channel.parse(text, MIRRORED)

    assert channel.authenticated_url("https://slow.example/cf/x").reveal() == slow
    fast = channel.authenticated_url("https://fast.example/cf/x").reveal()
    assert fast == ("https://me:pw@fast.example/cf/x" if "fast" in text else "https://fast.example/cf/x")


def test_a_mirrored_channel_may_be_a_member_and_may_be_denied() -> None:
    assert Channel.parse("https://slow.example/cf", MIRRORED).name == "mine"
    assert [channel.base_url for channel in expand(["mine", "https://slow.example/cf"], MIRRORED)] == [
        "https://fast.example/cf",
        "https://conda.anaconda.org/other",
    ]
    with pytest.raises(InvalidChannel, match="denylist_channels"):
        expand(["https://slow.example/cf"], MIRRORED._replace(denylist_channels=["conda-forge"]))


def test_what_only_begins_like_a_mirrored_channel_is_none() -> None:
    assert Channel.parse("conda-forge/label/x", MIRRORED).base_url == "https://conda.anaconda.org/conda-forge/label/x"
    assert Channel.parse("https://fast.example/cf/label", MIRRORED).mirrors == ()
    assert Channel.parse("team/x", MIRRORED).base_url == "https://team.example"


@pytest.mark.parametrize("mirrors", [{"x": []}, {"x": [""]}, {"": ["https://h"]}, {"x": ["https://"]}])
def test_a_mirrored_channel_needs_a_place(mirrors: dict[str, list[str]]) -> None:
    with pytest.raises(InvalidChannel, match="mirrored_channels"):
        Channel.parse("c", ChannelSettings(mirrored_channels=mirrors))


def test_blanks_around_a_channel_do_not_count() -> None:
    assert Channel.parse(" conda-forge\t", PLAIN) == Channel.parse("conda-forge", PLAIN)


def test_platforms_in_brackets_win_over_the_one_in_the_path() -> None:
    assert Channel.parse("conda-forge/linux-64[osx-arm64]", PLAIN).platforms == ("osx-arm64",)


def test_the_platform_of_a_multichannel_is_that_of_its_members() -> None:
    channel = Channel.parse("defaults/osx-arm64", PLAIN)

    assert channel.subdir_urls(("linux-64", "noarch")) == tuple(
        f"https://repo.anaconda.com/pkgs/{name}/{subdir}"
        for name in ("main", "r")
        for subdir in ("osx-arm64", "noarch")
    )


def test_members_of_a_multichannel_keep_their_own_platforms() -> None:
    channel = Channel.parse("mine", ChannelSettings(custom_multichannels={"mine": ["a/linux-64", "b"]}))

    assert channel.subdir_urls(("win-64", "noarch")) == tuple(
        f"https://conda.anaconda.org/{end}" for end in ("a/linux-64", "a/noarch", "b/win-64", "b/noarch")
    )


def test_a_token_in_a_name_stands_behind_the_alias() -> None:
    channel = Channel.parse("d/t/tok/c", ChannelSettings(channel_alias="https://h/a/b"))

    assert channel.authenticated_url("https://h/a/b/d/c/x.conda").reveal() == "https://h/a/b/d/t/tok/c/x.conda"


def test_an_old_alias_alone_is_no_channel_of_the_new_one() -> None:
    settings = ChannelSettings(channel_alias="https://new.example", migrated_channel_aliases=["https://old.example/x"])

    assert Channel.parse("https://old.example/x", settings).base_url == "https://old.example/x"
    assert Channel.parse("https://old.example/x/c", settings).base_url == "https://new.example/c"


@pytest.mark.parametrize(
    ("alias", "old", "text", "base_url"),
    [
        ("https://h/conda", "https://h", "https://h/conda/c", "https://h/conda/c"),
        ("https://h/conda", "https://h", "https://h/c", "https://h/conda/c"),
        ("https://h/conda", "https://h", "c", "https://h/conda/c"),
        ("https://h", "https://h/conda", "https://h/conda/c", "https://h/c"),
        ("https://h", "https://h/conda", "https://h/conda/conda/c", "https://h/c"),
        ("https://h", "https://h/conda", "conda/c", "https://h/c"),
        ("https://h", "https://h/conda", "https://h/conda", "https://h/conda"),
        ("https://h", "https://h", "https://h/c", "https://h/c"),
    ],
)
def test_an_alias_may_have_moved_up_or_down(alias: str, old: str, text: str, base_url: str) -> None:
    settings = ChannelSettings(channel_alias=alias, migrated_channel_aliases=[old])

    channel = Channel.parse(text, settings)

    assert channel.base_url == base_url
    assert Channel.parse(channel.base_url, settings) == Channel.parse(channel.name, settings) == channel


def test_the_credentials_of_the_alias_are_for_its_host_and_path_alone() -> None:
    settings = ChannelSettings(channel_alias="https://u:p@alias.example/conda")

    assert Channel.parse("https://alias.example/conda/c", settings).has_credentials
    assert not Channel.parse("https://other.example/conda/c", settings).has_credentials
    assert not Channel.parse("https://alias.example/other/c", settings).has_credentials


def test_multichannels_that_contain_each_other_are_refused() -> None:
    with pytest.raises(InvalidChannel, match="contains itself"):
        expand(["one"], ChannelSettings(custom_multichannels={"one": ["two"], "two": ["one"]}))


def test_a_multichannel_has_no_url_of_its_own() -> None:
    with pytest.raises(InvalidChannel, match="no URL"):
        Channel.parse("defaults", PLAIN).subdir_url("noarch")


def test_local_means_the_folders_of_conda_build() -> None:
    settings = ChannelSettings(local_channels=["/opt/conda/conda-bld"])

    assert Channel.parse("local", settings).base_urls == ("file:///opt/conda/conda-bld",)
    assert Channel.parse("/opt/conda/conda-bld", settings).name == "local"


def test_local_cannot_be_redefined() -> None:
    settings = ChannelSettings(custom_multichannels={"local": ["evil"]})

    assert Channel.parse("local", settings).base_urls == ()


@pytest.mark.parametrize(
    "text", ["c", "http://conda.anaconda.org/c", "https://u:p@conda.anaconda.org/x/../c", "c/linux-64"]
)
def test_a_denied_channel_is_refused_in_every_spelling(text: str) -> None:
    with pytest.raises(InvalidChannel, match="denylist_channels"):
        expand(["good", text], ChannelSettings(denylist_channels=["c"]))


def test_only_allowed_channels_pass_an_allow_list() -> None:
    settings = ChannelSettings(allowlist_channels=["c", "defaults"])

    assert len(expand(["c", "defaults", "https://u:p@conda.anaconda.org/c"], settings)) == 3
    for text in ("d", "http://conda.anaconda.org/c", "c/label/x"):
        with pytest.raises(InvalidChannel, match="allowlist_channels"):
            expand([text], settings)


def test_a_wrong_url_in_a_setting_is_named_with_the_setting() -> None:
    with pytest.raises(InvalidChannel, match="custom_channels"):
        Channel.parse("x", ChannelSettings(custom_channels={"x": "https://:hunter2@"}))


def test_names_of_stored_channels_are_remembered() -> None:
    names = ChannelNames(PLAIN)

    assert names("https://conda.anaconda.org/conda-forge/linux-64") == "conda-forge"
    assert names("https://repo.anaconda.com/pkgs/main") == "defaults"
    assert names("conda-forge") == "conda-forge"
    assert names("not\x00a channel") == "<unknown>"
    assert names("https://conda.anaconda.org/conda-forge/linux-64") == "conda-forge"


@given(st.from_regex(r"[a-z][a-z0-9_.-]{0,8}(/[a-z][a-z0-9_.-]{0,8}){0,3}", fullmatch=True))
def test_the_name_of_a_channel_and_its_url_are_one_channel(text: str) -> None:
    try:
        named = Channel.parse(text, PLAIN)
    except InvalidChannel:
        return
    if named.members or named.base_url == "":
        return
    assert Channel.parse(named.base_url, PLAIN) == named._replace(platforms=())
    assert Channel.parse(named.name, PLAIN).name == named.name


@given(st.text(max_size=30))
def test_any_text_is_a_channel_or_refused(text: str) -> None:
    try:
        channel = Channel.parse(text, PLAIN)
    except InvalidChannel:
        return
    assert Channel.parse(channel.base_url, PLAIN).base_url == channel.base_url


configurations = st.builds(
    ChannelSettings,
    channel_alias=st.sampled_from(["https://conda.anaconda.org", "https://m.example/conda", "https://u:p@h/t/tok"]),
    default_channels=st.sampled_from([None, (), ("https://h/main", "a"), ("file:///srv/main",)]),
    custom_channels=st.sampled_from(
        [{}, {"a": "https://h"}, {"a": "/srv", "a/b": "https://u:p@h/x", "c": "https://h/x"}]
    ),
    custom_multichannels=st.sampled_from([{}, {"m": ("a", "https://h/c")}, {"m": ("n",), "n": ("b", "c/linux-64")}]),
    migrated_channel_aliases=st.sampled_from(
        [(), ("https://old.example",), ("https://old.example", "https://old.example/x"), ("https://m.example",)]
    ),
    migrated_custom_channels=st.sampled_from([{}, {"a": "https://old.example"}, {"o": "https://old.example/x"}]),
    mirrored_channels=st.sampled_from(
        [{}, {"b": ("https://h/x/b", "https://m.example/conda/b")}, {"x/y": ("/srv/x",)}]
    ),
    subdir=st.sampled_from(["linux-64", "win-64"]),
    working_folder=st.just("/w/d"),
    home=st.just("/home/u"),
)
tails = st.lists(
    st.sampled_from(
        ["a", "b", "c", "m", "n", "o", "x", "y", "label", "t", "tok", "conda", "pkgs", "main", "linux-64", "A"]
    ),
    max_size=4,
).map("/".join)
places = st.sampled_from(
    [
        "",
        "https://conda.anaconda.org/",
        "https://m.example/conda/",
        "http://h/",
        "https://me:pw@h/",
        "https://old.example/",
        "https://repo.anaconda.com/",
        "file:///srv/",
        "/srv/",
        "./",
        "~/",
        "C:/",
        "s3://h/",
    ]
)


@given(configurations, st.builds("{}{}".format, places, tails) | st.text("ab/:@.tm[]%~\\", max_size=12))
def test_the_canonical_name_of_a_channel_is_a_fixed_point(settings: ChannelSettings, text: str) -> None:
    try:
        channel = Channel.parse(text, settings)
    except InvalidChannel:
        return
    again = Channel.parse(channel.name, settings)

    assert again.name == channel.name
    assert Channel.parse(again.name, settings) == again
    if channel.base_url:
        at_url = Channel.parse(channel.base_url, settings)
        assert (at_url.name, at_url.base_url) == (channel.name, channel.base_url)
    if channel.base_url and again.base_url:
        assert again == channel._replace(platforms=again.platforms)


@pytest.mark.parametrize("path", ["/opt/a b", "/opt/100%", "/opt/a#b?c", "/opt/ü", "/t/x/chan"])
def test_a_path_and_its_url_lead_to_each_other(path: str) -> None:
    assert url_path(path_url(path)) == path
    assert url_path(Channel.parse(path, PLAIN).base_url) == path


def test_a_home_that_nobody_has_is_a_folder_of_that_name() -> None:
    assert path_url("~nobody-here-has-this-name/c", "/w") == "file:///w/~nobody-here-has-this-name/c"
    assert path_url("~/c", "/w", "/home/u") == path_url("~\\c", "/w", "/home/u") == "file:///home/u/c"


def test_a_working_folder_and_a_home_need_not_be_utf8() -> None:
    assert path_url("c", "/w\udcff") == "file:///w%FF/c"
    assert path_url("~/c", "/w", "/h\udcff") == "file:///h%FF/c"
    assert url_path("file:///w%FF/c") == "/w\udcff/c"


def test_no_url_leads_above_its_host() -> None:
    assert split_url("https://h/../../c").public == "https://h/c"
    assert path_url("/../c") == "file:///c"


def test_windows_paths_have_urls_everywhere() -> None:
    assert path_url("C:\\a b\\c") == "file:///C:/a%20b/c"
    assert url_path("file:///C:/a%20b/c") == "C:/a b/c"
    assert url_path("file://server/share/x") == "//server/share/x"
    assert url_path("file://localhost/x") == "/x"


def test_kinds_of_texts() -> None:
    assert is_url("s3://b")
    assert not is_url("C://x")
    assert is_path("C:/x")
    assert not is_path("c:x")
    assert split_url("https://[::1]:8080/c").host == "[::1]:8080"


@pytest.mark.parametrize("url", ["https://h/c", "file:///a%00b", "file:///\ud800", "file"])
def test_only_a_file_url_is_a_path(url: str) -> None:
    with pytest.raises(InvalidChannel):
        url_path(url)
