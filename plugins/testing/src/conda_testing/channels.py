"""A builder of channels: folders of archives and repodata, served from a `file://` URL or by `ChannelServer`."""

from __future__ import annotations

import hashlib
import os
import pathlib
from typing import TYPE_CHECKING, Any, Literal, Unpack

from conda_testing.packages import PackageBuilder, json_bytes, plain_frame, split_suffix
from conda_testing.shards import write_shards

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from conda_testing.packages import Compress, PackageFields


class ChannelBuilder:
    """A channel that grows in `folder`, one package or record at a time.

    Archives are written when they are added, repodata by `write`. `info` is added to the `info` map of every
    subdir (`base_url`, for instance). `compress` makes the Zstandard frames of archives and of
    `repodata.json.zst`.
    """

    def __init__(self, folder: str, *, info: Mapping[str, Any] = {}, compress: Compress = plain_frame) -> None:
        """Begin an empty channel; the folder is made when something is written."""
        self.folder = os.path.abspath(folder)
        self._info = dict(info)
        self._compress = compress
        self._records: dict[tuple[str, str], dict[str, Any]] = {}

    @property
    def url(self) -> str:
        """The `file://` URL of the channel, without a slash at the end."""
        return pathlib.PurePath(self.folder).as_uri()

    def add(
        self,
        name: str,
        version: str,
        build: str = "0",
        *,
        suffix: str = ".conda",
        record: Mapping[str, Any] = {},
        **fields: Unpack[PackageFields],
    ) -> dict[str, Any]:
        """Build a package, put its archive into the channel and return its repodata record.

        `record` is laid over the record alone, as a channel's patches are: the archive keeps the truth. The
        further arguments are those of `PackageBuilder`.
        """
        return self.add_package(PackageBuilder(name, version, build, **fields), suffix=suffix, record=record)

    def add_package(
        self, package: PackageBuilder, *, suffix: str = ".conda", record: Mapping[str, Any] = {}
    ) -> dict[str, Any]:
        """Put the archive of a package that is described already into the channel and return its repodata record."""
        archive = package.archive(suffix, self._compress)
        added = self._remember(package, suffix, package.index() | _digests(archive) | dict(record))
        folder = os.path.join(self.folder, package.subdir)
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, package.stem + suffix), "wb") as file:
            file.write(archive)
        return added

    def add_record(  # noqa: PLR0913  (all by keyword: what a record can say)
        self,
        name: str,
        version: str,
        build: str = "0",
        *,
        build_number: int = -1,
        depends: Sequence[str] = (),
        constrains: Sequence[str] = (),
        noarch: Literal["", "generic", "python"] = "",
        subdir: str = "",
        suffix: str = ".conda",
        **fields: object,
    ) -> dict[str, Any]:
        """Add a repodata record without an archive, for tests that only solve, and return it.

        Further arguments are laid over the record. Digests and size are those of the file name, so that records
        differ as real ones do.
        """
        package = PackageBuilder(
            name,
            version,
            build,
            build_number=build_number,
            depends=depends,
            constrains=constrains,
            noarch=noarch,
            subdir=subdir,
        )
        digests = _digests((package.stem + suffix).encode())
        return self._remember(package, suffix, {**package.index(), **digests, **fields})

    def records(self) -> list[dict[str, Any]]:
        """Return all records, sorted by subdir and file name, with the `fn`, `url` and `channel` that readers add."""
        located = []
        for (subdir, file_name), record in sorted(self._records.items()):
            place = {"fn": file_name, "url": f"{self.url}/{subdir}/{file_name}", "channel": self.url}
            located.append(record | place)
        return located

    def subdirs(self) -> list[str]:
        """Return the subdirs of the channel, sorted; `noarch` is always one of them (CEP 26)."""
        return sorted({"noarch"} | {subdir for subdir, _ in self._records})

    def repodata(self, subdir: str) -> dict[str, Any]:
        """Return the repodata document of a subdir (CEP 36)."""
        document: dict[str, Any] = {
            "info": {"subdir": subdir} | self._info,
            "packages": {},
            "packages.conda": {},
            "removed": [],
            "repodata_version": 1,
        }
        for (place, file_name), record in sorted(self._records.items()):
            if place == subdir:
                section = "packages.conda" if split_suffix(file_name)[1] == ".conda" else "packages"
                document[section][file_name] = record
        return document

    def write(self, file_name: str = "repodata.json") -> str:
        """Write the file and its `.zst` of every subdir and return the URL of the channel."""
        for subdir in self.subdirs():
            folder = os.path.join(self.folder, subdir)
            os.makedirs(folder, exist_ok=True)
            document = json_bytes(self.repodata(subdir))
            for name, content in ((file_name, document), (f"{file_name}.zst", self._compress(document))):
                with open(os.path.join(folder, name), "wb") as file:
                    file.write(content)
        return self.url

    def write_shards(self, shards_base_url: str = "./shards/") -> str:
        """Write the shards of every subdir with their index (CEP 16) and return the URL of the channel."""
        for subdir in self.subdirs():
            write_shards(os.path.join(self.folder, subdir), self.repodata(subdir), self._compress, shards_base_url)
        return self.url

    def _remember(self, package: PackageBuilder, suffix: str, record: dict[str, Any]) -> dict[str, Any]:
        """Keep a record under its subdir and file name; raises ValueError when that is taken."""
        file_name = package.stem + suffix
        split_suffix(file_name)
        place = (package.subdir, file_name)
        if place in self._records:
            raise ValueError(f"the channel has `{'/'.join(place)}` already")
        self._records[place] = record
        return dict(record)


def _digests(archive: bytes) -> dict[str, Any]:
    """Return size and digests of an archive as a record gives them."""
    return {
        "md5": hashlib.md5(archive, usedforsecurity=False).hexdigest(),
        "sha256": hashlib.sha256(archive).hexdigest(),
        "size": len(archive),
    }
