"""What is known of an environment before it changes."""

from __future__ import annotations

import os

from conda_kernel.model.environment import NO_FINGERPRINT, is_environment
from conda_kernel.model.named_tuple import NamedTuple
from conda_kernel.settings import PINNED_PACKAGES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from conda_kernel.context import Context
    from conda_kernel.model.match_spec import MatchSpec
    from conda_kernel.model.pins import Pin
    from conda_kernel.model.plan import Change
    from conda_kernel.model.prefix_record import PrefixRecord
    from conda_kernel.model.record import PackageRecord


class State(NamedTuple):
    """An environment: its packages by name, what was asked for before, its pins, and the fingerprint of all that.

    The packages lack their files, which `conda_planner.installed.in_full` adds to those that go.
    """

    base: str
    installed: Mapping[str, PrefixRecord]
    asked: Mapping[str, MatchSpec]
    pins: tuple[Pin, ...]
    problems: tuple[str, ...] = ()

    @property
    def records(self) -> tuple[PackageRecord, ...]:
        """The packages, by name."""
        return tuple(installed.record for _, installed in sorted(self.installed.items()))


def read_state(change: Change, context: Context) -> State:
    """Return the state that a change begins with; an environment that is made anew holds nothing.

    Raises CorruptedEnvironment and InvalidPin.
    """
    configured = () if change.ignore_pinned else _configured(context[PINNED_PACKAGES])
    if change.creates and _is_made_anew(change.prefix):
        return State(NO_FINGERPRINT, {}, {}, configured)
    from conda_planner.installed import installed_state  # noqa: PLC0415 - a new environment has no past to be read

    return State(*installed_state(change, context, configured))


def _is_made_anew(prefix: str) -> bool:
    """Tell whether there is nothing, or an environment that is replaced: its folder is empty when the plan is done."""
    return is_environment(prefix) or not os.path.isdir(os.path.join(prefix, "conda-meta"))


def _configured(entries: Sequence[str]) -> tuple[Pin, ...]:
    if not entries:
        return ()
    from conda_kernel.model.pins import configured_pins  # noqa: PLC0415 - few configure any

    return configured_pins(entries)
