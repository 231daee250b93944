"""What the step of a trial does in the sandbox store, by its `how`."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from commands.demo_world.rule import SHIRT, Step
from commands.demo_world.sandbox_client import TrialFailed, call
from commands.demo_world.world import World
from commands.trigger import signed
from schemas.secret import Secret
from schemas.shop import STANDARD_SENDER, MagentoConnection

USUAL_HOOKS = (
    "catalog_product_save_commit_after",
    "cataloginventory_stock_item_save_commit_after",
    "catalog_product_delete_commit_after",
    "catalog_product_attribute_update_before",
    "catalog_product_to_website_change",
)
NEWER = timedelta(minutes=1)
"""How much later than now a newer save was made. Within the five minutes in which a time counts as credible."""
STOCK_WITH_SAVES = "stock with saves"
"""In a rule's hooks: the stock item's event is sent where a product save fires it, too."""


@dataclass(frozen=True, slots=True)
class StoreTarget:
    """A shop that gets the store's webhooks, those of the `hooks` too, of products whose SKU starts with the prefix."""

    shop: str
    hooks: Sequence[str] = ()
    sku_prefix: str = ""


def point_store_at(world: World, *targets: StoreTarget) -> None:
    """Make the sandbox store send its webhooks to these shops from now on."""
    documents = [
        {
            "url": _endpoint(world, target.shop),
            "secret": world.webhook_secret,
            "events": [*USUAL_HOOKS, *(hook for hook in target.hooks if hook != STOCK_WITH_SAVES)],
            "stock_with_saves": STOCK_WITH_SAVES in target.hooks,
            "sku_prefix": target.sku_prefix,
        }
        for target in targets
    ]
    call(f"{world.magento_url}/_store/targets", "PUT", documents)


def carry_out(world: World, shop: str, sku: str, step: Step) -> list[str]:
    """Make the step's change; return the ids of its webhooks. Raises `TrialFailed` if one was refused for good."""
    if step.how in ("sent", "sent_in_lower_case"):
        return [_send_attributes(world, shop, sku if step.how == "sent" else sku.lower(), step.changes)]
    if step.how == "sent_newer":
        updated_at = f"{datetime.now(UTC) + NEWER:%Y-%m-%d %H:%M:%S}"
        return [_send_attributes(world, shop, sku, {**step.changes, "updated_at": updated_at})]
    if step.how == "sent_delete":
        return [_send_delete(world, shop, sku)]
    if step.how == "delete":
        call(f"{world.magento_url}/_store/products/{quote(sku)}?fire={int(step.fires)}", "DELETE")
        return []
    if step.how == "rest":
        return _put_by_rest(world, sku, step.changes)
    path, body = _request(sku, step)
    response = call(f"{world.magento_url}/_store/{path}", "POST", body)
    for webhook in response["webhooks"]:
        # A store repeats a webhook that was not accepted; its result is waited for like any other.
        if webhook["status"] != 202 and not webhook["will_retry"]:
            raise TrialFailed(f"{sku}: the webhook was answered with {webhook['status']}: {webhook['body']}")
    return [str(webhook["id"]) for webhook in response["webhooks"]]


def _request(sku: str, step: Step) -> tuple[str, Mapping[str, object]]:
    """Return the path and the body of the store's own API for this step."""
    changes, address = dict(step.changes), f"products/{quote(sku)}"
    if step.how == "create":
        return "products", {"sku": sku, "changes": {**SHIRT, **changes}, "fire": step.fires}
    if step.how == "stock":
        return f"{address}/stock", changes
    if step.how == "mass":
        return "mass-update", {"skus": [sku], "attributes": changes}
    if step.how == "import":
        return "import", {"rows": [{"sku": sku, **changes}]}
    if step.how == "import_delete":
        return "import-delete", {"skus": [sku]}
    sources = {"sources": changes.pop("sources")} if "sources" in changes else {}
    return f"{address}/save", {"changes": changes, "store_id": step.view, **sources}


def _put_by_rest(world: World, sku: str, changes: Mapping[str, object]) -> list[str]:
    """PUT the stock item with the product, as an ERP does; the store's ledger has the webhooks."""
    ledger = f"{world.magento_url}/_store/ledger"
    before = call(ledger)["last_seq"]
    token = (world.folder / "magento" / "access-token").read_text().strip()
    body = {"product": {"sku": sku, "extension_attributes": {"stock_item": dict(changes)}}}
    url = f"{world.magento_url}/rest/all/V1/products/{quote(sku)}"
    call(url, "PUT", body, {"authorization": f"Bearer {token}"})
    entries: list[dict[str, Any]] = call(f"{ledger}?after={before}")["entries"]
    return [str(entry["webhook_id"]) for entry in entries if entry["sku"] == sku]


def _send_attributes(world: World, shop: str, sku: str, attributes: Mapping[str, object]) -> str:
    """Send a webhook with these attributes alone, as a module of the store's own might; return its id."""
    return _send(world, shop, {"product": {"sku": sku, **attributes}})


def _send_delete(world: World, shop: str, sku: str) -> str:
    """Send the webhook of the deletion of the first product that had this SKU; return its id."""
    entries = call(f"{world.magento_url}/_store/ledger")["entries"]
    entity_id = min(entry["products"][0]["entity_id"] for entry in entries if entry["sku"] == sku)
    product = {"entity_id": str(entity_id), "sku": sku}
    return _send(world, shop, {"event": "catalog_product_delete_commit_after", "product": product})


def _send(world: World, shop: str, body: Mapping[str, object]) -> str:
    webhook_id = f"msg_{uuid.uuid4().hex}"
    raw = json.dumps(body).encode()
    sender = MagentoConnection(STANDARD_SENDER, (Secret(world.webhook_secret),))
    headers = signed(sender, raw, webhook_id, datetime.now(UTC))
    call(_endpoint(world, shop), "POST", raw, headers)
    return webhook_id


def _endpoint(world: World, shop: str) -> str:
    return f"{world.endpoint_url}/webhooks/magento/{shop}"
