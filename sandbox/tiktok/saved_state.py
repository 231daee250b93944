"""Keeping: changes as rows of JSON, and the memory of a stand-in from such rows."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from sandbox.tiktok.api.tokens import Pair, Tokens
from sandbox.tiktok.control.effects import Effect, Effects
from sandbox.tiktok.database import Row, UnusableFolder
from sandbox.tiktok.products.catalog import Catalogue, FirstReply, Settings, Upload
from sandbox.tiktok.products.product import Audit, Offer, Product, Sku, Status, Version
from sandbox.tiktok.unsaved_changes import Changes, Key, Kind


def rows(changes: Changes) -> list[Row]:
    """The changes since the last time, which are taken by this."""
    return [(kind.value, _json(key), _json(value)) for (kind, key), value in changes.take().items()]


def restore(kept: Iterable[Row], catalogue: Catalogue, effects: Effects, tokens: Tokens) -> None:
    """Put what was kept into a new memory. Raises `UnusableFolder` where a row can't be understood."""
    into: Mapping[Kind, Callable[[Key, Any], None]] = {
        Kind.PRODUCT: lambda key, value: catalogue.track(_product(value)),
        Kind.FIRST_REPLY: lambda key, value: catalogue.remember(key[0], key[1], FirstReply(**value)),
        Kind.EFFECT: lambda key, value: effects.append(_effect(value)),
        Kind.NAME: lambda key, value: catalogue.naming.remember(key[0], key[1], value),
        Kind.UPLOAD: lambda key, value: catalogue.keep(Upload(**value)),
        Kind.LAST_ID: lambda key, value: catalogue.go_on_from(value),
        Kind.SETTINGS: lambda key, value: catalogue.change_settings(Settings(**value)),
        Kind.TOKENS: lambda key, value: tokens.resume(Pair(**{**value, "ciphers": tuple(value["ciphers"])})),
    }
    for kind, key, value in kept:
        try:
            into[Kind(kind)](tuple(json.loads(key)), json.loads(value))
        except (ValueError, KeyError, TypeError, IndexError) as error:
            raise UnusableFolder(
                f"Its {kind} {key} can't be understood; choose another with --data."
            ) from error


def _json(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), default=_fields)


def _fields(value: object) -> dict[str, Any]:
    """A dataclass as an object; its `init=False` fields follow from the others."""
    if not is_dataclass(value):
        raise TypeError(f"{value!r} can't be kept")
    told = {one.name: getattr(value, one.name) for one in fields(value) if one.init}
    if isinstance(value, Product):
        return _without_repeat(value, told)
    return told


def _without_repeat(product: Product, told: dict[str, Any]) -> dict[str, Any]:
    """In its first audit a product has one version, which is both what it is and what is under review."""
    first_audit = product.review is product.current
    return {**told, "review": None if first_audit else product.review, "first_audit": first_audit}


def _product(told: Mapping[str, Any]) -> Product:
    current, review = _version(told["current"]), told["review"]
    values = {name: value for name, value in told.items() if name != "first_audit"}
    made: dict[str, Any] = {
        "status": Status(told["status"]),
        "audit": Audit(told["audit"]),
        "current": current,
        "review": current if told["first_audit"] else None if review is None else _version(review),
        "offers": {sku_id: Offer(**offer) for sku_id, offer in told["offers"].items()},
    }
    return Product(**{**values, **made})


def _version(told: Mapping[str, Any]) -> Version:
    return Version(told["content"], tuple(Sku(**sku) for sku in told["skus"]))


def _effect(told: Mapping[str, Any]) -> Effect:
    return Effect(**{**told, "seller_skus": tuple(told["seller_skus"])})
