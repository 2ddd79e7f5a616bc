"""Packages that are given by URL or path, typed or in a file (CEP 23), and what that says about them."""

from __future__ import annotations

import os

from conda_commands_environments.package_specs import ARCHIVES, UnreadableFile
from conda_kernel.model.explicit import ExplicitPackage, InvalidExplicitLine, parse_explicit
from conda_kernel.model.match_spec import MatchSpec
from conda_kernel.model.paths import printable
from conda_kernel.model.record import stored_record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from conda_kernel.context import Context
    from conda_kernel.model.record import PackageRecord


class OtherPlatform(UnreadableFile):
    """A file lists packages for another platform than that of the environment."""


def explicit_packages(archives: Iterable[str], lists: Mapping[str, str], platform: str) -> tuple[ExplicitPackage, ...]:
    """Return the packages that were typed, then those of the files, each once; `lists` are the texts of these by path.

    Raises OtherPlatform, UnreadableFile and InvalidExplicitLine.
    """
    found = [ExplicitPackage.parse(text) for text in archives]
    for file, text in lists.items():
        found += _listed(file, text, platform)
    return tuple(dict.fromkeys(found))


def stated_records(
    packages: Iterable[ExplicitPackage], context: Context, channel_name: Callable[[str], str]
) -> tuple[PackageRecord, ...]:
    """Return what URLs and file names say about packages: all but dependencies. Raises InvalidExplicitLine."""
    return tuple(_stated_record(package, context, channel_name) for package in packages)


def recorded_spec(record: PackageRecord) -> MatchSpec:
    """Return the spec that the history remembers a package by that was given as it stands."""
    named = f"{record.name}=={record.version}={record.build}"
    known = "://" in record.base_of_channel and not record.channel.startswith("<")
    return MatchSpec.parse(f"{record.channel}/{record.subdir}::{named}" if known else named)


def _listed(file: str, text: str, platform: str) -> tuple[ExplicitPackage, ...]:
    try:
        listed = parse_explicit(text)
    except InvalidExplicitLine as error:
        raise UnreadableFile(f"`{printable(file)}`: {error}", hint=error.hint, file=file) from error
    if listed.platform not in (None, platform):
        raise OtherPlatform(
            f"`{printable(file)}` lists packages for {printable(str(listed.platform))}, and the environment is for "
            f"{platform}",
            hint=f"`--platform {printable(str(listed.platform))}` makes an environment for it",
            file=file,
            platform=listed.platform,
        )
    return listed.packages


def _stated_record(package: ExplicitPackage, context: Context, channel_name: Callable[[str], str]) -> PackageRecord:
    stem = next(package.file_name.removesuffix(end) for end in ARCHIVES if package.file_name.endswith(end))
    parts = stem.rsplit("-", 2)
    if len(parts) < 3 or not all(parts):
        raise InvalidExplicitLine(f"`{printable(package.file_name)}` is not `name-version-build`", text=str(package))
    name, version, build = parts
    home = context.environ.get("HOME") or context.environ.get("USERPROFILE") or ""
    entry = {
        "name": name,
        "version": version,
        "build": build,
        "fn": package.file_name,
        "url": package.url(context.environ, os.getcwd(), home),
        "md5": package.md5,
        "sha256": package.sha256,
    }
    return stored_record({key: value for key, value in entry.items() if value is not None}, channel_name)
