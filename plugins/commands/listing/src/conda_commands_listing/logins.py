"""Puts the logins and tokens of configured channels into the URLs of packages, for files that are to be used alone."""

from __future__ import annotations

from conda_kernel.channels import chosen_channels
from conda_kernel.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from conda_kernel.context import Context
    from conda_kernel.model.record import PackageRecord


def with_logins(records: Sequence[PackageRecord], context: Context) -> list[PackageRecord]:
    """Return the records, each with what its channel needs in its URL; raise SettingError and InvalidChannel."""
    try:
        channels = [channel for channel in chosen_channels(context) if channel.has_credentials and channel.base_url]
    except UsageError:
        # There are no channels, and so no logins.
        return list(records)
    found = []
    for record in records:
        of_it = (channel for channel in channels if record.url.startswith(f"{channel.base_url.rstrip('/')}/"))
        channel = next(of_it, None)
        url = record.url if channel is None else channel.authenticated_url(record.url).reveal()
        found.append(record._replace(url=url))
    return found
