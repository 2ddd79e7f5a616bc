"""A plugin as the manifest of its distribution declares it, and which of those that are installed a user chooses.

This module is on the way of `conda --version`: it imports nothing.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class Plugin:
    """One implementation of one extension point, as an entry point declares it.

    `group` names the point, with its key if it has one (`conda.pre_commands.install`); `name` is what a user types;
    `target` is `module:attribute`. `bundled` is true for what `conda-standard` requires, directly or not.
    """

    __slots__ = ("bundled", "distribution", "group", "name", "summary", "target", "version")

    def __init__(  # noqa: PLR0913 - a line of the index; what a test does not care about has a default
        self,
        group: str,
        name: str,
        target: str,
        *,
        distribution: str,
        version: str = "0",
        bundled: bool = False,
        summary: str = "",
    ) -> None:
        self.group = group
        self.name = name
        self.target = target
        self.distribution = distribution
        self.version = version
        self.bundled = bundled
        self.summary = summary

    def __str__(self) -> str:
        return f"`{self.name}` of {self.group} ({self.distribution} {self.version})"

    def __repr__(self) -> str:
        return f"Plugin({self.group!r}, {self.name!r}, {self.target!r}, {self.distribution!r})"

    @property
    def identity(self) -> str:
        """Group and name, as `plugins.json` writes them: `conda.solvers/classic`."""
        return f"{self.group}/{self.name}"

    def as_line(self) -> str:
        """Return the line of the index file that `from_line` reads."""
        flag = "bundled" if self.bundled else ""
        fields = (self.group, self.name, self.target, self.distribution, self.version, flag, self.summary)
        return "\t".join(" ".join(field.split()) for field in fields)

    @classmethod
    def from_line(cls, line: str) -> Plugin:
        """Read one line of the index file; raise `ValueError` when it is none."""
        group, name, target, distribution, version, flag, summary = line.split("\t")
        return cls(
            group,
            name,
            target,
            distribution=distribution,
            version=version,
            bundled=flag == "bundled",
            summary=summary,
        )


class Selection:
    """Which of the installed plugins a command may use.

    `disabled` holds identities (`conda.solvers/classic`) and names of distributions; `preferred` maps a group to the
    name or distribution chosen where only one can be used; `bundled_only` is what `--no-plugins` asks for.
    """

    __slots__ = ("bundled_only", "disabled", "preferred")

    def __init__(
        self,
        disabled: Iterable[str] = (),
        preferred: Mapping[str, str] | None = None,
        *,
        bundled_only: bool = False,
    ) -> None:
        self.disabled = frozenset(disabled)
        self.preferred = dict(preferred or {})
        self.bundled_only = bundled_only

    def admits(self, plugin: Plugin) -> bool:
        """Tell whether the plugin may be used."""
        if self.bundled_only and not plugin.bundled:
            return False
        return plugin.distribution not in self.disabled and plugin.identity not in self.disabled
