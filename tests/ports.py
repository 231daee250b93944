"""Ports for the servers of a test."""

from __future__ import annotations

import socket
from typing import Final

_RESERVED: Final[list[socket.socket]] = []
"""Bound sockets on which nothing listens; they stay open until the process ends."""


def free_port() -> int:
    """Return a free port of loopback, reserved until this process ends, for a server that the test starts.

    Servers set SO_REUSEADDR, so that they may listen on a port that is only bound (on Linux). The system gives the port
    to no other socket that asks for any free one, which a port that was found and closed again does not ensure.
    """
    found = socket.socket()
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    found.bind(("127.0.0.1", 0))
    _RESERVED.append(found)
    return int(found.getsockname()[1])
