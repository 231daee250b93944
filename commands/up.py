"""`m2t up`: the whole system with both sandboxes on this machine, until it is stopped."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from commands.cli.errors import Failed
from commands.cli.signals import stops_on_signals
from commands.demo_world.processes import ChildFailed

if TYPE_CHECKING:
    from commands.demo_world.world import World


@click.command("up")
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(".m2t"),
    show_default=True,
    help="The folder for the broker's data, the database, the store, logs and settings.",
)
@click.option(
    "--demo",
    is_flag=True,
    help="Try every rule of the policies first, in a world of its own, and show the table.",
)
def command(data: Path, demo: bool) -> None:
    """Start everything on this machine, in order, and run until Ctrl-C.

    Starts an Apache Kafka broker, a sandbox TikTok Shop, a sandbox Magento store that sends signed webhooks, the
    webhook endpoint, the consumer and the console. Each part logs to a file in the folder's logs/.
    """
    from commands.demo_world.demo_life import demo_world
    from commands.demo_world.rules import RULES

    with (
        stops_on_signals(),
        _failures_shown(data),
        demo_world(data, _progress, RULES if demo else ()) as opened,
    ):
        click.echo(_addresses(opened))
        _wait_until_a_part_ends(opened)


@contextmanager
def _failures_shown(data: Path) -> Iterator[None]:
    from commands.demo_world.sandbox_client import TrialFailed
    from commands.demo_world.world import WorldInUse

    try:
        yield
    except WorldInUse as error:
        raise Failed(str(error), "stop that process, or choose another folder with --data") from error
    except ChildFailed as error:
        raise Failed(str(error), "mend what the log says, then run m2t up again") from error
    except TrialFailed as error:
        raise Failed(
            str(error), f"look into {data / 'rules' / 'logs'}, or run m2t up without --demo"
        ) from error


def _progress(words: str) -> None:
    click.echo(words, err=True)


def _addresses(opened: World) -> str:
    from commands.console import link_of

    link = link_of(opened.database, opened.settings, "demo", create=True)
    return f"""
  Console           {opened.console_url}      policies, and why a product was not synced
                    {link}
                    signs you in as the admin "demo", once, within 30 minutes
                    for another link: .venv/bin/m2t console --link demo
  Magento store     {opened.magento_url}      edit and save a product: its webhook goes to the shop "demo"
  TikTok Shop       {opened.tiktok_url}      the shop's products, and each call that it received
  Webhook endpoint  {opened.endpoint_url}      /readyz?verbose, /metrics
  Consumer          {opened.consumer_url}      /readyz?verbose, /metrics
  Logs              {opened.folder / "logs"}

  In another shell: .venv/bin/m2t explain SKU    why a product was, or was not, synced
                    .venv/bin/m2t trigger        send a signed webhook yourself
  Ctrl-C stops everything."""


def _wait_until_a_part_ends(opened: World) -> None:
    """Block while all parts run; raise `ChildFailed` for the first that ends."""
    while (ended := opened.ended()) is None:
        time.sleep(0.3)
    raise ChildFailed(
        ended.name, f"ended with exit code {ended.exit_code}", opened.folder / "logs" / f"{ended.name}.log"
    )
