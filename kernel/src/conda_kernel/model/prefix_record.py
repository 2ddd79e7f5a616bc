"""Reads and writes the record of one installed package, `conda-meta/NAME-VERSION-BUILD.json` (CEP 32)."""

from __future__ import annotations

import json
import re
from json.encoder import encode_basestring_ascii as _quote
from types import MappingProxyType

from conda_kernel.model.channel import ChannelNames, ChannelSettings
from conda_kernel.model.channel_url import without_credentials
from conda_kernel.model.errors import ParseError
from conda_kernel.model.named_tuple import NamedTuple
from conda_kernel.model.paths import UnsafePath, printable, safe_relative_paths
from conda_kernel.model.record import NOTHING, InvalidRecord, PackageRecord, stored_record
from conda_kernel.model.record_fields import LARGEST_NUMBER
from conda_kernel.model.record_writing import record_as_json
from conda_kernel.model.secret import mask_secrets

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from conda_kernel.model.file_table import FileTable

HARD_LINK, SOFT_LINK, COPY, DIRECTORY = 1, 2, 3, 4

_OWN_FIELDS = frozenset(
    (
        "files",
        "paths_data",
        "link",
        "requested_spec",
        "requested_specs",
        "extracted_package_dir",
        "package_tarball_full_path",
        "auth",
    )
)
_PATH_FIELDS = frozenset(
    (
        "_path",
        "path_type",
        "sha256",
        "size_in_bytes",
        "sha256_in_prefix",
        "no_link",
        "prefix_placeholder",
        "file_mode",
    )
)


class CorruptedEnvironment(ParseError):
    """A file in `conda-meta` cannot be read; the field `corrupted_file` names it."""

    conda_name = "CorruptedEnvironmentError"


class InstalledPath(NamedTuple):
    """One file of an installed package, relative to the prefix.

    `path_type` is one of `hardlink`, `softlink`, `directory`, `pyc_file`, `unix_python_entry_point`,
    `windows_python_entry_point_script`, `windows_python_entry_point_exe`, `linked_package_record`. `sha256` is of the
    file in the package, `sha256_in_prefix` of the file as installed.
    """

    path: str
    path_type: str = "hardlink"
    sha256: str | None = None
    size_in_bytes: int | None = None
    sha256_in_prefix: str | None = None
    no_link: bool = False
    prefix_placeholder: str | None = None
    file_mode: str | None = None
    extra: Mapping[str, object] = NOTHING


class PrefixRecord(NamedTuple):
    """An installed package: what its channel said, its files, and how it came here.

    `files` are all files it owns, generated ones too; `paths` tells more about them and is empty in very old records.
    `requested_specs` is empty for a dependency. `file_path` is where the record was read, not part of what is written.
    """

    record: PackageRecord
    files: tuple[str, ...] = ()
    paths: tuple[InstalledPath, ...] = ()
    link_source: str = ""
    link_type: int = HARD_LINK
    requested_specs: tuple[str, ...] = ()
    extracted_package_dir: str = ""
    package_tarball_full_path: str = ""
    extra: Mapping[str, object] = NOTHING
    file_path: str = ""

    @property
    def name(self) -> str:
        """The name of the package."""
        return self.record.name

    @property
    def file_name(self) -> str:
        """The name of the file that the record is written to."""
        return f"{self.record.dist_name}.json"

    def __hash__(self) -> int:
        return hash(self.record)


class PackageSummary(NamedTuple):
    """An installed package without its files: what a listing shows."""

    record: PackageRecord
    requested_specs: tuple[str, ...] = ()
    file_path: str = ""


def prefix_record(
    source: str | bytes | Mapping[str, object], file_path: str, channel_name: Callable[[str], str] | None = None
) -> PrefixRecord:
    """Return the installed package that a record file describes, from its text, octets or decoded content.

    `file_path` stands in errors. `channel_name` gives the canonical name for the text of a channel, by default as
    without any configuration.

    Raises CorruptedEnvironment: it is not JSON, lacks name, version or build, has a wrong type, or a path in it would
    lead out of the prefix.
    """
    document = _document(source, file_path) if isinstance(source, str | bytes) else source
    record = _package(document, file_path, channel_name or ChannelNames(ChannelSettings()))
    try:
        files = safe_relative_paths(_texts(document, "files", file_path))
        paths = _paths(document, record, files, file_path)
    except UnsafePath as error:
        raise corrupted(file_path, str(error)) from error
    link = document.get("link")
    link = link if isinstance(link, dict) else {}
    link_type = link.get("type")
    return PrefixRecord(
        record=record._replace(extra=NOTHING),
        files=files if files or not paths else tuple([entry.path for entry in paths]),
        paths=paths,
        link_source=_text(link, "source"),
        link_type=link_type if type(link_type) is int and 1 <= link_type <= DIRECTORY else HARD_LINK,
        requested_specs=_requested_specs(document, file_path),
        extracted_package_dir=_text(document, "extracted_package_dir"),
        package_tarball_full_path=_text(document, "package_tarball_full_path"),
        extra=_without(record.extra, _OWN_FIELDS),
        file_path=file_path,
    )


def package_summary(source: str | bytes, file_path: str, channel_name: Callable[[str], str]) -> PackageSummary:
    """Return what a listing needs of a record file, without decoding the lists of files where they can be cut out.

    Raises CorruptedEnvironment as `prefix_record` does, but does not look at the files.
    """
    content = source.encode("utf-8", "surrogatepass") if isinstance(source, str) else source
    try:
        shortened = _without_block(_without_block(content, b"paths_data", b"{", b"}"), b"files", b"[", b"]")
        document = _document(shortened, file_path)
        record = _package(document, file_path, channel_name)
    except CorruptedEnvironment:
        document = _document(source, file_path)
        record = _package(document, file_path, channel_name)
    return PackageSummary(
        record._replace(extra=_without(record.extra, _OWN_FIELDS)), _requested_specs(document, file_path), file_path
    )


def prefix_record_as_json(installed: PrefixRecord) -> dict[str, object]:
    """Return the record as JSON holds it in `conda-meta`: fields that are not known here are kept, secrets are not."""
    document = _without_paths(installed)
    document["files"] = list(installed.files)
    document["paths_data"] = {"paths_version": 1, "paths": [_path_as_json(entry) for entry in installed.paths]}
    return document


def prefix_record_text(installed: PrefixRecord, plain: FileTable | None = None) -> str:
    """Return the text of the record file, indented and with sorted keys; `plain` files stand before its own."""
    document = _without_paths(installed)
    texts = {key: json.dumps(value) for key, value in document.items()}
    names, told = ((), []) if plain is None else (plain.paths, plain.installed_texts())
    paths = [*told, *map(_path_text, installed.paths)]
    texts["files"] = _list([*map(_quote, names), *map(_quote, installed.files)], 4)
    texts["paths_data"] = f'{{\n    "paths": {_list(paths, 6)},\n    "paths_version": 1\n  }}'
    return "{\n" + ",\n".join([f"  {_quote(key)}: {texts[key]}" for key in sorted(texts)]) + "\n}\n"


def corrupted(file_path: str, fault: str) -> CorruptedEnvironment:
    """Return the error for a record file that cannot be used."""
    return CorruptedEnvironment(
        f"the record `{printable(file_path)}` cannot be used: {fault}",
        hint="remove that file and install the package again",
        environment_location=file_path.replace("\\", "/").rpartition("/conda-meta/")[0],
        corrupted_file=file_path,
    )


def _without_paths(installed: PrefixRecord) -> dict[str, object]:
    document: dict[str, object] = {key: value for key, value in installed.extra.items() if key != "auth"}
    document.update(record_as_json(installed.record))
    document["url"] = without_credentials(installed.record.url)
    document["link"] = {"source": installed.link_source, "type": installed.link_type}
    document["extracted_package_dir"] = installed.extracted_package_dir
    document["package_tarball_full_path"] = installed.package_tarball_full_path
    if installed.requested_specs:
        specs = [mask_secrets(spec) for spec in installed.requested_specs]
        document["requested_specs"] = specs
        if len(specs) == 1:
            document["requested_spec"] = specs[0]
    return document


def _list(lines: Sequence[str], indent: int) -> str:
    between = ",\n" + " " * indent
    return f"[\n{' ' * indent}{between.join(lines)}\n{' ' * (indent - 2)}]" if lines else "[]"


def _without_block(content: bytes, key: bytes, opening: bytes, closing: bytes) -> bytes:
    """Return the text with the value of one key emptied, when line ends and indentation show for sure where it ends."""
    head = b'\n  "' + key + b'": ' + opening
    start = content.find(head + b"\n")
    after = re.compile(rb"\n  ([^ ])").search(content, start + len(head)) if start >= 0 else None
    if after is None or after[1] != closing:
        return content
    return b"".join((content[:start], head, content[after.start(1) :]))


def _document(source: str | bytes, file_path: str) -> Mapping[str, object]:
    try:
        document = json.loads(source if isinstance(source, str) else source.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise corrupted(file_path, "it is not UTF-8") from error
    except (ValueError, RecursionError) as error:
        raise corrupted(file_path, "it is not JSON") from error
    if not isinstance(document, dict):
        raise corrupted(file_path, "it is no JSON object")
    return document


def _package(document: Mapping[str, object], file_path: str, channel_name: Callable[[str], str]) -> PackageRecord:
    try:
        return stored_record(document, channel_name)
    except InvalidRecord as error:
        raise corrupted(file_path, str(error)) from error


def _paths(
    document: Mapping[str, object], record: PackageRecord, files: tuple[str, ...], file_path: str
) -> tuple[InstalledPath, ...]:
    data = document.get("paths_data")
    if data is None:
        return ()
    entries = data.get("paths", []) if isinstance(data, dict) else None
    if not isinstance(entries, list) or not all(
        type(entry) is dict and type(entry.get("_path")) is str for entry in entries
    ):
        raise corrupted(file_path, "`paths_data` has no list of paths")
    places = safe_relative_paths([entry["_path"] for entry in entries])
    if record.noarch == "python":
        places = _prefix_places(places, files)
    return tuple([_installed_path(entry, place, file_path) for entry, place in zip(entries, places, strict=True)])


def _prefix_places(places: tuple[str, ...], files: tuple[str, ...]) -> tuple[str, ...]:
    """Return where the files of a noarch python package lie: conda writes the paths that they have in the package."""
    owned = frozenset(files)
    by_tail: dict[str, str] = {}
    for file in files:
        _, found, tail = file.partition("site-packages/")
        if found:
            by_tail["site-packages/" + tail] = file
        elif file.startswith(("bin/", "Scripts/")):
            by_tail["python-scripts/" + file.partition("/")[2]] = file
    return tuple([place if place in owned else by_tail.get(place, place) for place in places])


def _installed_path(entry: dict[str, object], place: str, file_path: str) -> InstalledPath:
    get = entry.get
    size = get("size_in_bytes")
    if size is not None and not (type(size) is int and 0 <= size <= LARGEST_NUMBER):
        raise corrupted(file_path, "`size_in_bytes` is not a number of bytes")
    texts = []
    for key in ("path_type", "sha256", "sha256_in_prefix", "prefix_placeholder", "file_mode"):
        value = get(key)
        if value is not None and type(value) is not str:
            raise corrupted(file_path, f"`{key}` is not a text")
        texts.append(value)
    return InstalledPath(
        place,
        texts[0] or "hardlink",
        texts[1],
        size,
        texts[2],
        get("no_link") is True,
        texts[3],
        texts[4],
        NOTHING if entry.keys() <= _PATH_FIELDS else _without(entry, _PATH_FIELDS),
    )


def _path_as_json(entry: InstalledPath) -> dict[str, object]:
    document: dict[str, object] = dict(entry.extra)
    document["_path"] = entry.path
    document["path_type"] = entry.path_type
    for key in ("sha256", "size_in_bytes", "sha256_in_prefix", "prefix_placeholder", "file_mode"):
        value = getattr(entry, key)
        if value is not None:
            document[key] = value
    if entry.no_link:
        document["no_link"] = True
    return document


def _path_text(entry: InstalledPath) -> str:
    """Return the same as `json.dumps` of the entry as JSON, for there are tens of thousands."""
    path, kind, sha256, size, in_prefix, no_link, placeholder, mode, extra = entry
    if sha256 is None or size is None or no_link or extra or (in_prefix, placeholder, mode) != (None, None, None):
        return json.dumps(_path_as_json(entry))
    head = f'{{"_path": {_quote(path)}, "path_type": {_quote(kind)}'
    return f'{head}, "sha256": {_quote(sha256)}, "size_in_bytes": {size}}}'


def _requested_specs(document: Mapping[str, object], file_path: str) -> tuple[str, ...]:
    specs = _texts(document, "requested_specs", file_path)
    if not specs:
        single = document.get("requested_spec")
        specs = (single,) if isinstance(single, str) else ()
    return tuple([spec for spec in specs if spec not in ("", "None")])


def _texts(document: Mapping[str, object], key: str, file_path: str) -> tuple[str, ...]:
    value = document.get(key)
    if value is None:
        return ()
    if not isinstance(value, list) or not all(type(element) is str for element in value):
        raise corrupted(file_path, f"`{key}` is not a list of texts")
    return tuple(value)


def _text(document: Mapping[str, object], key: str) -> str:
    value = document.get(key)
    return value if isinstance(value, str) else ""


def _without(fields: Mapping[str, object], names: frozenset[str]) -> Mapping[str, object]:
    rest = {key: value for key, value in fields.items() if key not in names}
    return MappingProxyType(rest) if rest else NOTHING
