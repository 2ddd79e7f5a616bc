"""A plugin as a line of the index, and which plugins a user chooses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conda_kernel.model.plugin import Plugin, Selection
from conda_kernel.model.selection_file import read_selection

if TYPE_CHECKING:
    from pathlib import Path

PLUGIN = Plugin("conda.solvers", "small", "small:Solver", distribution="conda-small", version="1.2", summary="Solves.")


@pytest.mark.parametrize("bundled", [True, False])
def test_a_plugin_survives_being_written_and_read(bundled: bool) -> None:
    plugin = Plugin("conda.solvers", "s", "s:S", distribution="d", version="2", bundled=bundled, summary="a\tb\nc")
    again = Plugin.from_line(plugin.as_line())
    assert again.as_line() == plugin.as_line()
    assert (again.bundled, again.summary) == (bundled, "a b c")


def test_a_line_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="not enough values"):
        Plugin.from_line("conda.solvers\tsmall")


def test_a_plugin_is_shown_with_its_distribution() -> None:
    assert str(PLUGIN) == "`small` of conda.solvers (conda-small 1.2)"
    assert repr(PLUGIN) == "Plugin('conda.solvers', 'small', 'small:Solver', 'conda-small')"
    assert PLUGIN.identity == "conda.solvers/small"


def test_plugins_are_left_out_by_identity_by_distribution_and_where_only_the_bundle_counts() -> None:
    assert Selection().admits(PLUGIN)
    assert not Selection(["conda.solvers/small"]).admits(PLUGIN)
    assert not Selection(["conda-small"]).admits(PLUGIN)
    assert not Selection(bundled_only=True).admits(PLUGIN)
    assert Selection(["conda.solvers/other"], {"conda.solvers": "small"}).admits(PLUGIN)


def test_the_file_says_what_is_disabled_and_preferred(tmp_path: Path) -> None:
    file = tmp_path / "plugins.json"
    file.write_text('{"disabled": ["a"], "preferred": {"conda.planners": "b"}, "other": 1}')
    assert read_selection(str(file)) == (("a",), {"conda.planners": "b"})
    file.write_text("{}")
    assert read_selection(str(file)) == ((), {})


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ("{", "Expecting"),
        ("[]", "expected an object"),
        ('{"disabled": "a"}', "`disabled` must be"),
        ('{"disabled": [1]}', "`disabled` must be"),
        ('{"preferred": []}', "`preferred` must map"),
        ('{"preferred": {"a": 1}}', "`preferred` must map"),
        ("[" * 100_000, "recursion"),
    ],
)
def test_a_file_of_another_form_is_refused(tmp_path: Path, content: str, fault: str) -> None:
    file = tmp_path / "plugins.json"
    file.write_text(content)
    with pytest.raises(ValueError, match=fault) as caught:
        read_selection(str(file))
    assert str(caught.value).startswith(f"cannot read `{file}`: ")
