"""Says what one has to have to be like an environment or a list, and what it lacks."""

from __future__ import annotations

import os

from conda_kernel.errors import CondaError
from conda_kernel.model.environment import environment_name_problem, is_environment
from conda_kernel.model.explicit import ExplicitPackage, is_explicit, parse_explicit
from conda_kernel.model.match_spec import MatchSpec
from conda_kernel.model.named_tuple import NamedTuple
from conda_kernel.model.paths import printable
from conda_kernel.model.prefix_packages import PrefixPackages
from conda_kernel.prefixes import named_prefix

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from conda_kernel.context import Context
    from conda_kernel.model.record import PackageRecord

ENVIRONMENT_FILES = (".yml", ".yaml", ".json", ".toml", ".lock")
ARCHIVES = (".conda", ".tar.bz2")
LARGEST_FILE = 1 << 24
"""In bytes."""


class NothingToCompare(CondaError):
    """What an environment is to be compared with is not there, or cannot be read."""


class Wanted(NamedTuple):
    """What one package has to be: `told` says it for people, `fits` tells whether a record is it."""

    told: str
    fits: Callable[[PackageRecord], bool]


class WantedPackages(NamedTuple):
    """What there has to be, by name; when it `is_whole` there must be nothing else."""

    packages: Mapping[str, Wanted]
    is_whole: bool


def wanted_packages(other: str, context: Context, channel_name: Callable[[str], str]) -> WantedPackages:
    """Return what an environment has, a name or a path, or what a file lists.

    Raises NothingToCompare, CorruptedEnvironment, InvalidMatchSpec and InvalidExplicitLine.
    """
    if os.path.isfile(other):
        return _listed(other)
    prefix = _environment(other, context)
    records = {found.record.name: found.record for found in PrefixPackages(prefix, channel_name).summaries()}
    return WantedPackages({name: _exactly(record) for name, record in records.items()}, is_whole=True)


def differences(wanted: WantedPackages, installed: Mapping[str, PackageRecord]) -> Iterator[str]:
    """Yield a sentence for each package that is missing, another, or too much, by name."""
    names = wanted.packages.keys() | (installed.keys() if wanted.is_whole else frozenset())
    for name in sorted(names):
        package, record = wanted.packages.get(name), installed.get(name)
        if package is None:
            yield f"{name} found but not expected. Running pkg: {record}"
        elif record is None:
            yield f"{name} not found"
        elif not package.fits(record):
            yield f"{name} found but mismatch. Specification pkg: {package.told}, Running pkg: {record}"


def _environment(text: str, context: Context) -> str:
    is_path = (
        os.sep in text or (os.altsep is not None and os.altsep in text) or environment_name_problem(text) is not None
    )
    prefix = os.path.abspath(os.path.expanduser(text)) if is_path else named_prefix(context, text)
    if not is_environment(prefix):
        raise NothingToCompare(
            f"`{printable(text)}` is neither a file nor an environment", hint="`conda info --envs` lists environments"
        )
    return prefix


def _exactly(record: PackageRecord) -> Wanted:
    return Wanted(str(record), lambda other: other.identity == record.identity)


def _listed(file: str) -> WantedPackages:
    if file.endswith(ENVIRONMENT_FILES):
        raise NothingToCompare(
            f"no plugin that is installed reads `{printable(file)}`",
            hint="list the packages in a file that ends in `.txt`",
        )
    text = _text(file)
    if is_explicit(text):
        return WantedPackages(dict(map(_explicit, parse_explicit(text).packages)), is_whole=True)
    lines = [line.strip() for line in text.splitlines()]
    specs = [MatchSpec.parse(line) for line in lines if line and not line.startswith("#")]
    return WantedPackages({spec.name: Wanted(str(spec), spec.matches) for spec in specs}, is_whole=False)


def _explicit(package: ExplicitPackage) -> tuple[str, Wanted]:
    stem = next(package.file_name.removesuffix(end) for end in ARCHIVES if package.file_name.endswith(end))

    def fits(record: PackageRecord) -> bool:
        digests = ((package.md5, record.md5), (package.sha256, record.sha256))
        return record.dist_name == stem and all(stated in (None, known) for stated, known in digests)

    return stem.rsplit("-", 2)[0].lower(), Wanted(str(package), fits)


def _text(file: str) -> str:
    try:
        with open(file, encoding="utf-8-sig") as opened:
            text = opened.read(LARGEST_FILE + 1)
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise NothingToCompare(f"cannot read `{printable(file)}`: {reason}", file=file) from error
    if len(text) > LARGEST_FILE:
        raise NothingToCompare(f"`{printable(file)}` is too large for a list of packages", file=file)
    return text
