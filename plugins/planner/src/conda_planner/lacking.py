"""Says why nothing fulfils a requirement: no such name or version, hidden, or the machine is another."""

from __future__ import annotations

from conda_kernel.model.candidates import values_of
from conda_kernel.model.match_spec import MatchSpec
from conda_planner.near import near_names
from conda_planner.wording import listed, newest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from conda_kernel.model.machine import VirtualPackage
    from conda_kernel.model.solving import Index

MOST_SHOWN = 4


def why_nothing_matches(spec: MatchSpec, index: Index, machine: Sequence[VirtualPackage]) -> str:
    """Return why no candidate matches a spec, in words that go on after a comma or a colon."""
    if spec.name.startswith("__"):
        here = next((package for package in machine if package.name == spec.name), None)
        if here is None:
            return f"this machine has no {spec.name}"
        build = f" {here.build}" if here.build != "0" else ""
        return f"this machine has {here.name} {here.version}{build}"
    if not spec.is_exact_name:
        return "a pattern of names cannot be needed"
    hidden = [each for each in index.rejected(spec.name) if spec.matches(each.record)]
    if hidden:
        reasons = dict.fromkeys(each.reason for each in hidden)
        versions = newest((each.record.version for each in hidden), MOST_SHOWN)
        channels = listed(sorted({each.record.channel.rpartition("/")[2] for each in hidden}), "and")
        return f"{versions} of {channels} cannot be used: {'; '.join(reasons)}"
    candidates = index.candidates(spec.name)
    if not candidates:
        near = near_names(spec.name, index.names())[:MOST_SHOWN]
        return "there is no such package" + (f"; similar: {', '.join(near)}" if near else "")
    if spec.version is not None:
        anything = MatchSpec.from_fields(spec.fields._replace(build=None, build_number=None))
        builds = sorted({record.build for record in candidates if anything.matches(record)})
        if builds and str(anything) != str(spec):
            more = f" and {len(builds) - MOST_SHOWN} more" if len(builds) > MOST_SHOWN else ""
            return f"there are only the builds {', '.join(builds[:MOST_SHOWN])}{more}"
    return f"there is only {newest(values_of(candidates, 'version'), MOST_SHOWN)}"
