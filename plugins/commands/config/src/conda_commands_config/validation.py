"""Whether settings can be what they are, each by itself and beside the others."""

from __future__ import annotations

import os
import re

from conda_commands_config.catalogue import PLUGIN_PREFIX
from conda_commands_config.reports import joined
from conda_kernel.context import Context
from conda_kernel.errors import CondaError, SettingError
from conda_kernel.model.layer import Entry, Layer
from conda_kernel.model.secret import mask_secrets

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import Any

    from conda_commands_config.catalogue import Catalogue
    from conda_kernel.setting import Setting

COMMAND_LINE = "the command line"
NO_SETTINGS = frozenset({"environment", "arguments"})
"""The sources that hold other things than settings under names that look like theirs."""


def unknown_names(context: Context, catalogue: Catalogue) -> list[str]:
    """Return a warning for every name in a file that no setting has."""
    return [
        f"`{name}` is no known setting ({entry.place})"
        for layer in context.layers
        if layer.source not in NO_SETTINGS
        for name, entry in layer.entries.items()
        if catalogue.get(name) is None
    ]


def validate_layers(context: Context, catalogue: Catalogue, solvers: frozenset[str]) -> None:
    """Look at what every source says.

    Raises `SettingError`, or one error that names several, for what a source says and cannot be so.
    """
    problems: list[CondaError] = []
    for layer in context.layers:
        if layer.problem is not None:
            problems.append(layer.problem)
        alone = Context((layer,), root_prefix=context.root_prefix, environ=context.environ)
        problems += _problems(alone, catalogue, solvers)
    if not problems:
        problems += _cross_problems(context, catalogue)
    if problems:
        raise joined(problems)


def validate_document(
    document: Mapping[str, object], context: Context, catalogue: Catalogue, solvers: frozenset[str]
) -> None:
    """Look at what a file is going to say; raise `SettingError`, or one error that names several."""
    entries = {str(key): Entry(value, COMMAND_LINE) for key, value in document.items()}
    plugins = document.get("plugins")
    if isinstance(plugins, dict):
        entries |= {f"{PLUGIN_PREFIX}{key}": Entry(value, COMMAND_LINE) for key, value in plugins.items()}
    alone = Context((Layer("file", entries),), root_prefix=context.root_prefix, environ=context.environ)
    problems = [*_problems(alone, catalogue, solvers), *_cross_problems(alone, catalogue)]
    if problems:
        raise joined(problems)


def _problems(context: Context, catalogue: Catalogue, solvers: frozenset[str]) -> Iterator[CondaError]:
    """Yield what is wrong with single settings of a context that has one layer."""
    for setting, _ in catalogue.all():
        try:
            entries = context.entries(setting)
            if not entries:
                continue
            value = context[setting]
        except CondaError as error:
            yield error
            continue
        wrong = _custom(setting, value, solvers)
        if wrong:
            yield SettingError(
                f"`{setting.name}` cannot be {mask_secrets(repr(value))}: {wrong} ({entries[0].place})",
                parameter_name=setting.name,
                parameter_value=mask_secrets(str(value)),
                source=entries[0].place,
            )


def _custom(setting: Setting[Any], value: object, solvers: frozenset[str]) -> str:
    if setting.name == "solver":
        unknown = [name for name in str(value).split(",") if name not in solvers]
        return f"no solver is called `{unknown[0]}` (installed: {', '.join(sorted(solvers))})" if unknown else ""
    check = CHECKS.get(setting.name)
    return check(value) if check is not None else ""


def _certificates(value: object) -> str:
    if not isinstance(value, str) or value == "truststore" or os.path.exists(os.path.expanduser(value)):
        return ""
    return "there is no such file or folder, and it is not `truststore`"


def _channel_alias(value: object) -> str:
    return "" if re.match(r"[A-Za-z][A-Za-z0-9+.-]*://", str(value)) else "expected a URL with its scheme"


def _python(value: object) -> str:
    written = value is None or re.fullmatch(r"3\.\d{1,2}|2\.7|", str(value))
    return "" if written else "expected a version such as `3.12`"


CHECKS: dict[str, Callable[[object], str]] = {
    "channel_alias": _channel_alias,
    "default_python": _python,
    "ssl_verify": _certificates,
}


def _cross_problems(context: Context, catalogue: Catalogue) -> Iterator[CondaError]:
    """Yield what does not go together."""
    values = {}
    for name in ("always_copy", "always_softlink", "client_ssl_cert", "client_ssl_cert_key"):
        known = catalogue.get(name)
        values[name] = context[known.setting] if known is not None else None
    if values["always_copy"] and values["always_softlink"]:
        yield SettingError("`always_copy` and `always_softlink` exclude each other", hint="keep one of them")
    if values["client_ssl_cert_key"] and not values["client_ssl_cert"]:
        yield SettingError("`client_ssl_cert_key` needs `client_ssl_cert`")
