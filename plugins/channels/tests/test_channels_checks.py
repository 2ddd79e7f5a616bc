"""What counts as right without being read is right, and names what reading it would name."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from conda_channels.checks import Checks
from conda_kernel.model.errors import ParseError
from conda_kernel.model.match_spec import MatchSpec

WORDS = st.sampled_from(
    ["a", "b1", "_libgcc_mutex", "__glibc", "r-base", "x--y", "lib_", "A", "a.b", "a" * 64, "a" * 65, "if", ""]
)
VERSIONS = st.lists(
    st.sampled_from(["1", "10", "0", "a0", "rc1", "dev", "1a", "post", "conda", "tar.bz2", "", "_"]),
    min_size=1,
    max_size=4,
).map(".".join)
OPERATORS = st.sampled_from(["", ">=", "<", "<=", ">", "==", "!=", "=", "~=", "=="])
BOUNDS = st.builds(
    lambda operator, version, end: operator + version + end, OPERATORS, VERSIONS, st.sampled_from(["", ".*", "*"])
)
BUILDS = st.sampled_from(["", " 0", " *_cpython", " h1_0", " *", " py3.1*", " a-b", "  0"])
SPECS = st.builds(
    lambda name, bounds, build: f"{name}{' ' if bounds else ''}{','.join(bounds)}{build}",
    WORDS,
    st.lists(BOUNDS, max_size=3),
    BUILDS,
)


@given(SPECS)
@example("a")
@example("a *")
@example("a >=1.2,<3.0.a0")
@example("a 1.2.*")
@example("a ==1.0 h1_0")
@example("_m * *_gnu")
@example("__m >=1")
def test_a_match_spec_names_what_reading_it_would_name(text: str) -> None:
    try:
        spec = MatchSpec.parse(text)
    except ParseError:
        expected: tuple[str, ...] = ()
    else:
        expected = () if spec.name.startswith("__") else (spec.name,)

    assert Checks().names(text) == expected
