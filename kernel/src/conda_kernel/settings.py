"""The settings that several distributions read. A setting that only one reads stands in that distribution."""

from __future__ import annotations

import os

from conda_kernel.setting import (
    Setting,
    channel_priority,
    choice,
    concatenated,
    duration,
    file_names,
    flag,
    foremost,
    lists,
    mapping,
    mappings,
    number,
    optional_flag,
    optional_text,
    patience,
    platform,
    proxies,
    scalars,
    span,
    stacked,
    text,
    texts,
    united,
    verification,
    whole,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from conda_kernel.model.span import Span

NO_TEXTS: tuple[str, ...] = ()
NO_PAIRS: dict[str, str] = {}
NO_LISTS: dict[str, tuple[str, ...]] = {}
NO_MAPPINGS: tuple[dict[str, str], ...] = ()

CHANNELS = Setting(
    "channels",
    texts,
    default=NO_TEXTS,
    merge=concatenated,
    aliases=("channel",),
    description="channels in the order of their priority",
    expands=True,
)
LOCAL_CHANNEL = "local"
"""The name of the channel that is what conda-build has made on this machine."""

OVERRIDE_CHANNELS = Setting(
    "override_channels", flag, default=False, description="use no channels but those of the command line"
)
CHANNEL_ALIAS = Setting(
    "channel_alias",
    text,
    default="https://conda.anaconda.org",
    description="the URL that the bare name of a channel is appended to",
    expands=True,
)
DEFAULT_CHANNELS = Setting(
    "default_channels",
    texts,
    default=NO_TEXTS,
    merge=concatenated,
    description="the channels that `defaults` stands for, when they are not those of the platform",
    expands=True,
)
CUSTOM_CHANNELS = Setting(
    "custom_channels",
    mapping,
    default={"pkgs/pro": "https://repo.anaconda.com"},
    merge=united,
    description="where channels lie that are not below the channel alias",
    expands=True,
)
CUSTOM_MULTICHANNELS = Setting(
    "custom_multichannels",
    lists,
    default=NO_LISTS,
    merge=united,
    description="names that stand for several channels each",
    expands=True,
)
MIGRATED_CHANNEL_ALIASES = Setting(
    "migrated_channel_aliases",
    texts,
    default=NO_TEXTS,
    merge=concatenated,
    description="former channel aliases: channels below them are looked for below the present one",
)
MIGRATED_CUSTOM_CHANNELS = Setting(
    "migrated_custom_channels",
    mapping,
    default=NO_PAIRS,
    merge=united,
    description="where custom channels lay formerly",
    expands=True,
)
MIRRORED_CHANNELS = Setting(
    "mirrored_channels",
    lists,
    default=NO_LISTS,
    merge=united,
    description="channels by name that several places hold alike, the preferred place first",
    expands=True,
)
ALLOWLIST_CHANNELS = Setting(
    "allowlist_channels",
    texts,
    default=NO_TEXTS,
    merge=concatenated,
    aliases=("whitelist_channels",),
    description="the only channels that may be used, when there are any",
    expands=True,
)
DENYLIST_CHANNELS = Setting(
    "denylist_channels",
    texts,
    default=NO_TEXTS,
    merge=concatenated,
    description="channels that may not be used",
    expands=True,
)
CHANNEL_SETTINGS = Setting(
    "channel_settings",
    mappings,
    default=NO_MAPPINGS,
    merge=stacked,
    description="what holds for single channels: each item names a `channel`, by name, URL or pattern, and the rest",
)
CHANNEL_PRIORITY = Setting(
    "channel_priority",
    channel_priority,
    default="flexible",
    description="`strict`, `flexible` or `disabled`",
)
EXCLUDE_NEWER: Setting[Span | None] = Setting(
    "exclude_newer",
    span,
    default=None,
    aliases=("cooldown",),
    description="leave out packages that are newer: a duration back from now (`7d`), a date, or a date with a time",
)
CROOT = Setting("croot", text, default="", description="where conda-build puts packages")
BLD_PATH = Setting("bld_path", text, default="", description="another folder where it does")
CONDA_BUILD = Setting(
    "conda_build",
    scalars,
    default=NO_PAIRS,
    merge=united,
    aliases=("conda-build",),
    description="settings of conda-build; `root-dir` is where it puts packages",
)
OVERRIDE_CHANNELS_ENABLED = Setting(
    "override_channels_enabled", flag, default=True, description="permit `--override-channels`"
)
SUBDIR = Setting("subdir", platform, default="", description="the platform to work for, when it is not this one")
OFFLINE = Setting("offline", flag, default=False, description="use no network")
USE_INDEX_CACHE = Setting(
    "use_index_cache",
    flag,
    default=False,
    description="use cached indexes whatever their age, and fetch only those that are missing",
)
USE_SHARDS = Setting("repodata_use_shards", flag, default=True, description="use sharded indexes where there are any")
USE_ZST = Setting("repodata_use_zst", flag, default=True, description="ask for the index that is compressed with zstd")
REPODATA_FNS: Setting[tuple[str, ...]] = Setting(
    "repodata_fns",
    file_names,
    default=("repodata.json",),
    merge=foremost,
    description="the index files of channels, read in turn until there is a solution; `repodata.json` is the last "
    "where it is not named",
)
SOLVER = Setting("solver", text, default="lazy", description="the solver to use", aliases=("experimental_solver",))
PINNED_PACKAGES = Setting(
    "pinned_packages",
    texts,
    default=NO_TEXTS,
    merge=concatenated,
    separator="&",
    description="match specs that every solution respects",
)
IGNORE_PINNED = Setting(
    "ignore_pinned", flag, default=False, description="disregard the pins of the environment and the settings"
)
DISALLOWED_PACKAGES = Setting(
    "disallowed_packages",
    texts,
    default=NO_TEXTS,
    merge=concatenated,
    separator="&",
    aliases=("disallow",),
    description="match specs of packages that are never installed",
)
OVERRIDE_VIRTUAL_PACKAGES = Setting(
    "override_virtual_packages",
    mapping,
    default=NO_PAIRS,
    merge=united,
    aliases=("virtual_packages",),
    description="virtual packages that are to be other than this machine has them",
)
ENVS_DIRS = Setting(
    "envs_dirs",
    texts,
    default=NO_TEXTS,
    merge=concatenated,
    separator=os.pathsep,
    aliases=("envs_path",),
    description="where environments lie that are known by name",
    expands=True,
)
PKGS_DIRS = Setting(
    "pkgs_dirs", texts, default=NO_TEXTS, merge=concatenated, description="where packages are kept", expands=True
)
ALWAYS_COPY = Setting(
    "always_copy", flag, default=False, aliases=("copy",), description="copy files into environments, link none"
)
CLOBBER = Setting(
    "clobber",
    flag,
    default=False,
    description="let packages replace files of others and of nobody without a word, whatever `path_conflict` says",
)
SHORTCUTS = Setting(
    "shortcuts", flag, default=True, description="make the menu items of packages, where `menuinst` is installed"
)
SHORTCUTS_ONLY = Setting(
    "shortcuts_only",
    texts,
    default=NO_TEXTS,
    merge=concatenated,
    description="names of the packages whose menu items are made, when not of all",
    expands=True,
)
NO_LOCK = Setting(
    "no_lock", flag, default=False, description="take no locks in package caches, for file systems where they hang"
)
SAFETY_CHECKS = Setting(
    "safety_checks",
    choice("disabled", "warn", "enabled"),
    default="warn",
    description="what happens when a file of a package is not as announced",
)
PROTECT_FROZEN = Setting(
    "protect_frozen_envs", flag, default=True, description="refuse to change an environment that is marked frozen"
)
DEFAULT_THREADS = Setting(
    "default_threads",
    whole,
    default=0,
    description="how much is done at once, where nothing else says; 0 leaves it open",
)
FETCH_THREADS = Setting(
    "fetch_threads",
    whole,
    default=0,
    description="how many files are downloaded at once; 0 is `default_threads`, else 5, or 20 small ones",
)
MAX_RETRIES = Setting("remote_max_retries", whole, default=3, description="how often a download is tried again")
BACKOFF_FACTOR = Setting(
    "remote_backoff_factor", duration, default=1.0, description="seconds before the first retry; doubled each time"
)
CONNECT_TIMEOUT = Setting(
    "remote_connect_timeout_secs", patience, default=9.15, description="how long a connection may take, in seconds"
)
READ_TIMEOUT = Setting(
    "remote_read_timeout_secs", patience, default=60.0, description="how long a server may be silent, in seconds"
)
SSL_VERIFY: Setting[bool | str] = Setting(
    "ssl_verify",
    verification,
    default=True,
    aliases=("verify_ssl",),
    description="`true`, `false`, `truststore` for those of the system, or the path of certificates to trust",
    expands=True,
)
PROXY_SERVERS = Setting(
    "proxy_servers",
    proxies,
    default=NO_PAIRS,
    merge=united,
    description="the proxies to use, by `http`, `https` or `SCHEME://HOST`",
    expands=True,
)
PLUGIN_DEADLINE = Setting(
    "plugin_deadline_secs", number, default=10.0, description="how long a plugin that may fail may take, in seconds"
)
CONSOLE = Setting("console", text, default="console", description="the reporter for people")
JSON = Setting("json", flag, default=False, description="print one JSON document")
QUIET = Setting("quiet", flag, default=False, description="show no progress")
VERBOSITY = Setting("verbosity", whole, default=0, description="how much is told: 0 to 3")
DEBUG = Setting("debug", flag, default=False, description="show where an error comes from")
ALWAYS_YES = Setting("always_yes", flag, default=False, aliases=("yes",), description="answer every question with yes")
DRY_RUN = Setting("dry_run", flag, default=False, description="show what would be done, and do nothing")
SHOW_CHANNEL_URLS: Setting[bool | None] = Setting(
    "show_channel_urls",
    optional_flag,
    default=None,
    description="whether channels are shown: `true`, `false`, or nothing for all but `defaults`",
)
OF_CHANNELS = (
    CHANNEL_ALIAS,
    CUSTOM_CHANNELS,
    CUSTOM_MULTICHANNELS,
    MIGRATED_CHANNEL_ALIASES,
    MIGRATED_CUSTOM_CHANNELS,
    ALLOWLIST_CHANNELS,
    DENYLIST_CHANNELS,
    MIRRORED_CHANNELS,
)
"""The settings whose values are those of `ChannelSettings`, under the same names."""

REGISTER_ENVIRONMENTS = Setting(
    "register_envs", flag, default=True, description="note new environments in `~/.conda/environments.txt`"
)
ROOT_PREFIX: Setting[str | None] = Setting(
    "root_prefix",
    optional_text,
    default=None,
    aliases=("root_dir",),
    description="the base environment, when it is not the one that conda runs in",
)
