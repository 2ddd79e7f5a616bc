"""The server's side of TLS: shakes hands, and lets a client that is turned away read why."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ssl

_PATIENCE = 5.0


def is_agreed(connection: ssl.SSLSocket) -> bool:
    """Shake hands and tell whether the two agree; when they do not, the connection is closed."""
    try:
        connection.do_handshake()
    except OSError:
        _turn_away(connection)
        return False
    return True


def _turn_away(connection: ssl.SSLSocket) -> None:
    """Close a connection whose alert has been sent: not before the client has, or what it sent would reset it."""
    with socket.socket(fileno=connection.detach()) as plain:
        plain.settimeout(_PATIENCE)
        try:
            plain.shutdown(socket.SHUT_WR)
            while plain.recv(65536):
                pass
        except OSError:
            pass
