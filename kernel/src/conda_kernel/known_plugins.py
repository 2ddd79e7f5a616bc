"""Says which distribution brings a plugin that is not installed.

The table beside this module is made from the manifests of this project. A name that it does not have is not guessed
at: a distribution is never suggested because of what somebody typed.
"""

from __future__ import annotations

import os

from conda_kernel.model.errors import PluginNotFound

TYPE_CHECKING = False
if TYPE_CHECKING:
    from conda_kernel.plugin_index import PluginIndex

TABLE = "known_plugins.tsv"


def absence(index: PluginIndex, group: str, name: str) -> PluginNotFound:
    """Return the error for a plugin that is not there: what is, and what to install or to enable."""
    wanted = f"no '{name}' plugin in {group}" if name else f"no plugin in {group}"
    installed = ", ".join(plugin.name for plugin in index.group(group)) or "none"
    left_out = index.left_out(group, name)
    distribution = left_out.distribution if left_out else distribution_of(group, name)
    hint = ""
    if left_out:
        why = "--no-plugins" if index.selection.bundled_only else "plugins.json"
        advice = f"; {distribution} {left_out.version} has it and is left out by {why}"
        if why == "plugins.json":
            hint = f"`conda --no-plugins plugins enable {distribution}` brings it back"
    else:
        advice = f"; install {distribution}" if distribution else ""
    told = f"{wanted} (installed: {installed}){advice}"
    return PluginNotFound(told, hint=hint, group=group, name=name, distribution=distribution)


def distribution_of(group: str, name: str) -> str | None:
    """Return the distribution that is known to bring a plugin; an empty name means any of the group."""
    with open(os.path.join(os.path.dirname(__file__), TABLE), encoding="utf-8") as table:
        for line in table:
            known_group, known_name, distribution = line.rstrip("\n").split("\t")
            if known_group == group and name in ("", known_name):
                return distribution
    return None
