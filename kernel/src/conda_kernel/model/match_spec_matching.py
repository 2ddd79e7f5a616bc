"""Compares the fields of a match spec with those of a record, all but name, version and build."""

from __future__ import annotations

from conda_kernel.model.channel_matching import channel_matches
from conda_kernel.model.channel_url import InvalidChannel, split_url
from conda_kernel.model.pattern import Pattern
from conda_kernel.model.typed import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from conda_kernel.model.match_spec_fields import MatchSpecFields


class Matchable(Protocol):
    """What a match spec looks at: a package record, or anything that has its fields.

    A record may also have `flags` (CEP 45), and `base_of_channel`, the base URL of its channel.
    """

    @property
    def name(self) -> str:
        """The name."""

    @property
    def version(self) -> str:
        """The text of the version."""

    @property
    def build(self) -> str:
        """The build string."""

    @property
    def build_number(self) -> int:
        """The build number."""

    @property
    def channel(self) -> object:
        """The canonical name of the channel, or an object whose text it is."""

    @property
    def subdir(self) -> str:
        """The platform."""

    @property
    def md5(self) -> str | None:
        """The MD5 of the archive in hexadecimal digits."""

    @property
    def sha256(self) -> str | None:
        """The SHA-256 of the archive in hexadecimal digits."""

    @property
    def url(self) -> str:
        """The URL of the archive."""

    @property
    def file_name(self) -> str:
        """The name of the archive."""

    @property
    def license(self) -> str | None:
        """The license."""

    @property
    def license_family(self) -> str | None:
        """The family of the license."""

    @property
    def track_features(self) -> tuple[str, ...]:
        """The features that the package switches on."""

    @property
    def features(self) -> tuple[str, ...]:
        """The features that the package is for."""


def place_and_content_match(fields: MatchSpecFields, record: Matchable) -> bool:
    """Tell whether the record satisfies all fields but name, version, build and build number."""
    return (
        _text_matches(fields.subdir, record.subdir)
        and _text_matches(fields.md5, record.md5)
        and _text_matches(fields.sha256, record.sha256)
        and _text_matches(fields.file_name, record.file_name)
        and _pattern_matches(fields.license, record.license)
        and _pattern_matches(fields.license_family, record.license_family)
        and (not fields.track_features or set(fields.track_features) == set(record.track_features))
        and (not fields.features or set(fields.features) == set(record.features))
        and (fields.url is None or fields.url == _public_url(record.url))
        and (fields.channel is None or _channel_of_record_matches(fields.channel, record))
        and (not fields.flags or _flags_match(fields.flags, getattr(record, "flags", ())))
    )


def _text_matches(wanted: str | None, found: str | None) -> bool:
    if wanted is None:
        return True
    if not found:
        return False
    return Pattern.parse(wanted).matches(found) if "*" in wanted else wanted in (found, found.lower())


def _pattern_matches(wanted: Pattern | None, found: str | None) -> bool:
    return wanted is None or bool(found and wanted.matches(found))


def _flags_match(wanted: tuple[str, ...], carried: tuple[str, ...]) -> bool:
    return all(any(Pattern.parse(flag).matches(one) for one in carried) for flag in wanted)


def _channel_of_record_matches(wanted: str, record: Matchable) -> bool:
    base = getattr(record, "base_of_channel", "")
    return channel_matches(wanted, str(record.channel)) or channel_matches(wanted, str(base))


def _public_url(url: str) -> str:
    try:
        return split_url(url).public
    except InvalidChannel:
        return url
