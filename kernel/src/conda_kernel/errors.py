"""Errors that people read: what was wanted, what was found, what to do.

A `CondaError` is raised where the words are known and shown by a reporter. Its fields are data for `--json`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from conda_kernel.model.errors import CondaError, ParseError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from conda_kernel.plugin import Plugin

__all__ = ["CondaError", "ParseError"]


class UsageError(CondaError):
    """The command line asks for what cannot be meant."""

    exit_status = 2
    conda_name = "ArgumentError"


class SettingError(CondaError):
    """A setting has a value that it cannot have."""

    exit_status = 3
    conda_name = "CustomValidationError"


class ConfigurationLoadError(SettingError):
    """A file of settings cannot be read; the fields `path`, `line` and `column` say where, counted from 1.

    `fault` is shown as it is: whoever quotes the file in it takes control characters out before.
    """

    conda_name = "ConfigurationLoadError"

    def __init__(self, path: str, fault: str, line: int | None = None, column: int | None = None) -> None:
        place = f"`{path}`" + (f", line {line}, column {column}" if line else "")
        super().__init__(
            f"cannot read the settings in {place}: {fault}",
            hint="mend or remove the file",
            path=path,
            line=line,
            column=column,
        )


class PluginError(CondaError):
    """Something is wrong with what is plugged in."""

    conda_name = "PluginError"


class PluginNotFound(PluginError):
    """No plugin of the name is installed."""


class PluginConflict(PluginError):
    """Several distributions contend for one name."""


class PluginNotLoaded(PluginError):
    """The target of an entry point cannot be imported."""

    def __init__(self, plugin: Plugin, told: str) -> None:
        super().__init__(
            f"cannot load {plugin}: {told}",
            hint=f"repair or remove `{plugin.distribution}`, or leave it out with `--no-plugins`",
            **_named(plugin),
        )
        self.plugin = plugin


class PluginFailed(PluginError):
    """A plugin raised, exited, hung, or gave back what its contract does not allow."""

    def __init__(self, plugin: Plugin, told: str) -> None:
        super().__init__(
            f"{plugin} failed: {told}",
            hint=f"report it to the makers of `{plugin.distribution}`; `--no-plugins` leaves out what is not bundled",
            **_named(plugin),
        )
        self.plugin = plugin


class NotAnEnvironment(CondaError):
    """The prefix is no environment."""

    conda_name = "EnvironmentLocationNotFound"


class NoActiveEnvironment(CondaError):
    """A command that changes an environment was given none."""

    conda_name = "NoBaseEnvironmentError"


class EnvironmentFrozen(CondaError):
    """The environment is protected against changes (CEP 22)."""

    conda_name = "EnvironmentIsFrozenError"


class PackagesNotFound(CondaError):
    """The channels, or the environment, have no package that was asked for."""

    exit_status = 4
    conda_name = "PackagesNotFoundError"


class Unsolvable(CondaError):
    """No set of packages satisfies the request; the facts that exclude each other are in `facts`.

    They may be given as an iterator, which is read when somebody asks for them: finding the fewest takes its time.
    """

    exit_status = 4
    conda_name = "UnsatisfiableError"

    def __init__(self, message: str, *, facts: Iterable[object] = (), hint: str = "", **fields: object) -> None:
        super().__init__(message, hint=hint, **fields)
        self._facts = facts

    @property
    def facts(self) -> tuple[object, ...]:
        """What excludes each other."""
        if not isinstance(self._facts, tuple):
            self._facts = tuple(self._facts)
        return self._facts


class OfflineError(CondaError):
    """The network is needed, and was ruled out."""

    exit_status = 5


class FetchError(CondaError):
    """A file cannot be brought; the fields say which URL and why."""

    exit_status = 5
    conda_name = "CondaHTTPError"


class HttpError(FetchError):
    """A server answered with a status that is no success; the field `status` has it."""


class ChannelUnavailable(CondaError):
    """A channel has no index where it should be."""

    exit_status = 5
    conda_name = "UnavailableInvalidChannel"


class ChecksumMismatch(FetchError):
    """What was brought is not what was announced."""

    conda_name = "ChecksumMismatchError"


class PackageCorrupt(CondaError):
    """An archive, or a folder made from it, is not what it claims to be."""

    conda_name = "CondaVerificationError"


class PrefixLocked(CondaError):
    """Another process is changing the environment."""

    conda_name = "LockError"


class StalePlan(CondaError):
    """The environment is no longer what the plan was made for."""


class LinkFailed(CondaError):
    """A change of an environment failed and was undone."""

    conda_name = "LinkError"


class Declined(CondaError):
    """The user said no, or could not be asked."""

    conda_name = "CondaSystemExit"


class Interrupted(CondaError):
    """The user interrupted the command."""

    exit_status = 130
    conda_name = "CondaSignalInterrupt"


def _named(plugin: Plugin) -> dict[str, object]:
    return {
        "plugin": plugin.name,
        "group": plugin.group,
        "distribution": plugin.distribution,
        "distribution_version": plugin.version,
        "target": plugin.target,
    }
