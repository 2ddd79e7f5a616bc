"""What the files of a subdir say: repodata (CEP 36, 48), run exports (CEP 12)."""

from __future__ import annotations

import re

import msgspec

from conda_commands_channel_index.archive import CONDA, SUFFIXES, TAR_BZ2

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from conda_commands_channel_index.archive import Description

SECTIONS = {TAR_BZ2: "packages", CONDA: "packages.conda"}
NEWER = re.compile(r"\[.*\b(?:when|extras|flags)\s*=")
"""How a match spec looks that clients before revision 3 do not understand."""

PLAIN, WITH_BASE_URL = 1, 2


def repodata(subdir: str, described: Mapping[str, Description], base_url: str) -> dict[str, Any]:
    """Return the repodata of a subdir; `base_url` says where the packages lie, if not beside it (CEP 15)."""
    info = {"base_url": base_url} if base_url else {}
    return {
        "info": {**info, "subdir": subdir},
        **sections({name: each.record for name, each in described.items()}, revision_3(described)),
        "repodata_version": WITH_BASE_URL if base_url else PLAIN,
    }


def sections(records: Mapping[str, Mapping[str, Any]], newer: frozenset[str]) -> dict[str, Any]:
    """Return the sections of repodata with these records by file name, sorted; `newer` belong into revision 3."""
    found: dict[str, Any] = {"packages": {}, "packages.conda": {}, "removed": []}
    for name, record in sorted(records.items()):
        stem, suffix = split_name(name)
        if name in newer:
            found.setdefault("v3", {}).setdefault(suffix[1:], {})[stem] = record
        else:
            found[SECTIONS[suffix]][name] = record
    return found


def run_exports(subdir: str, described: Mapping[str, Description]) -> dict[str, Any]:
    """Return what the packages of a subdir export to builds."""
    found: dict[str, Any] = {"info": {"subdir": subdir, "version": 0}, "packages": {}, "packages.conda": {}}
    for name, each in sorted(described.items()):
        found[SECTIONS[split_name(name)[1]]][name] = {"run_exports": each.run_exports}
    return found


def revision_3(described: Mapping[str, Description]) -> frozenset[str]:
    """Return the files whose records only clients of revision 3 understand (CEP 48)."""
    return frozenset(name for name, each in described.items() if _needs_revision_3(each))


def split_name(name: str) -> tuple[str, str]:
    """Return the stem and the suffix of the name of an archive."""
    suffix = next(suffix for suffix in SUFFIXES if name.endswith(suffix))
    return name.removesuffix(suffix), suffix


def json_file(document: object) -> bytes:
    """Return a document as the content of a file, the same for the same document."""
    return msgspec.json.encode(document, order="deterministic") + b"\n"


def _needs_revision_3(described: Description) -> bool:
    record = described.record
    if record.get("extra_depends") or record.get("flags"):
        return True
    specs: Iterable[str] = (*(record.get("depends") or ()), *(record.get("constrains") or ()))
    return any(NEWER.search(spec) for spec in specs)
