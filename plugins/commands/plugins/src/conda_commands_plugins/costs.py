"""Says which distribution what was measured is owed to."""

from __future__ import annotations

from conda_kernel.model.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from conda_kernel.plugin import Plugin

KERNEL = {"conda_kernel": "conda-kernel"}
REST = "(the rest)"
"""Whatever is owed to no plugin: Python, and what runs outside of modules and calls."""


class Cost(NamedTuple):
    """What a distribution has cost, in CPU seconds, and why.

    `modules` are those that it brought, or was the first to import; `plugins` those of its plugins that were called.
    """

    distribution: str
    seconds: float
    import_seconds: float
    modules: tuple[str, ...]
    calls: int
    plugins: tuple[str, ...]


def costs(measured: Mapping[str, Any], plugins: Iterable[Plugin]) -> tuple[Cost, ...]:
    """Return what each distribution has cost, dearest first; what nobody owes stands last.

    `measured` is what `conda_commands_plugins.measuring` reports.
    """
    packages = KERNEL | {plugin.target.partition(":")[0].partition(".")[0]: plugin.distribution for plugin in plugins}
    owners = {module: _owner(module, measured["importers"], packages) for module in measured["importers"]}
    calls: dict[str, dict[str, int]] = {}
    for key, count in measured["calls"].items():
        identity, _, distribution = key.rpartition("/")
        if count:
            calls.setdefault(distribution, {})[identity] = count
    imports: dict[str, float] = {}
    running: dict[str, float] = {}
    for key, seconds in measured["parts"].items():
        kind, _, name = key.partition(" ")
        if kind == "module":
            imports[owners[name]] = imports.get(owners[name], 0.0) + seconds
        else:
            distribution = name.rpartition("/")[2]
            running[distribution] = running.get(distribution, 0.0) + seconds
    found = [
        Cost(
            distribution,
            imports.get(distribution, 0.0) + running.get(distribution, 0.0),
            imports.get(distribution, 0.0),
            tuple(sorted(module for module, owner in owners.items() if owner == distribution)),
            sum(calls.get(distribution, {}).values()),
            tuple(sorted(calls.get(distribution, {}))),
        )
        for distribution in sorted({*owners.values(), *running} - {REST})
    ]
    found.sort(key=lambda cost: -cost.seconds)
    left = tuple(sorted(module for module, owner in owners.items() if owner == REST))
    rest = measured["seconds"] - sum(cost.seconds for cost in found)
    return (*found, Cost(REST, max(rest, 0.0), imports.get(REST, 0.0), left, 0, ()))


def _owner(module: str, importers: Mapping[str, str], packages: Mapping[str, str]) -> str:
    """Return the distribution that a module belongs to, or else that of whoever imported it first."""
    seen: set[str] = set()
    while module and module not in seen:
        seen.add(module)
        owner = packages.get(module.partition(".")[0])
        if owner is not None:
            return owner
        module = importers.get(module, "")
    return REST
