"""`m2t consumer`: the consumer as this process."""

from __future__ import annotations

import os
import sys

import click

from commands.cli.context import child_environment, settings


@click.command("consumer")
def command() -> None:
    """Run the consumer that decides, and calls TikTok Shop.

    It reads the topic of product events, decides by each shop's synchronization policy, and brings TikTok Shop to
    what the policy says. /livez, /readyz and /metrics are on M2T_CONSUMER_HOST and M2T_CONSUMER_PORT. On SQLite one
    consumer runs at a time. SIGTERM finishes the calls in hand, commits, leaves the group, then stops.
    """
    settings()
    sys.stdout.flush()
    os.execve(sys.executable, [sys.executable, "-m", "consumer"], child_environment())  # noqa: S606
