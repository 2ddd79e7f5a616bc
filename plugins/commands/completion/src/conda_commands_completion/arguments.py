"""What may stand among the arguments of one command: its options, choices, names of environments."""

from __future__ import annotations

import argparse
import os

from conda_kernel import options
from conda_kernel.context import Context, root_prefix
from conda_kernel.model.layer import environment_layer
from conda_kernel.model.typed import TYPE_CHECKING, cast
from conda_kernel.plugin_index import imported
from conda_kernel.prefixes import environment_folders

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from conda_kernel.plugin import Plugin
    from conda_kernel.plugin_index import PluginIndex

    Candidate = tuple[str, str]

NAME_OPTIONS = frozenset({"-n", "--name"})
PLUGIN_OPTIONS = {"--solver": "conda.solvers", "--console": "conda.reporter_backends"}
"""Options whose value is the name of a plugin, and the groups of these."""


def argument_candidates(
    plugin: Plugin, words: Sequence[str], part: str, environ: Mapping[str, str], index: PluginIndex
) -> Iterable[Candidate]:
    """Return what may stand after the words that follow a command, which is imported for it."""
    parser = _parser(plugin)
    actions = {name: action for action in parser._actions for name in action.option_strings}  # noqa: SLF001 - argparse offers no other way to its options
    last = actions.get(words[-1]) if words else None
    if last is not None and last.nargs != 0:
        if NAME_OPTIONS.intersection(last.option_strings):
            return [(name, "environment") for name in environment_names(environ)]
        if words[-1] in PLUGIN_OPTIONS:
            return [(found.name, found.summary) for found in index.group(PLUGIN_OPTIONS[words[-1]])]
        return _choices(last)
    if part.startswith("-"):
        shown = (action for action in actions.values() if action.help != argparse.SUPPRESS)
        return {name: action.help or "" for action in shown for name in action.option_strings}.items()
    positional = (action for action in parser._actions if not action.option_strings)  # noqa: SLF001 - as above
    return [choice for action in positional for choice in _choices(action)]


def environment_names(environ: Mapping[str, str]) -> list[str]:
    """Return the names of the environments in the usual folders, and those that `CONDA_ENVS_DIRS` names."""
    context = Context((environment_layer(environ),), root_prefix=root_prefix(environ), environ=environ)
    found = {"base"}
    for folder in environment_folders(context):
        try:
            names = os.listdir(folder)
        except OSError:
            continue
        found.update(name for name in names if os.path.isdir(os.path.join(folder, name, "conda-meta")))
    return sorted(found)


def _parser(plugin: Plugin) -> argparse.ArgumentParser:
    module, _, path = plugin.target.partition(":")
    target: object = imported(module)
    for attribute in path.split("."):
        target = getattr(target, attribute)
    parser = argparse.ArgumentParser(prog="conda", add_help=True)
    cast("Callable[[argparse.ArgumentParser], None]", target.add_arguments)(parser)  # type: ignore[attr-defined]  # the contract has it
    options.add_output(parser)
    return parser


def _choices(action: argparse.Action) -> list[Candidate]:
    return [(str(choice), "") for choice in action.choices or ()]
