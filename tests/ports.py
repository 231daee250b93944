"""Ports for the servers of a test."""

from __future__ import annotations

import socket


def free_port() -> int:
    """Return a free port of loopback; another process may take it before the server that it is for."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])
