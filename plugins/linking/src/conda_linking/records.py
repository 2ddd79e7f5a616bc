"""Writes what a change leaves behind: the record of each package, and a block of the history."""

from __future__ import annotations

import os
import shutil
import time

from conda_kernel import __version__
from conda_kernel.model.file_table import NO_FILES
from conda_kernel.model.history import history_block
from conda_kernel.model.package import NOTHING
from conda_kernel.model.prefix_record import InstalledPath, PrefixRecord, prefix_record_text
from conda_linking.clobbering import original

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from conda_kernel.model.file_table import FileTable
    from conda_kernel.model.plan import Plan
    from conda_kernel.model.prefix import Prefix
    from conda_linking.layout import Item, Parcel
    from conda_linking.staging import Staged, Written


_new: Callable[[type[InstalledPath], tuple[object, ...]], InstalledPath] = tuple.__new__


def linked_record(  # noqa: PLR0913 - a record brings together all that is known of a package
    prefix: str,
    parcel: Parcel,
    staged: Staged,
    link_type: int,
    bytecode: Mapping[str, int],
    requested: Sequence[str],
    lost: Mapping[str, str],
    places: Mapping[str, str],
) -> PrefixRecord:
    """Return the record of a package that was linked, without its plain files.

    `bytecode` maps files that were compiled to their sizes, `lost` paths that another package has got to where the
    files wait, `places` all paths that lead elsewhere.
    """
    package = parcel.package
    paths = [_installed_path(item, staged.written, places) for item in parcel.items]
    for command in parcel.commands:
        path = command.path
        written = staged.written.get(places.get(path, path))
        paths.append(
            InstalledPath(
                path,
                "windows_python_entry_point_script" if path.startswith("Scripts/") else "unix_python_entry_point",
                size_in_bytes=written.size if written else None,
                sha256_in_prefix=written.sha256 if written else None,
            )
        )
    paths += [InstalledPath(path, "pyc_file", size_in_bytes=size) for path, size in bytecode.items()]
    if lost:
        paths = [original(entry)._replace(path=lost[entry.path]) if entry.path in lost else entry for entry in paths]
    record = parcel.record
    return PrefixRecord(
        record=record,
        files=tuple([entry.path for entry in paths if entry.path_type != "directory"]),
        paths=tuple(paths),
        link_source=package.folder,
        link_type=link_type,
        requested_specs=tuple(requested),
        extracted_package_dir=package.folder,
        package_tarball_full_path=package.archive or "",
        file_path=os.path.join(prefix, "conda-meta", f"{record.dist_name}.json"),
    )


def write_record(record: PrefixRecord, folder: str, plain: FileTable = NO_FILES) -> str:
    """Write a record below a staging folder and return its path in the prefix; `plain` are files besides its own."""
    path = f"conda-meta/{record.file_name}"
    _write(f"{folder}/{path}", prefix_record_text(record, plain))
    return path


def write_history(prefix: Prefix, plan: Plan, folder: str, now: float) -> None:
    """Write the history with one more block below a staging folder.

    The block tells the difference to what the history told before, so that what others changed shows up in it.
    """
    told = _told(prefix)
    unlinked = {installed.record.dist_name: str(installed.record) for installed in plan.unlink}
    linked = {record.dist_name: str(record) for record in plan.link}
    after = {summary.record.dist_name: str(summary.record) for summary in prefix.summaries()}
    after = {name: text for name, text in after.items() if name not in unlinked} | linked
    exchanged = {name for name, text in linked.items() if unlinked.get(name, text) != text}
    block = history_block(
        time=time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(now)),
        command=plan.change.command,
        version=__version__,
        removed=[text for name, text in told.items() if name not in after or name in exchanged],
        added=[text for name, text in after.items() if name not in told or name in exchanged],
        update_specs=plan.updated,
        remove_specs=plan.removed,
        neutered_specs=plan.neutered,
    )
    place = os.path.join(prefix.meta_folder, "history")
    before = _content(place)
    if before and not before.endswith(b"\n"):
        before += b"\n"
    path = f"{folder}/conda-meta/history"
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(before + block.encode())
    if os.path.exists(place):
        shutil.copymode(place, path)


def write_time_of_creation(folder: str, now: float) -> None:
    """Write when the environment was made, in seconds since 1970, below a staging folder."""
    _write(f"{folder}/conda-meta/created_at", f"{now}\n")


def _installed_path(item: Item, written: Mapping[str, Written], places: Mapping[str, str]) -> InstalledPath:
    entry = item.entry
    kind = "directory" if item.is_folder else "hardlink" if item.target is None else "softlink"
    made = written.get(places.get(item.path, item.path)) if item.placeholder is not None else None
    in_prefix = made.sha256 if made else None
    _, _, sha256, size, no_link, placeholder, mode = entry
    fields = (item.path, kind, sha256, size, in_prefix, no_link, placeholder, mode, NOTHING)
    # The generated `__new__` takes every field as an argument of its own, at twice the cost.
    return _new(InstalledPath, fields)


def _told(prefix: Prefix) -> dict[str, str]:
    states = prefix.history().states()
    return {text.rpartition("::")[2]: text for text in sorted(states[-1] if states else ())}


def _content(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except FileNotFoundError:
        return b""


def _write(path: str, text: str) -> None:
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
