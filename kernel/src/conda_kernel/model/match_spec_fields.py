"""What a match spec says, field by field."""

from __future__ import annotations

from conda_kernel.model.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from conda_kernel.model.condition import ConditionText
    from conda_kernel.model.number_spec import NumberSpec
    from conda_kernel.model.pattern import Pattern
    from conda_kernel.model.secret import Secret
    from conda_kernel.model.version_spec import VersionSpec

LONGEST_NAME: Final = 64
NAME: Final = r"_{0,2}[a-z0-9]+(?:[._-][a-z0-9]+)*[._-]?"


class MatchSpecFields(NamedTuple):
    """What the text of a match spec says, field by field; None, empty and `*` stand for anything."""

    name: str = "*"
    version: VersionSpec | None = None
    build: Pattern | None = None
    build_number: NumberSpec | None = None
    channel: str | None = None
    subdir: str | None = None
    track_features: tuple[str, ...] = ()
    features: tuple[str, ...] = ()
    url: str | None = None
    md5: str | None = None
    sha256: str | None = None
    license: Pattern | None = None
    license_family: Pattern | None = None
    file_name: str | None = None
    flags: tuple[str, ...] = ()
    when: str | None = None
    condition: ConditionText | None = None
    extras: tuple[str, ...] = ()
    secret_url: Secret | None = None
    warnings: tuple[str, ...] = ()
