"""How long a cached index counts as new."""

from __future__ import annotations

import re

from conda_kernel.setting import Setting, flag, whole

_MAX_AGE = r"(?:^|[,\s])max-age\s*=\s*\"?(\d{1,10})\"?\s*(?:,|$)"


def _time_to_live(value: object) -> int:
    try:
        return whole(value)
    except ValueError:
        return int(flag(value))


LOCAL_REPODATA_TTL = Setting(
    "local_repodata_ttl",
    _time_to_live,
    default=1,
    description="seconds for which a cached index is not asked for again; 1: as long as the server says, 0: never",
)


USE_ONLY_TAR_BZ2 = Setting(
    "use_only_tar_bz2", flag, default=False, description="use no packages in the format `.conda`"
)


ALLOW_NON_CHANNEL_URLS = Setting(
    "allow_non_channel_urls",
    flag,
    default=False,
    description="take a place without `noarch/repodata.json` for a channel that has no such packages",
)


RELATIONS_DEPTH = Setting(
    "channel_relations_max_depth",
    whole,
    default=10,
    description="how far channels are followed that channels bring along; 0: not at all",
)


REPODATA_THREADS = Setting(
    "repodata_threads", whole, default=0, description="how many indexes are read at once; 0: as many as make sense"
)


def max_age(cache_control: str) -> int:
    """Return the seconds that a `Cache-Control` header allows (RFC 9111), 0 when it says nothing of it."""
    match = re.search(_MAX_AGE, cache_control)
    return int(match[1]) if match else 0


def is_fresh(age: float, cache_control: str, time_to_live: int) -> bool:
    """Tell whether an index that was asked for `age` seconds ago needs not be asked for again.

    An age below 0 means that the clock was set back, and that nothing is known.
    """
    if time_to_live <= 0:
        return False
    allowed = time_to_live if time_to_live > 1 else max_age(cache_control)
    return allowed > 0 and 0 <= age <= allowed
