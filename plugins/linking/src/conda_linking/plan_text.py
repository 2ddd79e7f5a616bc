"""Writes a plan into the journal and reads it back, as far as actions need it that are to be undone."""

from __future__ import annotations

from conda_kernel.model.errors import ParseError
from conda_kernel.model.match_spec import MatchSpec
from conda_kernel.model.plan import Change, Plan
from conda_kernel.model.prefix_record import PrefixRecord
from conda_kernel.model.record import stored_record
from conda_kernel.model.record_writing import record_as_json
from conda_kernel.model.secret import mask_secrets
from conda_linking.journal import damaged, journal_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from conda_kernel.model.record import PackageRecord


def plan_as_json(plan: Plan) -> dict[str, object]:
    """Return the plan as the journal holds it, without secrets and without the files of what is unlinked."""
    return {
        "base": plan.base,
        "creates": plan.change.creates,
        "clones": plan.change.clones,
        "command": mask_secrets(plan.change.command),
        "install": [mask_secrets(str(spec)) for spec in plan.change.install],
        "remove": [mask_secrets(str(spec)) for spec in plan.change.remove],
        "unlink": [record_as_json(installed.record) for installed in plan.unlink],
        "link": [record_as_json(record) for record in plan.link],
        "requested": {name: [mask_secrets(spec) for spec in specs] for name, specs in plan.requested.items()},
        "updated": [mask_secrets(spec) for spec in plan.updated],
        "removed": [mask_secrets(spec) for spec in plan.removed],
        "neutered": [mask_secrets(spec) for spec in plan.neutered],
        "solver": plan.solver,
    }


def plan_from_json(document: object, prefix: str, channel_name: Callable[[str], str]) -> Plan:
    """Return the plan of a journal for the environment at `prefix`; raise `JournalDamaged`."""
    path = journal_path(prefix)
    if not isinstance(document, dict):
        raise damaged(path, "it has no plan")
    try:
        change = Change(
            prefix=prefix,
            install=tuple(MatchSpec.parse(text) for text in _texts(document, "install")),
            remove=tuple(MatchSpec.parse(text) for text in _texts(document, "remove")),
            creates=document.get("creates") is True,
            command=_text(document, "command"),
            clones=str(document.get("clones") or ""),
        )
        return Plan(
            change=change,
            base=_text(document, "base"),
            unlink=tuple(PrefixRecord(record) for record in _records(document, "unlink", channel_name)),
            link=_records(document, "link", channel_name),
            requested=_requested(document),
            updated=_texts(document, "updated"),
            removed=_texts(document, "removed"),
            neutered=_texts(document, "neutered"),
            solver=_text(document, "solver"),
        )
    except (ParseError, TypeError) as error:
        raise damaged(path, "its plan cannot be read") from error


def _records(document: Mapping[str, object], key: str, channel_name: Callable[[str], str]) -> tuple[PackageRecord, ...]:
    entries = document.get(key)
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise TypeError(key)
    return tuple(stored_record(entry, channel_name) for entry in entries)


def _requested(document: Mapping[str, object]) -> dict[str, tuple[str, ...]]:
    requested = document.get("requested")
    if not isinstance(requested, dict):
        raise TypeError("requested")
    return {name: _texts(requested, name) for name in requested}


def _texts(document: Mapping[str, object], key: str) -> tuple[str, ...]:
    texts = document.get(key)
    if not isinstance(texts, list) or not all(type(text) is str for text in texts):
        raise TypeError(key)
    return tuple(texts)


def _text(document: Mapping[str, object], key: str) -> str:
    text = document.get(key)
    if not isinstance(text, str):
        raise TypeError(key)
    return text
