"""`m2t export`: shops, policies and templates as the YAML that `m2t apply` takes back unchanged."""

from __future__ import annotations

from typing import Any

import click

from commands.cli.arguments import shops_named
from commands.cli.context import database, settings
from commands.cli.export_yaml import dump
from commands.cli.kept_secrets import KEPT
from records.rules import documents

Document = dict[str, list[dict[str, Any]]]

HEAD = f"""\
# m2t apply FILE takes this back unchanged. A secret is told as {KEPT}: what the shop holds stays. For a shop that is
# new there, say the secret itself: as ${{NAME}}, a variable of the environment, or as file:PATH.
"""


@click.command("export")
@click.option(
    "--shop", "shop_key", metavar="KEY", help="Only this shop, its synchronization policy, and all templates."
)
def command(shop_key: str | None) -> None:
    """Print shops, policies and listing templates as YAML.

    m2t apply takes it back unchanged. No secret is in it: each is told as kept, and apply leaves what the shop holds.
    """
    with database(settings()) as open_database, open_database.read() as connection:
        stored = documents.load_all(connection, KEPT)
    if shop_key is not None:
        stored = of_shop(stored, shops_named([str(shop["key"]) for shop in stored["shops"]], shop_key)[0])
    click.echo(HEAD + dump(stored), nl=False)


def of_shop(document: Document, key: str) -> Document:
    """What one shop needs: itself, the synchronization policy that hangs on it, and what every shop shares."""
    shops = [shop for shop in document["shops"] if shop["key"] == key]
    hanging = {shop["synchronization_policy"] for shop in shops}
    policies = [one for one in document["synchronization_policies"] if one["title"] in hanging]
    return {**document, "synchronization_policies": policies, "shops": shops}
