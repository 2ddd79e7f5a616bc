"""What an engine is told of a world, in words, means the same as the world."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from conda_kernel.errors import Unsolvable
from conda_kernel.model.machine import VirtualPackage
from conda_kernel.model.match_spec import MatchSpec
from conda_kernel.model.solving import Install, SolveRequest
from conda_solver_mamba.libsolv import LibsolvSolver
from conda_solver_mamba.packages import Package, Packages
from conda_solver_mamba.ranking import Ranking
from conda_testing.memory_index import MemoryIndex

MACHINE = (VirtualPackage("__glibc", "2.28"),)
NAMES = ("a", "b", "c")
specs = st.builds(
    "{}{}".format,
    st.sampled_from(NAMES),
    st.sampled_from(["", " >=2", " !=2", " 1|3", " * y_*", " =2", "[build_number=1]"]),
)
entries = st.fixed_dictionaries(
    {
        "name": st.sampled_from(NAMES),
        "version": st.sampled_from(["1.0", "2.0", "3.0"]),
        "build": st.sampled_from(["x_0", "y_1"]),
        "depends": st.lists(
            st.one_of(specs, st.sampled_from(["__glibc >=2.17", "__glibc >=2.34", "__win"])), max_size=2
        ),
        "constrains": st.lists(st.one_of(specs, st.just("__glibc <2")), max_size=1),
        "track_features": st.sampled_from(["", "", "slow"]),
        "features": st.sampled_from(["", "", "", "slow"]),
    }
)
worlds = st.lists(entries, min_size=1, max_size=8, unique_by=lambda one: (one["name"], one["version"], one["build"]))


def _request(index: MemoryIndex, *texts: str) -> SolveRequest:
    return SolveRequest(tuple(Install(MatchSpec.parse(text)) for text in texts), index, machine=MACHINE)


def _packages(index: MemoryIndex, *texts: str) -> dict[str, Package]:
    packages = Packages(Ranking(_request(index, *texts)))
    return {f"{one.name}-{one.rank}": one for one in packages.listed()}


def _solved(request: SolveRequest) -> list[str] | None:
    try:
        return [record.dist_name for record in LibsolvSolver().solve(request).records]
    except Unsolvable:
        return None


def _of_names(packages: list[str], names: list[str]) -> list[str]:
    return [package for package in packages if package.split("-")[0] in names]


def test_versions_become_ranks_and_requirements_spans() -> None:
    index = MemoryIndex()
    for version in ("1.0", "1!0.5", "2.0rc1", "2.0", "3.0"):
        index.add("lib", version)
    index.add("app", depends=["lib >=1.5,<3"], constrains=["lib !=2.0rc1"])

    told = _packages(index, "app")

    assert sorted(told) == ["app-1", "lib-1", "lib-2", "lib-3", "lib-4", "lib-5"]
    assert told["app-1"].depends == ["lib >=2,<=3"]
    assert told["app-1"].constrains == ["lib >=3,<=5|==1"]


def test_what_the_machine_has_is_not_told_and_what_it_lacks_cannot_be() -> None:
    index = MemoryIndex()
    index.add("new", depends=["__glibc >=2.34"])
    index.add("old", depends=["__glibc >=2.17"])

    told = _packages(index, "new", "old")

    assert told["old-1"].depends == []
    assert told["new-1"].depends[0].startswith("__never")


def test_what_cannot_be_said_is_no_candidate() -> None:
    index = MemoryIndex()
    index.add("app", "2.0", depends=["lib[when='other']"])
    index.add("app", "1.0", depends=["lib"])
    index.add("lib")

    assert sorted(_packages(index, "app")) == ["app-1", "lib-1"]


def test_the_best_of_those_that_track_a_feature_has_the_highest_rank() -> None:
    index = MemoryIndex()
    index.add("app", depends=["lib"], features="slow")
    index.add("lib", "1.0", build="x_0", track_features="slow")
    index.add("lib", "1.0", build="y_1", track_features="slow")

    told = _packages(index, "app")

    helper = told["app-1"].depends[1]
    assert told[f"{helper}-2"].depends == ["lib ==2"]
    assert told[f"{helper}-1"].depends == ["lib ==1"]


def test_sentences_have_versions_and_wishes_again() -> None:
    index = MemoryIndex()
    index.add("lib", "1.4")
    index.add("lib", "2.0")
    index.add("app", "3.1", depends=["lib <2"])
    packages = Packages(Ranking(_request(index, "app")))
    packages.listed()

    told = packages.readable("package app-1-0 requires lib ==1, but lib-2-0 and lib-1-0 …")

    assert told == "package app-3.1-0 requires lib[version='<2'], but lib-2.0-0 and lib-1.4-0 …"


@given(world=worlds, wishes=st.lists(st.sampled_from(NAMES), min_size=1, max_size=2, unique=True))
def test_what_is_told_has_the_same_solution(world: list[dict[str, object]], wishes: list[str]) -> None:
    index = MemoryIndex(world)
    packages = Packages(Ranking(_request(index, *wishes)))
    told = MemoryIndex(
        {
            "name": one.name.replace("__", "helper_"),
            "version": str(one.rank),
            "depends": _renamed(one.depends),
            "constrains": one.constrains,
        }
        for one in packages.listed()
    )

    expected = _solved(_request(index, *wishes))
    solved = _solved(_request(told, *wishes))

    if solved is None or expected is None:
        assert solved == expected
    else:
        names = [text.rsplit("-", 1)[0].rsplit("-", 1) for text in solved]
        records = [record for name, rank in names if (record := packages.record(name, rank)) is not None]
        found = [record.dist_name for record in records]
        if any(record.features for record in records):  # which of several packages tracks a feature is not said
            tracked = {feature for record in records for feature in record.track_features}
            assert all(tracked.issuperset(record.features) for record in records)
            assert _of_names(found, wishes) == _of_names(expected, wishes)
        else:
            assert found == expected


def _renamed(texts: list[str]) -> list[str]:
    """Return what names a helper under a name that is none of a virtual package."""
    return [text.replace("__", "helper_") for text in texts]
