"""Reads direct references: the URL or path of one package, with a digest behind `#` (CEP 23)."""

from __future__ import annotations

import os
import re

from conda_kernel.model.channel_url import InvalidChannel, is_path, is_url, path_url, split_url, with_variables
from conda_kernel.model.match_spec_brackets import Fault
from conda_kernel.model.named_tuple import NamedTuple
from conda_kernel.model.secret import Secret, mask_secrets
from conda_kernel.model.subdir import KNOWN_SUBDIRS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

EXTENSIONS: Final = (".conda", ".tar.bz2")
_NO_FILE_NAME: Final = r"[\s\[\]=<>!~'\":^,|]"


class PackageReference(NamedTuple):
    """Where one package lies; `channel_url` is empty when the folder is no known subdir.

    `url` is without credentials; `secret_url` has them, None where there are none.
    """

    url: str
    file_name: str
    channel_url: str
    subdir: str
    md5: str | None
    sha256: str | None
    secret_url: Secret | None

    @property
    def name_version_build(self) -> tuple[str, str, str] | None:
        """Name, version and build as the file name gives them, None when it lacks two dashes."""
        stem = self.file_name
        for extension in EXTENSIONS:
            stem = stem.removesuffix(extension)
        parts = stem.rsplit("-", 2)
        return (parts[0], parts[1], parts[2]) if len(parts) == 3 and all(parts) else None


def is_package_reference(text: str) -> bool:
    """Tell whether the text, up to a `#`, is a URL or path that ends as packages do."""
    place = text.partition("#")[0].rstrip()
    return place.endswith(EXTENSIONS) and (is_url(place) or is_path(place) or not re.search(_NO_FILE_NAME, place))


def read_package_reference(text: str) -> PackageReference:
    """Return what a direct reference says; paths become absolute `file:` URLs. Raise Fault."""
    place, _, fragment = text.partition("#")
    md5, sha256 = (None, None) if place != place.rstrip() else _digests(fragment, len(place))
    place = place.rstrip()
    try:
        address = split_url(place if is_url(place) else path_url(with_variables(place, os.environ)))
    except InvalidChannel as error:
        raise Fault(error.reason, 0) from None
    file_name = unescaped_file_name(address.parts[-1]) if address.parts else ""
    folder = address.parts[-2].lower() if len(address.parts) > 1 else ""
    known = folder in KNOWN_SUBDIRS
    return PackageReference(
        url=address.public,
        file_name=file_name,
        channel_url=address._replace(parts=address.parts[:-2]).public if known else "",
        subdir=folder if known else "",
        md5=md5,
        sha256=sha256,
        secret_url=Secret(place) if is_url(place) and mask_secrets(place) != place else None,
    )


def _digests(fragment: str, position: int) -> tuple[str | None, str | None]:
    digest = fragment.strip().lower()
    if not digest:
        return None, None
    if re.fullmatch("[0-9a-f]{32}", digest):
        return digest, None
    if re.fullmatch("(?:sha256:)?[0-9a-f]{64}", digest):
        return None, digest.removeprefix("sha256:")
    reason = "the text after `#` is neither an MD5 nor a SHA-256"
    raise Fault(reason, position, "write `#` and 32 or 64 hexadecimal digits, or `#sha256:` and 64")


def unescaped_file_name(text: str) -> str:
    """Return the last part of a URL with the characters that versions have besides letters and digits restored."""
    return re.sub("%(2[1B]|7E|3D)", lambda escape: chr(int(escape[1], 16)), text)
