"""Changes of a file of settings, one function for each."""

from __future__ import annotations

from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import YAMLError

from conda_commands_config.catalogue import PLUGIN_PREFIX, UnknownSetting
from conda_commands_config.condarc_file import parsed, parsed_value
from conda_kernel.errors import ParseError, SettingError
from conda_kernel.model.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from conda_commands_config.catalogue import Catalogue
    from conda_kernel.setting import Setting

PLUGINS = "plugins"
PRIMITIVE, SEQUENCE, MAP = "primitive", "sequence", "map"
"""The kinds of `Setting.kind`."""


class CondaKeyError(SettingError):
    """The file has not what is to be taken out of it, or the setting cannot be changed in that way."""

    conda_name = "CondaKeyError"


class CondaValueError(SettingError):
    """The setting takes no value in that way."""

    conda_name = "CondaValueError"


class Place(NamedTuple):
    """Where a value stands in a file: in which mapping, under which key; and the setting that it belongs to."""

    holder: CommentedMap
    key: str
    setting: Setting[Any]
    part: str


class Editor:
    """Changes one document; what was done otherwise than asked stands in `warnings`."""

    def __init__(self, document: CommentedMap, catalogue: Catalogue) -> None:
        self.document = document
        self.warnings: list[str] = []
        self._catalogue = catalogue

    def apply(self, kind: str, instance: Any) -> None:  # noqa: ANN401 - what the option of this kind takes
        """Make one change, as an option asks for it.

        Raises `CondaKeyError`, `CondaValueError`, `UnknownSetting`, and `ParseError` for text that is no YAML.
        """
        if kind == "stdin":
            self.merge(_parsed(instance))
        elif kind == "clear":
            self.clear(instance)
        elif kind == "remove_key":
            self.remove_key(instance)
        else:
            ways = {"set": self.set, "append": self.append, "prepend": self.prepend, "remove": self.remove}
            ways[kind](*instance)

    def set(self, name: str, text: str) -> None:
        """Give a setting, or one key of a mapping (`proxy_servers.https`), a value."""
        place = self._place(name)
        if not place.part and place.setting.kind != PRIMITIVE:
            word, way = ("list", "--append") if place.setting.kind == SEQUENCE else ("mapping", f"--set {name}.KEY")
            raise CondaKeyError(f"`{name}` is a {word}", hint=f"use `{way}`", key=name)
        value = parsed_value(text)
        if place.part:
            inner = place.holder.setdefault(place.key, CommentedMap())
            if not isinstance(inner, dict):
                raise CondaKeyError(f"`{place.key}` is no mapping in this file", key=name)
            inner[place.part] = value
        else:
            place.holder[place.key] = value

    def append(self, name: str, text: str) -> None:
        """Put an item at the end of a list."""
        self._insert(name, text, lambda items, value: items.append(value))

    def prepend(self, name: str, text: str) -> None:
        """Put an item at the beginning of a list."""
        self._insert(name, text, lambda items, value: items.insert(0, value))

    def remove(self, name: str, text: str) -> None:
        """Take an item out of a list."""
        place = self._listed(name)
        value = self._item(place.setting, text)
        items = place.holder.get(place.key)
        if items is None and (place.setting.name, text) == ("channels", "defaults"):
            place.holder[place.key] = CommentedSeq()
            return
        if not isinstance(items, list) or value not in items:
            raise CondaKeyError(f"`{text}` is not present in `{name}` of this file", key=name)
        while value in items:
            items.remove(value)

    def clear(self, name: str) -> None:
        """Make a list empty."""
        place = self._listed(name)
        place.holder[place.key] = CommentedSeq()

    def remove_key(self, name: str) -> None:
        """Take a setting, or one key of a mapping, out of the file; one that nobody knows, too."""
        holder: Any = self.document
        parts = name.split(".", 1) if name not in self.document else [name]
        for part in parts[:-1]:
            holder = holder.get(part)
        if not isinstance(holder, dict) or parts[-1] not in holder:
            raise CondaKeyError(f"`{name}` is not present in this file", key=name)
        del holder[parts[-1]]

    def merge(self, other: CommentedMap) -> None:
        """Take over what another document has at its top."""
        for key, value in other.items():
            self.document[key] = value

    def _insert(self, name: str, text: str, put: Callable[[Any, object], None]) -> None:
        place = self._listed(name)
        value = self._item(place.setting, text)
        items = place.holder.get(place.key)
        if items is None:
            items = place.holder[place.key] = CommentedSeq()
        if not isinstance(items, list):
            raise CondaKeyError(f"`{name}` is no list in this file", key=name)
        if value in items:
            self.warnings.append(f"`{text}` was in `{name}` already, and has been moved")
            items.remove(value)
        put(items, value)

    def _listed(self, name: str) -> Place:
        place = self._place(name)
        if place.part or place.setting.kind != SEQUENCE:
            raise CondaValueError(f"`{name}` is not a known sequence parameter", hint="use `--set`", key=name)
        return place

    @staticmethod
    def _item(setting: Setting[Any], text: str) -> object:
        value = parsed_value(text)
        return value if isinstance(value, dict) else setting.read([text])[0]

    def _place(self, name: str) -> Place:
        """Return where a setting stands in the file; one that is named by an alias, under its own name."""
        known, part = self._catalogue.get(name), ""
        if known is None and "." in name:
            head, _, part = name.rpartition(".")
            known = self._catalogue.get(head)
            if known is not None and known.setting.kind != MAP:
                raise CondaKeyError(f"`{head}` has no parts", key=name)
        if known is None:
            known, part = self._catalogue.find(name), ""
        setting = known.setting
        if name not in {setting.name, f"{setting.name}.{part}"}:
            self.warnings.append(f"`{name}` is written as `{setting.name}`")
        self._follow_aliases(setting)
        if setting.name.startswith(PLUGIN_PREFIX):
            holder = self.document.setdefault(PLUGINS, CommentedMap())
            if not isinstance(holder, CommentedMap):
                raise CondaKeyError(f"`{PLUGINS}` is no mapping in this file", key=PLUGINS)
            return Place(holder, setting.name.removeprefix(PLUGIN_PREFIX), setting, part)
        return Place(self.document, setting.name, setting, part)

    def _follow_aliases(self, setting: Setting[Any]) -> None:
        """Bring a value that stands under an alias under the name, where it keeps its place."""
        for alias in setting.aliases:
            if alias in self.document and setting.name not in self.document:
                position = list(self.document).index(alias)
                self.document.insert(position, setting.name, self.document.pop(alias))


def replayed(document: CommentedMap, catalogue: Catalogue, names: Sequence[str]) -> tuple[dict[str, object], list[str]]:
    """Return what a file has for these names, or all it has; and the options that make it again.

    Raises `UnknownSetting` for a name that is neither a setting nor in the file.
    """
    found: dict[str, object] = {}
    for name in names or list(document):
        known = catalogue.get(name)
        spellings = known.setting.names if known is not None else (name,)
        for spelling in spellings:
            if spelling in document:
                found[name] = document[spelling]
        if known is None and name not in document:
            raise UnknownSetting(f"no setting is called `{name}`, and this file has none", key=name)
    return found, [line for name, value in found.items() for line in _options(name, value)]


def _options(name: str, value: object) -> list[str]:
    if isinstance(value, dict):
        return [f"--set {name}.{key} {item}" for key, item in value.items()]
    if isinstance(value, list):
        lines = [f"--add {name} '{item}'" for item in reversed(value)]
        if name == "channels" and lines:
            lines[-1] += "   # highest priority"
            if len(lines) > 1:
                lines[0] += "   # lowest priority"
        return lines
    return [f"--set {name} {value}"]


def _parsed(text: str) -> CommentedMap:
    try:
        return parsed(text)
    except (YAMLError, ValueError, RecursionError) as error:
        raise ParseError(f"what came in is no YAML: {str(error).partition(chr(10))[0]}", text=text[:200]) from error
