"""Save the changes of the state as rows of JSON, and restore the state from them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, is_dataclass
from typing import Any, Final

from sandbox.tiktok.catalog.catalog import Catalog, FirstReply, Settings, Upload
from sandbox.tiktok.catalog.product import Audit, Offer, Product, Sku, Status, Version
from sandbox.tiktok.state.database import Row, UnusableFolder
from sandbox.tiktok.state.effects import Effect, EffectLog
from sandbox.tiktok.state.tokens import TokenPair, Tokens
from sandbox.tiktok.unsaved_changes import Key, Kind, UnsavedChanges

SAVED_QUANTITIES: Final = "pieces"
"""The field of a saved offer that holds its quantities. Renaming it would make earlier folders unreadable."""


def changed_rows(changes: UnsavedChanges) -> list[Row]:
    """Return and remove the unsaved changes, as rows."""
    return [(kind.value, _json(key), _json(value)) for (kind, key), value in changes.take().items()]


def restore(saved_rows: Iterable[Row], catalog: Catalog, effects: EffectLog, tokens: Tokens) -> None:
    """Load the rows into an empty state. Raises `UnusableFolder` for a row that is not valid."""
    restore_by_kind: Mapping[Kind, Callable[[Key, Any], None]] = {
        Kind.PRODUCT: lambda key, value: catalog.track(_product(value)),
        Kind.FIRST_REPLY: lambda key, value: catalog.save_first_reply(key[0], key[1], FirstReply(**value)),
        Kind.EFFECT: lambda key, value: effects.append(_effect(value)),
        Kind.NAME: lambda key, value: catalog.generated_ids.save_name(key[0], key[1], value),
        Kind.UPLOAD: lambda key, value: catalog.add_upload(Upload(**value)),
        Kind.LAST_ID: lambda key, value: catalog.continue_ids_after(value),
        Kind.SETTINGS: lambda key, value: catalog.change_settings(Settings(**value)),
        Kind.TOKENS: lambda key, value: tokens.restore(
            TokenPair(**{**value, "ciphers": tuple(value["ciphers"])})
        ),
    }
    for kind, key, value in saved_rows:
        try:
            restore_by_kind[Kind(kind)](tuple(json.loads(key)), json.loads(value))
        except (ValueError, KeyError, TypeError, IndexError) as error:
            raise UnusableFolder(
                f"Its row {kind} {key} is not valid; choose another folder with --data."
            ) from error


def _json(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), default=_fields)


def _fields(value: object) -> dict[str, Any]:
    """Return a dataclass as an object, without the derived fields (`init=False`)."""
    if not is_dataclass(value):
        raise TypeError(f"{value!r} can't be saved")
    values = {each.name: getattr(value, each.name) for each in fields(value) if each.init}
    if isinstance(value, Product):
        return _without_repeated_version(value, values)
    if isinstance(value, Offer):
        return {SAVED_QUANTITIES: values.pop("quantities"), **values}
    return values


def _without_repeated_version(product: Product, values: dict[str, Any]) -> dict[str, Any]:
    """During a first audit the current version is also the one under review: save it once."""
    first_audit = product.review is product.current
    return {**values, "review": None if first_audit else product.review, "first_audit": first_audit}


def _product(saved: Mapping[str, Any]) -> Product:
    current, review = _version(saved["current"]), saved["review"]
    values = {name: value for name, value in saved.items() if name != "first_audit"}
    parsed: dict[str, Any] = {
        "status": Status(saved["status"]),
        "audit": Audit(saved["audit"]),
        "current": current,
        "review": current if saved["first_audit"] else None if review is None else _version(review),
        "offers": {sku_id: _offer(offer) for sku_id, offer in saved["offers"].items()},
    }
    return Product(**{**values, **parsed})


def _offer(saved: Mapping[str, Any]) -> Offer:
    values = dict(saved)
    return Offer(quantities=values.pop(SAVED_QUANTITIES), **values)


def _version(saved: Mapping[str, Any]) -> Version:
    return Version(saved["content"], tuple(Sku(**sku) for sku in saved["skus"]))


def _effect(saved: Mapping[str, Any]) -> Effect:
    return Effect(**{**saved, "seller_skus": tuple(saved["seller_skus"])})
