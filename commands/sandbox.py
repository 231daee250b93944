"""`m2t sandbox`: runs one part of the sandbox."""

from __future__ import annotations

import os
import sys

import click


@click.command(
    "sandbox",
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
)
@click.argument("part", type=click.Choice(["kafka", "tiktok", "magento"]))
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def command(part: str, arguments: tuple[str, ...]) -> None:
    """Run one part of the sandbox: kafka, tiktok or magento.

    kafka is a real Apache Kafka broker on this machine, which needs no installed Java. tiktok simulates TikTok Shop and
    rejects what the real one rejects. magento simulates a Magento store that sends webhooks. Further arguments are
    passed on: m2t sandbox kafka --help
    """
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-m", "sandbox", part, *arguments])  # noqa: S606
