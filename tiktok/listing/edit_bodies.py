"""The bodies of edits, completed with what TikTok has; and the SKU ids in TikTok's answer. Pure."""

from __future__ import annotations

from dataclasses import replace

import orjson

from schemas.listing import Content, Listing, Part
from tiktok.documents import Document, children
from tiktok.listing.remote_product import RemoteProduct
from tiktok.listing.sync_plan import Call, json_body, with_price_and_stock


def merge_for_edit(unmanaged: Content, call: Call) -> str:
    """Return the body of a full edit: the call's properties, and the fields that we do not manage.

    A full edit clears every field that it omits.
    """
    return json_body({**unmanaged, **orjson.loads(call.body)})


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


def with_sku_ids(listing: Listing, data: Document) -> Listing:
    """Return the listing with the SKU ids in the data of a create or an edit, unchanged if there are none."""
    skus = {
        str(sku["seller_sku"]): str(sku["id"])
        for sku in children(data, "skus")
        if sku.get("seller_sku") and sku.get("id")
    }
    return replace(listing, skus=skus) if skus else listing
