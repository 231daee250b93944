"""`m2t trigger`: fire a signed sample webhook at the running endpoint, as the shop's Magento store would."""

from __future__ import annotations

import base64
import json
import shlex
import uuid
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click
import requests

from commands.cli.context import database, settings
from commands.cli.errors import Failed, NotReachable
from config.settings import Settings
from magento.senders import SENDERS
from magento.senders.sender import CannotSign
from records.catalog import products
from records.db.secret_box import SecretBox
from records.rules import shops
from schemas.product import Product
from schemas.secret import Secret
from schemas.shop import MagentoConnection, Shop

EVENTS = (
    "product.saved",
    "product.created",
    "product.deleted",
    "stock.changed",
    "attributes.updated",
    "websites.changed",
)
SAMPLE: Mapping[str, Any] = {
    "type_id": "simple",
    "attribute_set_id": 9,
    "name": "Sample shirt",
    "description": "<p>A shirt for trying it out.</p>",
    "price": "29.00",
    "color": "Red",
    "size": "M",
    "status": 1,
    "visibility": 4,
    "website_ids": [1],
    "quantity": 18,
    "stock_status": 1,
}
"""The product that is sent where the database has none of this SKU."""

WRONG_SECRET = Secret("whsec_" + base64.b64encode(b"of somebody else entirely").decode())
OLD = timedelta(minutes=10)
SECONDS = (3.0, 10.0)
ANSWER_SHOWN = 2_000
_ADVICE: Mapping[int, str] = {
    401: "the endpoint must know the same secret (it reads the shops anew every 5 s) and the same time",
    404: "check --shop and --url; the endpoint reads the shops anew every 5 s",
    413: "send a smaller body",
    503: "start Kafka, or m2t doctor",
}


@click.command("trigger")
@click.option("--shop", "shop_key", default="demo", show_default=True, metavar="KEY")
@click.option("--sku", default="SAMPLE-1", show_default=True)
@click.option("--entity-id", help="Magento's id of the product. Default: not told, the SKU names it.")
@click.option(
    "--set", "changed", multiple=True, metavar="ATTRIBUTE=VALUE", help="JSON, or text. May be repeated."
)
@click.option("--unset", "untold", multiple=True, metavar="ATTRIBUTE", help="Leave it out of the body.")
@click.option(
    "--store-id", default=0, show_default=True, help="The store view that it is saved in; 0 is all."
)
@click.option("--event", type=click.Choice(EVENTS), default=EVENTS[0], show_default=True)
@click.option(
    "--file",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="Send this body, byte for byte, in place of a sample.",
)
@click.option("--url", help="The endpoint. Default: that of M2T_DOOR_HOST and M2T_DOOR_PORT, for the shop.")
@click.option(
    "--id", "webhook_id", help="The webhook-id; the same one twice is a duplicate. Default: a new one."
)
@click.option("--old-timestamp", is_flag=True, help="Signed ten minutes ago: the endpoint must refuse it.")
@click.option("--wrong-signature", is_flag=True, help="Signed by a stranger: the endpoint must refuse it.")
@click.option("--print", "only_print", is_flag=True, help="Print it as a curl command, and send nothing.")
def command(
    shop_key: str,
    sku: str,
    entity_id: str | None,
    changed: tuple[str, ...],
    untold: tuple[str, ...],
    store_id: int,
    event: str,
    file: Path | None,
    url: str | None,
    webhook_id: str | None,
    old_timestamp: bool,
    wrong_signature: bool,
    only_print: bool,
) -> None:
    """Fire a signed sample webhook at the running endpoint.

    A product that the database knows is told as it is known, with the changes of --set and --unset; another one is a
    sample shirt. Signed with the shop's own secret. Exits with 1 where the answer is not a 2xx.
    """
    if file is not None and (changed or untold):
        raise click.UsageError("--file sends a body as it is: leave --set and --unset off.")
    opened = settings()
    shop, known = _known(opened, shop_key, sku)
    now, webhook_id = datetime.now(UTC), webhook_id or f"msg_{uuid.uuid4().hex}"
    if file is not None:
        raw = file.read_bytes()
    else:
        product = product_as_sent(event, sku, entity_id, store_id, _changes(changed), untold, known, now)
        raw = SENDERS[shop.magento.sender].sample(event, product, webhook_id, now)
    connection = replace(shop.magento, secrets=(WRONG_SECRET,)) if wrong_signature else shop.magento
    sent = now - OLD if old_timestamp else now
    headers = {"content-type": "application/json", **signed(connection, raw, webhook_id, sent)}
    url = url or f"{server_url(opened.door_host, opened.door_port)}/webhooks/magento/{shop.key}"
    if only_print:
        click.echo(_curl(url, headers, raw))
        return
    _send(url, headers, raw, next_step=_next_step(shop, _sku_of(raw) if file is not None else sku))


def product_as_sent(
    event: str,
    sku: str,
    entity_id: str | None,
    store_id: int,
    changes: Mapping[str, Any],
    untold: tuple[str, ...],
    known: Product | None,
    now: datetime,
) -> dict[str, Any]:
    """Return the product as a webhook of this event has it."""
    product: dict[str, Any] = {"sku": sku}
    if entity_id is not None:
        product["entity_id"] = entity_id
    if store_id:
        product["store_id"] = store_id
    if event in ("product.saved", "product.created"):
        product["updated_at"] = f"{now:%Y-%m-%d %H:%M:%S}"
        product |= {**(_as_known(known, store_id) if known is not None else SAMPLE), **changes}
    elif event == "stock.changed":
        product |= {"quantity": SAMPLE["quantity"], "stock_status": 1, **changes}
    elif event == "websites.changed":
        product |= {"website_ids": SAMPLE["website_ids"], **changes}
    elif event == "attributes.updated":
        product |= changes or {"status": SAMPLE["status"]}
    return {code: value for code, value in product.items() if code not in untold}


def signed(magento: MagentoConnection, raw: bytes, webhook_id: str, at: datetime) -> Mapping[str, str]:
    """Return the headers that sign this body as the shop's store would. Raises `Failed` where only the store can."""
    try:
        return SENDERS[magento.sender].sign(magento, raw, webhook_id, at)
    except CannotSign as error:
        raise Failed(
            f"A webhook of the sender {magento.sender} can't be signed here: only the store has the key.",
            "save a product in Magento",
        ) from error


def _known(opened: Settings, shop_key: str, sku: str) -> tuple[Shop, Product | None]:
    with database(opened) as open_database, open_database.read() as connection:
        known = shops.load_all(connection, SecretBox(*opened.secret_keys))
        if shop_key not in known:
            raise Failed(
                f"There is no shop {shop_key!r}.",
                f"choose one with --shop: {', '.join(sorted(known))}" if known else "m2t apply FILE.yaml",
            )
        found = products.by_sku(connection, shop_key, sku)
    return known[shop_key], next((product for product in found if not product.deleted), None)


def _as_known(product: Product, store_id: int) -> Mapping[str, Any]:
    """Return its stored data: the default values, or those of the store view."""
    return product.attributes if store_id else product.default


def _changes(changed: tuple[str, ...]) -> dict[str, Any]:
    changes = {}
    for one in changed:
        attribute, equals, value = one.partition("=")
        if not (attribute and equals):
            raise click.BadParameter(f"{one!r} is not ATTRIBUTE=VALUE", param_hint="--set")
        try:
            changes[attribute] = json.loads(value)
        except ValueError:
            changes[attribute] = value
    return changes


def server_url(host: str, port: int) -> str:
    """Where a server of ours is reached from this machine, also one that listens on every address."""
    reached = "127.0.0.1" if host in ("0.0.0.0", "::") else host  # noqa: S104
    return f"http://[{reached}]:{port}" if ":" in reached else f"http://{reached}:{port}"


def _sku_of(raw: bytes) -> str | None:
    try:
        document = json.loads(raw)
        sku = document.get("product", document).get("sku")
    except (ValueError, AttributeError):
        return None
    return sku if isinstance(sku, str) else None


def _next_step(shop: Shop, sku: str | None) -> str:
    return f"m2t explain {shlex.quote(sku) if sku else 'SKU'} --shop {shop.key}"


def _curl(url: str, headers: Mapping[str, str], raw: bytes) -> str:
    text = "".join(f" \\\n  -H {shlex.quote(f'{name}: {value}')}" for name, value in headers.items())
    return f"curl -i {shlex.quote(url)}{text} \\\n  --data-binary {shlex.quote(raw.decode(errors='replace'))}"


def _send(url: str, headers: Mapping[str, str], raw: bytes, *, next_step: str) -> None:
    """One POST, without redirects and proxies. Raises `NotReachable` or `Failed`."""
    with requests.Session() as session:
        session.trust_env = False
        try:
            answer = session.post(
                url, data=raw, headers=dict(headers), timeout=SECONDS, allow_redirects=False
            )
        except requests.RequestException as error:
            raise NotReachable(
                f"{url} does not answer ({type(error).__name__}).", "start it (m2t webhooks), or m2t doctor"
            ) from error
    click.echo(f"{answer.status_code} {answer.text[:ANSWER_SHOWN].strip()}")
    if not 200 <= answer.status_code < 300:
        raise Failed(
            f"{url} answered {answer.status_code}, and took nothing.",
            _ADVICE.get(answer.status_code, "m2t doctor"),
        )
    click.echo(f"Next: {next_step}")
