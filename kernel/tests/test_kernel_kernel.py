"""The kernel: drivers made once and held to their contract, extensions contained, hooks in the order of their names."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

import pytest

from conda_kernel.errors import PluginConflict, PluginFailed, PluginNotFound, PluginNotLoaded
from conda_kernel.hookspecs import (
    ERROR_HINTS,
    PACKAGE_EXTRACTORS,
    PLANNERS,
    POST_COMMANDS,
    POST_SOLVES,
    PRE_COMMANDS,
    SOLVERS,
    VIRTUAL_PACKAGES,
)
from conda_kernel.kernel import Kernel
from conda_kernel.model.event import Warned
from conda_kernel.model.machine import Detected
from conda_kernel.model.solving import Solution
from conda_kernel.plugin import Plugin
from conda_kernel.plugin_index import PluginIndex
from conda_kernel.points import Driver, Extension, Hook, answer_types
from conda_testing.kernels import RecordingReporter, make_kernel

NOTHING: Any = None
"""What is handed to a fake that looks at nothing."""

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TARGETS: dict[str, Any] = {}
"""What the targets of a test lead to: `targets:NAME`."""


@pytest.fixture(autouse=True)
def importable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let targets lead to this test's objects."""
    module = type(sys)("kernel_test_targets")
    module.__getattr__ = TARGETS.__getitem__  # type: ignore[method-assign] # PEP 562
    monkeypatch.setitem(sys.modules, "kernel_test_targets", module)
    TARGETS.clear()


def plugin(group: str, name: str, target: object, distribution: str = "conda-third") -> Plugin:
    key = f"{group}/{name}/{distribution}"
    TARGETS[key] = target
    return Plugin(group, name, f"kernel_test_targets:{key.replace('.', '_')}", distribution=distribution, version="1.0")


def kernel(folder: Path, *plugins: Plugin) -> Kernel:
    for key in list(TARGETS):
        TARGETS[key.replace(".", "_")] = TARGETS[key]
    return make_kernel(folder, plugins=plugins)


def warnings(of: Kernel) -> list[str]:
    assert isinstance(of.reporter, RecordingReporter)
    return [event.text for event in of.reporter.events if isinstance(event, Warned)]


class Good:
    """A solver that finds nothing to do, and says how often it was made."""

    made = 0

    def __init__(self) -> None:
        type(self).made += 1

    def solve(self, request: object) -> Solution:
        """Return no records."""
        return Solution(())

    def secret(self) -> None:
        """Do what the contract does not offer."""


def test_a_driver_is_made_once(tmp_path: Path) -> None:
    Good.made = 0
    of = kernel(tmp_path, plugin("conda.solvers", "good", Good))
    assert of.driver(SOLVERS, "good") is of.driver(SOLVERS, "good")
    assert Good.made == 1


def test_a_driver_has_the_methods_of_its_contract_and_no_others(tmp_path: Path) -> None:
    solver = kernel(tmp_path, plugin("conda.solvers", "good", Good)).driver(SOLVERS, "good")
    assert solver.solve(NOTHING) == Solution(())
    assert not hasattr(solver, "secret")


def test_a_service_is_called_with_the_kernel_and_a_pure_driver_with_nothing(tmp_path: Path) -> None:
    given: list[tuple[object, ...]] = []

    class Anything:
        def __init__(self, *arguments: object) -> None:
            given.append(arguments)

        def __getattr__(self, name: str) -> Callable[..., None]:
            return lambda *arguments, **keywords: None

    of = kernel(
        tmp_path,
        plugin("conda.planners", "only", Anything),
        plugin("conda.package_extractors", ".conda", Anything),
    )
    of.driver(PLANNERS)
    of.driver(PACKAGE_EXTRACTORS, ".conda")
    assert given == [(of,), ()]


def test_a_kernel_for_another_context_makes_its_drivers_anew(tmp_path: Path) -> None:
    Good.made = 0
    of = kernel(tmp_path, plugin("conda.solvers", "good", Good))
    of.driver(SOLVERS, "good")
    of.with_context(of.context).driver(SOLVERS, "good")
    assert Good.made == 2


def test_the_only_one_needs_no_name(tmp_path: Path) -> None:
    with pytest.raises(PluginNotFound, match=r"no plugin in conda.planners \(installed: none\); install conda-planner"):
        kernel(tmp_path).driver(PLANNERS)
    two = [plugin("conda.planners", "one", Good, "conda-one"), plugin("conda.planners", "two", Good, "conda-two")]
    with pytest.raises(PluginConflict, match=r"can have one plugin: conda-one 1.0 and conda-two 1.0"):
        kernel(tmp_path, *two).driver(PLANNERS)


def test_an_absent_driver_is_told_with_those_that_are_there(tmp_path: Path) -> None:
    of = kernel(tmp_path, plugin("conda.solvers", "good", Good))
    with pytest.raises(PluginNotFound) as raised:
        of.driver(SOLVERS, "classic")
    assert str(raised.value) == ("no 'classic' plugin in conda.solvers (installed: good); install conda-solver-classic")


def test_a_target_that_is_no_callable_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PluginNotLoaded, match="cannot be called"):
        kernel(tmp_path, plugin("conda.solvers", "good", 42)).driver(SOLVERS, "good")


def test_a_constructor_that_raises_is_named(tmp_path: Path) -> None:
    class Bad:
        def __init__(self) -> None:
            raise KeyError("lost")

    with pytest.raises(PluginFailed, match=r"conda-third 1.0\) failed: KeyError: 'lost'") as raised:
        kernel(tmp_path, plugin("conda.solvers", "bad", Bad)).driver(SOLVERS, "bad")
    assert isinstance(raised.value.__cause__, KeyError)


def test_what_a_user_interrupts_is_not_the_plugins_fault(tmp_path: Path) -> None:
    class Interrupted(Good):
        def solve(self, request: object) -> Solution:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        kernel(tmp_path, plugin("conda.solvers", "slow", Interrupted)).driver(SOLVERS, "slow").solve(NOTHING)


def test_an_extension_yields_what_each_answers_by_name_to_the_arguments_that_it_takes(tmp_path: Path) -> None:
    of = kernel(
        tmp_path,
        plugin("conda.virtual_packages", "__b", lambda subdir: Detected("2")),
        plugin("conda.virtual_packages", "__a", lambda subdir, cache: Detected(subdir, str(cache))),
        plugin("conda.virtual_packages", "__c", lambda *given: Detected(str(len(given)))),
        plugin("conda.virtual_packages", "__d", lambda subdir: None),
    )
    found = [(of_plugin.name, answer) for of_plugin, answer in of.each(VIRTUAL_PACKAGES, "linux-64", None)]
    assert found == [
        ("__a", Detected("linux-64", "None")),
        ("__b", Detected("2")),
        ("__c", Detected("2")),
        ("__d", None),
    ]


def test_what_is_skipped_is_not_imported(tmp_path: Path) -> None:
    broken = Plugin("conda.virtual_packages", "__x", "a_module_that_is_not_there:x", distribution="conda-x")
    of = kernel(tmp_path, broken)
    assert list(of.each(VIRTUAL_PACKAGES.but({"__x"}), "linux-64", None)) == []
    assert warnings(of) == []
    assert list(of.each(VIRTUAL_PACKAGES, "linux-64", None)) == []
    assert len(warnings(of)) == 1


def test_hooks_are_called_in_the_order_of_their_names(tmp_path: Path) -> None:
    called: list[str] = []

    def hook(name: str) -> Callable[[str], None]:
        def called_hook(command: str) -> None:
            called.append(f"{name} {command}")

        return called_hook

    names = ("20-b", "10-a", "30-c")
    of = kernel(tmp_path, *(plugin("conda.pre_commands.install", name, hook(name)) for name in names))
    of.call(PRE_COMMANDS.on("install"), command="install", arguments=NOTHING, prefix=None)
    assert called == ["10-a install", "20-b install", "30-c install"]


def test_a_keyed_hook_reaches_its_key_and_the_bare_group(tmp_path: Path) -> None:
    def told(text: str) -> Callable[[object], str]:
        return lambda error: text

    of = kernel(
        tmp_path,
        plugin("conda.error_hints", "always", told("always")),
        plugin("conda.error_hints.HttpError", "mine", told("mine")),
        Plugin("conda.error_hints.Other", "other", "a_module_that_is_not_there:x", distribution="conda-x"),
    )
    assert of.call(ERROR_HINTS.on("HttpError"), error=PluginNotFound("x")) == ["always", "mine"]


def test_a_hook_may_be_called_for_several_keys(tmp_path: Path) -> None:
    called: list[str] = []
    of = kernel(
        tmp_path,
        plugin("conda.post_solves.first", "a", lambda: called.append("first")),
        plugin("conda.post_solves.second", "b", lambda: called.append("second")),
        Plugin("conda.post_solves.third", "c", "a_module_that_is_not_there:x", distribution="conda-x"),
    )
    hook = POST_SOLVES.on("first", "second", "fourth")
    of.call(hook, request=NOTHING, solution=NOTHING, context=of.context)
    assert called == ["first", "second"]


def test_no_answer_is_left_out(tmp_path: Path) -> None:
    of = kernel(tmp_path, plugin("conda.error_hints", "silent", lambda error: None))
    assert of.call(ERROR_HINTS.on("X"), error=PluginNotFound("x")) == []


def test_a_hook_without_implementations_costs_no_pluggy(tmp_path: Path) -> None:
    hook = Hook("nothing", lambda: None, contained=True)
    assert kernel(tmp_path).call(hook) == []


def test_a_hook_is_called_with_keywords(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="keywords"):
        kernel(tmp_path).call(ERROR_HINTS, PluginNotFound("x"))


def test_a_hook_that_is_not_keyed_takes_no_key() -> None:
    with pytest.raises(ValueError, match="is not keyed"):
        Hook("plain", lambda: None, contained=True).on("key")


def test_a_contained_hook_that_answers_wrong_is_one_warning(tmp_path: Path) -> None:
    of = kernel(
        tmp_path,
        plugin("conda.post_commands", "bad", lambda: "text"),
        plugin("conda.post_commands", "good", lambda: ()),
    )
    answers = of.call(POST_COMMANDS, command="x", arguments=NOTHING, prefix=None, result=NOTHING, kernel=of)
    assert answers == [()]
    (warning,) = warnings(of)
    assert "it answered with str instead of None or tuple" in warning


def test_the_types_of_answers_are_read_off_the_contract() -> None:
    def several() -> tuple[int, ...] | None: ...
    def anything() -> object: ...
    def protocol() -> Iterator[int]: ...  # type: ignore[name-defined]  # noqa: F821 - it is never evaluated

    assert answer_types(several) == {"tuple", "NoneType"}
    assert answer_types(anything) == frozenset()
    assert answer_types(protocol) == frozenset()


def test_the_methods_of_a_contract_are_those_without_an_underscore() -> None:
    assert SOLVERS.methods() == ("solve",)
    assert isinstance(SOLVERS, Driver)
    assert isinstance(VIRTUAL_PACKAGES, Extension)


def test_a_module_is_imported_when_its_plugin_is_called_and_not_before(tmp_path: Path) -> None:
    (tmp_path / "lazy_plugin_module.py").write_text(
        "class Solver:\n    def solve(self, request):\n        return None\n"
    )
    of = make_kernel(
        tmp_path,
        plugins=[Plugin("conda.solvers", "lazy", "lazy_plugin_module:Solver", distribution="conda-lazy")],
    )
    sys.path.insert(0, os.fspath(tmp_path))
    try:
        assert "lazy_plugin_module" not in sys.modules
        of.find(SOLVERS, "lazy")
        assert "lazy_plugin_module" not in sys.modules
        of.driver(SOLVERS, "lazy")
        assert "lazy_plugin_module" in sys.modules
    finally:
        sys.path.remove(os.fspath(tmp_path))
        sys.modules.pop("lazy_plugin_module", None)


def test_an_index_of_nothing_has_nothing() -> None:
    assert PluginIndex.of([]).all() == ()


def test_what_is_to_be_done_at_the_end_is_done_once_and_the_last_first(tmp_path: Path) -> None:
    kernel = make_kernel(tmp_path)
    done: list[str] = []
    kernel.at_end(lambda: done.append("first"))
    kernel.with_context(kernel.context).at_end(lambda: done.append("last"))

    kernel.end()
    kernel.end()

    assert done == ["last", "first"]
