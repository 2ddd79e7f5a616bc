"""Writes match specs in their canonical form (CEP 29, appendix A)."""

from __future__ import annotations

from conda_kernel.model.channel_matching import canonical_channel
from conda_kernel.model.match_spec_brackets import value_text
from conda_kernel.model.package_reference import EXTENSIONS, unescaped_file_name
from conda_kernel.model.subdir import KNOWN_SUBDIRS
from conda_kernel.model.version_clause import Clause

TYPE_CHECKING = False
if TYPE_CHECKING:
    from conda_kernel.model.match_spec_fields import MatchSpecFields
    from conda_kernel.model.version_spec import VersionSpec


def match_spec_text(spec: MatchSpecFields) -> str:
    """Return the canonical text, from which the same spec is read."""
    prefix, pairs = _place(spec)
    version, build, rest = _version_and_build(spec)
    pairs += rest
    pairs += _others(spec, has_channel=bool(prefix))
    return f"{prefix}{spec.name}{version}{build}" + (f"[{','.join(pairs)}]" if pairs else "")


def _place(spec: MatchSpecFields) -> tuple[str, list[str]]:
    channel, subdir = spec.channel, spec.subdir
    if channel and _stands_before_name(channel) and (not subdir or subdir in KNOWN_SUBDIRS):
        return (f"{channel}/{subdir}::" if subdir else f"{channel}::"), []
    pairs = []
    prefix = ""
    if channel and _stands_before_name(channel):
        prefix = f"{channel}::"
    elif channel:
        pairs.append(f"channel={value_text(channel)}")
    if subdir:
        pairs.append(f"subdir={value_text(subdir)}")
    return prefix, pairs


def _stands_before_name(channel: str) -> bool:
    """Tell whether the channel is read back from before a name, where globs, `::` and `;if` are something else."""
    return "*" not in channel and "::" not in channel.rpartition("/")[2] and ";if" not in channel


def _version_and_build(spec: MatchSpecFields) -> tuple[str, str, list[str]]:
    """Return the version and the build behind the name, and the pairs of what cannot stand there."""
    word = _version_word(spec.version, has_build=spec.build is not None)
    pairs = []
    if spec.version is not None and not word:
        # Before the first condition `==` says nothing, and both spellings are one spec.
        pairs.append(f"version={value_text(str(spec.version).removeprefix('=='), always_quoted=True)}")
    if spec.build is None:
        return word, "", pairs
    if word.startswith("==") and _is_word(str(spec.build)):
        return word, f"={spec.build}", pairs
    pairs.append(f"build={value_text(str(spec.build))}")
    return word, "", pairs


def _is_word(build: str) -> bool:
    is_word = build.replace("_", "a").replace(".", "a").replace("+", "a").isalnum()
    return is_word and not build.endswith(EXTENSIONS)


def _version_word(version: VersionSpec | None, *, has_build: bool) -> str:
    clause = version.root if version is not None else None
    # Behind the URL of a channel, what ends as files do would be read as the URL of a package.
    if not isinstance(clause, Clause) or clause.literal.endswith(EXTENSIONS):
        return ""
    if clause.operator == "==":
        return f"=={clause.literal}"
    if clause.operator == "=":
        return f"={clause.literal}"
    if clause.operator in ("!=", "!=*", "~=") and not has_build:
        return str(version)
    return ""


def _others(spec: MatchSpecFields, *, has_channel: bool) -> list[str]:
    url = None if has_channel and _is_implied(spec) else spec.url
    file_name = None if spec.url and _names_file(spec.url, spec.file_name) else spec.file_name
    values = (
        ("build_number", spec.build_number),
        ("track_features", " ".join(spec.track_features)),
        ("features", " ".join(spec.features)),
        ("url", url),
        ("md5", spec.md5),
        ("sha256", spec.sha256),
        ("license", spec.license),
        ("license_family", spec.license_family),
        ("fn", file_name),
    )
    pairs = [f"{key}={value_text(str(value))}" for key, value in values if value]
    if spec.when:
        pairs.append(f"when={value_text(spec.when, always_quoted=True)}")
    for key, items in (("extras", spec.extras), ("flags", spec.flags)):
        if items:
            pairs.append(f"{key}=[{', '.join(value_text(item, always_quoted=True) for item in items)}]")
    return pairs


def _names_file(url: str, file_name: str | None) -> bool:
    return unescaped_file_name(url.rpartition("/")[2]) == file_name


def _is_implied(spec: MatchSpecFields) -> bool:
    """Tell whether channel, subdir, name, version and build say where the package of the URL lies."""
    clause = spec.version.root if spec.version is not None else None
    if not spec.url or not isinstance(clause, Clause) or clause.operator != "==" or spec.build is None:
        return False
    parts = spec.url.rsplit("/", 2)
    stem = f"{spec.name}-{clause.literal}-{spec.build}."
    return (
        spec.subdir == parts[1]
        and spec.channel == canonical_channel(parts[0])
        and unescaped_file_name(parts[2]).startswith(stem)
    )
