"""`m2t sandbox`: one part of the sandbox as this process."""

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

    kafka is a real, single Apache Kafka broker on this machine, without an installed Java; tiktok a strict stand-in
    for TikTok Shop, which refuses what the real one refuses; magento a stand-in Magento store that fires webhooks.
    What stands behind the part's name goes to it: m2t sandbox kafka --help
    """
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-m", "sandbox", part, *arguments])  # noqa: S606
