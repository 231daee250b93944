"""`python -m console`: the console on granian.

SIGTERM and SIGINT finish the requests in hand and end with 0.
"""

from __future__ import annotations

import sys

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from config import logs
from config.serving import PORT_NOT_FREE, port_fault
from config.settings import InvalidSettings, Settings
from console.app import DebugRefused, refuse_debug

UNUSABLE_SETTINGS = 3
GRACE_SECONDS = 5
"""How long a stop waits for running requests, before granian kills the process that serves."""


def main() -> int:
    """Serve until a signal stops the process, and return its exit code."""
    try:
        settings = Settings.from_environ()
        refuse_debug()
    except (InvalidSettings, DebugRefused) as error:
        sys.stderr.write(f"{error}\n")
        return UNUSABLE_SETTINGS
    fault = port_fault(settings.console_host, settings.console_port, "M2T_CONSOLE_PORT")
    if fault is not None:
        sys.stderr.write(f"{fault}\n")
        return PORT_NOT_FREE
    logs.configure(settings.log_level, settings.log_format)
    Granian(
        "console.serve:app",
        factory=True,
        interface=Interfaces.WSGI,
        address=settings.console_host,
        port=settings.console_port,
        workers=1,
        blocking_threads=settings.console_threads,
        respawn_failed_workers=True,
        workers_kill_timeout=GRACE_SECONDS,
        log_level=LogLevels.error,
    ).serve()
    return 0


if __name__ == "__main__":
    sys.exit(main())
