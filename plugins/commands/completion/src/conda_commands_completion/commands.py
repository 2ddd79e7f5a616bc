"""Prints the names of all commands, one on each line: `conda commands`."""

from __future__ import annotations

import sys

from conda_kernel.plugin_index import installed_plugins, selection

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from conda_kernel.plugin_index import PluginIndex

SUBCOMMANDS = "conda.subcommands"
"""The group of `conda_kernel.hookspecs.SUBCOMMANDS`, which is not imported for its name."""


class Commands:
    """Answers `conda commands`; with `--json` by a list."""

    def run(self, argv: Sequence[str], environ: Mapping[str, str]) -> str:
        """Return the names, sorted; nothing is imported to find them."""
        names = sorted({plugin.name for plugin in plugin_index(argv, environ).group(SUBCOMMANDS)})
        if "--json" not in argv:
            return "".join(f"{name}\n" for name in names)
        import json  # noqa: PLC0415 - for `--json` alone

        return json.dumps(names, indent=2) + "\n"


def plugin_index(argv: Sequence[str], environ: Mapping[str, str]) -> PluginIndex:
    """Return what is installed and not left out; raise `ValueError` when the file that says so is broken."""
    path = sys.path if getattr(sys.flags, "safe_path", False) else sys.path[1:]
    return installed_plugins(path, environ, selection(argv, environ))
