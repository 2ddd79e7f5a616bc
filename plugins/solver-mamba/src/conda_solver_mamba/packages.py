"""A ranking as packages with match specs, for who reads these and nothing else."""

from __future__ import annotations

import re

from conda_kernel.model.named_tuple import NamedTuple
from conda_solver_mamba.ranking import VIRTUAL

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from conda_kernel.model.match_spec import MatchSpec
    from conda_kernel.model.record import PackageRecord
    from conda_solver_mamba.ranking import Ranking, Span

_NEVER = f"{VIRTUAL}never"
_PACKAGE = re.compile(r"([a-z0-9_.-]+)-([0-9]+)-0\b")


class Package(NamedTuple):
    """A candidate, or a helper: its version is its rank, and what it needs is said in ranks."""

    name: str
    rank: int
    depends: list[str]
    constrains: list[str]


class Packages:
    """The packages of a ranking.

    A candidate with a condition, or one that asks for a group of dependencies, is left out: neither can be said. That a
    feature is tracked is said by a helper.
    """

    def __init__(self, ranking: Ranking) -> None:
        self._ranking = ranking
        self._texts: dict[str, str] = {}
        self._features: dict[str, str] = {}

    def listed(self) -> list[Package]:
        """Return the packages, those that stand for what tracks a feature behind the others."""
        found = [
            self._package(name, len(records) - place, record)
            for name, records in self._ranking.records.items()
            for place, record in enumerate(records)
            if self._can_be_said(record)
        ]
        return [*found, *self._trackers()]

    def record(self, name: str, rank: str) -> PackageRecord | None:
        """Return the record that a package stands for, None for a helper."""
        records = self._ranking.records.get(name)
        return records[len(records) - int(rank)] if records else None

    def readable(self, text: str) -> str:
        """Return a text with what was asked for, and with versions, instead of ranks."""
        for told in sorted(self._texts, key=len, reverse=True):
            text = text.replace(told, self._texts[told])
        for feature, name in self._features.items():
            text = text.replace(name, f"the feature {feature}")
        return _PACKAGE.sub(self._named, text)

    def _named(self, found: re.Match[str]) -> str:
        records = self._ranking.records.get(found[1], ())
        rank = int(found[2])
        return records[len(records) - rank].dist_name if 0 < rank <= len(records) else found[0]

    def _can_be_said(self, record: PackageRecord) -> bool:
        requirements, constraints = self._ranking.requirements(record), self._ranking.constraints(record)
        return not any(spec.condition is not None or spec.extras for spec in (*requirements, *constraints))

    def _package(self, name: str, rank: int, record: PackageRecord) -> Package:
        depends = [self._required(spec, record) for spec in self._ranking.requirements(record)]
        depends += [
            self._features.setdefault(feature, f"{VIRTUAL}feature_{len(self._features)}")
            for feature in record.features
            if feature not in record.track_features
        ]
        constrains = []
        for spec in self._ranking.constraints(record):
            if spec.name.startswith(VIRTUAL):
                is_broken = self._ranking.has_name(spec.name) and not self._ranking.has(spec)
            else:
                is_broken = spec.name == name and not spec.matches(record)
                if spec.name != name and self._ranking.others(spec):
                    constrains.append(self._told(spec))
            depends += [self._never(spec)] if is_broken else []
        return Package(name, rank, list(filter(None, depends)), constrains)

    def _required(self, spec: MatchSpec, record: PackageRecord) -> str:
        """Return the text of a requirement, empty for one that holds in any case."""
        if spec.name.startswith(VIRTUAL):
            return "" if self._ranking.has(spec) else self._never(spec)
        if spec.name == record.name:
            return "" if spec.matches(record) else self._never(spec)
        return self._told(spec)

    def _told(self, spec: MatchSpec) -> str:
        spans = self._ranking.spans(spec)
        if not spans:
            text = f"{spec.name} <1"  # there is no such rank
        elif not self._ranking.others(spec):
            text = spec.name
        else:
            text = f"{spec.name} {'|'.join(_ranks(spans))}"
        self._texts.setdefault(text, str(spec))
        return text

    def _never(self, spec: MatchSpec) -> str:
        text = f"{_NEVER}_{len(self._texts)}"
        self._texts[text] = str(spec)
        return text

    def _trackers(self) -> Iterator[Package]:
        for feature, name in self._features.items():
            tracking = [
                f"{record.name} =={len(records) - place}"
                for records in self._ranking.records.values()
                for place, record in enumerate(records)
                if feature in record.track_features
            ]
            for place, text in enumerate(tracking):
                yield Package(name, len(tracking) - place, [text], [])  # the best comes first, and has the highest rank


def _ranks(spans: Iterable[Span]) -> Sequence[str]:
    return [
        f"=={span.lowest}" if span.lowest == span.highest else f">={span.lowest},<={span.highest}" for span in spans
    ]
