"""Says what cannot be found, where it was looked for, and what has a similar name."""

from __future__ import annotations

from conda_kernel.errors import PackagesNotFound
from conda_kernel.model.secret import mask_secrets
from conda_kernel.model.version import Version
from conda_planner.lacking import why_nothing_matches
from conda_planner.near import near_names
from conda_planner.wording import spec_words

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from conda_kernel.model.channel import Channel
    from conda_kernel.model.machine import VirtualPackage
    from conda_kernel.model.match_spec import MatchSpec
    from conda_kernel.model.solving import Index

SHOWN = 5
"""How many versions, names or channels are given."""


def not_found(
    absent: Sequence[MatchSpec], index: Index, machine: Sequence[VirtualPackage], channels: Sequence[Channel]
) -> PackagesNotFound:
    """Return the error for specs that nothing fulfils, with all of them."""
    urls = [url for channel in channels for url in channel.base_urls]
    names = ", ".join(f"`{spec_words(spec)}`" for spec in absent)
    lines = [f"the channels do not have {names}"]
    lines += [line for spec in absent for line in _alternatives(spec, index, machine)]
    lines += ["", *searched_lines(urls)]
    return PackagesNotFound(
        "\n".join(lines),
        hint="a channel that has it is named with `-c CHANNEL`",
        packages=[mask_secrets(str(spec)) for spec in absent],
        near={
            mask_secrets(str(spec)): near_names(spec.name, index.names()) for spec in absent if _is_unknown(spec, index)
        },
        channel_urls=urls,
    )


def searched_lines(urls: Sequence[str]) -> list[str]:
    """Return lines that name the channels that were searched, the first of many."""
    more = [f"  and {len(urls) - SHOWN} more"] if len(urls) > SHOWN else []
    return ["searched:", *(f"  {url}" for url in urls[:SHOWN]), *more] if urls else ["no channel was searched"]


def not_installed(specs: Sequence[MatchSpec], installed: Iterable[str], prefix: str) -> PackagesNotFound:
    """Return the error for specs that select no installed package."""
    there = sorted(installed)
    names = ", ".join(f"`{spec_words(spec)}`" for spec in specs)
    near = sorted({name for spec in specs for name in near_names(spec.name, there)})
    return PackagesNotFound(
        f"`{prefix}` does not have {names}",
        hint=f"similar names there: {', '.join(f'`{name}`' for name in near)}"
        if near
        else "`conda list` shows what it has",
        prefix=prefix,
        packages=[mask_secrets(str(spec)) for spec in specs],
    )


def _is_unknown(spec: MatchSpec, index: Index) -> bool:
    return not index.candidates(spec.name)


def _alternatives(spec: MatchSpec, index: Index, machine: Sequence[VirtualPackage]) -> list[str]:
    if spec.name.startswith("__"):
        return [f"  {why_nothing_matches(spec, index, machine)}"]
    candidates = index.candidates(spec.name)
    if candidates:
        versions = sorted({candidate.version for candidate in candidates}, key=Version.parse, reverse=True)
        more = f" and {len(versions) - SHOWN} more" if len(versions) > SHOWN else ""
        return [f"  there is {spec.name} in the versions {', '.join(versions[:SHOWN])}{more}"]
    near = near_names(spec.name, index.names())
    return [f"  similar to `{spec.name}`: {', '.join(f'`{name}`' for name in near)}"] if near else []
