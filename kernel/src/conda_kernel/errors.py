"""Errors that people read: what was wanted, what was found, what to do.

A `CondaError` is raised where the words are known and shown by a reporter. Its fields are data for `--json`.
"""

from __future__ import annotations

from conda_kernel.model.errors import *  # noqa: F403 - the model has them all; plugins find them here
