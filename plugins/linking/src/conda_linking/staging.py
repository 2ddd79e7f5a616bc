"""Makes the files of a change beside the environment: links, copies, rewritten copies, scripts."""

from __future__ import annotations

import os
import stat

from conda_kernel.model.named_tuple import NamedTuple
from conda_linking.clobbering import stage_moved
from conda_linking.entry_points import MODE, entry_point_script
from conda_linking.layout import Command, with_parents
from conda_linking.link_kinds import Copier, Links, opened, put
from conda_linking.replacement import replaced

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from conda_linking.layout import Item, Parcel
    from conda_linking.link_kinds import LinkPolicy
    from conda_linking.survey import Survey


class Written(NamedTuple):
    """What became of a file that was rewritten or generated."""

    size: int
    sha256: str


class Staged(NamedTuple):
    """What staging found out: files whose content is new, by place; and each parcel's type of link."""

    written: dict[str, Written]
    link_types: tuple[int, ...]


def stage(
    surveyed: Survey,
    prefix: str,
    folder: str,
    advanced: Callable[[int], None],
    policy: LinkPolicy,
) -> Staged:
    """Make everything in `folder`, each file at the path that it will have in the prefix.

    `advanced` is told how many files there are after each package. Raises `OSError` and `PlaceholderTooShort`.
    """
    parcels = surveyed.parcels
    _make_folders(folder, surveyed.folders)
    stage_moved(prefix, folder, surveyed.moved)
    copier = Copier()
    plain = [_links(each, folder) for each in parcels]
    written: dict[str, Written] = {}
    count = 0
    for here, (number, item) in surveyed.files.items():
        target = f"{folder}/{here}"
        if isinstance(item, Command):
            written[here] = _written(target, entry_point_script(item.point, prefix, item.python), MODE)
        elif item.target is not None:
            os.symlink(item.target, target)
        elif item.is_copied:
            copier.copy(item.source, target)
        else:
            made = item.placeholder and _rewritten(item, item.placeholder, target, prefix, parcels[number])
            if not made:
                plain[number].paths.append(item.entry.path)
                plain[number].places.append(here)
                continue
            written[here] = made
        count += 1
    link_types = []
    for links in plain:
        link_types.append(put(links, policy, copier))
        count += len(links.paths)
        advanced(count)
    return Staged(written, tuple(link_types))


def _links(parcel: Parcel, folder: str) -> Links:
    """Return from where to where the plain files of a parcel are linked."""
    package = parcel.package
    return Links(package.folder, list(package.files.paths if parcel.plain else ()), folder, list(parcel.plain))


def _make_folders(folder: str, folders: Iterable[str]) -> None:
    with opened(folder) as (descriptor, root):
        for path in sorted(with_parents(folders)):
            os.mkdir(root + path, dir_fd=descriptor)


def _rewritten(item: Item, placeholder: str, target: str, prefix: str, whose: Parcel) -> Written | None:
    """Write the file with the prefix in it, or return `None` when it stays as it is."""
    with open(item.source, "rb") as file:
        data = file.read()
        mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
    changed = replaced(data, item.entry.file_mode or "text", placeholder, prefix, whose.subdir, item.path)
    return None if changed == data else _written(target, changed, mode)


def _written(target: str, data: bytes, mode: int) -> Written:
    import hashlib  # noqa: PLC0415 - OpenSSL, for files that are no links

    with open(target, "xb") as file:
        file.write(data)
    os.chmod(target, mode & 0o777)
    return Written(len(data), hashlib.sha256(data).hexdigest())
