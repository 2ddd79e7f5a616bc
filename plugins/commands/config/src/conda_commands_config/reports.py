"""What `conda config` shows: values, where they come from, what settings there are."""

from __future__ import annotations

from collections.abc import Mapping

from conda_commands_config.catalogue import COMMAND_LINE_ONLY, PLUGIN_PREFIX
from conda_commands_config.topics import by_topic
from conda_commands_config.yaml_text import yaml_lines
from conda_kernel.errors import CondaError, SettingError
from conda_kernel.model.result import Result, Verbatim
from conda_kernel.model.secret import masked

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from conda_commands_config.catalogue import Catalogue, Known
    from conda_kernel.context import Context

PSEUDO_SOURCES = {"environment": "envvars", "arguments": "cmd_line"}
"""The names under which sources that are no files are shown."""


DEFAULTS_HEAD = """\
# Settings of conda, each with its default. Take the `# ` away in front of what you change.
# `conda config --show-sources` says which files count, `conda config --validate` what is wrong in them.
"""


class InvalidSettings(SettingError):
    """Several settings have values that they cannot have; the field `errors` names each."""

    conda_name = "MultiValidationError"


def plain(value: object) -> object:
    """Return a value as JSON knows it."""
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    return value if isinstance(value, (bool, int, float, str)) or value is None else str(value)


def told(value: object, *, unsafe: bool) -> object:
    """Return a value as JSON knows it, without logins and tokens unless they are asked for."""
    return plain(value) if unsafe else masked(plain(value))


def chosen(catalogue: Catalogue, names: Sequence[str]) -> list[Known]:
    """Return the settings of these names, or all of them; raise `UnknownSetting`."""
    return [catalogue.find(name) for name in names] if names else catalogue.all()


def shown(context: Context, known: Iterable[Known], *, unsafe: bool) -> Result:
    """Return the values that count; what is wrong with some makes the result one of failure."""
    values: dict[str, object] = {}
    plugins: dict[str, object] = {}
    problems: list[CondaError] = []
    for setting, _ in known:
        try:
            value = context[setting]
        except CondaError as error:
            problems.append(error)
            continue
        shown_value = told(value, unsafe=unsafe)
        if setting.name.startswith(PLUGIN_PREFIX):
            plugins[setting.name.removeprefix(PLUGIN_PREFIX)] = shown_value
        else:
            values[setting.name] = shown_value
    document = {**values, "plugins": plugins} if plugins else values
    if problems:
        raise joined(problems)
    return Result(document, (Verbatim("".join(f"{line}\n" for line in yaml_lines(document))),), reveals=unsafe)


def joined(problems: Sequence[CondaError]) -> CondaError:
    """Return one error for several; a single one is itself."""
    if len(problems) == 1:
        return problems[0]
    lines = [f"- {problem}" for problem in problems]
    return InvalidSettings(
        f"{len(problems)} settings have values that they cannot have\n" + "\n".join(lines),
        errors=[{**problem.fields, "message": str(problem)} for problem in problems],
    )


def sources_shown(context: Context, *, unsafe: bool) -> Result:
    """Return what each source says, lowest first."""
    document: dict[str, Mapping[str, object]] = {}
    for layer in context.layers:
        if layer.entries:
            values = {name: entry.value for name, entry in sorted(layer.entries.items())}
            document[PSEUDO_SOURCES.get(layer.source, layer.source)] = {
                name: told(value, unsafe=unsafe) for name, value in values.items()
            }
    parts = [f"==> {source} <==\n" + "\n".join(yaml_lines(values)) + "\n" for source, values in document.items()]
    return Result(document, (Verbatim("\n".join(parts)),), reveals=unsafe)


def described(catalogue: Catalogue, names: Sequence[str]) -> Result:
    """Return what each setting is for, as comments above its default."""
    known = chosen(catalogue, names)
    if not names:
        known = [one for one in known if one.setting.name not in COMMAND_LINE_ONLY]
    document = [_description(one) for one in known]
    return Result(document, (Verbatim("\n".join(_described(one) for one in known)),))


def defaults_text(catalogue: Catalogue) -> str:
    """Return a file of settings in which everything is a comment."""
    known = [one for one in catalogue.all() if one.setting.name not in COMMAND_LINE_ONLY]
    topics = by_topic(one for one in known if not one.setting.name.startswith(PLUGIN_PREFIX))
    parts = [DEFAULTS_HEAD]
    for title, settings in topics.items():
        parts += [f"# == {title} ==\n", *(_described(one) for one in settings)]
    return "\n".join(parts)


def _described(known: Known) -> str:
    setting = known.setting
    about = [f"# {setting.name} ({known.owner}): {setting.description}"]
    if setting.aliases:
        about.append(f"#   also called {', '.join(setting.aliases)}")
    if setting.merge is not None and setting.separator != ",":
        about.append(f"#   parted by `{setting.separator}` in an environment variable")
    name = setting.name.removeprefix(PLUGIN_PREFIX)
    default = [f"# {line}" for line in yaml_lines({name: plain(setting.default)})]
    return "\n".join([*about, *default]) + "\n"


def _description(known: Known) -> dict[str, object]:
    setting = known.setting
    described: dict[str, object] = {
        "name": setting.name,
        "aliases": list(setting.aliases),
        "element_types": _element_types(setting.default),
        "default_value": plain(setting.default),
        "description": setting.description,
        "parameter_type": setting.kind,
        "distribution": known.owner,
    }
    if setting.kind == "sequence":
        described["string_delimiter"] = setting.separator
    return described


def _element_types(default: object) -> list[str]:
    if default is None:
        return ["NoneType", "str"]
    return [type(default).__name__ if isinstance(default, (bool, int, float)) else "str"]
