"""Says what a search did not find, where it looked, and what is like it."""

from __future__ import annotations

from difflib import get_close_matches

from conda_commands_search.order import in_order
from conda_kernel.errors import PackagesNotFound
from conda_kernel.model.secret import mask_secrets

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from conda_commands_search.opening import ChannelPackages
    from conda_kernel.model.match_spec import MatchSpec

SHOWN = 5
"""How many versions, names or channels are given."""

LIKE = 0.75


def not_found(spec: MatchSpec, packages: ChannelPackages, withheld: Sequence[str] = ()) -> PackagesNotFound:
    """Return the error for a spec that selects nothing in the channels; `withheld` says what was kept out."""
    shown = mask_secrets(str(spec))
    urls = [url for channel in packages.channels for url in channel.base_urls]
    near = near_names(spec.name, packages.index.names()) if spec.is_exact_name else []
    lines = [f"the channels do not have `{shown}`", *_versions(spec, packages)]
    if withheld:
        lines = [f"nothing that the channels have of `{shown}` can be shown", *(f"  {line}" for line in withheld)]
    if near:
        lines.append(f"  similar to `{spec.name}`: {', '.join(f'`{name}`' for name in near)}")
    more = [f"  and {len(urls) - SHOWN} more"] if len(urls) > SHOWN else []
    lines += (
        ["", "searched:", *(f"  {url}" for url in urls[:SHOWN]), *more] if urls else ["", "no channel was searched"]
    )
    return PackagesNotFound(
        "\n".join(lines),
        hint="a channel that has it is named with `-c CHANNEL`, another platform with `--subdir SUBDIR`",
        packages=[shown],
        near={shown: near} if near else {},
        channel_urls=urls,
    )


def near_names(name: str, names: Iterable[str]) -> list[str]:
    """Return the other names that are most like a name; only those of about its length are compared."""
    wanted = name.lower().replace("_", "-")
    spelled = {
        each.replace("_", "-"): each
        for each in names
        if each != name and abs(len(each) - len(name)) * 4 <= max(len(name), 4)
    }
    return [spelled[each] for each in get_close_matches(wanted, spelled, n=SHOWN, cutoff=LIKE)]


def _versions(spec: MatchSpec, packages: ChannelPackages) -> list[str]:
    """Return a line with the versions that there are, newest first, when the name is there."""
    if not spec.is_exact_name:
        return []
    newest_first = reversed(in_order(packages.named(spec.name)))
    versions = list(dict.fromkeys(record.version for record in newest_first))
    if not versions:
        return []
    more = f" and {len(versions) - SHOWN} more" if len(versions) > SHOWN else ""
    return [f"  there is {spec.name} in the versions {', '.join(versions[:SHOWN])}{more}"]
