"""`m2t export`: shops, policies and templates as YAML for `m2t apply`."""

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
# m2t apply FILE applies this without a change. Secrets are written as {KEPT}: the stored secret stays. For a shop that
# is not stored yet, write ${{NAME}} for an environment variable, or file:PATH.
"""


@click.command("export")
@click.option(
    "--shop",
    "shop_key",
    metavar="KEY",
    help="Export only this shop, its synchronization policy, and all templates.",
)
def command(shop_key: str | None) -> None:
    """Print shops, policies and listing templates as YAML.

    m2t apply applies it without a change. It contains no secrets: each is written as kept, which keeps the stored one.
    """
    with database(settings()) as open_database, open_database.read() as connection:
        stored = documents.load_all(connection, KEPT)
    if shop_key is not None:
        stored = of_shop(stored, shops_named([str(shop["key"]) for shop in stored["shops"]], shop_key)[0])
    click.echo(HEAD + dump(stored), nl=False)


def of_shop(document: Document, key: str) -> Document:
    """Return the document of one shop: the shop, its synchronization policy, and all templates and their policies."""
    shops = [shop for shop in document["shops"] if shop["key"] == key]
    used = {shop["synchronization_policy"] for shop in shops}
    policies = [policy for policy in document["synchronization_policies"] if policy["title"] in used]
    return {**document, "synchronization_policies": policies, "shops": shops}
