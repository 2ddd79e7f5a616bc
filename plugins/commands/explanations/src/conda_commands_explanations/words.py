"""Match specs as people write them."""

from __future__ import annotations

from conda_kernel.model.paths import printable
from conda_kernel.model.secret import mask_secrets

TYPE_CHECKING = False
if TYPE_CHECKING:
    from conda_kernel.model.match_spec import MatchSpec


def spec_words(spec: MatchSpec) -> str:
    """Return `word >=1` instead of `word[version='>=1']` where nothing else is asked for; never a secret."""
    text = str(spec)
    if "[" in text and spec.is_plain and spec.build_number is None and spec.condition is None and not spec.extras:
        version = spec.version if spec.version is not None or spec.build is None else "*"
        text = " ".join(str(part) for part in (spec.name, version, spec.build) if part is not None)
    return mask_secrets(printable(text))
