"""Requests as they are sent, prepared once for the files of a folder: there may be hundreds of small ones."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from conda_fetch_http.address import Address
from conda_fetch_http.direct import route_of
from conda_kernel.model.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from conda_fetch_http.direct import Route
    from conda_fetch_http.plugin_headers import PluginHeaders
    from conda_kernel.model.credentials import Credential
    from conda_kernel.model.fetching import AdapterRequest

USUAL = {"accept": "*/*", "accept-encoding": "identity"}

_plain = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+!~=-]*").fullmatch
"""Names of files that stand in a URL as they are, and lead to no other folder."""


class Prepared(NamedTuple):
    """A request: where it goes, all of its headers, and its route where it is sent as it is written."""

    address: Address
    headers: Mapping[str, str]
    route: Route | None

    def beside(self, name: str) -> Prepared:
        """Return the same request for another file of the folder."""
        address = self.address._replace(url=f"{self.address.url.rpartition('/')[0]}/{name}")
        return Prepared(address, self.headers, self.route and self.route.beside(name))


class Preparation:
    """Prepares requests; what plugins want sent along is asked for when a folder is new."""

    def __init__(self, plugin_headers: PluginHeaders) -> None:
        self._plugin_headers = plugin_headers
        self._folders: dict[tuple[str, tuple[Credential, ...]], Prepared] = {}

    def first(self, request: AdapterRequest, headers: Mapping[str, str]) -> Prepared:
        """Return the request to the address that is asked for; names of headers are in lower case."""
        folder, _, name = request.url.rpartition("/")
        if headers or "://" not in folder or _plain(name) is None:
            return self.of(Address.of(request.url, request.credentials), headers)
        key = (folder, request.credentials)
        known = self._folders.get(key)
        if known is not None:
            return known.beside(name)
        prepared = self.of(Address.of(request.url, request.credentials), headers)
        # A token can stand behind the name.
        if prepared.address.url.endswith(f"/{name}"):
            self._folders[key] = prepared
        return prepared

    def of(self, address: Address, headers: Mapping[str, str]) -> Prepared:
        """Return the request to an address."""
        given = self._plugin_headers.of(urlsplit(address.url).netloc, address.folder)
        sent = {**USUAL, **given, **headers, **address.headers}
        return Prepared(address, sent, route_of(address.url, sent))
