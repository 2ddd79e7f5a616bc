"""Plans changes that link packages as they stand, given by URL or path, and asks no solver."""

from __future__ import annotations

from conda_commands_environments.explicit_packages import recorded_spec, stated_records
from conda_kernel.channels import channel_settings, target_subdirs
from conda_kernel.model.channel import ChannelNames
from conda_kernel.model.event import Warned
from conda_kernel.model.layer import Entry, Layer
from conda_kernel.model.prefix import Prefix
from conda_kernel.model.subdir import KNOWN_SUBDIRS
from conda_kernel.settings import CHANNELS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from conda_kernel.context import Context
    from conda_kernel.kernel import Kernel
    from conda_kernel.model.explicit import ExplicitPackage
    from conda_kernel.model.plan import Change
    from conda_kernel.model.record import PackageRecord
    from conda_kernel.reporting import Reporter


def explicit_change(
    change: Change, packages: Sequence[ExplicitPackage], context: Context, reporter: Reporter
) -> Change:
    """Return the change that links the packages, less those that are installed from the same place already.

    `change` says how and where; its `force_reinstall` links all. Of several packages of one name the last counts.
    Raises InvalidExplicitLine and CorruptedEnvironment.
    """
    names = ChannelNames(channel_settings(context))
    stated = {record.name: record for record in stated_records(packages, context, names)}
    summaries = () if change.creates else Prefix(change.prefix).summaries()
    installed = {summary.record.name: summary.record for summary in summaries}
    records = tuple(
        record
        for record in stated.values()
        if change.force_reinstall or not _is_same(record, installed.get(record.name))
    )
    for record in records:
        if record.subdir not in target_subdirs(context):
            told = f"`{record.dist_name}` is for {record.subdir}, and the environment for {target_subdirs(context)[0]}"
            reporter.tell(Warned(told))
    specs = tuple(recorded_spec(record) for record in records)
    return change.replaced(install=specs, records=records, force_reinstall=True)


def with_logins(kernel: Kernel, packages: Sequence[ExplicitPackage]) -> Kernel:
    """Return the kernel for a context in which the credentials of the packages' URLs are those of their channels."""
    folders = [package.login.reveal().rpartition("/")[0] for package in packages if package.login is not None]
    channels = [_channel(folder) for folder in dict.fromkeys(folders)]
    if not channels:
        return kernel
    layer = Layer("packages by URL", {CHANNELS.name: Entry(channels, "a package given by its URL")})
    return kernel.with_context(kernel.context.with_layers((*kernel.context.layers, layer)))


def _channel(folder: str) -> str:
    above, _, last = folder.rpartition("/")
    return above if last in KNOWN_SUBDIRS else folder


def _is_same(stated: PackageRecord, installed: PackageRecord | None) -> bool:
    """Tell whether a package is installed from the URL, and with the digest, as far as one was given."""
    if installed is None or stated.url != installed.url:
        return False
    digests = ((stated.sha256, installed.sha256), (stated.md5, installed.md5))
    return all(given is None or given == known for given, known in digests)
