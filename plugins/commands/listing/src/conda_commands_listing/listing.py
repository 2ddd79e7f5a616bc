"""Lists the packages of an environment."""

from __future__ import annotations

import re

from conda_commands_listing import fields
from conda_commands_listing.settings import LIST_FIELDS
from conda_kernel.channels import channel_settings, target_subdir
from conda_kernel.errors import PackagesNotFound, UsageError
from conda_kernel.model.channel import ChannelNames
from conda_kernel.model.event import Warned
from conda_kernel.model.paths import printable
from conda_kernel.model.prefix_packages import PrefixPackages
from conda_kernel.model.result import Result, Table, Verbatim
from conda_kernel.options import add_target, bind
from conda_kernel.prefixes import existing_environment
from conda_kernel.settings import SHOW_CHANNEL_URLS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from conda_kernel.kernel import Kernel
    from conda_kernel.model.prefix_record import PackageSummary

DEFAULTS = "defaults"
NOTHING = "-"
UNFINISHED = "a change of `{}` was begun and not brought to its end; what is shown may be half of it"
REMEDY = "`conda doctor --fix`, or the next command that changes the environment, brings it to its end"


class List:
    """The command `conda list`; it only reads."""

    def __init__(self, kernel: Kernel) -> None:
        self._context = kernel.context
        self._tell = kernel.reporter.tell

    @staticmethod
    def add_arguments(parser: ArgumentParser) -> None:
        """Declare the arguments of the command."""
        parser.add_argument("regex", nargs="?", metavar="REGEX", help="list packages whose names match it")
        parser.add_argument("-f", "--full-name", action="store_true", help="REGEX has to match the whole name")
        parser.add_argument("--reverse", action="store_true", help="list in reverse order")
        bind(parser, SHOW_CHANNEL_URLS, "--show-channel-urls", action="store_true", help="show every channel")
        bind(parser, LIST_FIELDS, "--fields", metavar="LIST", help="the columns, with commas between them")
        parser.add_argument("--size", action="store_true", help="show how much room each package takes")
        parser.add_argument("--no-pip", action="store_true", help="list nothing but packages of conda")
        form = parser.add_argument_group("form").add_mutually_exclusive_group()
        form.add_argument("-c", "--canonical", action="store_true", help="channel/subdir::name-version-build")
        form.add_argument("--explicit", action="store_true", help="URLs, in the order in which they are installed")
        form.add_argument("-e", "--export", action="store_true", help="name=version=build")
        form.add_argument("-r", "--revisions", action="store_true", help="what each change has brought and removed")
        digest = parser.add_mutually_exclusive_group()
        digest.add_argument("--md5", action="store_true", help="add MD5 digests to the URLs of `--explicit`")
        digest.add_argument("--sha256", action="store_true", help="add SHA-256 digests to the URLs of `--explicit`")
        parser.add_argument(
            "--auth", action="store_true", help="add logins and tokens of channels to the URLs of `--explicit`"
        )
        add_target(parser)

    def run(self, arguments: Namespace) -> Result:
        """Return the packages in the form that was asked for.

        Raises `NoActiveEnvironment`, `NotAnEnvironment`, `CorruptedEnvironment`, `UsageError` for a pattern that is
        none, and `PackagesNotFound` when nothing matches it.
        """
        prefix = existing_environment(self._context)
        names = ChannelNames(channel_settings(self._context))
        installed = PrefixPackages(prefix, names)
        if installed.unfinished_change():
            self._tell(Warned(UNFINISHED.format(printable(prefix)), REMEDY))
        if arguments.revisions:
            return self._revisions(prefix)
        found = installed.summaries()
        for problem in installed.problems():
            self._tell(Warned(problem))
        packages = chosen(found, arguments.regex, full_name=arguments.full_name)
        if arguments.explicit:
            return self._explicit(packages, arguments)
        if arguments.reverse:
            packages = packages[::-1]
        if arguments.canonical:
            return _lines_result([str(package.record) for package in packages])
        if arguments.export:
            return self._export(packages)
        return self._listing(prefix, packages, shows_size=arguments.size)

    def _listing(self, prefix: str, packages: tuple[PackageSummary, ...], *, shows_size: bool) -> Result:
        names = self._context[LIST_FIELDS]
        has_fields = bool(self._context.entries(LIST_FIELDS))
        if has_fields:
            document = [{name: fields.FIELDS[name].value(package) for name in names} for package in packages]
        else:
            document = [fields.dist_fields(package) for package in packages]
        columns = [fields.FIELDS[name].title for name in names]
        rows = [self._row(package, names) for package in packages]
        widths = [fields.WIDTHS.get(name, 0) for name in names]
        title = f"# packages in environment at {printable(prefix)}:\n#"
        if not shows_size:
            return Result(document, (_table(title, columns, rows, widths),))
        from conda_commands_listing.sizes import TITLE, installed_size  # noqa: PLC0415 - for `--size` alone
        from conda_kernel.model.human_size import human_size  # noqa: PLC0415 - likewise

        sizes = [installed_size(prefix, package) for package in packages]
        place = len(names) - (names[-1:] == ("channel_name",))
        columns.insert(place, TITLE)
        widths.insert(place, 0)
        for row, item, size in zip(rows, document, sizes, strict=True):
            row.insert(place, human_size(size))
            item["size"] = size
        total = Verbatim(f"#\n# Total: {human_size(sum(sizes))}\n")
        return Result(document, (_table(title, columns, rows, widths, frozenset({TITLE})), total))

    def _row(self, package: PackageSummary, names: tuple[str, ...]) -> list[str]:
        """Return the cells of a row; only the last may be empty, so that scripts can split at blanks."""
        cells = [self._cell(package, name) for name in names]
        return [text or NOTHING for text in cells[:-1]] + cells[-1:]

    def _cell(self, package: PackageSummary, name: str) -> str:
        if name == "channel_name":
            shown = self._context[SHOW_CHANNEL_URLS]
            return package.record.channel if shown or (shown is None and package.record.channel != DEFAULTS) else ""
        return fields.cell(package, name)

    def _explicit(self, packages: tuple[PackageSummary, ...], arguments: Namespace) -> Result:
        from conda_commands_listing.explicit import explicit  # noqa: PLC0415 - for `--explicit` alone

        digest = "md5" if arguments.md5 else "sha256" if arguments.sha256 else ""
        records = [package.record for package in packages]
        if arguments.auth:
            from conda_commands_listing.logins import with_logins  # noqa: PLC0415 - for `--auth` alone

            records = with_logins(records, self._context)
        return explicit(records, target_subdir(self._context), digest)

    def _export(self, packages: tuple[PackageSummary, ...]) -> Result:
        from conda_commands_listing.explicit import header  # noqa: PLC0415 - for files to create environments from

        records = [package.record for package in packages]
        lines = [f"{record.name}={record.version}={record.build}" for record in records]
        return _lines_result(lines, header(target_subdir(self._context)))

    def _revisions(self, prefix: str) -> Result:
        from conda_commands_listing.revisions import revisions  # noqa: PLC0415 - for `--revisions` alone

        result, problems = revisions(prefix)
        for problem in problems:
            self._tell(Warned(problem))
        return result


def chosen(installed: tuple[PackageSummary, ...], regex: str | None, *, full_name: bool) -> tuple[PackageSummary, ...]:
    """Return the packages whose names match, whatever the case; raise `PackagesNotFound` when none does."""
    if regex is None:
        return installed
    try:
        pattern = re.compile(regex, re.IGNORECASE)
    except (re.error, RecursionError, OverflowError) as error:
        raise UsageError(f"`{printable(regex)}` is no regular expression: {error}", regex=regex) from error
    match = pattern.fullmatch if full_name else pattern.search
    packages = tuple(package for package in installed if match(package.record.name))
    if not packages:
        wanted = "is named" if full_name else "matches"
        raise PackagesNotFound(f"no installed package {wanted} `{printable(regex)}`", packages=[regex])
    return packages


def _table(
    title: str, columns: list[str], rows: list[list[str]], widths: list[int], right: frozenset[str] = frozenset()
) -> Table:
    return Table(tuple(columns), tuple(tuple(row) for row in rows), title, tuple(widths), right)


def _lines_result(lines: list[str], before: str = "") -> Result:
    return Result(lines, (Verbatim(before + "".join([f"{printable(line)}\n" for line in lines])),))
