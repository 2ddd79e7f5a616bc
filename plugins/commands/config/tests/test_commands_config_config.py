"""`conda config` shows and changes settings, by the real executable."""

from __future__ import annotations

import json
import os
import stat
import textwrap
from typing import TYPE_CHECKING, Any

import pytest

from conda_testing.executable import Conda

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from conda_testing.executable import Ended
    from conda_testing.fork_server import ForkServer

COMMENTED = """\
# my settings
channels:  # in this order
  - conda-forge   #!top
  # the old one
  - bioconda
flow: [a, b]
channel_priority: strict  #!final
"""


class Home:
    """A user with a `.condarc`, and `conda config`."""

    def __init__(self, folder: Path, server: ForkServer | None) -> None:
        self.folder = folder
        self.file = folder / ".condarc"
        self._conda = Conda(folder, environ={"CONDA_ROOT_PREFIX": str(folder / "base")}, server=server)

    def write(self, text: str) -> None:
        self.file.write_text(textwrap.dedent(text))

    def text(self) -> str:
        return self.file.read_text()

    def run(self, *words: str, stdin: str | None = None) -> Ended:
        return self._conda("config", *words, stdin=stdin)

    def shown(self, *words: str, stdin: str | None = None) -> str:
        """Return what a command shows that succeeds."""
        done = self.run(*words, stdin=stdin)
        assert done.status == 0, done.stderr
        return done.stdout

    def document(self, *words: str) -> Any:
        done = self.run(*words, "--json")
        document = json.loads(done.stdout)
        assert done.status == (document.get("return_code", 0) if isinstance(document, dict) else 0)
        return document

    def refused(self, *words: str, status: int = 3) -> str:
        """Return what is told of a command that fails, and leaves the file as it is."""
        before = self.text() if self.file.exists() else None
        done = self.run(*words)
        assert (done.status, done.stdout) == (status, "")
        assert before == (self.text() if self.file.exists() else None)
        return done.stderr


@pytest.fixture
def home(tmp_path: Path, fork_server: ForkServer | None) -> Home:
    return Home(tmp_path, fork_server)


def test_without_anything_to_do_it_is_refused_and_makes_no_file(home: Home) -> None:
    assert "needs to be told" in home.refused(status=2)


@pytest.mark.parametrize(
    "words",
    [
        ("--show", "--validate"),
        ("--set", "solver", "lazy", "--append", "channels", "a"),
        ("--env", "--system", "--get"),
    ],
)
def test_what_excludes_each_other_is_refused(home: Home, words: Sequence[str]) -> None:
    assert "not allowed with" in home.refused(*words, status=2)


def test_the_values_that_count_are_shown(home: Home) -> None:
    home.write(
        "channels: [a, b]\nproxy_servers:\n  https: http://p:1\nchannel_settings:\n  - channel: a\n    auth: x\n"
    )
    assert home.shown("--show", "channels", "always_yes", "proxy_servers", "envs_dirs", "channel_settings") == (
        "channels:\n  - a\n  - b\nalways_yes: False\nproxy_servers:\n  https: http://p:1\nenvs_dirs: []\n"
        "channel_settings:\n  - channel: a\n    auth: x\n"
    )
    assert home.document("--show", "channels", "yes") == {"channels": ["a", "b"], "always_yes": False}


def test_every_setting_is_shown(home: Home) -> None:
    names = set(home.document("--show"))
    described = {item["name"] for item in home.document("--describe")}
    assert {"channels", "list_fields", "exclude_newer", "no_lock", "ssl_verify"} <= names
    assert {"dry_run", "json"} & described == set()
    assert described <= names


def test_a_setting_that_nobody_knows_is_refused_with_what_may_be_meant(home: Home) -> None:
    assert "did you mean `channels`?" in home.refused("--show", "chanels", status=2)


def test_what_is_wrong_is_told_with_file_and_line_for_all_at_once(home: Home) -> None:
    home.write("always_yes: yess\nfetch_threads: many\n")
    told = home.refused("--validate")
    assert f"`always_yes` cannot be 'yess': expected `true` or `false` ({home.file}, line 1)" in told
    assert f"`fetch_threads` cannot be 'many': expected a whole number ({home.file}, line 2)" in told
    document = home.document("--validate")
    assert [error["parameter_name"] for error in document["errors"]] == ["always_yes", "fetch_threads"]


def test_two_names_of_one_setting_in_one_file_are_an_error_that_json_can_hold(home: Home) -> None:
    home.write("always_yes: true\nyes: true\n")
    document = home.document("--validate")
    assert document["success"] is False
    assert document["keys"] == ["always_yes", "yes"]


def test_a_name_that_no_setting_has_is_a_warning(home: Home) -> None:
    home.write("chanels: [a]\n")
    done = home.run("--validate")
    assert (done.status, done.stdout) == (0, "")
    assert done.stderr == f"warning: `chanels` is no known setting ({home.file}, line 1)\n"


def test_sources_are_shown_one_by_one(home: Home) -> None:
    home.write("channels:\n  - a\n")
    assert home.shown("--show-sources").startswith(f"==> {home.file} <==\nchannels:\n  - a\n")
    assert home.document("--show-sources")[str(home.file)] == {"channels": ["a"]}


@pytest.mark.parametrize("words", [("--show",), ("--show-sources",), ("--get",), ("--validate",)])
def test_logins_and_tokens_are_hidden(home: Home, words: Sequence[str]) -> None:
    home.write("channels: [https://ann:pass@host/t/tk-1/c]\nproxy_servers: {https: http://ann:pass@p:1}\n")
    for form in ((), ("--json",)):
        done = home.run(*words, *form)
        assert done.status == 0
        assert "pass" not in done.stdout + done.stderr
        assert "tk-1" not in done.stdout + done.stderr
    if words != ("--validate",):
        assert "ann:pass@" in home.shown(*words, "--unsafe")
        assert "ann:pass@" in home.shown(*words, "--unsafe", "--json")


def test_a_setting_is_described(home: Home) -> None:
    (about,) = home.document("--describe", "pinned_packages")
    assert about["parameter_type"] == "sequence"
    assert about["string_delimiter"] == "&"
    assert about["default_value"] == []
    text = home.shown("--describe", "ssl_verify")
    assert text.startswith("# ssl_verify (conda-kernel): ")
    assert "# ssl_verify: True\n" in text


def test_an_edit_keeps_comments_order_style_and_marks(home: Home) -> None:
    home.write(COMMENTED)
    home.shown("--append", "channels", "last", "--append", "channels", "more")
    home.shown("--set", "solver", "lazy")
    assert home.text() == COMMENTED.replace("  - bioconda\n", "  - bioconda\n  - last\n  - more\n") + "solver: lazy\n"


def test_a_list_that_stands_right_below_its_key_stays_there(home: Home) -> None:
    home.write("channels:\n- a\n")
    home.shown("--append", "channels", "b")
    assert home.text() == "channels:\n- a\n- b\n"


def test_a_list_in_brackets_stays_one(home: Home) -> None:
    home.write("channels: [a]\n")
    home.shown("--prepend", "channels", "b")
    assert home.text() == "channels: [b, a]\n"


def test_an_item_that_is_there_is_moved_with_a_warning(home: Home) -> None:
    home.shown("--append", "channels", "x")
    home.shown("--append", "channels", "y")
    document = home.document("--append", "channels", "x")
    assert document["warnings"] == ["`x` was in `channels` already, and has been moved"]
    assert document["rc_path"] == str(home.file)
    assert home.text() == "channels:\n  - y\n  - x\n"


def test_a_list_is_not_set(home: Home) -> None:
    assert "use `--append`" in home.refused("--set", "channels", "x")
    assert "not a known sequence parameter" in home.refused("--append", "solver", "x")


def test_a_key_of_a_mapping_is_set_and_removed(home: Home) -> None:
    home.shown("--set", "proxy_servers.https", "http://p:1")
    assert home.text() == "proxy_servers:\n  https: http://p:1\n"
    home.shown("--remove-key", "proxy_servers.https")
    home.shown("--remove-key", "proxy_servers")
    assert home.text() == ""
    assert "not present" in home.refused("--remove-key", "proxy_servers")


def test_values_are_those_of_yaml(home: Home) -> None:
    home.shown("--set", "always_yes", "true")
    home.shown("--set", "remote_max_retries", "7")
    home.shown("--set", "default_python", "'3.10'")
    assert home.text() == "always_yes: true\nremote_max_retries: 7\ndefault_python: '3.10'\n"


def test_an_alias_is_written_as_the_name_with_a_warning(home: Home) -> None:
    home.write("verify_ssl: true\nsolver: lazy\n")
    assert home.document("--set", "verify_ssl", "false")["warnings"] == ["`verify_ssl` is written as `ssl_verify`"]
    assert home.text() == "ssl_verify: false\nsolver: lazy\n"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--set", "always_yes", "yess"), "expected `true` or `false`"),
        (("--set", "ssl_verify", "/no/such"), "there is no such file"),
        (("--set", "solver", "nobody"), "no solver is called `nobody`"),
        (("--set", "channel_alias", "host"), "expected a URL with its scheme"),
        (("--set", "client_ssl_cert_key", "/k"), "needs `client_ssl_cert`"),
        (("--set", "chanel_alias", "x"), "did you mean `channel_alias`?"),
        (("--set", "plugins.nothing", "x"), "no setting is called `plugins.nothing`"),
        (("--remove", "channels", "z"), "`z` is not present in `channels`"),
        (("--clear", "solver"), "not a known sequence parameter"),
    ],
)
def test_what_would_not_hold_together_is_refused(home: Home, words: Sequence[str], told: str) -> None:
    home.write("channels: [a]\n")
    assert told in home.refused(*words)


def test_items_are_removed_and_lists_emptied(home: Home) -> None:
    home.write("channels: [a, b, a]\npinned_packages: [x]\n")
    home.shown("--remove", "channels", "a")
    home.shown("--clear", "pinned_packages")
    assert home.text() == "channels: [b]\npinned_packages: []\n"


def test_defaults_is_removed_from_a_file_without_channels(home: Home) -> None:
    home.shown("--remove", "channels", "defaults")
    assert home.text() == "channels: []\n"


def test_what_one_file_has_is_shown_as_options_that_make_it_again(home: Home, tmp_path: Path) -> None:
    home.write("channels: [a, b]\nsolver: lazy\nproxy_servers: {https: 'http://p:1'}\n")
    lines = home.shown("--get").splitlines()
    assert lines == [
        "--add channels 'b'   # lowest priority",
        "--add channels 'a'   # highest priority",
        "--set solver lazy",
        "--set proxy_servers.https http://p:1",
    ]
    other = tmp_path / "other.yml"
    for line in lines:
        option, key, value = line.partition("   #")[0].replace("'", "").split()
        home.shown(option, key, value, "--file", str(other))
    assert home.document("--get", "--file", str(other))["get"] == home.document("--get")["get"]
    assert home.document("--get", "solver")["get"] == {"solver": "lazy"}


def test_reading_makes_no_file(home: Home) -> None:
    for words in (["--get"], ["--show"], ["--show-sources"], ["--validate"], ["--describe"]):
        home.shown(*words)
    assert not home.file.exists()


def test_settings_come_in_as_yaml(home: Home) -> None:
    home.write("solver: lazy  # mine\n")
    home.shown("--stdin", stdin="channels: [a]\nalways_yes: true\n")
    assert home.text() == "solver: lazy  # mine\nchannels: [a]\nalways_yes: true\n"
    assert home.run("--stdin", stdin="a: [").status == 1
    assert home.run("--stdin", stdin="").status == 0
    assert home.text() == "solver: lazy  # mine\nchannels: [a]\nalways_yes: true\n"


def test_a_file_in_which_all_is_a_comment_is_written_once(home: Home) -> None:
    home.shown("--write-default")
    text = home.text()
    assert all(line.startswith("#") or not line for line in text.splitlines())
    assert "# channel_priority: flexible" in text
    assert "is there, and not empty" in home.refused("--write-default", status=1)


@pytest.mark.parametrize("words", [("--set", "quiet", "true"), ("--append", "channels", "x"), ("--write-default",)])
def test_a_dry_run_says_what_would_be_and_writes_nothing(home: Home, words: tuple[str, ...]) -> None:
    assert home.shown(*words, "--dry-run") == f"dry run: `{home.file}` would be changed\n"
    assert home.document(*words, "--dry-run")["dry_run"] is True
    assert not home.file.exists()


def test_a_dry_run_says_that_nothing_would_change(home: Home) -> None:
    home.write("quiet: true\n")
    assert home.shown("--set", "quiet", "true", "--dry-run") == f"dry run: `{home.file}` would stay as it is\n"


def test_the_file_of_defaults_is_sorted_by_topic(home: Home) -> None:
    home.shown("--write-default")
    parts = dict(part.split(" ==\n") for part in home.text().split("# == ")[1:])
    assert list(parts)[:3] == ["channels", "network", "solving"]
    assert list(parts)[-1] == "accepted, and without effect"
    assert "more" not in parts, "what the bundle declares has a topic"
    assert "# channel_priority: flexible\n" in parts["channels"]
    assert "# proxy_servers: {}\n" in parts["network"]
    assert "# sat_solver: pycosat\n" in parts["accepted, and without effect"]
    described = home.document("--describe")
    assert home.text().count("\n# ") >= len(described)
    assert all(f"\n# {one['name']} (" in home.text() for one in described)


def test_mode_and_link_of_the_file_stay(home: Home, tmp_path: Path) -> None:
    real = tmp_path / "dotfiles" / "condarc"
    real.parent.mkdir()
    real.write_text("solver: lazy\n")
    real.chmod(0o640)
    home.file.symlink_to(real)
    home.shown("--set", "always_yes", "true")
    assert home.file.is_symlink()
    assert real.read_text() == "solver: lazy\nalways_yes: true\n"
    assert stat.S_IMODE(real.stat().st_mode) == 0o640
    assert os.listdir(real.parent) == ["condarc"]


def test_a_broken_file_is_named_and_left_as_it_is(home: Home) -> None:
    home.write("channels: [a\nsolver: b\n")
    assert f"cannot read the settings in `{home.file}`, line 2" in home.refused("--set", "always_yes", "true")


def test_a_dry_run_writes_nothing(home: Home) -> None:
    home.shown("--set", "always_yes", "true", "--dry-run")
    assert not home.file.exists()


def test_the_file_is_the_one_that_was_chosen(home: Home, tmp_path: Path) -> None:
    base, env, own = tmp_path / "base", tmp_path / "env", tmp_path / "own.yml"
    for prefix in (base, env):
        (prefix / "conda-meta").mkdir(parents=True)
        (prefix / "conda-meta" / "history").touch()
    conda = Conda(tmp_path, environ={"CONDA_ROOT_PREFIX": str(base), "CONDA_PREFIX": str(env), "CONDARC": str(own)})
    for number, words in enumerate(([], ["--system"], ["--env"], ["-p", str(env)], ["--file", str(tmp_path / "f")])):
        assert conda("config", "--set", "remote_max_retries", str(number), *words).status == 0
    files = (own, base / ".condarc", env / ".condarc", tmp_path / "f")
    assert [file.read_text() for file in files] == [f"remote_max_retries: {number}\n" for number in (0, 1, 3, 4)]
    assert not home.file.exists()
    assert conda("config", "--get", "-p", str(tmp_path / "none")).status == 1


def test_values_of_other_types_are_shown_as_they_can_be_written(home: Home) -> None:
    home.shown("--set", "exclude_newer", "7d")
    home.shown("--set", "exclude_newer_package.numpy", "2026-04-01T00:00:00+00:00")
    home.shown("--set", "exclude_newer_package.scipy", "false")
    shown = {
        "exclude_newer": "604800",
        "exclude_newer_package": {"numpy": "2026-04-01T00:00:00+00:00", "scipy": ""},
    }
    assert home.document("--show", *shown) == shown
    (about,) = home.document("--describe", "exclude_newer_package")
    assert (about["parameter_type"], about["default_value"], about["element_types"]) == ("map", {}, ["str"])


def test_names_that_nobody_knows_are_told_beside_what_is_wrong(home: Home) -> None:
    home.write("chanels: [a]\nquiet: perhaps\n")
    told = home.refused("--validate")
    assert f"warning: `chanels` is no known setting ({home.file}, line 1)" in told
    assert "`quiet` cannot be 'perhaps'" in told
