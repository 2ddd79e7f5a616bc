"""Serves a folder on loopback, in a process of its own.

What it serves may be kept for twenty minutes, as the servers of large channels say of theirs: what was read a moment
ago is not asked for again. A server for channels that change says that of shards alone, and sends whatever it is asked
for.
"""

from __future__ import annotations

import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

SERVER = """
import functools, http.server, sys
keeps = sys.argv[2] == "True"
class Handler(http.server.SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def log_message(self, *_):
        pass
    def do_GET(self):
        if not keeps:
            del self.headers["If-Modified-Since"]
        super().do_GET()
    def end_headers(self):
        age = 1200 if keeps or "/shards/" in self.path else 0
        self.send_header("Cache-Control", f"public, max-age={age}")
        super().end_headers()
handler = functools.partial(Handler, directory=sys.argv[1])
with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
    print(server.server_address[1], flush=True)
    server.serve_forever()
"""


@contextmanager
def served(folder: str, *, keeps: bool = True) -> Iterator[str]:
    """Yield the URL under which the folder can be read; what does not keep changes."""
    with subprocess.Popen(
        [sys.executable, "-c", SERVER, folder, str(keeps)], stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None  # noqa: S101 - a pipe was asked for
        try:
            yield f"http://127.0.0.1:{server.stdout.readline().strip()}"
        finally:
            server.terminate()
