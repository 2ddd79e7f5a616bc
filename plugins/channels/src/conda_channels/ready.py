"""The records of one name as they are kept: in order, checked, each dependency list once.

What is kept knows neither the channel's name nor its URL: both come in when it is read, as does the base URL of the
packages. Reading takes about a microsecond a record; the first reading of an entry of repodata takes six times that.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from conda_channels.entries import NEW, VIRTUAL
from conda_kernel.model.errors import ParseError
from conda_kernel.model.index import Ordered, best_first, unreadable
from conda_kernel.model.match_spec import AllOf, AnyOf, MatchSpec
from conda_kernel.model.record import NO_GROUPS, NOTHING, PackageRecord
from conda_kernel.model.solving import Rejected
from conda_kernel.model.version import Version

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from conda_channels.place import Place

KIND = "ready 2"
"""Counts what this form looks like, how versions are ordered and what is checked: another number is another file."""

_USUAL = frozenset(
    (
        "name",
        "version",
        "build",
        "build_number",
        "channel",
        "subdir",
        "url",
        "depends",
        "constrains",
        "md5",
        "sha256",
        "size",
        "timestamp",
        "noarch",
        "license",
        "license_family",
        "channel_url",
    )
)
_ODD = tuple(field for field in PackageRecord._fields if field not in _USUAL)
_DEFAULTS = PackageRecord._field_defaults
# The generated `__new__` takes every field as an argument of its own, at twice the cost.
_new: Callable[[type[PackageRecord], tuple[object, ...]], PackageRecord] = tuple.__new__


class Body(msgspec.Struct, array_like=True):
    """The records, best first; the last ones have a reason each for which they are no candidates.

    A field of all records stands together: so there are no containers but the lists themselves, which are read in half
    the time. Dependency lists and the texts for noarch, licence and licence family are given by their numbers. `odd`
    holds what else single records have.
    """

    texts: tuple[str | None, ...]
    lists: tuple[tuple[str, ...], ...]
    versions: list[str]
    builds: list[str]
    build_numbers: list[int]
    depends: list[int]
    constrains: list[int]
    md5: list[str | None]
    sha256: list[str | None]
    sizes: list[int | None]
    timestamps: list[int]
    noarch: list[int]
    licenses: list[int]
    families: list[int]
    odd: dict[int, dict[str, Any]]
    reasons: list[str]


class Kept(msgspec.Struct, array_like=True):
    """What is kept of a name: the digest of what it was made from, the names it needs, what was wrong, the records."""

    digest: bytes
    needs: tuple[str, ...]
    faults: list[str]
    body: msgspec.Raw


class Ready(NamedTuple):
    """The records of a name, made ready."""

    needs: tuple[str, ...]
    faults: list[str]
    body: bytes | msgspec.Raw


_encode = msgspec.msgpack.Encoder().encode
_body = msgspec.msgpack.Decoder(Body).decode
_kept = msgspec.msgpack.Decoder(Kept).decode


def made_ready(records: Iterable[PackageRecord], faults: list[str], checks: Checks) -> Ready:
    """Return the records of one name, ordered and checked."""
    readable, rejected, needs = [], [], dict[str, None]()
    for record in records:
        reason, names = checks.of(record)
        if reason:
            rejected.append((record, reason))
        else:
            readable.append(record)
            needs.update(names)
    records = [*best_first(readable), *(record for record, _ in rejected)]
    texts: dict[str | None, int] = {None: 0}
    lists: dict[tuple[str, ...], int] = {}
    body = Body(
        versions=[record.version for record in records],
        builds=[record.build for record in records],
        build_numbers=[record.build_number for record in records],
        depends=[lists.setdefault(record.depends, len(lists)) for record in records],
        constrains=[lists.setdefault(record.constrains, len(lists)) for record in records],
        md5=[record.md5 for record in records],
        sha256=[record.sha256 for record in records],
        sizes=[record.size for record in records],
        timestamps=[record.timestamp for record in records],
        noarch=[texts.setdefault(record.noarch, len(texts)) for record in records],
        licenses=[texts.setdefault(record.license, len(texts)) for record in records],
        families=[texts.setdefault(record.license_family, len(texts)) for record in records],
        odd={number: others for number, others in enumerate(map(_others, records)) if others},
        reasons=[reason for _, reason in rejected],
        lists=tuple(lists),
        texts=tuple(texts),
    )
    return Ready(tuple(sorted(needs)), faults, _encode(body))


def kept_form(ready: Ready, digest: bytes) -> bytes:
    """Return how the records of a name are kept, with the digest of what they were made from."""
    return _encode(Kept(digest, ready.needs, ready.faults, msgspec.Raw(ready.body)))


def ready_again(content: bytes, digest: bytes) -> Ready | None:
    """Return what was kept, or `None` when it was made from something else."""
    try:
        kept = _kept(content)
    except (msgspec.DecodeError, RecursionError):
        return None
    return Ready(kept.needs, kept.faults, kept.body) if kept.digest == digest else None


class Checks:
    """Reads match specs and versions of records, each list once."""

    def __init__(self) -> None:
        self._specs: dict[str, str | dict[str, None]] = {}
        self._lists: dict[tuple[str, ...], str | dict[str, None]] = {}

    def of(self, record: PackageRecord) -> tuple[str, dict[str, None]]:
        """Return why a record is no candidate, empty when it is one, and the names that it needs."""
        try:
            Version.parse(record.version)
        except ParseError as error:
            return unreadable(error), {}
        needed, constrained = self._list(record.depends), self._list(record.constrains)
        for outcome in (needed, constrained):
            if isinstance(outcome, str):
                return outcome, {}
        names = needed if isinstance(needed, dict) else {}
        if record.extra_depends:
            groups = [self._list(specs) for specs in record.extra_depends.values()]
            names = {name: None for found in (names, *groups) if isinstance(found, dict) for name in found}
        return "", names

    def _list(self, texts: tuple[str, ...]) -> str | dict[str, None]:
        """Return the names in a list of match specs, or why it cannot be read."""
        found = self._lists.get(texts)
        if found is None:
            names: dict[str, None] = {}
            found = names
            for text in texts:
                outcome = self._spec(text)
                if isinstance(outcome, str):
                    found = outcome
                    break
                names.update(outcome)
            self._lists[texts] = found
        return found

    def _spec(self, text: str) -> str | dict[str, None]:
        found = self._specs.get(text)
        if found is None:
            try:
                spec = MatchSpec.parse(text)
            except ParseError as error:
                found = unreadable(error)
            else:
                specs = (spec, *_conditions(spec.condition))
                found = {each.name: None for each in specs if not each.name.startswith(VIRTUAL)}
            self._specs[text] = found
        return found


class RecordMaker:
    """Makes records of what is ready, for one place; `base_url` is where the packages lie, without trailing slash."""

    def __init__(self, place: Place, base_url: str) -> None:
        self._channel = place.channel.name
        self._subdir = place.subdir
        self._folder = f"{base_url}/"
        self._channel_url = "" if base_url == place.url else place.channel.base_url

    def ordered(self, name: str, ready: Ready) -> Ordered:
        """Return the records of a name; raise `msgspec.DecodeError` for a body that is none."""
        body = _body(ready.body)
        records = self._records(name, body)
        count = len(records) - len(body.reasons)
        rejected = tuple(map(Rejected, records[count:], body.reasons))
        return Ordered(tuple(records[:count]), rejected)

    def _records(self, name: str, body: Body) -> list[PackageRecord]:
        text, specs = body.texts.__getitem__, body.lists.__getitem__
        channel, subdir, folder, channel_url = self._channel, self._subdir, self._folder, self._channel_url
        kind, new, before = PackageRecord, _new, f"{name}-"
        found = [
            new(
                kind,
                (
                    name,
                    version,
                    build,
                    build_number,
                    channel,
                    subdir,
                    (file_name := f"{before}{version}-{build}.conda"),
                    folder + file_name,
                    depends,
                    constrains,
                    (),
                    md5,
                    sha256,
                    size,
                    timestamp,
                    noarch,
                    license_name,
                    license_family,
                    (),
                    None,
                    None,
                    None,
                    None,
                    None,
                    None,
                    NO_GROUPS,
                    (),
                    channel_url,
                    NOTHING,
                ),
            )
            for (
                version,
                build,
                build_number,
                depends,
                constrains,
                md5,
                sha256,
                size,
                timestamp,
                noarch,
                license_name,
                license_family,
            ) in zip(
                body.versions,
                body.builds,
                body.build_numbers,
                map(specs, body.depends),
                map(specs, body.constrains),
                body.md5,
                body.sha256,
                body.sizes,
                body.timestamps,
                map(text, body.noarch),
                map(text, body.licenses),
                map(text, body.families),
                strict=True,
            )
        ]
        for number, others in body.odd.items():
            found[number] = self._with_others(found[number], others)
        return found

    def _with_others(self, record: PackageRecord, others: dict[str, Any]) -> PackageRecord:
        for field in ("track_features", "features", "flags"):
            if field in others:
                others[field] = tuple(others[field])
        if "extra_depends" in others:
            groups = {group: tuple(specs) for group, specs in others["extra_depends"].items()}
            others["extra_depends"] = MappingProxyType(groups)
        if "extra" in others:
            others["extra"] = MappingProxyType(msgspec.json.decode(others["extra"]))
        file_name = others.get("file_name", record.file_name)
        return record._replace(**others, url=self._folder + file_name)


def _others(record: PackageRecord) -> dict[str, Any]:
    """Return the fields that have no place in a row and are not as usual."""
    usual = f"{record.name}-{record.version}-{record.build}{NEW}"
    others: dict[str, Any] = {} if record.file_name == usual else {"file_name": record.file_name}
    if record[18:27] == _USUAL_END and record.track_features == () and record.extra is NOTHING:
        return others
    for field in _ODD:
        value = getattr(record, field)
        if field != "file_name" and value != _DEFAULTS[field]:
            others[field] = value
    if record.extra:
        others["extra"] = msgspec.json.encode(dict(record.extra))
    if record.extra_depends:
        others["extra_depends"] = dict(record.extra_depends)
    return others


_USUAL_END = tuple(_DEFAULTS[field] for field in PackageRecord._fields[18:27])


def _conditions(condition: object) -> Iterable[MatchSpec]:
    if isinstance(condition, MatchSpec):
        return (condition,)
    if isinstance(condition, (AllOf, AnyOf)):
        return [spec for part in condition.parts for spec in _conditions(part)]
    return ()
