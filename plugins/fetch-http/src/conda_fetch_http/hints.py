"""Advice on the statuses that HTTP servers answer with."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from conda_kernel.errors import CondaError


def hint_for_status(error: CondaError) -> str | None:
    """Return one sentence of advice on a status that is no success."""
    status = error.fields.get("status")
    if not isinstance(status, int):
        return None
    if status == 401 and error.fields.get("is_identified"):
        return "check user and password for typing errors; a token may have expired: get a new one"
    if status == 401:
        return (
            "give a login in the URL of the channel: `https://USER:PASSWORD@HOST/…`, or its token: "
            "`https://HOST/t/TOKEN/…`; or name who knows it as `auth` in `channel_settings`"
        )
    if status == 403:
        return "check that your login may read this channel, that its token has not expired, and that the name is right"
    if status in (404, 410):
        return "check the name of the channel; a package may also have been removed since the index was made"
    if status == 407:
        return "give the login of the proxy in `proxy_servers` or `HTTPS_PROXY`: `http://USER:PASSWORD@PROXY:PORT`"
    if status == 429:
        return "wait a few minutes; `fetch_threads: 1` asks less often"
    if status >= 500:
        return "this is the server's fault: try again later, or use a mirror of the channel"
    return "that is no answer to such a request: tell the owners of the channel; a proxy may answer in its place"
