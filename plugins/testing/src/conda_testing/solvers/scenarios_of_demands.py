"""What packages ask of each other and of the machine."""

from __future__ import annotations

from conda_testing.solvers.scenario import Scenario
from conda_testing.solvers.scenario import package as p
from conda_testing.solvers.worlds import LIBRARY, PYTHON

CONSTRAINTS = (
    Scenario(
        "a constraint on what is there",
        (p("a", constrains=["b <2"]), p("b", "1.0"), p("b", "2.0")),
        "a-1.0-0 b-1.0-0",
        install=("a", "b"),
    ),
    Scenario("a constraint brings nothing", (p("a", constrains=["b <2"]), p("b", "1.0")), "a-1.0-0", install=("a",)),
    Scenario(
        "a constraint that cannot be met",
        (p("a", constrains=["b <2"]), p("b", "1.0"), p("b", "2.0")),
        None,
        install=("a", "b >=2"),
    ),
    Scenario(
        "a constraint on a build number",
        (p("a", constrains=["b[build_number='>0']"]), p("b", build="x_0"), p("b", "0.9", build="y_1")),
        "a-1.0-0 b-0.9-y_1",
        install=("a", "b"),
    ),
    Scenario(
        "packages that exclude each other through a third",
        (
            p("one", depends=["mutex * one"]),
            p("two", depends=["mutex * two"]),
            p("mutex", build="one", build_number=0),
            p("mutex", build="two", build_number=0),
        ),
        None,
        install=("one", "two"),
    ),
    Scenario(
        "a package that constrains itself",
        (p("a", "2.0", constrains=["a <2"]), p("a", "1.0", constrains=["a <2"])),
        "a-1.0-0",
        install=("a",),
    ),
)

MACHINE = (
    Scenario(
        "the machine is good enough",
        (p("g", "2.0", depends=["__cuda >=12"]), p("g", "1.0")),
        "g-2.0-0",
        install=("g",),
        machine=("__cuda=12.4",),
    ),
    Scenario(
        "the machine is too old",
        (p("g", "2.0", depends=["__glibc >=2.34"]), p("g", "1.0", depends=["__glibc >=2.17"])),
        "g-1.0-0",
        install=("g",),
        machine=("__glibc=2.28",),
    ),
    Scenario("the machine lacks it", (p("g", depends=["__cuda"]),), None, install=("g",), machine=("__glibc=2.28",)),
    Scenario(
        "a constraint on the machine",
        (p("g", "2.0", constrains=["__glibc >=2.34"]), p("g", "1.0")),
        "g-1.0-0",
        install=("g",),
        machine=("__glibc=2.28",),
    ),
    Scenario(
        "a constraint on what the machine has not",
        (p("g", "2.0", constrains=["__cuda >=12"]), p("g", "1.0")),
        "g-2.0-0",
        install=("g",),
    ),
    Scenario(
        "the build of a virtual package",
        (
            p("g", build="v4_1", depends=["__archspec * x86_64_v4"]),
            p("g", build="v3_0", depends=["__archspec 1 x86_64_v3"]),
        ),
        "g-1.0-v3_0",
        install=("g",),
        machine=("__archspec=1=x86_64_v3",),
    ),
    Scenario("a virtual package as a wish", LIBRARY, "alone-1.0-0", install=("alone", "__unix"), machine=("__unix=0",)),
    Scenario("a virtual package in vain", LIBRARY, None, install=("alone", "__win"), machine=("__unix=0",)),
)

CYCLES = (
    Scenario("two that need each other", PYTHON, "pip-24.0-0 python-3.12.1-0", install=("python",)),
    Scenario("the cycle entered elsewhere", PYTHON, "pip-24.0-0 python-3.11.4-0", install=("pip", "python <3.12")),
    Scenario("a package that needs itself", (p("s", depends=["s"]),), "s-1.0-0", install=("s",)),
    Scenario(
        "a package that needs another version of itself",
        (p("s", "2.0", depends=["s <2"]), p("s", "1.0")),
        "s-1.0-0",
        install=("s",),
    ),
    Scenario(
        "a cycle that cannot close",
        (p("a", depends=["b >=2"]), p("b", "2.0", depends=["a >=2"]), p("b", "1.0")),
        None,
        install=("a",),
    ),
)

CONDITIONS = (
    Scenario(
        "a condition that holds",
        (p("a", depends=["b", 'c[when="b >=2"]']), p("b", "2.0"), p("c")),
        "a-1.0-0 b-2.0-0 c-1.0-0",
        install=("a",),
    ),
    Scenario(
        "a condition that does not hold",
        (p("a", depends=["b", 'c[when="b >=2"]']), p("b", "1.0"), p("c")),
        "a-1.0-0 b-1.0-0",
        install=("a",),
    ),
    Scenario(
        "a condition on the text of a version",
        (p("a", depends=["b", 'c[when="b *.0"]', 'd[when="b *.1"]']), p("b", "1.0"), p("c"), p("d")),
        "a-1.0-0 b-1.0-0 c-1.0-0",
        install=("a",),
    ),
    Scenario(
        "conditions that are joined",
        (
            p("a", depends=["b", 'c[when="(b >=2 or __unix) and b[build_number=0]"]', 'd[when="b and __win *.0"]']),
            p("b"),
            p("c"),
            p("d"),
        ),
        "a-1.0-0 b-1.0-0 c-1.0-0",
        install=("a",),
        machine=("__unix=0",),
    ),
    Scenario(
        "a condition on the machine",
        (p("a", depends=['b[when="__unix"]', 'c[when="__win"]']), p("b"), p("c")),
        "a-1.0-0 b-1.0-0",
        install=("a",),
        machine=("__unix=0",),
    ),
    Scenario(
        "a group of dependencies",
        (p("a", extra_depends={"test": ["b <2"]}), p("b", "1.0"), p("b", "2.0")),
        "a-1.0-0 b-1.0-0",
        install=("a[extras=[test]]",),
    ),
    Scenario(
        "a group that a dependency asks for",
        (p("user", depends=["a[extras=[test]]"]), p("a", extra_depends={"test": ["b"]}), p("b")),
        "a-1.0-0 b-1.0-0 user-1.0-0",
        install=("user",),
    ),
    Scenario(
        "a group that nobody asks for",
        (p("a", extra_depends={"test": ["b"]}), p("b")),
        "a-1.0-0",
        install=("a",),
    ),
    Scenario(
        "a group that cannot be read",
        (p("a", "2.0", extra_depends={"test": ["b >=>1"]}), p("a", "1.0", extra_depends={"test": ["b"]}), p("b")),
        "a-1.0-0 b-1.0-0",
        install=("a[extras=[test]]",),
    ),
    Scenario(
        "a group that cannot be read and is not asked for",
        (p("a", "2.0", extra_depends={"test": ["b >=>1"]}), p("a", "1.0")),
        "a-2.0-0",
        install=("a",),
    ),
    Scenario("a group that there is not", (p("a"),), "a-1.0-0", install=("a[extras=[nothing]]",)),
)

IMPOSSIBLE = (
    Scenario("an unknown name", LIBRARY, None, install=("nothing",)),
    Scenario("an unknown version", LIBRARY, None, install=("lib >=9",)),
    Scenario("a direct conflict", LIBRARY, None, install=("tool =1", "lib >=2")),
    Scenario(
        "a conflict further down",
        (p("app", depends=["engine"]), p("engine", depends=["lib >=2"]), p("old", depends=["lib <2"]), *LIBRARY),
        None,
        install=("app", "old"),
    ),
    Scenario("a dependency that is nowhere", (p("a", depends=["nothing"]),), None, install=("a",)),
    Scenario(
        "a dependency on a pattern of names",
        (p("a", "2.0", depends=["l*b"]), p("a", "1.0"), p("lib")),
        "a-1.0-0",
        install=("a",),
    ),
    Scenario(
        "one version has a dependency that is nowhere",
        (p("a", "2.0", depends=["nothing"]), p("a", "1.0")),
        "a-1.0-0",
        install=("a",),
    ),
    Scenario(
        "a dependency that cannot be read makes no candidate",
        (p("a", "2.0", depends=["b >=>1"]), p("a", "1.0"), p("b")),
        "a-1.0-0",
        install=("a",),
    ),
)
