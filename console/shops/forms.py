"""The forms of a shop's Magento side and TikTok side: from form to document, and back. Pure."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any, Final

from console.shops.store_lists import STORE_LISTS, entries_of, entry_fault, lines_of
from magento.senders import SENDERS
from magento.senders.sender import FormField
from schemas.apply_file import InvalidDocument
from schemas.secret import Secret
from schemas.shop import NOT_CONNECTED, STANDARD_SENDER, Shop, TikTokConnection

NOT_BUILT: Final = {
    "adobe-events": "Adobe Commerce, Adobe I/O Events",
    "adobe-webhooks": "Adobe Commerce, synchronous webhooks",
    "mageplaza": "Mageplaza Webhook",
}
"""Senders that Magento stores have and this version does not support yet."""

PRICE_SCOPES: Final = [("global", "Global"), ("website", "Website")]
LABELS: Final = {
    "key": "Shop key",
    "title": "Title",
    "synchronization_policy": "Synchronization policy",
    "store_view_id": "Store view id",
    "website_id": "Website id",
    "website_view_ids": "Store views of the website",
    "price_scope": "Catalog Price Scope",
    **{listed.name: listed.label for listed in STORE_LISTS},
    "sender": "Sender",
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
    "warehouse_ids": "Warehouse",
    "api_url": "API address",
    "auth_url": "Authorization address",
    "code": "Code",
    "cipher": "Shop",
}
MOST_SECRETS: Final = 4
_MAGENTO_TEXTS: Final = ("base_url", "media_url")
_MAGENTO_SECRETS: Final = ("token",)


def sender_fields() -> list[FormField]:
    """Return the form fields of all senders."""
    return [field for sender in SENDERS.values() for field in sender.fields]


def labels() -> dict[str, str]:
    """Return the label of each field of a shop's forms, by its name."""
    return {**LABELS, **{field.name: field.label for field in sender_fields()}}


def not_built() -> dict[str, str]:
    """Return the senders that the form names but does not offer."""
    return {name: words for name, words in NOT_BUILT.items() if name not in SENDERS}


def new_secret() -> str:
    """Return a webhook secret in the form of Standard Webhooks: 32 random bytes."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def document_of(shop: Shop) -> dict[str, Any]:
    """Return a stored shop as a document, secrets as `Secret`; what a form leaves out keeps this value."""
    magento = {name: value for name, value in asdict(shop.magento).items() if value is not None}
    magento |= {
        "signature_scheme": shop.magento.signature_scheme.value,
        "secrets": list(shop.magento.secrets),
        "attribute_types": {
            code: attribute_type.value for code, attribute_type in shop.magento.attribute_types.items()
        },
        "attribute_scopes": {code: scope.value for code, scope in shop.magento.attribute_scopes.items()},
        "website_view_ids": list(shop.magento.website_view_ids),
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
    """Return a stored TikTok side as a document."""
    return {**asdict(tiktok), "warehouse_ids": list(tiktok.warehouse_ids)}


def magento_fields(shop: Shop | None) -> dict[str, Any]:
    """Return what the form of the Magento side shows; of the secrets in `stored` a page shows only the ending."""
    if shop is None:
        return {
            "key": "main",
            "store_view_id": 1,
            "price_scope": "global",
            "sender": STANDARD_SENDER,
            "stored": {},
        }
    magento = shop.magento
    return {
        **{name: getattr(magento, name) for name in ("store_view_id", "website_id", "price_scope")},
        **{name: getattr(magento, name) or "" for name in _MAGENTO_TEXTS},
        "website_view_ids": " ".join(map(str, magento.website_view_ids)),
        "key": shop.key,
        "title": shop.title,
        "sender": magento.sender,
        **{field.name: field.value(magento) for field in sender_fields()},
        **lines_of(magento),
        "stored": {name: getattr(magento, name) for name in _MAGENTO_SECRETS},
    }


def typed(form: Mapping[str, str], fields: Mapping[str, Secret | None]) -> dict[str, Any]:
    """Return the fields as typed, to show them again; secrets must be typed again."""
    values_by_name = {
        name: value
        for name, value in form.items()
        if name not in ("csrf_token", "token", "app_secret", "access_token", "refresh_token", "code")
    }
    return {**values_by_name, "stored": fields}


def magento_document(form: Mapping[str, str], shop: Shop | None, secret: str | None = None) -> dict[str, Any]:
    """Return the shop with the Magento side of the form. `secret` is the first webhook secret of a new shop."""
    fields = {name: value.strip() for name, value in form.items()}
    document: dict[str, Any] = {"key": fields.get("key", ""), "magento": {}}
    if shop is not None:
        document = document_of(shop)
    magento = document["magento"]
    document["title"] = fields.get("title", "")
    document["synchronization_policy"] = (
        fields.get("synchronization_policy") or document.get("synchronization_policy") or ""
    )
    magento["sender"] = fields.get("sender", STANDARD_SENDER)
    _set_sender_fields(magento, fields)
    magento["store_view_id"] = _number(fields.get("store_view_id", "1"))
    magento["website_id"] = _number(fields["website_id"]) if fields.get("website_id") else None
    if "website_view_ids" in fields:
        views = fields["website_view_ids"].replace(",", " ").split()
        magento["website_view_ids"] = [_number(view) for view in views]
    magento["price_scope"] = fields.get("price_scope", "global")
    magento |= entries_of(fields)
    for name in _MAGENTO_TEXTS:
        magento.pop(name, None)
        magento |= {name: fields[name]} if fields.get(name) else {}
    if fields.get("token"):
        magento["token"] = fields["token"]
    if secret is not None:
        magento["secrets"] = [secret]
    return document


def _set_sender_fields(magento: dict[str, Any], form: Mapping[str, str]) -> None:
    """Store the fields of every sender that are keys of their own, and the settings of the chosen sender."""
    for field in sender_fields():
        if not field.is_setting:
            magento.pop(field.name, None)
            magento |= {field.name: form[field.name]} if form.get(field.name) else {}
    chosen = SENDERS.get(magento["sender"])
    fields = chosen.fields if chosen is not None else ()
    settings = {field.name: form[field.name] for field in fields if field.is_setting and form.get(field.name)}
    magento.pop("sender_settings", None)
    magento |= {"sender_settings": settings} if settings else {}


def with_secrets(shop: Shop, live: list[Secret]) -> dict[str, Any]:
    """Return the shop with these webhook secrets."""
    document = document_of(shop)
    document["magento"]["secrets"] = live
    return document


def tiktok_fields(tiktok: TikTokConnection) -> dict[str, Any]:
    """Return what the form of the TikTok side shows."""
    usual = tiktok if tiktok.connected else NOT_CONNECTED
    return {
        "app_key": usual.app_key,
        "shop_cipher": usual.shop_cipher,
        "region": usual.region or "US",
        "currency": usual.currency or "USD",
        "warehouse_ids": " ".join(usual.warehouse_ids),
        "api_url": usual.api_url,
        "auth_url": usual.auth_url,
        "stored": {name: getattr(usual, name) for name in ("app_secret", "access_token", "refresh_token")},
    }


def tiktok_from(form: Mapping[str, str], connection: TikTokConnection) -> dict[str, Any]:
    """Return the TikTok side of the form; an empty secret keeps the stored one."""
    fields = {name: value.strip() for name, value in form.items()}
    document: dict[str, Any] = {
        name: fields.get(name, "") for name in ("app_key", "shop_cipher", "region", "currency")
    }
    document["warehouse_ids"] = fields.get("warehouse_ids", "").replace(",", " ").split()
    document |= {name: fields[name].rstrip("/") for name in ("api_url", "auth_url") if fields.get(name)}
    for name in ("app_secret", "access_token", "refresh_token"):
        document[name] = fields.get(name) or getattr(connection, name)
    return document


def faults_by_field(invalid: InvalidDocument) -> dict[str, list[str]]:
    """Return the faults of a document with a single shop, by the field of its form."""
    found: dict[str, list[str]] = {}
    for fault in invalid.faults:
        entry = entry_fault(fault)
        name, message = entry or (next(_names(fault.where), "key"), fault.message)
        found.setdefault(name, []).append(message)
    return found


def _names(where: str) -> Iterator[str]:
    """Yield the parts of an error's place that are field names, the last part first."""
    names = labels()
    for part in reversed(where.split(".")):
        name = part.partition("[")[0]
        if name in names:
            yield name


def _number(text: str) -> int | str:
    try:
        return int(text)
    except ValueError:
        return text
