"""The scenarios of the suite."""

from __future__ import annotations

from conda_kernel.model.solving import ChannelPriority
from conda_testing.solvers.scenario import Allowed, Scenario
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

VERSIONS = (
    Scenario("the newest version", LIBRARY, "lib-2.3-0 tool-2.0-0", install=("tool",)),
    Scenario("the spec decides", LIBRARY, "lib-1.4-0 tool-1.0-0", install=("tool 1.*",)),
    Scenario(
        "a shared dependency fits both", LIBRARY, "lib-1.4-0 other-1.0-0 tool-1.0-0", install=("tool =1", "other")
    ),
    Scenario("nothing is asked", LIBRARY, ""),
    Scenario("two specs of one name", LIBRARY, "lib-1.4-0", install=("lib >=1.2", "lib <2")),
    Scenario("one of several versions", LIBRARY, "lib-2.0-0", install=("lib 1.0|2.0",)),
    Scenario("parentheses in a spec", LIBRARY, "lib-2.0-0", install=("lib (1.0|>=2),!=2.3",)),
    Scenario("a glob inside a version", LIBRARY, "lib-1.4-0", install=("lib *.4",)),
    Scenario(
        "an epoch is newer",
        (p("e", "9.0"), p("e", "1!0.1")),
        "e-1!0.1-0",
        install=("e",),
    ),
    Scenario("a pre-release is older", (p("r", "2.0rc1"), p("r", "2.0")), "r-2.0-0", install=("r",)),
    Scenario("compatible release", (p("c", "1.4.2"), p("c", "1.5"), p("c", "2.0")), "c-1.5-0", install=("c ~=1.4",)),
    Scenario(
        "both go back together",
        (
            p("one", "2.0", depends=["lib >=2"]),
            p("one", "1.0", depends=["lib <2"]),
            p("two", "2.0", depends=["lib <2"]),
            *LIBRARY,
        ),
        "lib-1.4-0 one-1.0-0 two-2.0-0",
        install=("one", "two"),
    ),
)

BUILDS = (
    Scenario("version before build number", (p("b", "1.0", "0_9"), p("b", "1.1", "0_0")), "b-1.1-0_0", install=("b",)),
    Scenario("the higher build number", (p("b", build="x_0"), p("b", build="a_1")), "b-1.0-a_1", install=("b",)),
    Scenario(
        "the number counts and not the text",
        (p("b", build="a", build_number=12), p("b", build="b", build_number=9)),
        "b-1.0-a",
        install=("b",),
    ),
    Scenario(
        "the later one of equal builds",
        (p("b", build="a_0", timestamp=1_600_000_000_000), p("b", build="b_0", timestamp=1_500_000_000_000)),
        "b-1.0-a_0",
        install=("b",),
    ),
    Scenario(
        "platform before noarch",
        (
            p("b", build="platform_0", timestamp=1_500_000_000_000),
            p("b", build="noarch_0", subdir="noarch", noarch="generic", timestamp=1_600_000_000_000),
        ),
        "b-1.0-platform_0",
        install=("b",),
        allowed={"mamba": Allowed("b-1.0-noarch_0", "libsolv leaves it open")},
    ),
    Scenario(
        "build number before platform",
        (p("b", build="platform_0"), p("b", build="noarch_1", subdir="noarch", noarch="generic")),
        "b-1.0-noarch_1",
        install=("b",),
    ),
    Scenario(
        "a glob for the build", (p("b", build="cpu_1"), p("b", build="gpu_0")), "b-1.0-gpu_0", install=("b * gpu*",)
    ),
    Scenario(
        "the case of a build does not count",
        (p("b", build="CPU_1"), p("b", build="GPU_0")),
        "b-1.0-GPU_0",
        install=("b * gpu_*",),
    ),
    Scenario(
        "a regular expression for the build",
        (p("b", build="cpu_1"), p("b", build="gpu_0")),
        "b-1.0-gpu_0",
        install=("b * ^g.*$",),
    ),
    Scenario(
        "an exact build of a dependency",
        (p("b", build="x_0"), p("b", build="y_1"), p("user", depends=["b 1.0 x_0"])),
        "b-1.0-x_0 user-1.0-0",
        install=("user",),
    ),
    Scenario(
        "a build number as requirement",
        (p("b", build="x_0"), p("b", build="y_1"), p("user", depends=["b[build_number=0]"])),
        "b-1.0-x_0 user-1.0-0",
        install=("user",),
    ),
    Scenario(
        "both archives of one build count once",
        (p("b", fn="b-1.0-0.tar.bz2"), p("b", fn="b-1.0-0.conda")),
        "b-1.0-0",
        install=("b",),
    ),
    Scenario(
        "the build for the newer interpreter",
        PYTHON,
        "array-1.26-py312_0 pip-24.0-0 python-3.12.1-0",
        install=("array",),
    ),
    Scenario(
        "the build for the interpreter that was asked for",
        PYTHON,
        "array-1.26-py311_0 pip-24.0-0 plot-3.8-0 python-3.11.4-0",
        install=("plot", "python 3.11.*"),
    ),
)

FEATURE = (
    Scenario(
        "fewer features before the higher version",
        (p("f", "2.0", track_features="slow"), p("f", "1.0")),
        "f-1.0-0",
        install=("f",),
    ),
    Scenario(
        "fewer features before the higher build number",
        (p("f", build="slow_1", track_features="slow"), p("f", build="fast_0")),
        "f-1.0-fast_0",
        install=("f",),
    ),
    Scenario(
        "a dependency without features",
        FEATURES,
        "blas-1.0-fast_0 solve-1.0-fast_0",
        install=("solve",),
    ),
    Scenario(
        "a feature that was asked for", FEATURES, "blas-1.0-slow_1 solve-1.0-slow_0", install=("solve", "blas * slow*")
    ),
    Scenario(
        "a feature needs a package that tracks it",
        (p("f", "2.0", features="slow"), p("f", "1.0"), p("slow", track_features="slow")),
        "f-2.0-0 slow-1.0-0",
        install=("f", "slow"),
    ),
    Scenario(
        "a feature that nothing tracks", (p("f", "2.0", features="slow"), p("f", "1.0")), "f-1.0-0", install=("f",)
    ),
)

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

CHANNELS = (
    Scenario("flexible prefers the first channel", TWO_CHANNELS, "x-1.0-0@first", install=("x",), channels=FIRST),
    Scenario("the order of channels counts", TWO_CHANNELS, "x-2.0-0@second", install=("x",), channels=SECOND),
    Scenario("flexible falls back", TWO_CHANNELS, "x-2.0-0@second", install=("x >=2",), channels=FIRST),
    Scenario(
        "flexible falls back for a dependency",
        TWO_CHANNELS,
        "needs-x2-1.0-0@first x-2.0-0@second",
        install=("needs-x2",),
        channels=FIRST,
    ),
    Scenario(
        "strict hides a name",
        TWO_CHANNELS,
        None,
        install=("x >=2",),
        channels=FIRST,
        priority=ChannelPriority.STRICT,
    ),
    Scenario(
        "strict hides a dependency",
        TWO_CHANNELS,
        None,
        install=("needs-x2",),
        channels=FIRST,
        priority=ChannelPriority.STRICT,
    ),
    Scenario(
        "strict hides names only where they are",
        TWO_CHANNELS,
        "only-second-1.0-0@second",
        install=("only-second",),
        channels=FIRST,
        priority=ChannelPriority.STRICT,
    ),
    Scenario(
        "without priority the newest is best",
        TWO_CHANNELS,
        "x-2.0-0@second",
        install=("x",),
        channels=FIRST,
        priority=ChannelPriority.DISABLED,
    ),
    Scenario(
        "without priority the first channel breaks a tie",
        (p("t", build="a_0", channel="first"), p("t", build="b_5", channel="second")),
        "t-1.0-a_0@first",
        install=("t",),
        channels=FIRST,
        priority=ChannelPriority.DISABLED,
    ),
    Scenario(
        "features before channels",
        (p("t", "2.0", channel="first", track_features="slow"), p("t", "1.0", channel="second")),
        "t-1.0-0@second",
        install=("t",),
        channels=FIRST,
    ),
    Scenario("a wish names a channel", TWO_CHANNELS, "x-2.0-0@second", install=("second::x",), channels=FIRST),
    Scenario(
        "a dependency names a channel",
        TWO_CHANNELS,
        "from-second-1.0-0@first x-2.0-0@second",
        install=("from-second",),
        channels=FIRST,
    ),
    Scenario("a channel that there is not", TWO_CHANNELS, None, install=("third::x",), channels=FIRST),
)

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
