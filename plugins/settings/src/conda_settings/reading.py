"""Reads one file of settings: YAML, as far as JSON can hold it, with the line of each setting.

The file is composed into nodes and not constructed: nothing in it can make an object, every key is seen, and the
comments, among them merge markers such as `#!final`, hang at the nodes.
"""

from __future__ import annotations

import math

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from conda_kernel.errors import ConfigurationLoadError
from conda_kernel.model.layer import Marks
from conda_kernel.model.paths import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from ruamel.yaml.error import StreamMark

LARGEST_FILE = 4 << 20
"""Bytes; a file of settings is written by hand."""

MOST_NODES = 100_000
"""Aliases may multiply what a small file holds."""

PLUGINS = "plugins"
"""The setting that is a mapping of the settings of plugins."""

CORE = "tag:yaml.org,2002:"

FINAL, TOP, BOTTOM = "final", "top", "bottom"
"""The words of marks: the first for settings and keys, the others for items of lists."""


def read_file(path: str) -> dict[str, tuple[object, int, Marks]]:
    """Return value, line and marks of each setting of a file, values as JSON knows them; a file may be empty.

    A mark is a comment at the end of a line that is one word after `#!`: `#!final`, `#!top` or `#!bottom`.

    Raises `ConfigurationLoadError`: the file cannot be read, is no YAML, has a key twice, or is no mapping.
    """
    return _Document(path).settings(_text(path))


class _Document:
    """One file on its way from text to settings."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._nodes = 0

    def settings(self, text: str) -> dict[str, tuple[object, int, Marks]]:
        try:
            root = YAML(typ="rt", pure=True).compose(text)
            if root is None or (isinstance(root, ScalarNode) and root.tag == CORE + "null"):
                return {}
            if not isinstance(root, MappingNode):
                raise self._fault("settings are expected as `name: value`", root.start_mark)
            return {key: (self._value(node), line, self._marks(node)) for key, node, line in self._settings(root)}
        # Without their causes, which quote what stands in the file.
        except MarkedYAMLError as error:
            raise self._fault(error.problem or "it is no YAML", error.problem_mark) from None
        except RecursionError as error:
            raise ConfigurationLoadError(self._path, "it is nested too deeply") from error
        except (YAMLError, ValueError) as error:
            raise ConfigurationLoadError(self._path, printable(str(error).partition("\n")[0])) from None

    def _settings(self, root: MappingNode) -> Iterator[tuple[str, Node, int]]:
        """Yield name, value and line of each setting; those in the mapping `plugins` are called `plugins.NAME`."""
        for key, node, line in self._items(root):
            if key == PLUGINS and isinstance(node, MappingNode):
                yield from ((f"{PLUGINS}.{name}", value, place) for name, value, place in self._items(node))
            else:
                yield key, node, line

    def _value(self, node: Node) -> object:
        self._nodes += 1
        if self._nodes > MOST_NODES:
            raise self._fault("it holds too much", node.start_mark)
        if isinstance(node, MappingNode):
            return {key: self._value(value) for key, value, _ in self._items(node)}
        if isinstance(node, SequenceNode):
            return [self._value(item) for item in node.value]
        return _scalar(str(node.tag), str(node.value))

    def _marks(self, node: Node) -> Marks:
        own = _mark(node)
        if isinstance(node, SequenceNode):
            words = [_mark(item) for item in node.value]
            unknown = _unknown([own], FINAL) + _unknown(words, TOP, BOTTOM)
            return Marks(own == FINAL, top=_places(words, TOP), bottom=_places(words, BOTTOM), unknown=unknown)
        if isinstance(node, MappingNode):
            items = [(key, _mark(value)) for key, value, _ in self._items(node)]
            keys = tuple(key for key, word in items if word == FINAL)
            return Marks(own == FINAL, final_keys=keys, unknown=_unknown([own, *(word for _, word in items)], FINAL))
        return Marks(own == FINAL, unknown=_unknown([own], FINAL))

    def _items(self, mapping: MappingNode) -> Iterator[tuple[str, Node, int]]:
        """Yield key, value and line; what `<<` brings comes first, so that what the mapping has itself wins."""
        seen: set[str] = set()
        own = []
        for key, value in mapping.value:
            if not isinstance(key, ScalarNode):
                raise self._fault("a key is expected to be a word", key.start_mark)
            if key.tag == CORE + "merge":
                yield from self._merged(value)
                continue
            name = str(key.value)
            if name in seen:
                raise self._fault(f"`{printable(name)}` stands here for the second time", key.start_mark)
            seen.add(name)
            own.append((name, value, key.start_mark.line + 1))
        yield from own

    def _merged(self, node: Node) -> Iterator[tuple[str, Node, int]]:
        self._nodes += 1
        if self._nodes > MOST_NODES:
            raise self._fault("it holds too much", node.start_mark)
        if isinstance(node, MappingNode):
            yield from self._items(node)
        elif isinstance(node, SequenceNode):
            for part in reversed(node.value):
                yield from self._merged(part)
        else:
            raise self._fault("`<<` takes a mapping", node.start_mark)

    def _fault(self, fault: str, mark: StreamMark | None) -> ConfigurationLoadError:
        if mark is None:
            return ConfigurationLoadError(self._path, printable(fault))
        return ConfigurationLoadError(self._path, printable(fault), mark.line + 1, mark.column + 1)


def _mark(node: Node) -> str:
    """Return the word of the mark at the end of a node's line; nothing when there is none."""
    comment = (node.comment or [None])[0]
    written = str(comment.value).partition("\n")[0] if comment is not None else ""
    return written.strip("#! \t") if written.startswith("#!") else ""


def _unknown(words: list[str], *known: str) -> tuple[str, ...]:
    """Return the words that mean nothing where they stand."""
    return tuple(printable(word) for word in words if word and word not in known)


def _places(words: list[str], wanted: str) -> tuple[int, ...]:
    return tuple(place for place, word in enumerate(words) if word == wanted)


def _scalar(tag: str, text: str) -> object:
    """Return what a scalar stands for; dates and unknown tags stay the text that was written."""
    if tag == CORE + "null":
        return None
    if tag == CORE + "bool":
        return text.lower() == "true"
    if tag == CORE + "int":
        return _whole(text)
    if tag == CORE + "float":
        return _real(text)
    return text


def _whole(text: str) -> object:
    digits = text.replace("_", "")
    for base in (10, 0):
        try:
            return int(digits, base)
        except ValueError:
            pass
    return text


def _real(text: str) -> object:
    try:
        number = float(text.replace("_", ""))
    except ValueError:
        return text
    return number if math.isfinite(number) else text


def _text(path: str) -> str:
    try:
        with open(path, "rb") as file:
            content = file.read(LARGEST_FILE + 1)
    except OSError as error:
        raise ConfigurationLoadError(path, error.strerror or str(error)) from error
    if len(content) > LARGEST_FILE:
        raise ConfigurationLoadError(path, f"it is larger than {LARGEST_FILE >> 20} MB")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        column = error.start - (content.rfind(b"\n", 0, error.start) + 1) + 1
        raise ConfigurationLoadError(path, "it is not UTF-8", line, column) from error
