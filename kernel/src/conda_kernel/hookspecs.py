"""Every extension point, in the order in which a command meets them.

An entry point in the group `conda.<point>` is one implementation. A *driver* is picked by name and fulfils a protocol;
an *extension* and a *hook* are functions with the signature given here. `docs/extension-points.md` has a paragraph on
each, with an example. Nothing here imports what the signatures name.
"""

from __future__ import annotations

from conda_kernel.model.typed import TYPE_CHECKING, Protocol
from conda_kernel.points import Driver, Extension, Hook
from conda_kernel.reporting import ReporterBackend

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager
    from typing import Any

    from conda_kernel.context import Context
    from conda_kernel.kernel import Kernel
    from conda_kernel.model.cached import CachedItem
    from conda_kernel.model.channel import Channel
    from conda_kernel.model.credentials import Basic, Bearer, ClientCertificate, Header, PathToken
    from conda_kernel.model.errors import CondaError
    from conda_kernel.model.event import Event
    from conda_kernel.model.fetching import AdapterRequest, Downloaded, FetchRequest, Response
    from conda_kernel.model.finding import Finding
    from conda_kernel.model.layer import Layer
    from conda_kernel.model.machine import Detected
    from conda_kernel.model.plan import Action, Applied, Change, Explanation, ExtractedPackage, Outcome, Plan, Recovery
    from conda_kernel.model.policy import Policy
    from conda_kernel.model.record import PackageRecord
    from conda_kernel.model.result import Result
    from conda_kernel.model.solving import Index, Repodata, Solution, SolveRequest
    from conda_kernel.setting import Setting


class FastSubcommand(Protocol):
    """Runs before parser, context and kernel exist; it may import next to nothing."""

    def run(self, argv: Sequence[str], environ: Mapping[str, str]) -> str | int:
        """Return the text for standard output, or an exit status; `argv` begins with the subcommand's own name."""


FAST_SUBCOMMANDS = Driver("fast_subcommands", FastSubcommand)


class Subcommand(Protocol):
    """A command that a user types; its name may have two words (`env list`)."""

    @staticmethod
    def add_arguments(parser: ArgumentParser) -> None:
        """Declare the arguments; called on the target itself, before there is a kernel."""

    def run(self, arguments: Namespace) -> Result:
        """Do what the command is for."""


SUBCOMMANDS = Driver("subcommands", Subcommand, service=True)


def context_sources(prefix: str, environ: Mapping[str, str], *, is_root: bool) -> tuple[Layer, ...]:
    """Return layers of settings, lowest first.

    They are those of the system, the root prefix and the user when `is_root`, else those of the target prefix alone.
    """
    raise NotImplementedError


CONTEXT_SOURCES = Extension("context_sources", context_sources, contained=False)

REPORTER_BACKENDS = Driver("reporter_backends", ReporterBackend, service=True)


def pre_commands(command: str, arguments: Namespace, prefix: str | None) -> None:
    """Notice that a command is about to run; raise a `CondaError` to stop it."""


PRE_COMMANDS = Hook("pre_commands", pre_commands, contained=False, keyed=True)


class Planner(Protocol):
    """Turns wishes into changed environments."""

    def plan(self, change: Change) -> Plan:
        """Return what has to be done; raise `Unsolvable`, `PackagesNotFound` or another `CondaError`."""

    def explain(self, change: Change) -> Explanation:
        """Return the plan of a change, or why there is none; nothing is changed, and nobody is asked."""

    def carry_out(self, plan: Plan) -> Outcome:
        """Do it; a plan whose base is stale is made again, and that is told."""


PLANNERS = Driver("planners", Planner, service=True, sole=True)


class Indexes(Protocol):
    """Makes one index over several channels."""

    def open(self, channels: Sequence[Channel], subdirs: Sequence[str]) -> Index:
        """Return the index over the channels, in the order of their priority, for those who look for anything."""

    def open_in_turn(self, channels: Sequence[Channel], subdirs: Sequence[str]) -> Iterator[Index]:
        """Yield indexes for those who solve, one at least: without a solution in one the next is asked for."""


INDEXES = Driver("indexes", Indexes, service=True, sole=True)


class RepodataSource(Protocol):
    """Reads one format of repodata."""

    def read(self, channel: Channel, subdir: str, downloader: Downloader, folder: str) -> Repodata | None:
        """Return the subdir's packages, or `None` when the channel does not offer this format.

        What is downloaded is kept in `folder`, which belongs to this channel, subdir and format.
        """


REPODATA_SOURCES = Driver("repodata_sources", RepodataSource, service=True)


def policies(context: Context) -> Policy | None:
    """Return a rule that keeps records of channels out of the choice; `None` when the settings ask for none."""
    raise NotImplementedError


POLICIES = Extension("policies", policies, contained=False)


class Downloader(Protocol):
    """Brings files: several at once, with retries, resuming, checksums and progress."""

    def fetch(self, requests: Iterable[FetchRequest]) -> Iterator[Downloaded]:
        """Yield what came of each request, in the order in which they end; one that failed stops no other."""


DOWNLOADERS = Driver("downloaders", Downloader, service=True, sole=True)


class FetchAdapter(Protocol):
    """Speaks one URL scheme, which is its name."""

    def open(self, request: AdapterRequest) -> AbstractContextManager[Response]:
        """Return the answer to a request; raise `FetchError` when there is none."""


FETCH_ADAPTERS = Driver("fetch_adapters", FetchAdapter, service=True)


class AuthHandler(Protocol):
    """Knows the credentials of channels; its name is what the key `auth` of `channel_settings` takes."""

    def credentials(self, channel: Channel, url: str) -> Basic | Bearer | PathToken | Header | ClientCertificate | None:
        """Return what to show to the server of a URL; `None` when there is nothing.

        `channel` is the one that the URL lies in, with the login and the token that its own URL or the settings
        brought. What is returned goes to the scheme and host of the URL alone, and may be used for all of the channel.
        """


AUTH_HANDLERS = Driver("auth_handlers", AuthHandler, service=True)


def session_headers(host: str) -> tuple[Header, ...] | None:
    """Return HTTP headers for every request to a host, `h.example` or `h.example:8443`, and to no other."""
    raise NotImplementedError


SESSION_HEADERS = Hook("session_headers", session_headers, contained=True)


def request_headers(host: str, folder: str, context: Context) -> tuple[Header, ...] | None:
    """Return HTTP headers for the requests to one folder of a host, like `/channel/noarch`; those of the host remain.

    A token is no part of the folder.
    """
    raise NotImplementedError


REQUEST_HEADERS = Hook("request_headers", request_headers, contained=True)


def virtual_packages(subdir: str, cache: str | None) -> Detected | None:
    """Return version and build of the virtual package that bears the plugin's name; `None` when there is none here.

    `cache` is the user's folder for what can be found out anew, in which a detector may keep what takes it long, or
    `None` when the user has no home. It need not exist yet, and may not be writable.
    """
    raise NotImplementedError


VIRTUAL_PACKAGES = Extension("virtual_packages", virtual_packages, contained=True)


class Solver(Protocol):
    """Finds a set of packages that fulfils a request."""

    def solve(self, request: SolveRequest) -> Solution:
        """Return the solution; raise `Unsolvable` when there is none, `CondaError` for what it cannot honour."""


SOLVERS = Driver("solvers", Solver)


def post_solves(request: SolveRequest, solution: Solution, context: Context) -> None:
    """See a solution that the referee has accepted; raise a `CondaError` to refuse it.

    Keyed by the names of settings: what judges by one is registered for it, and called where it is given.
    """


POST_SOLVES = Hook("post_solves", post_solves, contained=False, keyed=True)


class PackageCache(Protocol):
    """Keeps extracted packages."""

    def provide(self, records: Sequence[PackageRecord]) -> AbstractContextManager[Sequence[ExtractedPackage]]:
        """Return a context in which the packages are there, complete and verified, in the order asked.

        While it is open, no other process collects them.
        """

    def missing(self, records: Sequence[PackageRecord]) -> tuple[PackageRecord, ...]:
        """Return those of the records that `provide` would have to download, in the order given.

        This is cheap, and changes nothing: what lies in a cache is known by its record, an archive by name and size.
        """

    def provide_stated(self, records: Sequence[PackageRecord]) -> AbstractContextManager[Sequence[ExtractedPackage]]:
        """Provide packages of which only name, version, build, URL and at most digests are known.

        The records of what is yielded are those that the packages were stored with or state themselves.
        """


PACKAGE_CACHES = Driver("package_caches", PackageCache, service=True, sole=True)


class CacheKeeper(Protocol):
    """Lists, checks and removes what the package caches hold."""

    def contents(self) -> tuple[CachedItem, ...]:
        """Return what lies in the caches, in their order and by name; nothing is changed."""

    def remove(self, items: Sequence[CachedItem]) -> tuple[CachedItem, ...]:
        """Remove the items that no process is using, and return those that are gone."""

    def faults(self, item: CachedItem) -> tuple[str, ...]:
        """Return in what the item is not what it claims to be; every file is read."""


CACHE_KEEPERS = Driver("cache_keepers", CacheKeeper, service=True, sole=True)


class PackageExtractor(Protocol):
    """Unpacks archives of one format; its name is the suffix of their file names."""

    def extract(
        self, archive: str, into: str, *, size_limit: int, aside: Callable[[], AbstractContextManager[object]]
    ) -> Mapping[str, int | None]:
        """Unpack into an empty folder, at most so many bytes; raise `PackageCorrupt` for what is unsafe or broken.

        Threads that extract take turns, for Python runs one at a time: long work that it has no part in, such as
        decompressing, is done inside `aside()`, and meanwhile it is another's turn.

        Returns every path that is there then, relative and `/` separated: those of files with their sizes, which are
        not looked at again, those of folders and links with `None`.
        """


PACKAGE_EXTRACTORS = Driver("package_extractors", PackageExtractor)


class Linker(Protocol):
    """Changes prefixes; whenever it is killed, a prefix is as before the change or as after it."""

    def apply(self, plan: Plan, packages: Sequence[ExtractedPackage], actions: Sequence[Action]) -> Applied:
        """Carry out the plan.

        Raises `StalePlan` when the prefix is not the one it was made for, `LinkFailed` when the change was undone.
        """

    def recover(self, prefix: str) -> Recovery:
        """Bring a change to its end that another process left unfinished."""


LINKERS = Driver("linkers", Linker, service=True, sole=True)


def pre_transaction_actions(plan: Plan, context: Context) -> Action | None:
    """Return what is to be done before packages are unlinked and linked, when all of that has been checked."""
    raise NotImplementedError


PRE_TRANSACTION_ACTIONS = Hook("pre_transaction_actions", pre_transaction_actions, contained=False)


def post_transaction_actions(plan: Plan, context: Context) -> Action | None:
    """Return what is to be done after the packages are linked and before the change is committed."""
    raise NotImplementedError


POST_TRANSACTION_ACTIONS = Hook("post_transaction_actions", post_transaction_actions, contained=False)


class HealthCheck(Protocol):
    """Looks for one kind of fault, in an environment or in what conda keeps; its name is what `conda doctor` takes."""

    def find(self, prefix: str) -> Sequence[Finding] | None:
        """Return what is wrong, and change nothing; `None` when there is nothing here that could be looked at."""

    def fix(self, prefix: str, findings: Sequence[Finding]) -> None:
        """Mend what was found and has a remedy; raise `CondaError` when that cannot be done."""


HEALTH_CHECKS = Driver("health_checks", HealthCheck, service=True)


def post_commands(
    command: str, arguments: Namespace, prefix: str | None, result: Result, kernel: Kernel
) -> tuple[Event, ...] | None:
    """Return what there is to tell after a command that did what it was asked for; not called with `--dry-run`.

    Services may be asked for with the kernel.
    """
    raise NotImplementedError


POST_COMMANDS = Hook("post_commands", post_commands, contained=True, keyed=True)


def error_hints(error: CondaError) -> str | None:
    """Return one sentence of advice on an error; keyed by the name of its class."""
    raise NotImplementedError


ERROR_HINTS = Hook("error_hints", error_hints, contained=True, keyed=True)


def settings() -> tuple[Setting[Any], ...]:
    """Return the settings that a distribution declares, for those who list all there are."""
    raise NotImplementedError


SETTINGS = Extension("settings", settings, contained=True)

POINTS = tuple(value for value in list(globals().values()) if isinstance(value, Driver | Extension | Hook))
"""All of them, in their order. Both `--help` for plugin authors and the tests about the system read this."""
