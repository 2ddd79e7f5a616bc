"""Packages that several scenarios are about."""

from __future__ import annotations

from conda_testing.solvers.scenario import package as p

LIBRARY = (
    p("tool", "1.0", depends=["lib >=1,<2"]),
    p("tool", "2.0", depends=["lib >=2,<3"]),
    p("lib", "1.0"),
    p("lib", "1.4"),
    p("lib", "2.0"),
    p("lib", "2.3"),
    p("other", "1.0", depends=["lib"]),
    p("alone", "1.0"),
)
"""Two versions of a program, each with its own library, and others around them."""

RIVALS = (
    p("a", "2.0", depends=["lib >=2"]),
    p("a", "1.0"),
    p("b", "2.0", depends=["lib <2"]),
    p("b", "1.0"),
    p("lib", "1.0"),
    p("lib", "2.0"),
)
"""Two programs whose newest versions exclude each other."""

PYTHON = (
    p("python", "3.11.4", depends=["pip"]),
    p("python", "3.12.1", depends=["pip"]),
    p("pip", "24.0", depends=["python"], noarch="python", subdir="noarch"),
    p("array", "1.26", "py311_0", depends=["python 3.11.*"]),
    p("array", "1.26", "py312_0", depends=["python 3.12.*"]),
    p("array", "1.25", "py311_0", depends=["python 3.11.*"]),
    p("plot", "3.8", depends=["python", "array >=1.25"], noarch="python", subdir="noarch"),
)
"""An interpreter that needs its installer, which needs it; builds for each minor version."""

TWO_CHANNELS = (
    p("x", "1.0", channel="first"),
    p("x", "2.0", channel="second"),
    p("needs-x2", "1.0", channel="first", depends=["x >=2"]),
    p("only-second", "1.0", channel="second"),
    p("from-second", "1.0", channel="first", depends=["second::x"]),
)
FIRST, SECOND = ("first", "second"), ("second", "first")

FEATURES = (
    p("blas", "1.0", "fast_0"),
    p("blas", "1.0", "slow_1", track_features="slow"),
    p("solve", "1.0", "fast_0", depends=["blas * fast_*"]),
    p("solve", "1.0", "slow_0", depends=["blas * slow_*"], timestamp=1_700_000_000_000),
)
