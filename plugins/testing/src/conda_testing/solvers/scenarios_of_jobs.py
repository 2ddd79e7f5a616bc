"""What a request may ask besides packages: to keep, freeze, pin and remove."""

from __future__ import annotations

from conda_testing.solvers.scenario import Allowed, Scenario
from conda_testing.solvers.scenario import package as p
from conda_testing.solvers.worlds import LIBRARY

INSTALLED = (
    Scenario(
        "a kept dependency stays",
        LIBRARY,
        "lib-1.0-0 other-1.0-0",
        install=("other",),
        keep=("lib-1.0-0",),
    ),
    Scenario("a kept package is not brought back", LIBRARY, "alone-1.0-0", install=("alone",), keep=("lib-1.0-0",)),
    Scenario(
        "a kept package gives way",
        LIBRARY,
        "lib-2.3-0 tool-2.0-0",
        install=("tool =2",),
        keep=("lib-1.0-0",),
    ),
    Scenario(
        "a kept package that was asked for stays",
        LIBRARY,
        "lib-1.0-0 tool-1.0-0",
        install=("tool",),
        keep=("tool-1.0-0", "lib-1.0-0"),
    ),
    Scenario(
        "a kept package that the channels lack",
        LIBRARY,
        "gone-0.5-0 lib-1.0-0",
        install=("gone",),
        keep=("gone-0.5-0", "lib-1.0-0"),
        elsewhere=(p("gone", "0.5", depends=["lib <2"]),),
    ),
    Scenario(
        "a version that the channels lack",
        LIBRARY,
        "lib-1.2-0 other-1.0-0",
        install=("other",),
        keep=("lib-1.2-0",),
        elsewhere=(p("lib", "1.2"),),
    ),
    Scenario(
        "what an installed package needs is brought",
        LIBRARY,
        "alone-1.0-0 lib-1.4-0 tool-1.0-0",
        install=("alone", "tool"),
        keep=("tool-1.0-0",),
    ),
    Scenario(
        "an orphan goes",
        (*LIBRARY, p("app", "1.0", depends=["lib"]), p("app", "2.0")),
        "app-2.0-0",
        install=("app >=2",),
        keep=("lib-2.3-0",),
        allowed={"mamba": Allowed("app-2.0-0 lib-2.3-0", "libsolv keeps what nothing needs any more")},
    ),
    Scenario(
        "a dependency goes back for a new wish",
        (*LIBRARY, p("old-user", depends=["lib <2"])),
        "lib-1.4-0 old-user-1.0-0 other-1.0-0",
        install=("old-user", "other"),
        keep=("lib-2.0-0", "other-1.0-0"),
    ),
    Scenario(
        "a frozen package is there",
        LIBRARY,
        "lib-1.0-0 other-1.0-0",
        install=("other",),
        freeze=("lib-1.0-0",),
    ),
    Scenario("frozen packages without a wish", LIBRARY, "alone-1.0-0 lib-2.0-0", freeze=("lib-2.0-0", "alone-1.0-0")),
    Scenario(
        "a frozen package decides about a wish",
        LIBRARY,
        "lib-1.0-0 tool-1.0-0",
        install=("tool",),
        freeze=("lib-1.0-0",),
    ),
    Scenario("a frozen package in the way", LIBRARY, None, install=("tool =2",), freeze=("lib-1.0-0",)),
    Scenario(
        "a frozen package that the channels lack",
        LIBRARY,
        "gone-0.5-0 lib-1.4-0",
        freeze=("gone-0.5-0",),
        elsewhere=(p("gone", "0.5", depends=["lib <2"]),),
    ),
)

PINS = (
    Scenario("a pin limits a wish", LIBRARY, "lib-1.4-0", install=("lib",), pin=("lib 1.*",)),
    Scenario("a pin limits a dependency", LIBRARY, "lib-1.4-0 tool-1.0-0", install=("tool",), pin=("lib <2",)),
    Scenario("a pin brings nothing", LIBRARY, "alone-1.0-0", install=("alone",), pin=("lib <2",)),
    Scenario("a pin in the way", LIBRARY, None, install=("lib >=2",), pin=("lib <2",)),
    Scenario("a pin of what is not there", LIBRARY, "alone-1.0-0", install=("alone",), pin=("nothing <2",)),
    Scenario(
        "a pin by build number",
        (p("b", build="x_0"), p("b", build="y_1"), p("user", depends=["b"])),
        "b-1.0-x_0 user-1.0-0",
        install=("user",),
        pin=("b[build_number=0]",),
    ),
    Scenario(
        "a pin against a kept package",
        LIBRARY,
        "lib-1.4-0",
        install=("lib",),
        pin=("lib >1.0,<2",),
        keep=("lib-1.0-0",),
    ),
)

REMOVALS = (
    Scenario("what is to be removed does not come", LIBRARY, "lib-1.4-0", install=("lib",), remove=("lib >=2",)),
    Scenario("a removed dependency", LIBRARY, None, install=("tool",), remove=("lib",)),
    Scenario(
        "a removed version of a dependency", LIBRARY, "lib-1.4-0 tool-1.0-0", install=("tool",), remove=("lib 2.*",)
    ),
    Scenario("removing what is not there", LIBRARY, "alone-1.0-0", install=("alone",), remove=("nothing",)),
    Scenario(
        "removing a kept package leaves the rest",
        LIBRARY,
        "alone-1.0-0 lib-1.0-0",
        install=("alone", "lib"),
        remove=("tool",),
        keep=("alone-1.0-0", "lib-1.0-0", "tool-1.0-0"),
    ),
    Scenario("a pattern of names", LIBRARY, "lib-2.3-0", install=("lib",), remove=("to*",)),
)
