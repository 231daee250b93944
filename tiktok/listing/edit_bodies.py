"""The bodies of edits, completed with what TikTok has; and the SKU ids in TikTok's answer. Pure.

A full edit clears every field that it omits, and an edit with SKUs deletes every SKU that it omits. What is not ours is
repeated as it was read: fields of the product and of each SKU, product attributes that no template maps, and SKUs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import orjson

from schemas.listing import Content, Listing, Part
from tiktok.documents import Document, children
from tiktok.listing.edit_fields import PRODUCT_FIELDS, Rule
from tiktok.listing.remote_product import RemoteProduct, attribute_ids
from tiktok.listing.sync_plan import Call, Operation, json_body, with_price_and_stock


def completed_body(call: Call, product: RemoteProduct, sent: Content | None) -> str:
    """Return the body of an edit with everything on TikTok that is not ours and that it would clear.

    `sent` is the content that was last sent: what it has and the call has not was ours, and is cleared.
    """
    body = orjson.loads(call.body)
    if "skus" in body:
        body["skus"] = _with_foreign_skus(body["skus"], product)
    if "product_attributes" in body:
        body["product_attributes"] = _with_foreign_attributes(body, product, sent or {})
    return json_body({**_carried(call, product, sent or {}), **body})


def unrepeatable(call: Call, product: RemoteProduct) -> tuple[str, ...]:
    """Return the names of the fields that TikTok returned, and that this edit would clear and can't repeat."""
    of_skus = product.unknown_of_skus if "skus" in orjson.loads(call.body) else ()
    return (*(product.unknown if call.operation is Operation.EDIT else ()), *of_skus)


def _carried(call: Call, product: RemoteProduct, sent: Content) -> Document:
    if call.operation is not Operation.EDIT:
        return {}
    rules = {
        name: PRODUCT_FIELDS[name].rule for name in product.raw if name not in ("skus", "product_attributes")
    }
    return {
        name: product.raw[name]
        for name, rule in rules.items()
        if rule is Rule.CARRIED or (rule is Rule.OURS_IF_SET and name not in sent)
    }


def _with_foreign_skus(ours: list[dict[str, Any]], product: RemoteProduct) -> list[Document]:
    """Return all SKUs in TikTok's order, ours with what the seller has added to them; new ones are last."""
    own_ids = set(product.skus.values())
    by_id = {_id_on_tiktok(sku, product): sku for sku in ours}
    merged = [
        _merged(sku, by_id.pop(str(sku["id"]), {})) if str(sku["id"]) in own_ids else sku
        for sku in product.raw.get("skus", ())
    ]
    return [
        *merged,
        *({name: value for name, value in sku.items() if name != "id"} for sku in by_id.values()),
    ]


def _id_on_tiktok(sku: Mapping[str, Any], product: RemoteProduct) -> str:
    """Return the id that our SKU has on TikTok; for a SKU that TikTok does not have, a key made of its name."""
    sku_id = str(sku.get("id"))
    if sku_id in product.skus.values():
        return sku_id
    return product.skus.get(str(sku["seller_sku"]), f"new {sku['seller_sku']}")


def _merged(read: Mapping[str, Any], ours: Mapping[str, Any]) -> Document:
    rows = {str(row["warehouse_id"]): row for row in read.get("inventory", ())}
    for row in ours.get("inventory", ()):
        rows[str(row["warehouse_id"])] = {**rows.get(str(row["warehouse_id"]), {}), **row}
    price = {**read.get("price", {}), **ours.get("price", {})}
    merged = {**read, **ours, "id": read["id"], "price": price, "inventory": list(rows.values())}
    return {name: value for name, value in merged.items() if value not in ({}, [])}


def _with_foreign_attributes(body: Content, product: RemoteProduct, sent: Content) -> list[Document]:
    ours = attribute_ids(body) | attribute_ids(sent)
    foreign = [entry for entry in product.raw.get("product_attributes", ()) if str(entry["id"]) not in ours]
    return [*body["product_attributes"], *foreign]


def with_kept_offer(call: Call, product: RemoteProduct) -> Call:
    """Return the call with the price and stock that TikTok has now, as far as the call keeps them.

    TikTok requires them in an edit that contains SKUs, whether or not they follow Magento.
    """
    names, read = {sku_id: name for name, sku_id in product.skus.items()}, product.last_sent
    price, stock = dict(call.sends.price or {}), dict(call.sends.stock or {})
    body = orjson.loads(call.body)
    for sku in body["skus"]:
        name, on_tiktok = str(sku["seller_sku"]), names.get(str(sku.get("id")), "")
        if Part.PRICE in call.keeps and (money := (read.price or {}).get(on_tiktok)) is not None:
            price[name] = money
        if Part.STOCK in call.keeps and (quantities := (read.stock or {}).get(on_tiktok)) is not None:
            stock[name] = quantities
    skus = [with_price_and_stock(sku, price, stock) for sku in body["skus"]]
    sends = replace(call.sends, price=price, stock=stock)
    return replace(call, body=json_body({**body, "skus": skus}), sends=sends)


def with_other_warehouses(call: Call, product: RemoteProduct) -> Call:
    """Return a call of stock with that of all other warehouses as it was read: TikTok requires all of a SKU."""
    read = {str(sku["id"]): sku.get("inventory", ()) for sku in product.raw.get("skus", ())}
    on_tiktok = product.last_sent.stock or {}
    skus = [
        {**sku, "inventory": [*sku["inventory"], *_others(sku["inventory"], read.get(str(sku["id"]), ()))]}
        for sku in orjson.loads(call.body)["skus"]
    ]
    stock = {
        name: {**on_tiktok.get(name, {}), **quantities}
        for name, quantities in (call.sends.stock or {}).items()
    }
    return replace(call, body=json_body({"skus": skus}), sends=replace(call.sends, stock=stock))


def _others(ours: Sequence[Document], read: Sequence[Document]) -> list[Document]:
    own = {str(row["warehouse_id"]) for row in ours}
    return [dict(row) for row in read if str(row["warehouse_id"]) not in own]


def with_sku_ids(listing: Listing, data: Document, content: Content | None) -> Listing:
    """Return the listing with the ids of its SKUs in the data of a create or an edit, unchanged if there are none.

    TikTok answers with every SKU of the product. Ours are those in the content that was sent, or in the listing.
    """
    own = {str(sku["seller_sku"]) for sku in content["skus"]} if content else listing.skus.keys()
    skus = {
        str(sku["seller_sku"]): str(sku["id"])
        for sku in children(data, "skus")
        if sku.get("id") and str(sku.get("seller_sku")) in own
    }
    return replace(listing, skus=skus) if skus else listing
