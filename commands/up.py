"""`m2t up`: everything on this machine, until it is stopped."""

from __future__ import annotations

import time
from pathlib import Path

import click

from commands.cli.errors import Failed
from commands.cli.signals import stops_on_signals
from commands.demo_world.processes import ChildFailed


@click.command("up")
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(".m2t"),
    show_default=True,
    help="The folder of this world: broker, database, store, logs, settings.",
)
@click.option(
    "--demo", is_flag=True, help="Try every rule of the synchronization policy first, and show the table."
)
def command(data: Path, demo: bool) -> None:
    """Start everything on this machine, in order, and stay until Ctrl-C.

    A real Apache Kafka broker, a strict sandbox TikTok Shop, a sandbox Magento store that fires signed webhooks, the
    webhook endpoint and the consumer. Each part's log stands in the folder's logs/. Stopped in reverse order.
    """
    from commands.console import link_of
    from commands.demo import run_name
    from commands.demo_world.demo_life import liven
    from commands.demo_world.demo_shops import declaration
    from commands.demo_world.demo_table import print_table, progress_line
    from commands.demo_world.sandbox_client import TrialFailed
    from commands.demo_world.trial import try_all
    from commands.demo_world.world import WorldInUse, world

    with stops_on_signals():
        try:
            with world(data, declaration, lambda words: click.echo(words, err=True)) as opened:
                if demo:
                    click.echo(
                        "Trying the rules: products are saved in the store, and looked up on TikTok.",
                        err=True,
                    )
                    results = try_all(
                        opened, lambda result: click.echo(progress_line(result), err=True), run_name()
                    )
                    print_table(results)
                click.echo("People edit products in the demo store …", err=True)
                liven(opened)
                link = link_of(opened.database, opened.settings, "demo", create=True)
                click.echo(
                    f"""
  Console           {opened.console_url}      policies, and why a product was not synced
                    {link}
                    lets you in as the admin "demo", once, within 30 minutes; another: m2t console --link demo
  The store         {opened.magento_url}      edit a product and save it: its webhook goes to the shop "demo"
  TikTok Shop       {opened.tiktok_url}      what the shop holds, and each call that it got
  Webhook endpoint  {opened.door_url}      /readyz?verbose, /metrics
  Consumer          {opened.consumer_url}      /readyz?verbose, /metrics
  Logs              {opened.folder / "logs"}

  In another shell: .venv/bin/m2t explain SKU    why a product was, or was not, synced
                    .venv/bin/m2t trigger        fire a signed webhook yourself
  Ctrl-C stops everything."""
                )
                while (ended := opened.ended()) is None:
                    time.sleep(0.3)
                raise ChildFailed(
                    ended.name,
                    f"it ended with {ended.exit_code}",
                    opened.folder / "logs" / f"{ended.name}.log",
                )
        except (ChildFailed, WorldInUse, TrialFailed) as error:
            raise Failed(str(error), f"look into {data / 'logs'}, then run m2t up again") from error
