"""The two halves of a shop as forms: what a form says as the document of an apply file, and back. Pure."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any, Final

from schemas.apply_file import InvalidDocument
from schemas.secret import Secret
from schemas.shop import NOT_CONNECTED, Shop, SignatureScheme, TikTokConnection

NOT_BUILT: Final = {
    "adobe-events": "Adobe Commerce, Adobe I/O Events",
    "adobe-webhooks": "Adobe Commerce, synchronous webhooks",
    "mageplaza": "Mageplaza Webhook",
}
"""Senders that Magento stores have and this version does not understand yet."""

SCHEMES: Final = [
    (SignatureScheme.STANDARD_WEBHOOKS.value, "Standard Webhooks (webhook-id, -timestamp and -signature)"),
    (SignatureScheme.HMAC_HEADER.value, "one header of your choice with an HMAC-SHA256 of the body"),
]
PRICE_SCOPES: Final = [("global", "Global"), ("website", "Website")]
LABELS: Final = {
    "key": "Shop key",
    "title": "Title",
    "synchronization_policy": "Synchronization policy",
    "store_view_id": "Store view id",
    "website_id": "Website id",
    "price_scope": "Catalog Price Scope",
    "signature_scheme": "Signature",
    "signature_header": "Header of the signature",
    "secrets": "Webhook secret",
    "base_url": "Base URL",
    "media_url": "Media URL",
    "token": "Magento access token",
    "app_key": "App key",
    "app_secret": "App secret",
    "service_id": "Service id",
    "access_token": "Access token",
    "refresh_token": "Refresh token",
    "shop_cipher": "Shop cipher",
    "region": "Region",
    "currency": "Currency",
    "warehouse_ids": "Warehouses",
    "api_url": "API address",
    "auth_url": "Authorization address",
    "code": "Code",
    "cipher": "Shop",
}
MOST_SECRETS: Final = 4
_MAGENTO_TEXTS: Final = ("base_url", "media_url")
_MAGENTO_SECRETS: Final = ("token",)


def new_secret() -> str:
    """A webhook secret as Standard Webhooks has it: 32 random bytes."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def document_of(shop: Shop) -> dict[str, Any]:
    """A stored shop as a document, its secrets as `Secret`: what a form does not say stays so."""
    magento = {name: value for name, value in asdict(shop.magento).items() if value is not None}
    magento |= {
        "sender": shop.magento.sender.value,
        "signature_scheme": shop.magento.signature_scheme.value,
        "secrets": list(shop.magento.secrets),
        "attribute_types": {code: one.value for code, one in shop.magento.attribute_types.items()},
    }
    document: dict[str, Any] = {
        "key": shop.key,
        "title": shop.title,
        "synchronization_policy": shop.synchronization_policy,
        "magento": magento,
    }
    if shop.tiktok.connected:
        document["tiktok"] = tiktok_document(shop.tiktok)
    return document


def tiktok_document(tiktok: TikTokConnection) -> dict[str, Any]:
    """A stored TikTok side as a document."""
    return {**asdict(tiktok), "warehouse_ids": list(tiktok.warehouse_ids)}


def magento_fields(shop: Shop | None) -> dict[str, Any]:
    """What the form of the Magento side shows; what is `held` is a `Secret`: a page shows its ending alone."""
    if shop is None:
        return {"key": "main", "store_view_id": 1, "price_scope": "global", "sender": "standard", "held": {}}
    magento = shop.magento
    return {
        **{name: getattr(magento, name) for name in ("store_view_id", "website_id", "price_scope")},
        **{name: getattr(magento, name) or "" for name in _MAGENTO_TEXTS},
        "key": shop.key,
        "title": shop.title,
        "sender": magento.sender.value,
        "signature_scheme": magento.signature_scheme.value,
        "signature_header": magento.signature_header,
        "held": {name: getattr(magento, name) for name in _MAGENTO_SECRETS},
    }


def typed(form: Mapping[str, str], held: Mapping[str, Secret | None]) -> dict[str, Any]:
    """The fields as they were typed, to be shown again; a secret is typed again."""
    told = {
        name: value
        for name, value in form.items()
        if name not in ("csrf_token", "token", "app_secret", "access_token", "refresh_token", "code")
    }
    return {**told, "held": held}


def magento_document(form: Mapping[str, str], shop: Shop | None, secret: str | None = None) -> dict[str, Any]:
    """The shop with the Magento side that the form says. `secret` is a new shop's first webhook secret."""
    told = {name: value.strip() for name, value in form.items()}
    document: dict[str, Any] = {"key": told.get("key", ""), "magento": {}}
    if shop is not None:
        document = document_of(shop)
    magento = document["magento"]
    document["title"] = told.get("title", "")
    document["synchronization_policy"] = (
        told.get("synchronization_policy") or document.get("synchronization_policy") or ""
    )
    magento["sender"] = told.get("sender", "standard")
    magento["store_view_id"] = _number(told.get("store_view_id", "1"))
    magento["website_id"] = _number(told["website_id"]) if told.get("website_id") else None
    magento["price_scope"] = told.get("price_scope", "global")
    magento["signature_scheme"] = told.get("signature_scheme") or SignatureScheme.STANDARD_WEBHOOKS.value
    magento.pop("signature_header", None)
    if told.get("signature_header"):
        magento["signature_header"] = told["signature_header"]
    for name in _MAGENTO_TEXTS:
        magento.pop(name, None)
        magento |= {name: told[name]} if told.get(name) else {}
    if told.get("token"):
        magento["token"] = told["token"]
    if secret is not None:
        magento["secrets"] = [secret]
    return document


def with_secrets(shop: Shop, live: list[Secret]) -> dict[str, Any]:
    """The shop with these webhook secrets."""
    document = document_of(shop)
    document["magento"]["secrets"] = live
    return document


def tiktok_fields(tiktok: TikTokConnection) -> dict[str, Any]:
    """What the form of the TikTok side shows."""
    usual = tiktok if tiktok.connected else NOT_CONNECTED
    return {
        "app_key": usual.app_key,
        "shop_cipher": usual.shop_cipher,
        "region": usual.region or "US",
        "currency": usual.currency or "USD",
        "warehouse_ids": " ".join(usual.warehouse_ids),
        "api_url": usual.api_url,
        "auth_url": usual.auth_url,
        "held": {name: getattr(usual, name) for name in ("app_secret", "access_token", "refresh_token")},
    }


def tiktok_from(form: Mapping[str, str], held: TikTokConnection) -> dict[str, Any]:
    """The TikTok side that the form says; an empty secret keeps the held one."""
    told = {name: value.strip() for name, value in form.items()}
    document: dict[str, Any] = {
        name: told.get(name, "") for name in ("app_key", "shop_cipher", "region", "currency")
    }
    document["warehouse_ids"] = told.get("warehouse_ids", "").replace(",", " ").split()
    document |= {name: told[name].rstrip("/") for name in ("api_url", "auth_url") if told.get(name)}
    for name in ("app_secret", "access_token", "refresh_token"):
        document[name] = told.get(name) or getattr(held, name)
    return document


def faults_by_field(invalid: InvalidDocument) -> dict[str, list[str]]:
    """The faults of the one shop under the fields of its forms."""
    found: dict[str, list[str]] = {}
    for fault in invalid.faults:
        name = next(_names(fault.where), "key")
        found.setdefault(name, []).append(fault.message)
    return found


def _names(where: str) -> Iterator[str]:
    """The last part of a place that is the name of a field."""
    for part in reversed(where.split(".")):
        name = part.partition("[")[0]
        if name in LABELS:
            yield name


def _number(told: str) -> Any:
    try:
        return int(told)
    except ValueError:
        return told
