"""Says how a command line may go on; shells call it: `conda __complete SHELL WORD... PART`."""

from __future__ import annotations

from conda_commands_completion.commands import SUBCOMMANDS, plugin_index

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from conda_kernel.plugin import Plugin
    from conda_kernel.plugin_index import PluginIndex

    Candidate = tuple[str, str]

GLOBAL = (
    ("--help", "show what there is"),
    ("--version", "show the version"),
    ("--json", "print one JSON document"),
    ("--no-plugins", "use only what `conda-standard` requires"),
)
UNDESCRIBED = frozenset({"bash"})
"""Shells that show no descriptions."""


class Complete:
    """Answers a shell that wants to complete a word."""

    def run(self, argv: Sequence[str], environ: Mapping[str, str]) -> str:
        """Return a candidate on each line, behind a tab what it is; nothing where there is nothing to say."""
        shell, *words = argv[1:] or ("",)
        *before, part = words or ("",)
        found = sorted(item for item in candidates(before, part, environ) if item[0].startswith(part))
        if shell in UNDESCRIBED:
            return "".join(f"{word}\n" for word, _ in found)
        return "".join(f"{word}\t{' '.join(about.split())}\n" for word, about in found)


def candidates(before: Sequence[str], part: str, environ: Mapping[str, str]) -> Iterable[Candidate]:
    """Return what may stand after the words `before`; what has begun with `part` decides what is looked for."""
    index = plugin_index(before, environ)
    position = 0
    while position < len(before) and before[position].startswith("-"):
        position += 1
    words = before[position:]
    plugin, used = _command(words, index)
    if plugin is not None:
        from conda_commands_completion.arguments import argument_candidates  # noqa: PLC0415 - argparse is imported there

        return [*_next_words(words, index), *argument_candidates(plugin, words[used:], part, environ, index)]
    if part.startswith("-"):
        return GLOBAL if not words else ()
    return _next_words(words, index)


def _command(words: Sequence[str], index: PluginIndex) -> tuple[Plugin | None, int]:
    """Return the command that the words begin with, the longest name first, and how many words its name has."""
    for length in (2, 1):
        found = index.named(SUBCOMMANDS, " ".join(words[:length])) if len(words) >= length else ()
        if len(found) == 1:
            return found[0], length
    return None, 0


def _next_words(words: Sequence[str], index: PluginIndex) -> list[Candidate]:
    """Return the words with which the name of a command goes on."""
    found: dict[str, str] = {}
    for plugin in index.group(SUBCOMMANDS):
        name = plugin.name.split()
        if len(name) > len(words) and name[: len(words)] == list(words):
            is_last = len(name) == len(words) + 1
            found[name[len(words)]] = plugin.summary if is_last else found.get(name[len(words)], "")
    return list(found.items())
