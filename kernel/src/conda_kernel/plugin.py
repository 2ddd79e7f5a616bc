"""Plugins, and what imports them."""

from __future__ import annotations

import sys

from conda_kernel.model.plugin import Plugin

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType

__all__ = ["Plugin", "imported"]


def imported(module: str) -> ModuleType:
    """Import a module by its name; `importlib` would cost four modules that bare Python has not imported."""
    __import__(module)
    return sys.modules[module]
