"""The settings that one source gives: a file, the variables of the environment, the command line."""

from __future__ import annotations

from conda_kernel.model.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from conda_kernel.model.errors import CondaError

PREFIX = "CONDA_"
PLUGINS = "plugins_"


class Marks(NamedTuple):
    """What a source says about how its value is merged with those of others.

    `final` keeps the sources above from changing it, `final_keys` does so for keys of a mapping. `top` and `bottom` are
    the places, counted from 0, of items of a list that stand before, or behind, everything else. `unknown` has what
    stands where marks do, and is none.
    """

    final: bool = False
    top: tuple[int, ...] = ()
    bottom: tuple[int, ...] = ()
    final_keys: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


UNMARKED = Marks()


class Entry(NamedTuple):
    """A value as one layer gives it; `line` counts from 1 in the file that `source` names."""

    value: object
    source: str
    line: int | None = None
    marks: Marks = UNMARKED

    @property
    def place(self) -> str:
        """Where the value stands, for people."""
        return f"{self.source}, line {self.line}" if self.line else self.source


class Layer(NamedTuple):
    """The settings of one source: a file, the environment, the command line.

    `problem` is why a source that is there could not be read: no environment is changed then, and other commands go on
    with what is known. `warnings` are told when the command is over.
    """

    source: str
    entries: Mapping[str, Entry]
    problem: CondaError | None = None
    warnings: tuple[str, ...] = ()


def environment_layer(environ: Mapping[str, str]) -> Layer:
    """Return the layer of the `CONDA_*` variables."""
    entries = {
        _setting_of(name): _variable(name, value) for name, value in sorted(environ.items()) if name.startswith(PREFIX)
    }
    return Layer("environment", entries)


def _setting_of(variable: str) -> str:
    name = variable[len(PREFIX) :].lower()
    return f"plugins.{name[len(PLUGINS) :]}" if name.startswith(PLUGINS) else name


def _variable(name: str, value: str) -> Entry:
    written, important, _ = value.partition("!important")
    marks = Marks(final=True) if important else UNMARKED
    return Entry(written.rstrip() if important else value, f"the environment variable {name}", marks=marks)
