"""Every error of the package manager: what was wanted, what was found, what to do."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import ClassVar

    from conda_kernel.model.plugin import Plugin

_LONGEST_QUOTE = 160


class CondaError(Exception):
    """An error that is meant for people: what is wrong, what to do, and the facts behind it.

    `message` is one sentence, `hint` advice or empty, `fields` the facts as a mapping that JSON can hold. The class
    says with which status a command ends (1 in general, 2 for a command line that cannot be meant, 3 for settings, 4
    for packages that cannot be had, 5 for the network, 130 for an interruption), and what conda calls such an error.
    """

    exit_status: int = 1
    conda_name: ClassVar[str] = ""

    def __init__(self, message: str, *, hint: str = "", **fields: object) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.fields: dict[str, object] = fields

    def __str__(self) -> str:
        return self.message

    @property
    def exception_name(self) -> str:
        """The name by which scripts that read the document of a failure know the error."""
        return self.conda_name or type(self).__name__


class ParseError(CondaError):
    """A text that does not follow its grammar; the fields `text`, `position` (from 0) and `reason` tell more."""

    @property
    def position(self) -> int:
        """The place in the text, from 0."""
        position = self.fields.get("position")
        return position if isinstance(position, int) else 0

    @property
    def reason(self) -> str:
        """What is wrong, without the text."""
        return str(self.fields.get("reason", "")) or self.message


class InvalidVersion(ParseError):
    """A text that is no version (CEP 33)."""

    conda_name = "InvalidVersionSpec"


class InvalidVersionSpec(ParseError):
    """A text that is no version spec (CEP 29)."""


class InvalidMatchSpec(ParseError):
    """A text that is no match spec (CEP 29)."""


class IncompatibleMatchSpecs(CondaError):
    """Match specs for one package that no record can satisfy together; the field `specs` holds their texts."""


class UsageError(CondaError):
    """The command line asks for what cannot be meant."""

    exit_status = 2
    conda_name = "ArgumentError"


class NoChannels(UsageError):
    """Packages are wanted, and neither the command line nor the settings say from where."""

    exit_status = 1
    conda_name = "NoChannelsConfiguredError"


class OperationNotAllowed(CondaError):
    """The settings forbid what was asked for."""

    conda_name = "OperationNotAllowed"


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


class SolverGaveUp(CondaError):
    """A solver found neither a solution nor a proof that there is none, within the time or the effort that it has."""

    exit_status = 4


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


def quoted(text: str) -> str:
    """Return the text between backticks, shortened and without characters that a terminal would obey."""
    shown = text if len(text) <= _LONGEST_QUOTE else text[:_LONGEST_QUOTE] + "…"
    if not shown.isprintable():
        shown = "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in shown)
    return f"`{shown}`"


def _named(plugin: Plugin) -> dict[str, object]:
    return {
        "plugin": plugin.name,
        "group": plugin.group,
        "distribution": plugin.distribution,
        "distribution_version": plugin.version,
        "target": plugin.target,
    }
