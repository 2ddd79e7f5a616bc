"""Which of several candidates is the best: versions, builds, features, channels."""

from __future__ import annotations

from conda_kernel.model.solving import ChannelPriority
from conda_testing.solvers.scenario import Allowed, Scenario
from conda_testing.solvers.scenario import package as p
from conda_testing.solvers.worlds import FEATURES, FIRST, LIBRARY, PYTHON, RIVALS, SECOND, TWO_CHANNELS

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
    Scenario("the first wish gets its best version", RIVALS, "a-2.0-0 b-1.0-0 lib-2.0-0", install=("a", "b")),
    Scenario("the other wish first", RIVALS, "a-1.0-0 b-2.0-0 lib-1.0-0", install=("b", "a")),
    Scenario("one wish twice", LIBRARY, "alone-1.0-0", install=("alone", "alone")),
    Scenario(
        "no two can be new together",
        (
            p("app", depends=["x", "y", "z"]),
            *(p(name, "1.0") for name in "xyz"),
            p("x", "2.0", depends=["y 1.0", "z 1.0"]),
            p("y", "2.0", depends=["z 1.0", "x 1.0"]),
            p("z", "2.0", depends=["x 1.0", "y 1.0"]),
        ),
        "app-1.0-0 x-2.0-0 y-1.0-0 z-1.0-0",
        install=("app",),
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
        "the build for the newer interpreter before the later one",
        (
            p("python", "3.11.4"),
            p("python", "3.12.1"),
            p("array", build="py311_0", depends=["python 3.11.*"], timestamp=1_700_000_000_000),
            p("array", build="py312_0", depends=["python 3.12.*"], timestamp=1_600_000_000_000),
        ),
        "array-1.0-py312_0 python-3.12.1-0",
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
        "without priority the newest of several",
        (p("t", "1.0", channel="first"), p("t", "2.0", channel="second"), p("t", "1.5", channel="first")),
        "t-2.0-0@second",
        install=("t",),
        channels=FIRST,
        priority=ChannelPriority.DISABLED,
    ),
    Scenario(
        "the number of features before channels",
        (p("t", "2.0", channel="first", track_features="x y"), p("t", "1.0", channel="second", track_features="x")),
        "t-1.0-0@second",
        install=("t",),
        channels=FIRST,
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
