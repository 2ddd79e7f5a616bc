"""Writes one package of a channel as JSON (CEP 36, 48)."""

from __future__ import annotations

from conda_kernel.model.package import LAST_SECOND

TYPE_CHECKING = False
if TYPE_CHECKING:
    from conda_kernel.model.package import PackageRecord

_TEXTS_WRITTEN_WHEN_SET = ("license", "license_family", "noarch", "python_site_packages_path", "arch", "platform")
_NUMBERS_WRITTEN_WHEN_SET = ("size", "legacy_bz2_size", "indexed_timestamp")
_DIGESTS_WRITTEN_WHEN_SET = ("md5", "sha256", "legacy_bz2_md5")


def record_as_json(record: PackageRecord) -> dict[str, object]:
    """Return the record as JSON holds it in `repodata_record.json`: every field that is set, and the unknown ones.

    `channel` is the base URL of the channel without subdir and credentials (CEP 32).
    """
    document: dict[str, object] = dict(record.extra)
    document.update(
        build=record.build,
        build_number=record.build_number,
        channel=record.base_of_channel,
        constrains=list(record.constrains),
        depends=list(record.depends),
        fn=record.file_name,
        name=record.name,
        subdir=record.subdir,
        # A time so early that a reader takes it for seconds is written in seconds.
        timestamp=record.timestamp if record.timestamp > LAST_SECOND else record.timestamp // 1000,
        url=record.url,
        version=record.version,
    )
    for keys in (_TEXTS_WRITTEN_WHEN_SET, _NUMBERS_WRITTEN_WHEN_SET, _DIGESTS_WRITTEN_WHEN_SET):
        for key in keys:
            value = getattr(record, key)
            if value is not None:
                document[key] = value
    if record.track_features:
        document["track_features"] = " ".join(record.track_features)
    if record.features:
        document["features"] = " ".join(record.features)
    if record.extra_depends:
        document["extra_depends"] = {group: list(specs) for group, specs in record.extra_depends.items()}
    if record.flags:
        document["flags"] = list(record.flags)
    return document
