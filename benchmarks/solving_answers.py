"""Says how two answers to a request differ, and why."""

from __future__ import annotations

import json
import re

from conda_kernel.model.match_spec import MatchSpec
from conda_kernel.model.version import Version

MOST_SHOWN = 3


def difference(ours: str, peers: str, specs: list[str]) -> str:
    """Return what to say of two outputs: a document of `conda create --dry-run --json`, and a line of the peer's."""
    mine, theirs = linked(ours), json.loads(peers)["names"]
    theirs = None if theirs is None else {package(name) for name in theirs}
    if mine is None or theirs is None:
        words = ["no solution" if side is None else f"{len(side)} packages" for side in (mine, theirs)]
        return f"{words[0]}, as the peer" if words[0] == words[1] else f"{words[0]}, the peer {words[1]}"
    asked = {MatchSpec.parse(spec).name for spec in specs}
    return f"{len(mine)} packages, {differing(dict(mine), dict(theirs), asked)}"


def linked(output: str) -> set[tuple[str, tuple[str, str]]] | None:
    """Return what a document says will be linked, None where there is no solution; raise ValueError for an error."""
    document = json.loads(output)
    if document.get("exception_name") in ("Unsolvable", "UnsatisfiableError", "PackagesNotFoundError"):
        return None
    if not document.get("success"):
        raise ValueError(output)
    return {package(record["dist_name"] + ".conda") for record in document.get("actions", {}).get("LINK", ())}


def package(file_name: str) -> tuple[str, tuple[str, str]]:
    """Return name, and version with build, of a file."""
    name, version, build = re.sub(r"\.(conda|tar\.bz2)$", "", file_name).rsplit("-", 2)
    return name, (version, build)


def differing(mine: dict[str, tuple[str, str]], theirs: dict[str, tuple[str, str]], asked: set[str]) -> str:
    """Return how two sets of packages differ, those that were asked for first."""
    names = [name for name in sorted({*mine, *theirs}) if mine.get(name) != theirs.get(name)]
    if not names:
        return "the same"
    groups: dict[str, list[str]] = {word: [] for word in ("newer", "older", "other builds", "more", "fewer")}
    for name in names:
        groups[relation(mine.get(name), theirs.get(name))].append(name)
    told = [
        f"{len(group)} {word} ({', '.join(shown(name, mine, theirs) for name in group[:MOST_SHOWN])})"
        for word, group in groups.items()
        if group
    ]
    differs = not asked.isdisjoint((*groups["newer"], *groups["older"]))
    reason = "what was asked for differs" if differs else "a tie: what was asked for has equal versions"
    return f"{reason}; {'; '.join(told)}"


def relation(mine: tuple[str, str] | None, theirs: tuple[str, str] | None) -> str:
    """Return what our version and build of a package are beside the peer's."""
    if mine is None or theirs is None:
        return "more" if theirs is None else "fewer"
    one, other = (Version.parse(side[0]).key for side in (mine, theirs))
    if one == other:
        return "other builds"
    return "newer" if one > other else "older"


def shown(name: str, mine: dict[str, tuple[str, str]], theirs: dict[str, tuple[str, str]]) -> str:
    """Return what both sides have of a name."""
    one, other = ("=".join(side[name]) if name in side else "none" for side in (mine, theirs))
    return f"{name} {one}, not {other}"
