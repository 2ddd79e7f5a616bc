"""What an error says to people, to programs, and in the document of a failure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conda_kernel import errors
from conda_kernel.errors import (
    CondaError,
    ConfigurationLoadError,
    InvalidVersion,
    OfflineError,
    PackagesNotFound,
    PluginFailed,
    PluginNotLoaded,
    Unsolvable,
)
from conda_kernel.model import errors as errors_of_the_model
from conda_kernel.model.plugin import Plugin
from conda_kernel.model.result import Text, failure

if TYPE_CHECKING:
    from collections.abc import Iterator

PLUGIN = Plugin("conda.solvers", "small", "small:Solver", distribution="conda-small", version="1.2")


def test_an_error_has_the_name_that_scripts_know_it_by() -> None:
    assert PackagesNotFound("x").exception_name == "PackagesNotFoundError"
    assert OfflineError("x").exception_name == "OfflineError"


def test_a_file_of_settings_is_named_with_the_place_in_it() -> None:
    assert str(ConfigurationLoadError("/c", "no")) == "cannot read the settings in `/c`: no"
    error = ConfigurationLoadError("/c", "no", 3, 5)
    assert str(error) == "cannot read the settings in `/c`, line 3, column 5: no"
    assert error.fields == {"path": "/c", "line": 3, "column": 5}


@pytest.mark.parametrize("kind", [PluginFailed, PluginNotLoaded])
def test_an_error_of_a_plugin_says_whose_it_is(kind: type[PluginFailed | PluginNotLoaded]) -> None:
    error = kind(PLUGIN, "by nought")
    assert "`small` of conda.solvers (conda-small 1.2)" in str(error)
    assert str(error).endswith(": by nought")
    assert "conda-small" in error.hint
    assert error.plugin is PLUGIN
    assert error.fields == {
        "plugin": "small",
        "group": "conda.solvers",
        "distribution": "conda-small",
        "distribution_version": "1.2",
        "target": "small:Solver",
    }


def test_facts_are_found_when_they_are_asked_for_and_once() -> None:
    asked = []

    def found() -> Iterator[object]:
        asked.append(1)
        yield "a"

    error = Unsolvable("x", facts=found())
    assert not asked
    assert error.facts == error.facts == ("a",)
    assert asked == [1]
    assert Unsolvable("x").facts == ()


def test_all_errors_are_found_in_one_place() -> None:
    kinds = {name: kind for name, kind in vars(errors_of_the_model).items() if isinstance(kind, type)}
    assert {name: getattr(errors, name) for name in kinds} == kinds


def test_a_failure_is_told_to_people_and_to_programs() -> None:
    cause = ValueError("https://user:pw@h/c")
    error = PackagesNotFound("no `x` in https://user:pw@h/c", hint="look", packages=["x"], url="https://user:pw@h/c")
    error.__cause__ = cause
    result = failure(error, ("or not",))
    assert (result.exit_status, result.failed) == (4, True)
    assert result.document == {
        "packages": ["x"],
        "url": "https://<hidden>@h/c",
        "success": False,
        "error": "PackagesNotFoundError: no `x` in https://<hidden>@h/c",
        "exception_name": "PackagesNotFoundError",
        "exception_type": "<class 'conda_kernel.model.errors.PackagesNotFound'>",
        "message": "no `x` in https://<hidden>@h/c",
        "caused_by": "ValueError('https://<hidden>@h/c')",
        "return_code": 4,
        "guidance": {"hints": [{"text": "look"}, {"text": "or not"}]},
    }
    assert result.views == (Text("error: no `x` in https://<hidden>@h/c\n\nhint: look\n\nhint: or not"),)


def test_a_failure_without_advice_offers_none() -> None:
    result = failure(CondaError("no"))
    assert isinstance(result.document, dict)
    assert "guidance" not in result.document
    assert (result.exit_status, result.document["caused_by"]) == (1, "None")


def test_what_cannot_be_parsed_says_why_even_where_no_reason_was_given() -> None:
    assert (InvalidVersion("no version").reason, InvalidVersion("x", position="3").position) == ("no version", 0)
