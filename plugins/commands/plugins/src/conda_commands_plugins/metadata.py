"""What the metadata of distributions say, beyond what the plugin index keeps."""

from __future__ import annotations

import importlib.metadata
import re

from conda_kernel.model.named_tuple import NamedTuple


class Metadata(NamedTuple):
    """The summary of a distribution, and what it requires, as it is written."""

    summary: str = ""
    requires: tuple[str, ...] = ()

    @property
    def required_names(self) -> frozenset[str]:
        """The names of the distributions that it requires, in any case and for any extra."""
        return frozenset(
            normalised(re.split(r"[^A-Za-z0-9._-]", text.strip(), maxsplit=1)[0]) for text in self.requires
        )


def metadata_of(distribution: str) -> Metadata:
    """Return the metadata of a distribution; empty when it is gone."""
    try:
        found = importlib.metadata.distribution(distribution)
    except importlib.metadata.PackageNotFoundError:
        return Metadata()
    return Metadata(found.metadata["Summary"] or "" if "Summary" in found.metadata else "", tuple(found.requires or ()))


def distributions_of_packages() -> dict[str, frozenset[str]]:
    """Return the distributions that bring each package that can be imported, as far as their metadata tell."""
    found = importlib.metadata.packages_distributions()
    return {package: frozenset(map(normalised, names)) for package, names in found.items()}


def normalised(name: str) -> str:
    """Return the name of a distribution as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()
