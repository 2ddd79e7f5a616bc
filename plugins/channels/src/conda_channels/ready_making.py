"""Makes the form in which records are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from conda_channels.columns import written
from conda_channels.package_names import NEW, OLD
from conda_channels.ready import Ready
from conda_kernel.model.index import best_first
from conda_kernel.model.record import NOTHING, PackageRecord

if TYPE_CHECKING:
    from collections.abc import Iterable

    from conda_channels.checks import Checks

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
_USUAL_END = tuple(_DEFAULTS[field] for field in PackageRecord._fields[18:27])


def made_ready(records: Iterable[PackageRecord], faults: list[str], checks: Checks, digest: bytes) -> Ready:
    """Return the records of one name, ordered and checked; `digest` is that of what they were read from."""
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
    depends = [lists.setdefault(record.depends, len(lists)) for record in records]
    constrains = [lists.setdefault(record.constrains, len(lists)) for record in records]
    requirements: dict[str, int] = {}
    members = [requirements.setdefault(text, len(requirements)) for each in lists for text in each]
    noarch = [texts.setdefault(record.noarch, len(texts)) for record in records]
    licenses = [texts.setdefault(record.license, len(texts)) for record in records]
    families = [texts.setdefault(record.license_family, len(texts)) for record in records]
    content = written(
        digest,
        sorted(needs),
        faults,
        [text for text in texts if text is not None],
        list(requirements),
        members,
        [len(each) for each in lists],
        [record.version for record in records],
        [record.build for record in records],
        [record.build_number for record in records],
        depends,
        constrains,
        [record.md5 for record in records],
        [record.sha256 for record in records],
        [record.size for record in records],
        [record.timestamp for record in records],
        noarch,
        licenses,
        families,
        [int(record.file_name.endswith(OLD)) for record in records],
        [(number, others) for number, others in enumerate(map(_others, records)) if others],
        [reason for _, reason in rejected],
    )
    return Ready(content)


def _others(record: PackageRecord) -> dict[str, Any]:
    """Return the fields that have no place in a row and are not as usual."""
    file_name = record.file_name
    usual = f"{record.name}-{record.version}-{record.build}{OLD if file_name.endswith(OLD) else NEW}"
    others: dict[str, Any] = {} if file_name == usual else {"file_name": file_name}
    if record[18:27] == _USUAL_END and record.track_features == () and record.extra is NOTHING:
        return others
    for field in _ODD:
        value = getattr(record, field)
        if field != "file_name" and value != _DEFAULTS[field]:
            others[field] = value
    if record.extra:
        others["extra"] = msgspec.json.encode(dict(record.extra)).decode()
    if record.extra_depends:
        others["extra_depends"] = dict(record.extra_depends)
    return others
