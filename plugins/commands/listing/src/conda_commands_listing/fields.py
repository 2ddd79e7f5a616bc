"""What can be told of an installed package: the columns of a listing, and the keys of its JSON."""

from __future__ import annotations

from conda_kernel.model.named_tuple import NamedTuple
from conda_kernel.setting import texts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from conda_kernel.model.prefix_record import PackageSummary

DEFAULT: tuple[str, ...] = ("name", "version", "build", "channel_name")
WIDTHS = {"name": 23, "version": 15, "build": 15, "channel_name": 1}


class Field(NamedTuple):
    """One thing that can be told: the title of its column and its value, as JSON knows it."""

    title: str
    value: Callable[[PackageSummary], object]


FIELDS: Mapping[str, Field] = {
    "arch": Field("Arch", lambda package: package.record.arch),
    "build": Field("Build", lambda package: package.record.build),
    "build_number": Field("Build Number", lambda package: package.record.build_number),
    "channel": Field("Channel", lambda package: package.record.base_of_channel),
    "channel_name": Field("Channel", lambda package: package.record.channel),
    "constrains": Field("Constrains", lambda package: list(package.record.constrains)),
    "depends": Field("Depends", lambda package: list(package.record.depends)),
    "dist_str": Field("Dist", lambda package: str(package.record)),
    "features": Field("Features", lambda package: list(package.record.features)),
    "fn": Field("File", lambda package: package.record.file_name),
    "license": Field("License", lambda package: package.record.license),
    "license_family": Field("License Family", lambda package: package.record.license_family),
    "md5": Field("MD5", lambda package: package.record.md5),
    "name": Field("Name", lambda package: package.record.name),
    "noarch": Field("Noarch", lambda package: package.record.noarch),
    "package_type": Field("Package Type", lambda package: package.record.extra.get("package_type")),
    "requested_spec": Field("Requested Spec", lambda package: next(iter(package.requested_specs), None)),
    "requested_specs": Field("Requested Specs", lambda package: list(package.requested_specs)),
    "sha256": Field("SHA256", lambda package: package.record.sha256),
    "size": Field("Size", lambda package: package.record.size),
    "subdir": Field("Subdir", lambda package: package.record.subdir),
    "timestamp": Field("Timestamp", lambda package: package.record.timestamp),
    "track_features": Field("Track Features", lambda package: list(package.record.track_features)),
    "url": Field("URL", lambda package: package.record.url),
    "version": Field("Version", lambda package: package.record.version),
}


def list_fields(value: object) -> tuple[str, ...]:
    """Read the names of fields from a list or from a text with commas; raise `ValueError` for one that there is not."""
    names = tuple(part.strip() for part in value.split(",")) if isinstance(value, str) else texts(value)
    unknown = [name for name in names if name not in FIELDS]
    if unknown:
        raise ValueError(f"there is no field `{unknown[0]}`; there are " + ", ".join(sorted(FIELDS)))
    return names


def cell(package: PackageSummary, name: str) -> str:
    """Return what stands in the column of a field."""
    value = FIELDS[name].value(package)
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return "" if value is None else str(value)


def dist_fields(package: PackageSummary) -> dict[str, object]:
    """Return the short form of a package for JSON."""
    record = package.record
    return {
        "base_url": record.base_of_channel,
        "build_number": record.build_number,
        "build_string": record.build,
        "channel": record.channel,
        "dist_name": record.dist_name,
        "name": record.name,
        "platform": record.subdir,
        "version": record.version,
    }
