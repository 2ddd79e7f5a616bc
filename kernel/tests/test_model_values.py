"""The values that cross borders: what they are without arguments, and that they do not change."""

from __future__ import annotations

import inspect
import json
import pickle
from types import ModuleType
from typing import Any

import pytest

from conda_kernel.model import cached, event, fetching, finding, plan, result, solving
from conda_kernel.model.fetching import Downloaded, FetchRequest
from conda_kernel.model.plan import Applied, Change, DependencyMode, Outcome, Plan, UpdateMode
from conda_kernel.model.prefix_record import PrefixRecord
from conda_kernel.model.record import PackageRecord
from conda_kernel.model.result import Details, Result, Table, Text, Tree
from conda_kernel.model.secret import Secret
from conda_kernel.model.solving import ChannelPriority, SolveRequest, Strategy
from conda_kernel.model.value import Value

RECORD = PackageRecord("a", "1.0", "0")


def values_of(module: ModuleType) -> Any:
    return [
        pytest.param(kind, id=f"{module.__name__.rpartition('.')[2]}-{name}")
        for name, kind in vars(module).items()
        if inspect.isclass(kind) and kind.__module__ == module.__name__ and hasattr(kind, "__match_args__")
    ]


def made(kind: Any) -> Any:
    if issubclass(kind, Value):
        return kind(**{name: name for name in kind.__match_args__ if name not in kind._defaults})
    parameters = inspect.signature(kind).parameters.values()
    return kind(**{each.name: each.name for each in parameters if each.default is inspect.Parameter.empty})


@pytest.mark.parametrize(
    "kind", [each for module in (cached, event, fetching, finding, plan, result, solving) for each in values_of(module)]
)
def test_a_value_is_equal_to_its_like_and_does_not_change(kind: Any) -> None:
    value = made(kind)

    assert value == made(kind)
    for name in kind.__match_args__:
        with pytest.raises(AttributeError):
            setattr(value, name, None)
    with pytest.raises((AttributeError, TypeError)):
        value.something_else = 1


def test_a_plan_is_empty_when_nothing_is_linked_or_unlinked() -> None:
    change = Change("/env")
    empty = Plan(change, "base", requested={"a": ("a",)})

    assert empty.is_empty
    assert empty.prefix == "/env"
    assert not empty.replaced(link=(RECORD,)).is_empty
    assert not empty.replaced(unlink=(PrefixRecord(RECORD),)).is_empty


def test_a_change_wants_nothing_but_what_it_says() -> None:
    change = Change("/env")

    assert (change.update, change.dependencies) == (UpdateMode.SPECS, DependencyMode.WITH)
    assert not any((change.creates, change.force_reinstall, change.force_remove, change.ignore_pinned, change.prune))
    assert not any((change.install, change.remove, change.command))


def test_what_lies_in_a_cache_is_free_to_be_removed_and_what_was_found_is_a_problem_unless_said_otherwise() -> None:
    item = cached.CachedItem(cached.CachedKind.ARCHIVE, "/pkgs", "a.conda", "/pkgs/a.conda", 1)
    found = finding.Finding("a file is missing")

    assert (item.record, item.is_leased, item.is_removable) == (None, False, True)
    assert (found.is_problem, found.remedy, dict(found.details)) == (True, "", {})


def test_plans_do_not_share_what_was_requested() -> None:
    one, other = Plan(Change("/a"), ""), Plan(Change("/b"), "")

    assert one.requested == {}
    assert one.requested is not other.requested


def test_an_outcome_has_fetched_nothing_unless_it_says_so() -> None:
    assert Outcome(Plan(Change("/env"), ""), Applied()).fetched == ()


def test_a_request_says_flexible_priority_and_highest_versions_by_itself() -> None:
    request = SolveRequest((), index=None)  # type: ignore[arg-type]  # nobody asks the index

    assert (request.channel_priority, request.strategy) == (ChannelPriority.FLEXIBLE, Strategy.HIGHEST)
    assert request.deadline is None


@pytest.mark.parametrize("choice", [UpdateMode, DependencyMode, ChannelPriority, Strategy, plan.Recovery])
def test_a_choice_is_found_by_the_word_for_it(choice: Any) -> None:
    assert all(choice(each.value) is each for each in choice)
    assert all(each.value == each.value.lower() for each in choice)


def test_a_request_shows_no_credentials() -> None:
    access = Secret("https://u:hunter2@h/x")
    request = FetchRequest("https://h/x", "/x", access=access)

    for value in (request, Downloaded(request)):
        assert "hunter2" not in f"{value}{value!r}"
        with pytest.raises(TypeError):
            pickle.dumps(value)


def test_a_download_has_neither_file_nor_error_by_itself() -> None:
    downloaded = Downloaded(FetchRequest("https://h/x", "/x"))

    assert (downloaded.path, downloaded.error, downloaded.unchanged, downloaded.missing) == (None, None, False, False)
    assert dict(downloaded.headers) == {}


def test_a_result_is_a_success_by_itself_and_its_document_is_json() -> None:
    views = (Text("x"), Table(("a",), (("1",),)), Details((("k", ("v", "w")),)), Tree("x", (Tree("y"),)))
    outcome = Result({"a": [1]}, views)

    assert (outcome.exit_status, outcome.failed) == (0, False)
    assert json.loads(json.dumps(outcome.document)) == {"a": [1]}


class _Point(Value):
    x: int
    y: int = 2
    names: dict[str, int] = {}  # noqa: RUF012 - copied for each value


class _Place(_Point):
    name: str = ""


def test_fields_are_given_in_their_order_or_by_name() -> None:
    assert _Point(1, 3) == _Point(y=3, x=1) == _Point(1).replaced(y=3)
    assert repr(_Place(1, name="a")) == "_Place(x=1, y=2, names={}, name='a')"


@pytest.mark.parametrize(
    ("args", "kwargs"), [((), {}), ((1,), {"x": 1}), ((1,), {"z": 1}), ((1, 2, {}, 4), {})], ids=str
)
def test_fields_that_are_missing_unknown_or_given_twice_are_refused(args: Any, kwargs: Any) -> None:
    with pytest.raises(TypeError, match="_Point"):
        _Point(*args, **kwargs)


def test_values_of_two_kinds_differ_though_they_hold_the_same() -> None:
    assert _Point(1) != _Place(1)
    assert solving.Keep(RECORD) != solving.Freeze(RECORD)
    assert len({solving.Keep(RECORD), solving.Freeze(RECORD), solving.Keep(RECORD)}) == 2


def test_a_default_that_can_change_belongs_to_one_value() -> None:
    _Point(1).names["a"] = 1

    assert _Point(1).names == {}


def test_a_value_matches_by_place_and_survives_pickling() -> None:
    match pickle.loads(pickle.dumps(_Place(1, 5))):  # noqa: S301 - made here
        case _Place(x, y):
            assert (x, y) == (1, 5)
        case _:
            pytest.fail("no match")


def test_a_value_loses_no_field() -> None:
    point = _Point(1)

    with pytest.raises(AttributeError):
        del point.x
