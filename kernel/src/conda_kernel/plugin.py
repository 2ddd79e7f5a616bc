"""A plugin: one implementation of one extension point, as the manifest of its distribution declares it."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType


def imported(module: str) -> ModuleType:
    """Import a module by its name; `importlib` would cost four modules that bare Python has not imported."""
    __import__(module)
    return sys.modules[module]


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
