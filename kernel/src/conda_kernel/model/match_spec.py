"""Match specs: which package records a text such as `conda-forge::numpy>=1.26` selects (CEP 29)."""

from __future__ import annotations

from functools import lru_cache

from conda_kernel.model.channel_matching import channel_matches
from conda_kernel.model.errors import InvalidMatchSpec, InvalidVersion, quoted
from conda_kernel.model.match_spec_fields import MatchSpecFields
from conda_kernel.model.match_spec_plain import read_plain
from conda_kernel.model.named_tuple import NamedTuple
from conda_kernel.model.pattern import Pattern
from conda_kernel.model.secret import mask_secrets
from conda_kernel.model.typed import TYPE_CHECKING, cast
from conda_kernel.model.version import Version

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Final, NoReturn

    from conda_kernel.model.condition import ConditionText
    from conda_kernel.model.match_spec_matching import Matchable
    from conda_kernel.model.number_spec import NumberSpec
    from conda_kernel.model.secret import Secret
    from conda_kernel.model.version_spec import VersionSpec

__all__ = ["AllOf", "AnyOf", "Condition", "MatchSpec", "channel_matches", "holds"]

_LONGEST_INTERNED: Final = 256
_SELECTING: Final = slice(4, 15)
_SELECTING_NOTHING: Final = MatchSpecFields()[_SELECTING]


class _Unsealed:
    """A match spec while it is made: assigning to a plain class is four times as fast as passing its guard by."""

    __slots__ = (
        "_fields",
        "_name_pattern",
        "_text",
        "build",
        "build_number",
        "condition",
        "extras",
        "is_plain",
        "name",
        "version",
    )

    name: str
    version: VersionSpec | None
    build: Pattern | None
    build_number: NumberSpec | None
    condition: Condition | None
    extras: tuple[str, ...]
    is_plain: bool
    _fields: MatchSpecFields | None
    _text: str
    _name_pattern: Pattern | None

    def __init__(self, name: str, version: VersionSpec | None, build: Pattern | None) -> None:
        self.name = name
        self.version = version
        self.build = build
        self.build_number = None
        self.condition = None
        self.extras = ()
        self.is_plain = True
        self._fields = None
        self._text = ""
        self._name_pattern = None

    def add(self, fields: MatchSpecFields) -> None:
        """Take over what a spec has besides name, version and build."""
        self.build_number = fields.build_number
        self.extras = fields.extras
        self.is_plain = fields[_SELECTING] == _SELECTING_NOTHING
        self._fields = fields
        if self.name != "*" and ("*" in self.name or self.name[0] == "^"):
            self._name_pattern = Pattern.parse(self.name)
        if fields.condition is not None:
            self.condition = _condition(fields.condition)


class MatchSpec(_Unsealed):
    """A selection of package records: one matcher per field, all of which must accept.

    `name` is a name, a glob, or a regular expression `^…$`; `*` is any. A field that accepts anything is None or
    empty. `is_plain` says that no field but name, version, build and build number selects. `condition` says when a
    dependency counts (CEP 43), `extras` which groups of dependencies it asks for besides (CEP 44); both select nothing.
    Specs are equal when their canonical texts are.
    """

    __slots__ = ()

    @staticmethod
    def parse(text: str) -> MatchSpec:
        """Return the spec that the text spells; raise InvalidMatchSpec."""
        # What may hold a path or a password is not kept: a path depends on the working folder.
        if len(text) > _LONGEST_INTERNED or "/" in text or "\\" in text or ".conda" in text or ".tar.bz2" in text:
            return _parsed(text)
        return _interned(text)

    @staticmethod
    def from_fields(fields: MatchSpecFields) -> MatchSpec:
        """Return the spec with these fields; raise InvalidMatchSpec when the condition is none."""
        spec = _Unsealed(fields.name, fields.version, fields.build)
        spec.add(fields)
        return _sealed(spec)

    @property
    def fields(self) -> MatchSpecFields:
        """Everything as it was read."""
        if self._fields is None:
            object.__setattr__(self, "_fields", MatchSpecFields(self.name, self.version, self.build))
        return cast("MatchSpecFields", self._fields)

    @property
    def is_exact_name(self) -> bool:
        """Whether the name is that of one package, as a solver and a dependency need it."""
        return self._name_pattern is None and self.name != "*"

    @property
    def channel(self) -> str | None:
        """The channel as a name, a URL or a glob."""
        return self.fields.channel

    @property
    def subdir(self) -> str | None:
        """The platform, exact or a glob."""
        return self.fields.subdir

    @property
    def track_features(self) -> tuple[str, ...]:
        """The features that the package switches on; all of them and no others."""
        return self.fields.track_features

    @property
    def features(self) -> tuple[str, ...]:
        """The features that the package is for; all of them and no others."""
        return self.fields.features

    @property
    def url(self) -> str | None:
        """The URL of the archive, without credentials."""
        return self.fields.url

    @property
    def secret_url(self) -> Secret | None:
        """The URL of the archive with its credentials, None when it has none."""
        return self.fields.secret_url

    @property
    def md5(self) -> str | None:
        """The MD5 of the archive."""
        return self.fields.md5

    @property
    def sha256(self) -> str | None:
        """The SHA-256 of the archive."""
        return self.fields.sha256

    @property
    def license(self) -> Pattern | None:
        """The license."""
        return self.fields.license

    @property
    def license_family(self) -> Pattern | None:
        """The family of the license."""
        return self.fields.license_family

    @property
    def file_name(self) -> str | None:
        """The name of the archive, exact or a glob."""
        return self.fields.file_name

    @property
    def when(self) -> str | None:
        """The text of the condition under which a dependency counts (CEP 43)."""
        return self.fields.when

    @property
    def flags(self) -> tuple[str, ...]:
        """The flags that the package must carry, globs among them (CEP 45)."""
        return self.fields.flags

    @property
    def warnings(self) -> tuple[str, ...]:
        """What was ignored in the text."""
        return self.fields.warnings

    def matches_name(self, name: str) -> bool:
        """Tell whether the spec accepts a package of this name."""
        if self._name_pattern is not None:
            return self._name_pattern.matches(name)
        return self.name in (name, "*") or self.name == name.lower()

    def matches_version(self, version: Version, build: str, build_number: int) -> bool:
        """Tell whether version, build and build number are accepted, whatever the other fields say."""
        return (
            (self.version is None or self.version.matches(version))
            and (self.build is None or self.build.matches(build))
            and (self.build_number is None or self.build_number.matches(build_number))
        )

    def matches(self, record: Matchable) -> bool:
        """Tell whether the spec selects the record; a record whose version is none is never selected by version."""
        if self.name != record.name and not self.matches_name(record.name):
            return False
        if self.version is not None:
            try:
                if not self.version.matches(Version.parse(record.version)):
                    return False
            except InvalidVersion:
                return False
        if self.build is not None and not self.build.matches(record.build):
            return False
        if self.build_number is not None and not self.build_number.matches(record.build_number):
            return False
        return self.is_plain or self.matches_place_and_content(record)

    def matches_place_and_content(self, record: Matchable) -> bool:
        """Tell whether the record satisfies all fields but name, version, build and build number."""
        from conda_kernel.model.match_spec_matching import place_and_content_match  # noqa: PLC0415 - few specs need it

        return place_and_content_match(self.fields, record)

    def __eq__(self, other: object) -> bool:
        return self is other or str(self) == str(other) if isinstance(other, MatchSpec) else NotImplemented

    def __hash__(self) -> int:
        return hash(str(self))

    def __str__(self) -> str:
        if not self._text:
            object.__setattr__(self, "_text", _written(self))
        return self._text

    def __repr__(self) -> str:
        return f"MatchSpec({str(self)!r})"

    def __setattr__(self, name: str, value: object) -> NoReturn:
        message = f"a MatchSpec cannot be changed: {name}"
        raise AttributeError(message)

    def __delattr__(self, name: str) -> NoReturn:
        self.__setattr__(name, None)

    def __reduce__(self) -> tuple[Callable[[str], MatchSpec], tuple[str]]:
        return MatchSpec.parse, (str(self),)


def _sealed(spec: _Unsealed) -> MatchSpec:
    spec.__class__ = MatchSpec
    return cast("MatchSpec", spec)


class AllOf(NamedTuple):
    """Conditions that must all hold."""

    parts: tuple[Condition, ...]


class AnyOf(NamedTuple):
    """Conditions of which one must hold."""

    parts: tuple[Condition, ...]


Condition = MatchSpec | AllOf | AnyOf


def holds(condition: Condition, is_present: Callable[[MatchSpec], bool]) -> bool:
    """Tell whether a condition holds, given what tells whether a package that a spec selects is there (CEP 43)."""
    if isinstance(condition, MatchSpec):
        return is_present(condition)
    return (all if isinstance(condition, AllOf) else any)(holds(part, is_present) for part in condition.parts)


def _written(spec: MatchSpec) -> str:
    if spec.is_plain and spec.fields == MatchSpecFields(spec.name):
        return spec.name
    from conda_kernel.model.match_spec_writing import match_spec_text  # noqa: PLC0415 - many specs are names

    return match_spec_text(spec.fields)


def _condition(tree: ConditionText) -> Condition:
    from conda_kernel.model.condition import Joined  # noqa: PLC0415 - few specs have one

    if isinstance(tree, Joined):
        return (AllOf if tree.word == "and" else AnyOf)(tuple(_condition(part) for part in tree.parts))
    spec = MatchSpec.parse(tree)
    if spec.when is not None:
        reason = "a condition has a condition of its own"
        message = f"match spec `{spec}` is not valid in a condition: {reason}"
        raise InvalidMatchSpec(message, hint="join conditions with `and`", reason=reason, text=tree, position=0)
    return spec


@lru_cache(maxsize=1 << 15)
def _interned(text: str) -> MatchSpec:
    plain = read_plain(text)
    return _parsed(text) if plain is None else _sealed(_Unsealed(*plain))


def _parsed(text: str) -> MatchSpec:
    from conda_kernel.model.match_spec_parsing import read_match_spec  # noqa: PLC0415 - most specs are plain

    fields = read_match_spec(text)
    try:
        return MatchSpec.from_fields(fields)
    except InvalidMatchSpec as error:
        shown = mask_secrets(text)
        reason = f"condition: {error.message}"
        message = f"match spec {quoted(shown)} is not valid: {reason}"
        position = text.find("when", text.find("["))
        raise InvalidMatchSpec(message, hint=error.hint, reason=reason, text=shown, position=position) from None
