"""The context: the settings of one command, layer over layer, each value with its source."""

from __future__ import annotations

import os
import sys

from conda_kernel.model.errors import SettingError
from conda_kernel.model.secret import mask_secrets
from conda_kernel.model.typed import TYPE_CHECKING, TypeVar, cast
from conda_kernel.setting import Setting, expanded, first_that_counts, marked

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from conda_kernel.model.errors import CondaError
    from conda_kernel.model.layer import Entry, Layer

T = TypeVar("T")


class Context:
    """Settings and the two prefixes that a command knows: its own (`root_prefix`) and the one it works on (`prefix`).

    `context[SETTING]` is the setting's value, merged from all layers and validated when it is first read. `prefix` is
    `None` when no environment is named or active.
    """

    __slots__ = ("_values", "environ", "layers", "prefix", "root_prefix")

    def __init__(
        self,
        layers: Iterable[Layer] = (),
        *,
        root_prefix: str,
        prefix: str | None = None,
        environ: Mapping[str, str] | None = None,
    ) -> None:
        """Make a context of layers, lowest first; `environ` is for what is no setting, as `CONDA_OVERRIDE_CUDA`."""
        self.layers = tuple(layers)
        self.root_prefix = root_prefix
        self.prefix = prefix
        self.environ: Mapping[str, str] = environ or {}
        self._values: dict[Setting[object], object] = {}

    def __getitem__(self, setting: Setting[T]) -> T:
        """Return the value of a setting; raise `SettingError` that names file and line when it is none it can have."""
        known = cast("Setting[object]", setting)
        if known not in self._values:
            self._values[known] = self._merged(setting)
        return cast("T", self._values[known])

    def entries(self, setting: Setting[T]) -> list[Entry]:
        """Return what each layer gives for the setting, highest first."""
        found = []
        for layer in reversed(self.layers):
            entry = _entry(layer, setting)
            if entry is not None:
                found.append(entry)
        return found

    @property
    def given(self) -> tuple[str, ...]:
        """The names under which a layer gives a setting, sorted."""
        return tuple(sorted({name for layer in self.layers for name in layer.entries}))

    @property
    def problem(self) -> CondaError | None:
        """Why a source of settings could not be read, the highest first; nothing may be changed then."""
        return next((layer.problem for layer in reversed(self.layers) if layer.problem is not None), None)

    def with_layers(self, layers: Iterable[Layer], *, prefix: str | None = None) -> Context:
        """Return the context with other layers, and another prefix if one is given."""
        return Context(layers, root_prefix=self.root_prefix, prefix=prefix or self.prefix, environ=self.environ)

    def _merged(self, setting: Setting[T]) -> T:
        entries = self.entries(setting)
        entries = entries[first_that_counts(entries) :]
        if not entries:
            return setting.default
        if setting.merge is None:
            return self._value(setting, entries[0])
        values = [self._value(setting, entry) for entry in entries]
        return marked(
            setting.merge(values), [(value, entry.marks) for value, entry in zip(values, entries, strict=True)]
        )

    def _value(self, setting: Setting[T], entry: Entry) -> T:
        value = expanded(entry.value, self.environ) if setting.expands else entry.value
        try:
            return setting.read(value)
        except ValueError as error:
            raise SettingError(
                f"`{setting.name}` cannot be {mask_secrets(repr(entry.value))}: {error} ({entry.place})",
                parameter_name=setting.name,
                parameter_value=mask_secrets(str(entry.value)),
                source=entry.place,
            ) from None


def root_prefix(environ: Mapping[str, str]) -> str:
    """Return the prefix that conda itself runs in, or the one that `CONDA_ROOT_PREFIX` names."""
    return os.path.abspath(os.path.expanduser(environ.get("CONDA_ROOT_PREFIX") or sys.prefix))


def _entry(layer: Layer, setting: Setting[T]) -> Entry | None:
    given = [name for name in setting.names if name in layer.entries]
    if not given:
        return None
    if len(given) > 1:
        both = " and ".join(f"`{name}`" for name in given)
        raise SettingError(
            f"{layer.entries[given[0]].source} gives {both}, which are one setting",
            hint=f"keep `{setting.name}`",
            parameter_name=setting.name,
            keys=given,
        )
    entry = layer.entries[given[0]]
    if layer.source == "environment" and setting.merge is not None:
        entry = entry._replace(value=setting.parted(str(entry.value)) or None)
    return None if entry.value is None else entry
