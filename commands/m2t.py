"""`m2t`: one group, its sub-commands imported when they are used, so that help comes at once."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import Any

import click
from click.shell_completion import CompletionItem

from commands.cli.errors import refusals_shown

COMMANDS: Mapping[str, str] = MappingProxyType(
    {
        "up": "Start everything on this machine: a real Kafka, a sandbox TikTok Shop and Magento store, and us.",
        "demo": "Try every rule of the synchronization policy against the sandbox, and show what was seen.",
        "doctor": "Check settings, database, Kafka, TikTok and the door; say what to do about each fault.",
        "db": "The database: bring its tables to this version, its secrets under a new key.",
        "topics": "The Kafka topics: create them, and check them.",
        "apply": "Take shops, policies and listing templates from a YAML file.",
        "export": "Print shops, policies and listing templates as the YAML that apply takes back.",
        "policy": "Policies: list them, show one, its history, and restore an earlier version.",
        "template": "Listing templates: list them, show one, its history, and restore an earlier version.",
        "webhooks": "Run the webhook endpoint that Magento fires at.",
        "consumer": "Run the consumer that decides, and calls TikTok Shop.",
        "console": "Run the web console of the merchant and of ops.",
        "trigger": "Fire a signed sample webhook at the running endpoint.",
        "price": "Confirm a price that the guard of a pricing policy holds back.",
        "simulate": "Say what a draft of a policy or template would have decided of what was recorded.",
        "explain": "Say why a product was, or was not, synced.",
        "sync": "Ask for products to be synced now.",
        "upload": "Ask for every product that satisfies a template's query to go up; the count first.",
        "adopt": "Say which products are on TikTok already, and would be adopted; it only looks.",
        "pending": "The queue: the listings that are due or wait, and what each waits for.",
        "activity": "The activity log: each decision and each outcome, newest first.",
        "feeds": "The feed log: each webhook in and each TikTok call out, newest first.",
        "tail": "Watch a topic: product events, outcomes or dead letters.",
        "lag": "How far the consumer is behind Magento, in records and in seconds.",
        "completion": "Print the script that completes m2t in bash, zsh or fish.",
        "sandbox": "Run one part of the sandbox: kafka, tiktok or magento.",
    }
)
"""Every sub-command with its line of help; its module has the same name."""

EXIT_CODES = """\b
Exit codes:
  0  fine
  1  the thing failed
  2  the command line has a fault
  3  the settings have a fault
  4  something that is needed can't be reached
"""


class LazyCommands(click.Group):
    """A group that imports a sub-command only when it is asked for."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the sub-command; what operations refuse ends it in words."""
        with refusals_shown():
            return super().invoke(ctx)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order in which they are needed."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The sub-command, imported now."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"commands.{cmd_name}").command
        return command

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """The names with their lines, without importing any."""
        named = [
            CompletionItem(name, help=line) for name, line in COMMANDS.items() if name.startswith(incomplete)
        ]
        return [*named, *click.Command.shell_complete(self, ctx, incomplete)]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Their lines of help, without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(
    cls=LazyCommands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    epilog=EXIT_CODES,
)
@click.option(
    "--env-file",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="Read settings from this file where a variable is not set. Default: .env, else that of a running `m2t up`.",
)
@click.version_option(package_name="magento-tiktok-sync", prog_name="m2t")
@click.pass_context
def m2t(ctx: click.Context, env_file: Path | None) -> None:
    """Keeps a merchant's Magento 2 store in step with their TikTok Shop, and says why.

    Everything is set by M2T_* variables (.env.example lists them all). To see it work on this machine alone,
    with a real Kafka and a sandbox of both shops: m2t up --demo
    """
    ctx.obj = env_file


def main() -> None:
    """The console script."""
    m2t(prog_name="m2t")


if __name__ == "__main__":
    main()
