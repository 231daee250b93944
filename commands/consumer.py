"""`m2t consumer`: runs the consumer."""

from __future__ import annotations

import os
import sys

import click

from commands.cli.context import child_environment, settings


@click.command("consumer")
def command() -> None:
    """Run the consumer, which decides and calls TikTok Shop.

    Reads product events, decides by each shop's synchronization policy, and syncs TikTok Shop. Serves /livez, /readyz
    and /metrics on M2T_CONSUMER_HOST and M2T_CONSUMER_PORT. With SQLite only one consumer can run. SIGTERM finishes
    running calls, commits, leaves the group, then stops.
    """
    settings()
    sys.stdout.flush()
    os.execve(sys.executable, [sys.executable, "-m", "consumer"], child_environment())  # noqa: S606
