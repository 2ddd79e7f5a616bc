"""All scenarios of the suite."""

from __future__ import annotations

from conda_testing.solvers.scenarios_of_choice import BUILDS, CHANNELS, FEATURE, VERSIONS
from conda_testing.solvers.scenarios_of_demands import CONDITIONS, CONSTRAINTS, CYCLES, IMPOSSIBLE, MACHINE
from conda_testing.solvers.scenarios_of_jobs import INSTALLED, PINS, REMOVALS

SCENARIOS = (
    *VERSIONS,
    *BUILDS,
    *FEATURE,
    *CONSTRAINTS,
    *MACHINE,
    *CHANNELS,
    *INSTALLED,
    *PINS,
    *REMOVALS,
    *CYCLES,
    *CONDITIONS,
    *IMPOSSIBLE,
)
