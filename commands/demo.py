"""`m2t demo`: every rule of the synchronization policy, tried against the sandbox, in a world of its own."""

from __future__ import annotations

import sys
import tempfile
import time
from contextlib import nullcontext
from pathlib import Path

import click

from commands.cli.errors import Failed
from commands.cli.signals import stops_on_signals
from commands.demo_world.processes import ChildFailed


@click.command("demo")
@click.option("--json", "as_json", is_flag=True, help='Print {"rules": [{"rule", "expected", …}]} alone.')
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    help="Keep the world in this folder. Default: a temporary one.",
)
def command(as_json: bool, data: Path | None) -> None:
    """Try every rule of the synchronization policy, show expected and seen, and stop.

    A real Kafka broker, both sandboxes, the endpoint and the consumer are started on free ports; products are saved in
    the sandbox store, and what came of it is read from the sandbox TikTok Shop. Exits with 1 where anything differs.
    """
    from commands.demo_world.demo_shops import declaration
    from commands.demo_world.demo_table import print_table, progress_line
    from commands.demo_world.sandbox_client import TrialFailed
    from commands.demo_world.trial import as_json as json_of
    from commands.demo_world.trial import try_all
    from commands.demo_world.world import WorldInUse, world

    def progress(words: str) -> None:
        click.echo(words, err=True)

    folder = nullcontext(str(data)) if data else tempfile.TemporaryDirectory(prefix="m2t-demo-")
    with stops_on_signals(), folder as path:
        try:
            with world(Path(path), declaration, progress, any_ports=True, audit_seconds=0.4) as opened:
                results = try_all(opened, lambda result: progress(progress_line(result)), run_name())
        except (ChildFailed, WorldInUse, TrialFailed) as error:
            raise Failed(str(error), "m2t demo --data .m2t/demo keeps the logs of the parts") from error
    if as_json:
        click.echo(json_of(results))
    else:
        print_table(results)
    sys.exit(0 if all(result.ok for result in results) else 1)


def run_name() -> str:
    """A short name of this run, for its SKUs."""
    return f"{int(time.time()):x}"
