"""The setting that names what every new environment gets."""

from __future__ import annotations

from conda_commands_environments.package_specs import package_specs
from conda_commands_environments.settings import CREATE_DEFAULT_PACKAGES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from conda_kernel.context import Context
    from conda_kernel.model.match_spec import MatchSpec

NO_TEXTS: tuple[str, ...] = ()


def with_defaults(specs: tuple[MatchSpec, ...], context: Context) -> tuple[MatchSpec, ...]:
    """Return the specs, and those of the setting whose names are not among them."""
    named = {spec.name for spec in specs}
    typed = context[CREATE_DEFAULT_PACKAGES]
    defaults = package_specs(typed, ())
    return (*specs, *(spec for spec in defaults if spec.name not in named))
