"""Writes plans and outcomes as the JSON documents of conda."""

from __future__ import annotations

from conda_kernel.model.channel_url import without_credentials
from conda_kernel.model.record_writing import record_as_json
from conda_kernel.model.secret import mask_secrets

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from conda_kernel.model.plan import Plan
    from conda_kernel.model.record import PackageRecord

ALL_INSTALLED = "All requested packages already installed."


def plan_document(
    plan: Plan, *, fetched: Iterable[PackageRecord] = (), dry_run: bool = False, messages: Iterable[str] = ()
) -> dict[str, object]:
    """Return the document of a change: what is fetched, unlinked and linked; of the latter two no empty list."""
    actions: dict[str, object] = {"PREFIX": plan.prefix, "FETCH": [full_document(record) for record in fetched]}
    if plan.unlink:
        actions["UNLINK"] = [short_document(installed.record) for installed in plan.unlink]
    if plan.link:
        actions["LINK"] = [short_document(record) for record in plan.link]
    document: dict[str, object] = {"success": True, "prefix": plan.prefix, "actions": actions}
    told = list(messages)
    if told:
        document["messages"] = told
    if dry_run:
        document["dry_run"] = True
    return document


def full_document(record: PackageRecord) -> dict[str, object]:
    """Return the record with all its fields, and without credentials."""
    base = without_credentials(record.base_of_channel)
    return {**record_as_json(record), "channel": base, "url": without_credentials(record.url)}


def short_document(record: PackageRecord) -> dict[str, object]:
    """Return the short form of a record: what names it and where it is from."""
    return {
        "base_url": mask_secrets(record.base_of_channel),
        "build_number": record.build_number,
        "build_string": record.build,
        "channel": record.channel,
        "dist_name": record.dist_name,
        "name": record.name,
        "platform": record.subdir,
        "version": record.version,
    }
