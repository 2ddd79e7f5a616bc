"""The plugins that are installed, by the distributions that bring them, and which of them are in use."""

from __future__ import annotations

from conda_kernel.errors import PluginNotFound, UsageError
from conda_kernel.model.named_tuple import NamedTuple
from conda_kernel.model.paths import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from conda_kernel.model.plugin import Selection
    from conda_kernel.plugin import Plugin
    from conda_kernel.plugin_index import PluginIndex

PREFIX = "conda."


class Distribution(NamedTuple):
    """A distribution and its plugins, sorted by group and name; `active` are those that are in use."""

    name: str
    version: str
    is_bundled: bool
    plugins: tuple[Plugin, ...]
    active: tuple[Plugin, ...]

    @property
    def status(self) -> str:
        """`active`, `disabled`, or `partly disabled`."""
        if len(self.active) == len(self.plugins):
            return "active"
        return "partly disabled" if self.active else "disabled"

    @property
    def module(self) -> str:
        """The package that the first plugin lies in."""
        return self.plugins[0].target.partition(":")[0].partition(".")[0]

    @property
    def points(self) -> tuple[str, ...]:
        """The extension points that it implements, without the prefix, sorted."""
        return tuple(sorted({plugin.group.removeprefix(PREFIX) for plugin in self.plugins}))


def distributions(index: PluginIndex) -> tuple[Distribution, ...]:
    """Return every distribution that brings plugins, those that are left out too, sorted by name."""
    by_name: dict[str, list[Plugin]] = {}
    for plugin in index.all():
        by_name.setdefault(plugin.distribution, []).append(plugin)
    return tuple(
        Distribution(
            name, found[0].version, found[0].bundled, tuple(found), tuple(filter(index.selection.admits, found))
        )
        for name, found in sorted(by_name.items())
    )


def named(name: str, index: PluginIndex) -> tuple[Plugin, ...]:
    """Return the plugins that a word means: all of a distribution, or one by `conda.solvers/classic` or `classic`.

    Raises `PluginNotFound`, and `UsageError` for a short name that several bear.
    """
    everything = index.all()
    of_distribution = tuple(plugin for plugin in everything if plugin.distribution == name)
    if of_distribution:
        return of_distribution
    found = tuple(plugin for plugin in everything if name in (plugin.identity, plugin.identity.removeprefix(PREFIX)))
    found = found or tuple(plugin for plugin in everything if plugin.name == name)
    if len({plugin.identity for plugin in found}) > 1:
        identities = ", ".join(f"`{plugin.identity}`" for plugin in found)
        raise UsageError(f"several plugins are named `{printable(name)}`: {identities}", hint="name the one in full")
    if not found:
        raise PluginNotFound(
            f"no plugin and no distribution with plugins is named `{printable(name)}`",
            hint=_advice(name, everything),
            name=name,
        )
    return found


def left_without(index: PluginIndex, selection: Selection, groups: Iterable[str]) -> list[str]:
    """Return those of the groups that have plugins, and would have none in use with another selection."""
    everything = index.all()
    return [
        group
        for group in groups
        if any(plugin.group == group for plugin in everything)
        and not any(plugin.group == group and selection.admits(plugin) for plugin in everything)
    ]


def _advice(name: str, plugins: Sequence[Plugin]) -> str:
    from difflib import get_close_matches  # noqa: PLC0415 - an error has the time

    words = {word for plugin in plugins for word in (plugin.distribution, plugin.identity, plugin.name)}
    near = get_close_matches(name, sorted(words), n=3)
    return f"did you mean {' or '.join(f'`{word}`' for word in near)}?" if near else "`conda plugins list` shows all"
