"""`m2t demo`: every rule of the policies, tried against the sandboxes in a world of its own."""

from __future__ import annotations

import sys
import tempfile
from contextlib import nullcontext
from pathlib import Path

import click

from commands.cli.errors import Failed
from commands.cli.signals import stops_on_signals
from commands.demo_world.processes import ChildFailed


@click.command("demo")
@click.option("--json", "as_json", is_flag=True, help='Print only {"rules": [{"rule", "expected", …}]}.')
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    help="Keep data and logs in this folder. Default: a temporary folder.",
)
def command(as_json: bool, data: Path | None) -> None:
    """Try every rule of the policies, show what was expected and seen, and stop.

    Starts a Kafka broker, both sandboxes, the endpoint and the consumer on free ports, saves products in the sandbox
    store, and reads the sandbox TikTok Shop to see the result. Exits with 1 if any rule differs.
    """
    from commands.demo_world.demo_table import print_table
    from commands.demo_world.sandbox_client import TrialFailed
    from commands.demo_world.try_rules import as_json as json_of
    from commands.demo_world.try_rules import try_rules
    from commands.demo_world.world import WorldInUse, world_folder

    def progress(words: str) -> None:
        click.echo(words, err=True)

    temporary = nullcontext(str(data)) if data else tempfile.TemporaryDirectory(prefix="m2t-demo-")
    with stops_on_signals(), temporary as path:
        try:
            with world_folder(Path(path)) as folder:
                results = try_rules(folder, progress)
        except WorldInUse as error:
            raise Failed(str(error), "stop that process, or choose another folder with --data") from error
        except (ChildFailed, TrialFailed) as error:
            raise Failed(str(error), "m2t demo --data .m2t/demo keeps the logs of the parts") from error
    if as_json:
        click.echo(json_of(results))
    else:
        print_table(results)
    sys.exit(0 if all(result.ok for result in results) else 1)
