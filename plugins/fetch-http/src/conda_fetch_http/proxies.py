"""Which proxy a request goes through, as the settings and the variables of the environment say."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from conda_fetch_http.address import port_of
from conda_kernel.errors import SettingError
from conda_kernel.model.paths import printable
from conda_kernel.model.secret import mask_secrets

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

_SCHEMES = ("http", "https", "all", "no")


def chosen_proxies(setting: Mapping[str, str], environ: Mapping[str, str]) -> dict[str, str]:
    """Return the proxies of the setting `proxy_servers`, and those of the environment for what it does not name.

    The keys are `http`, `https`, `all`, `SCHEME://HOST`, and `no` for the hosts that need none. Where the setting names
    a scheme, `ALL_PROXY` does not count for it. Raises `SettingError` for what is no URL of a proxy.
    """
    configured = {key.strip().lower().rstrip("/"): _with_scheme(value) for key, value in setting.items() if value}
    for key, proxy in configured.items():
        if not _is_proxy(proxy):
            raise SettingError(
                f"`proxy_servers` cannot have `{mask_secrets(printable(proxy))}` for `{printable(key)}`: "
                "that is no URL",
                hint="write it as `http://HOST:PORT`, or `http://USER:PASSWORD@HOST:PORT`",
                parameter_name="proxy_servers",
            )
    return {**environment_proxies(environ), **configured}


def environment_proxies(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the proxy of each scheme, `all` for the others, and under `no` the hosts that need none.

    The lower-case variable counts before the upper-case one; `HTTP_PROXY` is not read where a web server may have made
    it out of a header (`REQUEST_METHOD` is set).
    """
    found = {}
    for scheme in _SCHEMES:
        upper = "" if scheme == "http" and "REQUEST_METHOD" in environ else environ.get(f"{scheme.upper()}_PROXY", "")
        value = environ.get(f"{scheme}_proxy", upper).strip()
        if value:
            found[scheme] = value if scheme == "no" else _with_scheme(value)
    return found


def proxies_for(url: str, proxies: Mapping[str, str]) -> dict[str, str]:
    """Return the proxies for one URL, none where it needs none."""
    if not proxies or _is_exempt(url, proxies.get("no", "")):
        return {}
    return {scheme: proxy for scheme, proxy in proxies.items() if scheme != "no"}


def _with_scheme(proxy: str) -> str:
    proxy = proxy.strip()
    return proxy if "://" in proxy else f"http://{proxy}"


def _is_proxy(proxy: str) -> bool:
    try:
        parts = urlsplit(proxy)
        return bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _is_exempt(url: str, exempt: str) -> bool:
    """Tell whether a list of hosts, domains, address ranges and `*` covers the URL; each may have a port."""
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    for entry in (entry.strip().lower().removeprefix("*.").lstrip(".") for entry in exempt.split(",")):
        name, colon, port = entry.rpartition(":")
        if colon and port.isdecimal() and name.count(":") == 0:
            if port_of(parts) != int(port):
                continue
            entry = name  # noqa: PLW2901 - the port has been looked at
        if entry and (entry in ("*", host) or host.endswith(f".{entry}") or _is_within(host, entry)):
            return True
    return False


def _is_within(host: str, network: str) -> bool:
    if "/" not in network:
        return False
    try:
        return ipaddress.ip_address(host) in ipaddress.ip_network(network, strict=False)
    except ValueError:
        return False
