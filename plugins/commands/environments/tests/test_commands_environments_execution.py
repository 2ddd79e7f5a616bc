"""What the commands do with a plan, on a planner and a cache that only say what they are asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager

import pytest

from conda_commands_environments.execution import Execution
from conda_kernel.context import Context
from conda_kernel.errors import Declined, PluginNotFound
from conda_kernel.hookspecs import PackageCache
from conda_kernel.model.event import Shown
from conda_kernel.model.file_table import NO_FILES
from conda_kernel.model.layer import Entry, Layer
from conda_kernel.model.plan import Applied, Change, Explanation, ExtractedPackage, Outcome, Plan
from conda_kernel.model.record import PackageRecord
from conda_kernel.model.result import Result, Verbatim
from conda_testing.kernels import RecordingReporter
from conda_testing.memory_index import record_of

WORD = record_of({"name": "word", "size": 2048, "channel": "chan"})
SPEECH = record_of({"name": "speech", "size": 1024, "channel": "chan"})


class _Planner:
    """Carries out everything."""

    def plan(self, change: Change) -> Plan:
        return Plan(change, "")

    def explain(self, change: Change) -> Explanation:
        return Explanation("there is a plan", self.plan(change))

    def carry_out(self, plan: Plan) -> Outcome:
        return Outcome(plan, Applied(), ())


class _Cache:
    """Has some packages, and downloads what it does not have."""

    def __init__(self, *there: PackageRecord) -> None:
        self.there = there
        self.provided: list[PackageRecord] = []

    @contextmanager
    def provide(self, records: Sequence[PackageRecord]) -> Iterator[Sequence[ExtractedPackage]]:
        self.provided += records
        yield [ExtractedPackage(record, "", NO_FILES, fetched=record not in self.there) for record in records]

    def provide_stated(self, records: Sequence[PackageRecord]) -> AbstractContextManager[Sequence[ExtractedPackage]]:
        return self.provide(records)

    def missing(self, records: Sequence[PackageRecord]) -> tuple[PackageRecord, ...]:
        return tuple(record for record in records if record not in self.there)


def _none() -> PackageCache:
    raise PluginNotFound("there is no package cache")


def _execution(
    cache: Callable[[], PackageCache], reporter: RecordingReporter | None = None, **settings: object
) -> Execution:
    layer = Layer("test", {name: Entry(value, "the test") for name, value in settings.items()})
    return Execution(_Planner(), cache, Context((layer,), root_prefix="/root"), reporter or RecordingReporter())


def _plan(*link: PackageRecord) -> Plan:
    return Plan(Change("/opt/envs/e", creates=True), "", link=link)


def _names(result: Result) -> list[object]:
    assert isinstance(result.document, dict)
    return [entry["name"] for entry in result.document["actions"]["FETCH"]]


def _text(result: Result) -> str:
    return "".join(view.text for view in result.views if isinstance(view, Verbatim))


def test_a_dry_run_tells_what_would_have_to_be_downloaded_and_provides_nothing() -> None:
    cache = _Cache(SPEECH)
    result = _execution(lambda: cache, dry_run=True).of(_plan(WORD, SPEECH))
    assert _names(result) == ["word"]
    assert "    word-1.0                   |                0           2 KB  chan\n" in _text(result)
    assert "    speech-1.0 " not in _text(result)
    assert cache.provided == []


def test_a_dry_run_of_what_is_in_the_cache_has_no_table_of_downloads() -> None:
    result = _execution(lambda: _Cache(WORD), dry_run=True).of(_plan(WORD))
    assert _names(result) == []
    assert "downloaded" not in _text(result)


def test_a_dry_run_needs_no_package_cache() -> None:
    execution = _execution(_none, dry_run=True)
    for result in (execution.of(_plan(WORD)), execution.downloaded(_plan(WORD))):
        assert _names(result) == []
        assert "downloaded" not in _text(result)
        assert "INSTALLED" in _text(result)


def test_a_change_without_a_package_cache_ends_before_the_question() -> None:
    reporter = RecordingReporter()
    with pytest.raises(PluginNotFound):
        _execution(_none, reporter).of(_plan(WORD))
    assert reporter.questions == []


def test_a_change_that_links_nothing_needs_no_package_cache() -> None:
    assert _names(_execution(_none).of(_plan())) == []


def test_the_downloads_are_shown_before_the_question() -> None:
    reporter = RecordingReporter(answer=False)
    with pytest.raises(Declined):
        _execution(_Cache, reporter).of(_plan(WORD))
    (shown,) = [event for event in reporter.events if isinstance(event, Shown)]
    (view,) = shown.views
    assert isinstance(view, Verbatim)
    assert "The following packages will be downloaded:\n\n    package " in view.text


def test_channels_are_left_out_of_the_downloads_when_the_settings_say_so() -> None:
    result = _execution(_Cache, dry_run=True, show_channel_urls=False).of(_plan(WORD))
    assert "           2 KB\n" in _text(result)


def test_packages_that_are_only_downloaded_are_told() -> None:
    cache = _Cache(SPEECH)
    result = _execution(lambda: cache).downloaded(_plan(WORD, SPEECH))
    assert _names(result) == ["word"]
    assert cache.provided == [WORD, SPEECH]
