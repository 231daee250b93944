"""`python -m webhooks`: serve the endpoint with granian, in as many processes as the settings say.

SIGTERM and SIGINT finish the running requests, and the process exits with 0.
"""

from __future__ import annotations

import sys

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from config import logs
from config.serving import PORT_NOT_FREE, port_fault
from config.settings import InvalidSettings, Settings

UNUSABLE_SETTINGS = 3
GRACE_SECONDS = 15
"""How long running requests may take after a stop signal; each ends within about two seconds."""


def main() -> int:
    """Serve until a signal arrives, and return the exit code."""
    try:
        settings = Settings.from_environ()
    except InvalidSettings as error:
        sys.stderr.write(f"{error}\n")
        return UNUSABLE_SETTINGS
    fault = port_fault(settings.door_host, settings.door_port, "M2T_DOOR_PORT")
    if fault is not None:
        sys.stderr.write(f"{fault}\n")
        return PORT_NOT_FREE
    logs.configure(settings.log_level, settings.log_format)
    Granian(
        "webhooks.serve:app",
        factory=True,
        interface=Interfaces.WSGI,
        address=settings.door_host,
        port=settings.door_port,
        workers=settings.door_processes,
        blocking_threads=settings.door_threads,
        respawn_failed_workers=True,
        workers_kill_timeout=GRACE_SECONDS,
        log_level=LogLevels.error,
    ).serve()
    return 0


if __name__ == "__main__":
    sys.exit(main())
