"""Short words for specs, versions and names."""

from __future__ import annotations

from conda_kernel.model.secret import mask_secrets
from conda_kernel.model.version import Version

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from conda_kernel.model.match_spec import MatchSpec

MOST_RANGES = 3


def spec_words(spec: MatchSpec) -> str:
    """Return a spec as people write it, `b >=2` instead of `b[version='>=2']`."""
    text = str(spec)
    return mask_secrets(f"{spec.name} {_restrictions(spec)}" if "[" in text and _is_short(spec) else text)


def pin_words(spec: MatchSpec) -> str:
    """Return a pin as people write it in the file of pins, `numpy 1.*` instead of `numpy=1`."""
    return mask_secrets(f"{spec.name} {_restrictions(spec)}".strip() if _is_short(spec) else str(spec))


def beside_name(spec: MatchSpec) -> str:
    """Return what a spec says besides the name, as packages say it: `5.*` or `1.0 mkl`."""
    if _is_short(spec):
        return _restrictions(spec)
    text = spec_words(spec)
    return text.removeprefix(spec.name).strip() if text.startswith(spec.name) else text


def _is_short(spec: MatchSpec) -> bool:
    """Tell whether name, version and build are all that a spec says."""
    return spec.is_plain and spec.build_number is None and spec.condition is None and not spec.extras


def _restrictions(spec: MatchSpec) -> str:
    version = "" if spec.version is None else str(spec.version)
    if spec.build is None:
        return version
    return f"{version.removeprefix('==') or '*'} {spec.build}"


def version_ranges(chosen: Iterable[str], every: Iterable[str]) -> str:
    """Return versions as ranges among all that there are: `1.0, 1.2 to 1.4`; many ranges become one and a count.

    All that there are come in order.
    """
    wanted = set(chosen)
    ranges: list[list[str]] = []
    is_open = False
    for version in every:
        if version in wanted:
            if is_open:
                ranges[-1].append(version)
            else:
                ranges.append([version])
        is_open = version in wanted
    if len(ranges) > MOST_RANGES:
        return f"{ranges[0][0]} to {ranges[-1][-1]} ({len(wanted)} versions)"
    return listed([_range(versions) for versions in ranges], "and")


def newest(versions: Iterable[str], most: int) -> str:
    """Return the newest of the versions, and how many more there are."""
    found = in_order(versions)[::-1]
    more = f" and {len(found) - most} more" if len(found) > most else ""
    return ", ".join(found[:most]) + more


def listed(texts: Sequence[str], word: str) -> str:
    """Return texts joined with commas, and with the word before the last."""
    return f" {word} ".join([", ".join(texts[:-1]), texts[-1]] if len(texts) > 1 else texts)


def _range(versions: Sequence[str]) -> str:
    if len(versions) == 1:
        return versions[0]
    return f"{versions[0]} {'and' if len(versions) == 2 else 'to'} {versions[-1]}"


def in_order(versions: Iterable[str]) -> list[str]:
    """Return versions, each once and the oldest first."""
    return sorted(set(versions), key=lambda version: (Version.parse(version).key, version))
