"""`m2t webhooks`: runs the webhook endpoint."""

from __future__ import annotations

import os
import sys

import click

from commands.cli.context import child_environment, settings


@click.command("webhooks")
def command() -> None:
    """Run the webhook endpoint that Magento sends to.

    Listens on M2T_DOOR_HOST and M2T_DOOR_PORT with M2T_DOOR_PROCESSES processes, and answers 202 only when Kafka has
    acknowledged the event. GET /readyz?verbose shows what is not ready. SIGTERM finishes running requests, then stops.
    """
    settings()
    sys.stdout.flush()
    os.execve(sys.executable, [sys.executable, "-m", "webhooks"], child_environment())  # noqa: S606
