"""The TikTok shops that a seller's authorization gives access to, and the one that is picked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from werkzeug.datastructures import MultiDict

from console.setup.connection_draft import Draft, ShopOption
from console.shops.forms import document_of, faults_by_field
from magento import senders
from schemas.apply_file import InvalidDocument, load_declaration
from schemas.shop import REGIONS, Shop
from tiktok.client.authorized_shops import warehouses
from tiktok.client.client import TikTokShop
from tiktok.client.errors import TikTokError
from tiktok.client.rate_limit import RateLimiter
from tiktok.client.tokens import Authorization

MOST_SHOPS: Final = 10


def offers(shop: Shop, draft: Draft) -> tuple[ShopOption, ...]:
    """Return the shops that the tokens give access to, each with its warehouses if TikTok returns them."""
    calls = TikTokShop(replace(shop, tiktok=draft.app), RateLimiter(0))
    found = []
    for authorized in calls.authorized_shops(lambda _: None)[:MOST_SHOPS]:
        of_it = TikTokShop(
            replace(shop, tiktok=replace(draft.app, shop_cipher=authorized.cipher)), RateLimiter(0)
        )
        try:
            found.append(ShopOption(authorized, warehouses(of_it, lambda _: None)))
        except TikTokError:
            # The shop can be picked all the same: its warehouses can be typed in.
            found.append(ShopOption(authorized))
    return tuple(found)


def picked_document(
    draft: Draft, authorized: Authorization, picked: ShopOption, form: MultiDict[str, str]
) -> Mapping[str, object]:
    """Return the TikTok side of the picked shop, with the warehouse that was typed, else the selected one."""
    cipher = picked.shop.cipher
    typed = form.get("other_warehouses", "").replace(",", " ").split()
    chosen = [
        warehouse.id for warehouse in picked.warehouses if warehouse.id == form.get(f"warehouse-{cipher}")
    ]
    return {
        "app_key": draft.app_key,
        "app_secret": draft.app_secret,
        "access_token": authorized.pair.access_token,
        "refresh_token": authorized.pair.refresh_token,
        "shop_cipher": cipher,
        "region": picked.shop.region if picked.shop.region in REGIONS else draft.region,
        "currency": draft.currency,
        "warehouse_ids": typed or chosen,
        "api_url": draft.api_url,
        "auth_url": draft.auth_url,
    }


def faults_of_app(shop: Shop, draft: Draft) -> dict[str, list[str]]:
    """Return the errors of the app's fields, found by the schema of a whole TikTok side."""
    whole = {
        **{name: getattr(draft, name) for name in ("app_key", "region", "currency", "api_url", "auth_url")},
        **dict.fromkeys(("access_token", "refresh_token", "shop_cipher"), "not known yet"),
        "app_secret": draft.app_secret,
        "warehouse_ids": ["1"],
    }
    existing = {"synchronization_policies": [shop.synchronization_policy]}
    try:
        load_declaration({"shops": [{**document_of(shop), "tiktok": whole}]}, existing, senders.settings())
    except InvalidDocument as invalid:
        return faults_by_field(invalid)
    return {}
