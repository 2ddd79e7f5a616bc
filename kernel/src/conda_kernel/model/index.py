"""An index over records that something else brings: the order of candidates, what is rejected, what matches.

What a channel is, and where its records come from, is not known here.
"""

from __future__ import annotations

from itertools import chain

from conda_kernel.model.alike import Alike, alike
from conda_kernel.model.candidates import STRICT_PRIORITY, Candidates, Ordered, in_order, values_of, without_twins
from conda_kernel.model.match_spec import MatchSpec
from conda_kernel.model.named_tuple import NamedTuple
from conda_kernel.model.solving import ChannelPriority, Rejected

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from conda_kernel.model.machine import VirtualPackage
    from conda_kernel.model.policy import Policy
    from conda_kernel.model.record import PackageRecord
    from conda_kernel.model.solving import Job

ASKING, CONSTRAINING = ">", "!"
"""What stands before a requirement that candidates have, to tell it from one that they match: no spec begins so."""

BUILT_AS = "?"
"""What stands before subdir, version, build number and build of candidates."""

ALIKE = "~"
"""What stands before the place of a candidate that others are alike, and a requirement that not all of them have."""


class Outline(NamedTuple):
    """What is told of a name without its records: the names that they need, and whether any may track a feature."""

    needs: tuple[str, ...]
    tracks: bool


class RecordIndex:
    """An `Index` over the records that `load(name)` returns.

    `ranks` maps the names of channels to their place in the order of priority, 0 for the first; `names` returns every
    name there is; `prepare` is told the names that will be needed, `bring` those that are only looked at. `mentioning`
    returns names whose records may depend on a name, where that can be told without reading them.
    `ordered(name)` saves sorting and checking where that was done before; it returns `None` where it was not. What a
    policy has a reason against is no candidate. `outline(name)` saves making records to see what they lead to; `None`
    means that only they can tell. `trackers(names, find)` returns the names that have candidates which track features,
    of those that the names lead to: what `find()` returns, which takes long, or what it returned before. `masks(name)`
    returns what was found out before on the candidates of a name as they are without policies: by the text of a
    requirement which of them match, by `ASKING` or `CONSTRAINING` before such a text which of them ask for that, by
    what follows `BUILT_AS` which of them are that build, and by what follows `ALIKE` which are alike. What is found out
    now is added to it, and `keep` is told when there will be no more. `forget` is told which names are not needed for
    now.
    """

    def __init__(  # noqa: PLR0913 - a loader and what it may come with
        self,
        load: Callable[[str], Iterable[PackageRecord]],
        *,
        ranks: Mapping[str, int],
        names: Callable[[], Iterable[str]],
        priority: ChannelPriority = ChannelPriority.FLEXIBLE,
        prepare: Callable[[Iterable[str]], None] | None = None,
        bring: Callable[[Iterable[str]], None] | None = None,
        mentioning: Callable[[str], Iterable[str]] | None = None,
        ordered: Callable[[str], Ordered | None] | None = None,
        policies: Sequence[Policy] = (),
        outline: Callable[[str], Outline | None] | None = None,
        trackers: Callable[[Sequence[str], Callable[[], Sequence[str]]], Sequence[str]] | None = None,
        masks: Callable[[str], dict[str, int]] | None = None,
        keep: Callable[[], None] | None = None,
        forget: Callable[[Iterable[str]], None] | None = None,
    ) -> None:
        self._load = load
        self._ranks = ranks
        self._names = names
        self._priority = priority
        self._prepare = prepare
        self._bring = bring
        self._mentioning = mentioning
        self._ordered = ordered
        self._policies = tuple(policies)
        self._outline = outline
        self._trackers = trackers
        self._known_masks = masks
        self._keep = keep
        self._forget = forget
        self._candidates: dict[str, Sequence[PackageRecord]] = {}
        self._rejected: dict[str, tuple[Rejected, ...]] = {}
        self._sifted: set[str] = set()
        self._specs: dict[tuple[str, ...], tuple[MatchSpec, ...]] = {}
        self._requirements: dict[str, MatchSpec] = {}
        self._equal: dict[object, MatchSpec] = {}
        self._sets: dict[str, Candidates] = {}
        self._holders: dict[str, dict[bool, dict[str, dict[str, int]]]] = {}
        self._found: dict[str, dict[str, int]] = {}
        self._targets: dict[str, str] = {}
        # By the ids of objects that are kept with what is known of them: nothing here is hashed again and again.
        self._lists: dict[int, tuple[tuple[str, ...], tuple[MatchSpec, ...]]] = {}
        self._texts: dict[int, tuple[MatchSpec, str]] = {}
        self._masks: dict[int, int] = {}

    def prepare(self, names: Iterable[str]) -> None:
        """Bring what is known of the names, and of what they lead to."""
        if self._prepare is not None:
            self._prepare(names)

    def bring(self, names: Iterable[str]) -> None:
        """Bring what is known of the names alone."""
        if self._bring is not None:
            self._bring(names)

    def forget(self, names: Iterable[str]) -> None:
        """Let go of the records of the names; they are loaded again when they are asked for."""
        names = tuple(names)
        for name in names:
            for known in (self._candidates, self._rejected, self._sets, self._holders, self._found):
                known.pop(name, None)
        self._lists.clear()
        self._specs.clear()
        self._targets.clear()
        if self._forget is not None:
            self._forget(names)

    def keep(self) -> None:
        """Keep what was found out for the next time."""
        if self._keep is not None:
            self._keep()

    def names(self) -> tuple[str, ...]:
        """Return every name, sorted."""
        return tuple(sorted(self._names()))

    def mentioning(self, name: str) -> tuple[str, ...]:
        """Return the names whose records may depend on a name, sorted; without better knowledge, all names."""
        return tuple(sorted(self._mentioning(name))) if self._mentioning is not None else self.names()

    def candidates(self, name: str) -> Sequence[PackageRecord]:
        """Return the records of a name, best first."""
        found = self._candidates.get(name)
        return self._sift(name) if found is None else found

    def rejected(self, name: str) -> tuple[Rejected, ...]:
        """Return the records of a name that are no candidates, each with the reason."""
        self.candidates(name)
        return self._rejected[name]

    def requirements(self, record: PackageRecord) -> tuple[MatchSpec, ...]:
        """Return what the record depends on."""
        return self._interned(record.depends)

    def constraints(self, record: PackageRecord) -> tuple[MatchSpec, ...]:
        """Return what the record constrains."""
        return self._interned(record.constrains)

    def matching(self, requirement: MatchSpec) -> int:
        """Return which candidates match, bit i for the i-th."""
        mask = self._masks.get(id(requirement))
        return self._evaluated(requirement) if mask is None else mask

    def having(self, name: str, requirement: MatchSpec, *, constrains: bool = False) -> int:
        """Return the candidates that depend on a requirement, or that constrain it, bit i for the i-th."""
        text = self._text(requirement)
        known = self._known(name) if self._requirements.get(text) is requirement else {}
        key = (CONSTRAINING if constrains else ASKING) + text
        if key not in known:
            known[key] = self._holding(name, requirement, constrains=constrains)
        return known[key]

    def bit_of(self, record: PackageRecord) -> int:
        """Return the candidate that has the identity of a record, as a bit; 0 when there is none."""
        name, known = record.name, self._known(record.name)
        built = (record.subdir, record.version, record.build_number, record.build)
        key = f"{BUILT_AS}{' '.join(map(str, built))}"
        if key not in known:
            known[key] = sum(
                1 << place
                for place, one in enumerate(self.candidates(name))
                if (one.subdir, one.version, one.build_number, one.build) == built
            )
        mask = known[key]
        while mask and self.candidates(name)[(mask & -mask).bit_length() - 1].identity != record.identity:
            mask &= mask - 1
        return mask & -mask

    def alike(self, name: str, place: int) -> Alike:
        """Return the candidates that only dependencies, time and build string tell apart from the one at a place."""
        known, key = self._known(name), f"{ALIKE}{place}"
        mask = known.get(key)
        if mask is None:
            found = alike(self.candidates(name), place, self.requirements)
            for requirement, holders in found.differing:
                known[f"{key} {self._text(requirement)}"] = holders
            # The last: another thread that finds it finds the others.
            known[key] = found.mask
            return found
        before = f"{key} "
        differing = [(text, holders) for text, holders in known.copy().items() if text.startswith(before)]
        return Alike(mask, tuple((self._requirement(text[len(before) :]), holders) for text, holders in differing))

    def reachable(self, jobs: Sequence[Job], machine: Sequence[VirtualPackage]) -> tuple[PackageRecord, ...]:
        """Return the candidates of every name that the jobs lead to, sorted by name and best first.

        Groups of dependencies (CEP 44) count as if everybody asked for them. Nothing is left out yet for what the
        machine is.
        """
        from conda_kernel.model.led_to import names_led_to, wanted_names  # noqa: PLC0415 - few ask for all at once

        names = names_led_to(wanted_names(jobs, self.requirements), self._needed)
        return tuple(chain.from_iterable(map(self.candidates, names)))

    def tracking(self, jobs: Sequence[Job]) -> tuple[PackageRecord, ...]:
        """Return those of them that track features."""
        from conda_kernel.model.led_to import wanted_names  # noqa: PLC0415 - as above

        wanted = wanted_names(jobs, self.requirements)
        if self._trackers is None or self._policies:
            names = self._tracking(wanted)
        else:
            names = self._trackers(wanted, lambda: self._tracking(wanted))
        return tuple(record for name in names for record in self.candidates(name) if record.track_features)

    def _tracking(self, wanted: Sequence[str]) -> Sequence[str]:
        from conda_kernel.model.led_to import names_that_may_track  # noqa: PLC0415 - as above

        names = names_that_may_track(wanted, self._told, self._needs)
        return [name for name in names if any(record.track_features for record in self.candidates(name))]

    def _holding(self, name: str, requirement: MatchSpec, *, constrains: bool) -> int:
        from conda_kernel.model.holders import holders_by_target  # noqa: PLC0415 - mostly it was found out before

        of_name = self._holders.setdefault(name, {})
        if constrains not in of_name:
            lists = values_of(self.candidates(name), "constrains" if constrains else "depends")
            of_name[constrains] = holders_by_target(lists, self._targets)
        found = 0
        for text, mask in of_name[constrains].get(requirement.name, {}).items():
            if self._requirement(text) is requirement:
                found |= mask
        return found

    def _told(self, name: str) -> Outline | None:
        return self._outline(name) if self._outline is not None and not self._policies else None

    def _needed(self, name: str) -> Iterable[str]:
        """Return what the candidates of a name need, which is told quickly where it was kept."""
        told = self._told(name)
        # What is read together with them is kept no longer than that takes.
        self.candidates(name)
        return told.needs if told is not None else self._needs(name)

    def _needs(self, name: str) -> set[str]:
        from conda_kernel.model.led_to import needed_names  # noqa: PLC0415 - as above

        return needed_names(self.candidates(name), self._targets)

    def _interned(self, texts: tuple[str, ...]) -> tuple[MatchSpec, ...]:
        known = self._lists.get(id(texts))
        if known is None:
            specs = self._specs.get(texts)
            if specs is None:
                specs = self._specs.setdefault(texts, tuple(map(self._requirement, texts)))
            known = self._lists[id(texts)] = (texts, specs)
        return known[1]

    def _requirement(self, text: str) -> MatchSpec:
        spec = self._requirements.get(text)
        if spec is None:
            spec = MatchSpec.parse(text)
            spec = self._equal.setdefault(_meaning(spec, text), spec)
            self._texts.setdefault(id(spec), (spec, text))
            spec = self._requirements.setdefault(text, spec)
        return spec

    def _evaluated(self, requirement: MatchSpec) -> int:
        """Find out which candidates match, or that this was found out before."""
        name, text = requirement.name, self._text(requirement)
        known = self._known(name) if requirement.is_plain else {}
        if text not in known:
            found = self._sets.get(name) or self._sets.setdefault(name, Candidates(self.candidates(name)))
            known[text] = found.matching(requirement)
        mask = self._masks[id(requirement)] = known[text]
        return mask

    def _text(self, requirement: MatchSpec) -> str:
        if id(requirement) not in self._texts:
            self._texts[id(requirement)] = (requirement, str(requirement))
        return self._texts[id(requirement)][1]

    def _known(self, name: str) -> dict[str, int]:
        """Return what was found out on the candidates of a name; what policies leave is not for the next time."""
        known = self._found.get(name)
        if known is None:
            self.candidates(name)
            known = self._known_masks(name) if self._known_masks is not None and name not in self._sifted else {}
            self._found[name] = known
        return known

    def _sift(self, name: str) -> Sequence[PackageRecord]:
        ordered = self._ordered(name) if self._ordered is not None else None
        if ordered is not None and self._policies:
            permitted, refused = self._permitted(ordered.records)
            if refused:
                self._sifted.add(name)
                # A channel of which nothing is left hides no other: that is for the whole to say.
                hides = any(rejected.reason == STRICT_PRIORITY for rejected in ordered.rejected)
                ordered = None if hides else Ordered(tuple(permitted), (*refused, *ordered.rejected))
        if ordered is None:
            permitted, refused = self._permitted(without_twins(self._load(name)))
            if refused:
                self._sifted.add(name)
            ordered = in_order(permitted, self._ranks, self._priority)
            ordered = Ordered(ordered.records, (*refused, *ordered.rejected))
        # The first thread wins, so that all get the same objects; who finds candidates finds what was rejected too.
        self._rejected.setdefault(name, ordered.rejected)
        return self._candidates.setdefault(name, ordered.records)

    def _permitted(self, records: Iterable[PackageRecord]) -> tuple[list[PackageRecord], list[Rejected]]:
        """Part the records into those that no policy is against, and the others with the first reason."""
        if not self._policies:
            return list(records), []
        permitted, refused = [], []
        for record in records:
            reason = next(filter(None, (policy.reason_against(record) for policy in self._policies)), "")
            if reason:
                refused.append(Rejected(record, reason))
            else:
                permitted.append(record)
        return permitted, refused


def _meaning(spec: MatchSpec, text: str) -> object:
    """Return what is equal for requirements that are; the canonical text takes longer than a plain one's reading."""
    if not spec.is_plain or spec.build_number is not None or spec.condition is not None or "[" in text:
        return str(spec)
    return spec.name, spec.version, spec.build and str(spec.build)
