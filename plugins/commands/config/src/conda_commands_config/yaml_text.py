"""Settings as YAML that a person reads: block style, every item on a line of its own."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./+~<>=$^()@;%")
"""Characters that mean nothing in YAML wherever they stand but at the beginning."""

WORDS = frozenset({"true", "false", "yes", "no", "on", "off", "null", "none", "~", "y", "n"})


def yaml_lines(values: Mapping[str, object]) -> list[str]:
    """Return the lines of a mapping, in its order."""
    return [line for key, value in values.items() for line in _item(key, value, "")]


def scalar(value: object) -> str:
    """Return a single value as it is written."""
    if value is None:
        return "null"
    if isinstance(value, str):
        return value if _is_plain(value) else "'" + value.replace("'", "''") + "'"
    return str(value)


def _item(key: str, value: object, indent: str) -> list[str]:
    if isinstance(value, dict):
        if not value:
            return [f"{indent}{key}: {{}}"]
        inner = [line for name, item in value.items() for line in _item(scalar(name), item, indent + "  ")]
        return [f"{indent}{key}:", *inner]
    if isinstance(value, (list, tuple)):
        if not value:
            return [f"{indent}{key}: []"]
        return [f"{indent}{key}:", *(line for item in value for line in _element(item, indent + "  "))]
    return [f"{indent}{key}: {scalar(value)}"]


def _element(value: object, indent: str) -> list[str]:
    if not isinstance(value, dict):
        return [f"{indent}- {scalar(value)}"]
    lines = [line for name, item in value.items() for line in _item(scalar(name), item, "")]
    return [f"{indent}{'- ' if not place else '  '}{line}" for place, line in enumerate(lines)] or [f"{indent}- {{}}"]


def _is_plain(text: str) -> bool:
    if not text or text.lower() in WORDS or text[0] in "<>=%@.~" or _is_number(text):
        return False
    # A colon and a number sign mean something beside blanks alone, and a dash at the beginning.
    return all(character in PLAIN or character in "-:#" for character in text) and not (
        text[0] in "-#:" or text.endswith(":")
    )


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
