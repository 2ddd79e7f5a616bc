"""A plugin, where those who write one look for it; nothing on the way of a command comes by here."""

from __future__ import annotations

from conda_kernel.model.plugin import Plugin

__all__ = ["Plugin"]
