"""The packages of one subdir out of its flat repodata; the records of a name are decoded when it is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import msgspec

from conda_channels.package_base import package_base
from conda_kernel.model.record import InvalidRecord, PackageRecord, package_record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from conda_channels.document import Document
    from conda_kernel.model.channel import Channel

OLD, NEW = ".tar.bz2", ".conda"
VIRTUAL = "__"


class Twin(msgspec.Struct):
    """What is taken over from the record of the same build in the old format."""

    md5: Annotated[str, msgspec.Meta(pattern="^[0-9a-fA-F]{32}$")] | None = None
    size: Annotated[int, msgspec.Meta(ge=0)] | None = None


class FlatSubdir:
    """The records of a document.

    `tell_faults` is called with the name of a package and the faults of its records that cannot be used, if any.
    """

    def __init__(
        self,
        document: Document,
        channel: Channel,
        subdir: str,
        tell_faults: Callable[[str, list[str]], None],
    ) -> None:
        own_url = channel.subdir_url(subdir)
        self._channel = channel
        self._subdir = subdir
        self._tell_faults = tell_faults
        self._base_url = package_base(own_url, document.info.base_url if document.info else None)
        self._channel_url = "" if self._base_url == own_url else channel.base_url
        self._decode = msgspec.json.Decoder().decode
        self._decode_twin = msgspec.json.Decoder(Twin).decode
        self._removed = frozenset(document.removed or ())
        self._old = document.old or {}
        self._new = document.new or {}
        self._files = self._files_by_name()

    def names(self) -> Iterable[str]:
        """Return the names, as the file names tell them."""
        return self._files.keys()

    def records(self, name: str) -> list[PackageRecord]:
        """Return the records of a name that can be used, one for each build."""
        faults: list[str] = []
        found = []
        for file_name in self._files.get(name, ()):
            record = self._record(name, file_name, faults)
            if record is not None:
                found.append(record)
        if faults:
            self._tell_faults(name, faults)
        return found

    def _files_by_name(self) -> dict[str, list[str]]:
        """Group the file names; of a build in both formats the one in the new format stands for both."""
        files: dict[str, list[str]] = {}
        removed, new = self._removed, self._new
        for file_name in new:
            if file_name not in removed:
                files.setdefault(file_name.rsplit("-", 2)[0].lower(), []).append(file_name)
        for file_name in self._old:
            twin = file_name.removesuffix(OLD) + NEW
            if file_name not in removed and (twin not in new or twin in removed):
                files.setdefault(file_name.rsplit("-", 2)[0].lower(), []).append(file_name)
        return {name: found for name, found in files.items() if not name.startswith(VIRTUAL)}

    def _record(self, name: str, file_name: str, faults: list[str]) -> PackageRecord | None:
        if file_name not in self._new:
            return self._decoded(name, file_name, self._old, OLD, faults)
        record = self._decoded(name, file_name, self._new, NEW, faults)
        twin = file_name.removesuffix(NEW) + OLD
        if twin not in self._old or twin in self._removed:
            return record
        if record is None:
            return self._decoded(name, twin, self._old, OLD, faults)
        return record if record.legacy_bz2_md5 else self._with_twin(record, self._old[twin])

    def _decoded(
        self, name: str, file_name: str, entries: Mapping[str, msgspec.Raw], extension: str, faults: list[str]
    ) -> PackageRecord | None:
        try:
            entry = self._decode(entries[file_name])
            record = self._usable(entry, name, file_name, extension)
        except (InvalidRecord, msgspec.DecodeError, RecursionError, ValueError) as error:
            faults.append(f"{file_name}: {error}")
            return None
        return record

    def _usable(self, entry: object, name: str, file_name: str, extension: str) -> PackageRecord:
        if not isinstance(entry, dict):
            raise InvalidRecord("the record is not a map")
        if not file_name.endswith(extension):
            raise InvalidRecord("the file name has the ending of another format")
        record = package_record(
            entry,
            channel=self._channel.name,
            subdir=self._subdir,
            base_url=self._base_url,
            file_name=file_name,
            channel_url=self._channel_url,
        )
        if record.name != name:
            raise InvalidRecord("the file name is that of another package")
        return record

    def _with_twin(self, record: PackageRecord, twin: msgspec.Raw) -> PackageRecord:
        try:
            found = self._decode_twin(twin)
        except (msgspec.DecodeError, RecursionError, ValueError):
            return record
        return record._replace(legacy_bz2_md5=found.md5, legacy_bz2_size=found.size)
