"""Finds modules of conda and of its plugins in half the time that Python takes.

A command that solves imports more than a hundred. For each of them Python tries five suffixes and works out three times
where the compiled file lies. Here a module is found when its compiled file is where it always is and fits the source by
time and size; everything else is left to Python. Why: `docs/decisions/0034-compiled-modules-are-found-at-once.md`.
"""

from __future__ import annotations

import os
import sys

# What `importlib` does with the same, without its three modules.
from _frozen_importlib import BuiltinImporter, ModuleSpec
from _frozen_importlib_external import (  # type: ignore[attr-defined] # one of them has no stub
    MAGIC_NUMBER,
    SourceFileLoader,
    _compile_bytecode,
)
from io import open_code

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import CodeType, ModuleType

PREFIX = "conda_"
BY_TIME = MAGIC_NUMBER + bytes(4)
"""How a compiled file begins that fits its source while time and size of that do not change."""
HEAD = 16


class CompiledModules:
    """Finds what lies in a package of conda; has a place in `sys.meta_path` before the finders of Python."""

    def __init__(self, cache_tag: str) -> None:
        self._suffix = f".{cache_tag}.pyc"

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return where a module is from; `None` for all that Python has to look for."""
        if path is None or len(path) != 1 or not name.startswith(PREFIX):
            return None
        folder, stem = path[0], name.rpartition(".")[2]
        source = f"{folder}{os.sep}{stem}.py"
        compiled = f"{folder}{os.sep}__pycache__{os.sep}{stem}{self._suffix}"
        code = _code(source, compiled)
        if code is None:
            return None
        spec = ModuleSpec(name, _Loader(name, source, code), origin=source)
        spec.has_location = True
        spec.cached = compiled
        return spec


class _Loader(SourceFileLoader):
    """Has the code of a module, for whoever asks first."""

    def __init__(self, name: str, path: str, code: CodeType) -> None:
        super().__init__(name, path)
        self._code: CodeType | None = code

    def get_code(self, fullname: str) -> CodeType | None:
        """Return the code of the module."""
        code, self._code = self._code, None
        return code or super().get_code(fullname)


def find_compiled_modules() -> None:
    """Have modules of conda found so from now on, unless this Python keeps its compiled files elsewhere.

    Whoever has a finder before those of Python is asked first, as ever.
    """
    tag = sys.implementation.cache_tag
    if tag and not sys.flags.optimize and sys.pycache_prefix is None and BuiltinImporter in sys.meta_path:
        sys.meta_path.insert(sys.meta_path.index(BuiltinImporter), CompiledModules(tag))


def _code(source: str, compiled: str) -> CodeType | None:
    """Return the code of a module when the compiled file fits the source, and `None` otherwise."""
    try:
        state = os.stat(source)
        with open_code(compiled) as file:
            content = file.read()
    except OSError:
        return None
    if content[:HEAD] != BY_TIME + _four_bytes(int(state.st_mtime)) + _four_bytes(state.st_size):
        return None
    try:
        code: CodeType = _compile_bytecode(memoryview(content)[HEAD:], bytecode_path=compiled, source_path=source)
    except (EOFError, ImportError, TypeError, ValueError):
        return None
    return code


def _four_bytes(number: int) -> bytes:
    return (number & 0xFFFF_FFFF).to_bytes(4, "little")
