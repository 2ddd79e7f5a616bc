"""What a command that is the first word of others says when it stands alone."""

from __future__ import annotations

from conda_kernel.model.result import Result, Verbatim

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from conda_kernel.model.plugin import Plugin


def overview(word: str, commands: Iterable[Plugin]) -> Result:
    """Return those of the commands whose names begin with the word, each with its summary."""
    found = [plugin for plugin in commands if plugin.name.startswith(f"{word} ")]
    width = max((len(plugin.name) for plugin in found), default=0)
    lines = [f"  conda {plugin.name:<{width}}  {plugin.summary}".rstrip() for plugin in found]
    text = "\n".join((f"usage: conda {word} COMMAND ...", "", "commands:", *lines, ""))
    return Result({"commands": {plugin.name: plugin.summary for plugin in found}}, (Verbatim(text),))
