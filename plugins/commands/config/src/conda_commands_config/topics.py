"""Sorts settings by what they are about, for the file that a user fills in."""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from conda_commands_config.catalogue import Known

WITHOUT_EFFECT = "conda-commands-config"
"""The distribution that declares what others read, and what is accepted so that files of conda stay valid."""

TOPICS = (
    ("channels", r".*channel.*|.*repodata.*|exclude_newer.*|add_anaconda_token|use_only_tar_bz2"),
    ("network", r"proxy.*|ssl.*|client_ssl.*|remote.*|request_headers|offline|fetch_threads|default_threads"),
    (
        "solving",
        r"solver.*|pinned.*|disallowed.*|aggressive.*|override_virtual_packages|force_reinstall|create_default_packages",
    ),
    (
        "places",
        r".*_dirs|root_prefix|register_envs|protect_frozen_envs|.*_env|non_admin.*|prefix_lock.*|no_lock|croot|bld_path|conda_build",
    ),
    ("installing", r".*link.*|.*copy|.*safety.*|path_conflict|clobber|compile_pyc|shortcuts.*|extract_threads"),
    ("output", r"always_yes|console|number_.*notices|list_fields|show_.*"),
    ("plugins", r"plugin.*|health_check.*"),
)
"""What the names of settings about something are like; the first that fits counts."""

MORE = "more"
ACCEPTED = "accepted, and without effect"


def by_topic(known: Iterable[Known]) -> dict[str, list[Known]]:
    """Return the settings of each topic, in the order in which topics are shown."""
    topics: dict[str, list[Known]] = {title: [] for title in (*(title for title, _ in TOPICS), MORE, ACCEPTED)}
    for one in known:
        topics[_topic(one)].append(one)
    return {title: settings for title, settings in topics.items() if settings}


def _topic(known: Known) -> str:
    if known.owner == WITHOUT_EFFECT:
        return ACCEPTED
    return next((title for title, pattern in TOPICS if re.fullmatch(pattern, known.setting.name)), MORE)
