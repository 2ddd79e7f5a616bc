"""The fakes fulfil the contracts of their points, and a kernel calls them like plugins."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conda_kernel.errors import CondaError
from conda_kernel.hookspecs import ERROR_HINTS, SOLVERS, VIRTUAL_PACKAGES
from conda_kernel.model.machine import Detected
from conda_kernel.model.solving import SolveRequest
from conda_kernel.points import Driver, Extension, Hook
from conda_testing.fakes import FAKES, HINT, NAME
from conda_testing.kernels import make_kernel
from conda_testing.memory_index import MemoryIndex

if TYPE_CHECKING:
    from pathlib import Path


def test_there_is_one_of_each_shape() -> None:
    points = {point.group: type(point) for point in (SOLVERS, VIRTUAL_PACKAGES, ERROR_HINTS.on("CondaError"))}
    assert [points[plugin.group.removesuffix(".CondaError")] for plugin in FAKES] == [Driver, Extension, Hook]


def test_a_kernel_calls_each(tmp_path: Path) -> None:
    kernel = make_kernel(tmp_path, plugins=FAKES)
    request = SolveRequest((), index=MemoryIndex([]))

    assert kernel.driver(SOLVERS, NAME).solve(request).records == ()
    assert [found for _, found in kernel.each(VIRTUAL_PACKAGES, "linux-64", None)] == [Detected("1", "linux-64")]
    hints = ERROR_HINTS.on("CondaError")
    assert kernel.call(hints, error=CondaError("wrong")) == [HINT]
    assert kernel.call(hints, error=CondaError("wrong", hint="known")) == []
