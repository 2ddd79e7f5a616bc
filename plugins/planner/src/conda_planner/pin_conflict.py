"""Finds requests that a pin rules out, before anything is solved."""

from __future__ import annotations

from conda_kernel.errors import Unsolvable
from conda_kernel.model.secret import mask_secrets
from conda_planner.wording import pin_words

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from conda_kernel.model.match_spec import MatchSpec
    from conda_planner.demands import Wish


class PinConflict(Unsolvable):
    """A package is asked for that a pin rules out."""

    conda_name = "SpecsConfigurationConflictError"


def check_pins(wish: Wish) -> None:
    """Raise PinConflict, which quotes both, when no candidate has what a request and what a pin asks for."""
    for pin in wish.state.pins:
        specs = [spec for spec in wish.change.install if spec.name == pin.spec.name]
        if specs and not _go_together(specs, pin.spec, wish):
            asked = ", ".join(f"`{mask_secrets(str(spec))}`" for spec in specs)
            raise PinConflict(
                f"{asked} is ruled out by the pin `{pin_words(pin.spec)}` in `{pin.source}`, line {pin.line}",
                hint="change the pin, or disregard it with `--no-pin`",
                requested_specs=[mask_secrets(str(spec)) for spec in specs],
                pinned_specs=[str(pin.spec)],
                prefix=wish.change.prefix,
            )


def _go_together(specs: Sequence[MatchSpec], pin: MatchSpec, wish: Wish) -> bool:
    installed = wish.state.installed.get(pin.name)
    if installed is not None and all(spec.matches(installed.record) for spec in (*specs, pin)):
        return True
    if installed is not None and str(pin) == pin.name:
        return False
    wanted = -1
    for spec in specs:
        wanted &= wish.index.matching(spec)
    return not wanted or bool(wanted & wish.index.matching(pin))
