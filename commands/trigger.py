"""`m2t trigger`: sends a signed sample webhook to the endpoint, as the shop's Magento store would."""

from __future__ import annotations

import base64
import json
import shlex
import uuid
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

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
SAMPLE: Mapping[str, object] = {
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
"""The product that is sent if there is none with this SKU."""

WRONG_SECRET = Secret("whsec_" + base64.b64encode(b"of somebody else entirely").decode())
OLD = timedelta(minutes=10)
SECONDS = (3.0, 10.0)
ANSWER_SHOWN = 2_000
QUARANTINE_STEP = "look under Dead letters in the console, or m2t tail dead-letters"
_ADVICE: Mapping[int, str] = {
    401: "check that the endpoint has the same secret (it reloads the shops every 5 s) and the same time",
    404: "check --shop and --url; the endpoint reloads the shops every 5 s",
    413: "send a smaller body",
    503: "start Kafka, or m2t doctor",
}


@click.command("trigger")
@click.option("--shop", "shop_key", default="demo", show_default=True, metavar="KEY")
@click.option("--sku", default="SAMPLE-1", show_default=True)
@click.option("--entity-id", help="Magento's id of the product. Default: left out.")
@click.option(
    "--set",
    "changed",
    multiple=True,
    metavar="ATTRIBUTE=VALUE",
    help="Set an attribute, to JSON or text. May be repeated.",
)
@click.option(
    "--unset", "unset", multiple=True, metavar="ATTRIBUTE", help="Leave an attribute out. May be repeated."
)
@click.option(
    "--store-id", default=0, show_default=True, help="The store view that the product is saved in; 0 for all."
)
@click.option("--event", type=click.Choice(EVENTS), default=EVENTS[0], show_default=True)
@click.option(
    "--file",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="Send this body, byte for byte, instead of a sample.",
)
@click.option(
    "--url", help="The endpoint's URL. Default: from M2T_DOOR_HOST and M2T_DOOR_PORT, for the shop."
)
@click.option("--id", "webhook_id", help="The webhook-id. A repeated id is a duplicate. Default: a new id.")
@click.option(
    "--old-timestamp", is_flag=True, help="Sign with a time ten minutes ago: the endpoint must refuse it."
)
@click.option(
    "--wrong-signature", is_flag=True, help="Sign with another secret: the endpoint must refuse it."
)
@click.option("--print", "only_print", is_flag=True, help="Print a curl command, and send nothing.")
def command(
    shop_key: str,
    sku: str,
    entity_id: str | None,
    changed: tuple[str, ...],
    unset: tuple[str, ...],
    store_id: int,
    event: str,
    file: Path | None,
    url: str | None,
    webhook_id: str | None,
    old_timestamp: bool,
    wrong_signature: bool,
    only_print: bool,
) -> None:
    """Send a signed sample webhook to the running endpoint.

    Sends the stored data of the product with this SKU, or else a sample shirt, with the changes of --set and --unset,
    signed with the shop's own secret. Exits with 1 if the answer is not a 2xx.
    """
    if file is not None and (changed or unset):
        raise click.UsageError("--file sends the body as it is: omit --set and --unset.")
    opened = settings()
    shop, stored = _stored(opened, shop_key, sku)
    now, webhook_id = datetime.now(UTC), webhook_id or f"msg_{uuid.uuid4().hex}"
    if file is not None:
        raw = file.read_bytes()
    else:
        product = product_as_sent(event, sku, entity_id, store_id, _changes(changed), unset, stored, now)
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
    changes: Mapping[str, object],
    unset: tuple[str, ...],
    stored: Product | None,
    now: datetime,
) -> dict[str, object]:
    """Return the product as a webhook of this event has it."""
    product: dict[str, object] = {"sku": sku}
    if entity_id is not None:
        product["entity_id"] = entity_id
    if store_id:
        product["store_id"] = store_id
    if event in ("product.saved", "product.created"):
        product["updated_at"] = f"{now:%Y-%m-%d %H:%M:%S}"
        product |= {**(_attributes(stored, store_id) if stored is not None else SAMPLE), **changes}
    elif event == "stock.changed":
        product |= {"quantity": SAMPLE["quantity"], "stock_status": 1, **changes}
    elif event == "websites.changed":
        product |= {"website_ids": SAMPLE["website_ids"], **changes}
    elif event == "attributes.updated":
        product |= changes or {"status": SAMPLE["status"]}
    return {code: value for code, value in product.items() if code not in unset}


def signed(magento: MagentoConnection, raw: bytes, webhook_id: str, at: datetime) -> Mapping[str, str]:
    """Return the headers that sign this body as the shop's store would. Raises `Failed` where only the store can."""
    try:
        return SENDERS[magento.sender].sign(magento, raw, webhook_id, at)
    except CannotSign as error:
        raise Failed(
            f"A webhook of the sender {magento.sender} can't be signed here: only the store has the key.",
            "save a product in Magento",
        ) from error


def _stored(opened: Settings, shop_key: str, sku: str) -> tuple[Shop, Product | None]:
    with database(opened) as open_database, open_database.read() as connection:
        by_key = shops.load_all(connection, SecretBox(*opened.secret_keys))
        if shop_key not in by_key:
            raise Failed(
                f"There is no shop {shop_key!r}.",
                f"choose one with --shop: {', '.join(sorted(by_key))}" if by_key else "m2t apply FILE.yaml",
            )
        found = products.by_sku(connection, shop_key, sku)
    return by_key[shop_key], next((product for product in found if not product.deleted), None)


def _attributes(product: Product, store_id: int) -> Mapping[str, object]:
    """Return its stored data: the default values, or those of the store view."""
    return product.attributes if store_id else product.default


def _changes(changed: tuple[str, ...]) -> dict[str, object]:
    changes: dict[str, object] = {}
    for text in changed:
        attribute, equals, value = text.partition("=")
        if not (attribute and equals):
            raise click.BadParameter(f"{text!r} is not ATTRIBUTE=VALUE", param_hint="--set")
        try:
            changes[attribute] = json.loads(value)
        except ValueError:
            changes[attribute] = value
    return changes


def server_url(host: str, port: int) -> str:
    """Return the URL of a server on this machine, even if it listens on every address."""
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
            f"{url} answered {answer.status_code}: the webhook was not accepted.",
            _ADVICE.get(answer.status_code, "m2t doctor"),
        )
    click.echo(f"Next: {QUARANTINE_STEP if _is_quarantined(answer) else next_step}")


def _is_quarantined(answer: requests.Response) -> bool:
    """Return whether a standard answer says that the body could not be read."""
    try:
        document = answer.json()
    except ValueError:
        return False
    return isinstance(document, dict) and "quarantined" in document
