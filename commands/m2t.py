"""`m2t`: the command group. Sub-commands are imported when used, so that help is fast."""

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
        "up": "Start everything on this machine, with a sandbox TikTok Shop and Magento store.",
        "demo": "Try every rule of the policies against the sandbox, and show the results.",
        "doctor": "Check settings, database, Kafka, processes and TikTok, and say how to repair each fault.",
        "db": "Upgrade the database, and reseal its secrets.",
        "topics": "Create and check the Kafka topics.",
        "apply": "Apply shops, policies and listing templates from a YAML file.",
        "export": "Print shops, policies and listing templates as YAML for apply.",
        "policy": "List and show policies and their history, and restore an earlier version.",
        "template": "List and show listing templates and their history, and restore an earlier version.",
        "webhooks": "Run the webhook endpoint that Magento sends to.",
        "consumer": "Run the consumer, which decides and calls TikTok Shop.",
        "console": "Run the web console.",
        "trigger": "Send a signed sample webhook to the running endpoint.",
        "price": "Confirm price drops that the price guard withheld.",
        "simulate": "Decide the recorded events under a draft of policies or templates, and compare.",
        "explain": "Explain why a product was, or was not, synced.",
        "sync": "Request a sync of products now.",
        "upload": "Request the upload of every product that matches a listing template.",
        "adopt": "Show which products are on TikTok already and would be adopted.",
        "pending": "Show the sync queue: the listings that are due or wait, and the reason.",
        "activity": "Show the activity log: each decision and each outcome, newest first.",
        "feeds": "Show the feed log: each webhook in and each TikTok call out, newest first.",
        "tail": "Watch a topic: product events, outcomes or dead letters.",
        "lag": "Show how far the consumer is behind Magento, in records and in seconds.",
        "completion": "Print the completion script for bash, zsh or fish.",
        "sandbox": "Run one part of the sandbox: kafka, tiktok or magento.",
    }
)
"""Every sub-command with its line of help. Its module has the same name."""

EXIT_CODES = """\b
Exit codes:
  0  success
  1  the command failed
  2  the command line is invalid
  3  the settings are invalid
  4  a required service can't be reached
"""


class LazyCommands(click.Group):
    """A group that imports a sub-command only when it is used."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the sub-command; show what operations refuse as an error."""
        with refusals_shown():
            return super().invoke(ctx)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names, in the order in which a newcomer needs them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return the sub-command."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"commands.{cmd_name}").command
        return command

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Return the names with their lines of help, without an import."""
        named = [
            CompletionItem(name, help=line) for name, line in COMMANDS.items() if name.startswith(incomplete)
        ]
        return [*named, *click.Command.shell_complete(self, ctx, incomplete)]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the lines of help, without an import."""
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
    help="The file with settings that are not in the environment. Default: .env, or that of a running `m2t up`.",
)
@click.version_option(package_name="magento-tiktok-sync", prog_name="m2t")
@click.pass_context
def m2t(ctx: click.Context, env_file: Path | None) -> None:
    """Sync a merchant's Magento 2 store to their TikTok Shop, and explain every decision.

    Settings are M2T_* environment variables; .env.example lists them. To try it on this machine, with sandboxes of
    both shops: m2t up --demo
    """
    ctx.obj = env_file


def main() -> None:
    """Run `m2t` as the console script."""
    m2t(prog_name="m2t")


if __name__ == "__main__":
    main()
