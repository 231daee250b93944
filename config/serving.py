"""What a server process needs besides its settings: a port that is free, and an end together with its parent."""

from __future__ import annotations

import ctypes
import errno
import signal
import socket
import sys
from typing import Final

PORT_NOT_FREE: Final = 1
"""The exit code of a server whose port is not free."""
_PR_SET_PDEATHSIG: Final = 1
"""From Linux's prctl.h."""


def port_fault(host: str, port: int, setting: str) -> str | None:
    """Return why nothing can listen on this port, and what to do; None if it is free.

    `setting` is the name of its setting. Granian sets SO_REUSEPORT: a second server would start without an error, and
    share the requests with the first. Without that option, as here, Linux gives no address on which another listens.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as found:
            found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            found.bind(address)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            return f"Port {port} of {host} is in use. Stop the process that uses it, or set {setting} to another."
        return f"Port {port} of {host} can't be used: {error.strerror}. Set {setting} to another."
    return None


def end_with_parent() -> None:
    """Ask Linux to send this process SIGTERM when its parent dies; other systems do nothing.

    A worker whose parent was killed would go on serving, and its port would stay in use.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
