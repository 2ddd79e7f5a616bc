"""Tests of the scripts that packages bring."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from conda_linking.faults import LinkScriptFailed
from linking_workbench import Workbench

NOTE = (
    'echo "$PKG_NAME|$PKG_VERSION|$PKG_BUILDNUM|$PREFIX|$ROOT_PREFIX|$SOURCE_DIR|$PWD|${PATH%%:*}" > "$PREFIX/note"\n'
)


@pytest.fixture
def bench(tmp_path: Path) -> Workbench:
    return Workbench(str(tmp_path))


def test_a_post_link_script_knows_its_package_and_where_it_is(bench: Workbench) -> None:
    bench.apply(bench.package("a", "1.2", "h_3", files={"share/a": "a"}, link_scripts={"post-link": NOTE}))

    prefix = bench.prefix
    root = os.path.join(bench.folder, "root")
    assert bench.text("note") == f"a|1.2|3|{prefix}|{root}|{prefix}|{prefix}/bin|{prefix}/bin\n"


def test_a_post_link_script_finds_its_environment_active(bench: Workbench) -> None:
    hook = bench.package("hook", files={"etc/conda/activate.d/hook.sh": "export WORD='set by a hook'\n"})
    script = 'echo "$WORD" > "$PREFIX/note"\nreturn 0\nexit 1\n'

    bench.apply(hook, bench.package("a", link_scripts={"post-link": script}))

    assert bench.text("note") == "set by a hook\n"


def test_what_scripts_have_to_say_is_answered_and_what_they_print_is_not(
    bench: Workbench, capfd: pytest.CaptureFixture[str]
) -> None:
    script = 'echo noise; echo noise >&2; printf "hello \\033[31m\\nthere" > "$PREFIX/.messages.txt"\n'

    applied = bench.apply(bench.package("a", link_scripts={"post-link": script}))

    assert applied.messages == ("hello \nthere",)
    assert not os.path.exists(bench.path(".messages.txt"))
    assert capfd.readouterr() == ("", "")


def test_a_post_link_script_that_fails_undoes_the_change(bench: Workbench) -> None:
    bench.apply(bench.package("first", files={"share/first": "1"}))
    before = bench.tree()
    script = 'echo "it is broken"; echo why > "$PREFIX/.messages.txt"; exit 7\n'

    with pytest.raises(LinkScriptFailed) as caught:
        bench.apply(bench.package("a", files={"share/a": "a"}, link_scripts={"post-link": script}), unlink=["first"])

    assert bench.tree() == before
    assert caught.value.fields["return_code"] == 7
    assert "it is broken" in str(caught.value)
    assert "why" in str(caught.value)


def test_a_pre_unlink_script_runs_while_its_package_is_there(bench: Workbench) -> None:
    bench.apply(
        bench.package("a", files={"share/a": "text"}, link_scripts={"pre-unlink": 'cp "$PREFIX/share/a" "$PREFIX/c"\n'})
    )

    bench.apply(unlink=["a"])

    assert bench.text("c") == "text"


def test_a_pre_unlink_script_that_fails_is_a_warning(bench: Workbench) -> None:
    bench.apply(bench.package("a", files={"share/a": "text"}, link_scripts={"pre-unlink": "exit 1\n"}))

    applied = bench.apply(unlink=["a"])

    assert applied.warnings == ("the pre-unlink script of a-1-0 failed with status 1",)
    assert not os.path.exists(bench.path("share"))


def test_a_pre_link_script_is_refused_before_anything_is_touched(bench: Workbench) -> None:
    package = bench.package("a", link_scripts={"pre-link": 'touch "$PREFIX/evil"\n'})

    with pytest.raises(LinkScriptFailed) as caught:
        bench.apply(package)

    assert "allow_pre_link_scripts" in caught.value.hint
    assert bench.tree() == {}


def test_a_pre_link_script_runs_where_its_package_was_extracted_when_it_is_trusted(bench: Workbench) -> None:
    bench.settings["allow_pre_link_scripts"] = True
    package = bench.package("a", link_scripts={"pre-link": 'echo "$SOURCE_DIR" > "$PREFIX/note"\n'})

    bench.apply(package)

    assert bench.text("note") == package.folder + "\n"


@pytest.mark.parametrize("setting", [{"link_scripts": False}, {"subdir": "linux-aarch64"}])
def test_scripts_that_are_not_run_are_told(bench: Workbench, setting: dict[str, object]) -> None:
    if os.uname().machine == "aarch64":
        pytest.skip("this machine runs what is meant to be foreign")
    bench.settings.update(setting)

    applied = bench.apply(bench.package("a", link_scripts={"post-link": NOTE}))

    assert applied.warnings == ("the post-link script of a-1-0 was not run",)
    assert not os.path.exists(bench.path("note"))


def test_scripts_of_trusted_packages_run_and_others_do_not(bench: Workbench) -> None:
    bench.settings.update(link_scripts="trusted", trusted_link_scripts=["friend", "conda-forge::known >=2"])
    script = {"post-link": 'touch "$PREFIX/$PKG_NAME"'}

    applied = bench.apply(
        bench.package("friend", link_scripts=script),
        bench.package("known", "2", link_scripts=script),
        bench.package("stranger", link_scripts=script),
    )

    assert [os.path.exists(bench.path(name)) for name in ("friend", "known", "stranger")] == [True, True, False]
    assert applied.warnings == ("the post-link script of stranger-1-0 was not run",)


@pytest.mark.parametrize("word", [False, "false", "skip"])
def test_no_script_runs_when_they_are_skipped(bench: Workbench, word: object) -> None:
    bench.settings["link_scripts"] = word

    bench.apply(bench.package("a", link_scripts={"post-link": 'touch "$PREFIX/ran"'}))

    assert not os.path.exists(bench.path("ran"))
