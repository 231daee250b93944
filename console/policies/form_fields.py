"""Reading the forms of policies: what was filled in, as a document that the schemas judge; and a policy as a form."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict
from decimal import Decimal
from enum import Enum
from typing import Any, Final

from werkzeug.datastructures import MultiDict

_WHOLE: Final = re.compile(r"-?[0-9]{1,12}\Z")
_SWITCHES: Final[Mapping[str, tuple[str, ...]]] = {
    "synchronization": (
        "product_upload",
        "product_update",
        "inventory_price_sync",
        "product_assign",
        "sync_not_visible_individually",
        "only_specific_attributes",
    ),
    "inventory": ("may_send_more_than_available", "sync_out_of_stock"),
    "pricing": (),
    "image": (),
}
_TEXTS: Final[Mapping[str, tuple[str, ...]]] = {
    "synchronization": ("when_hidden", "when_disabled", "when_deleted", "when_unmatched"),
    "inventory": ("source", "source_code", "attribute"),
    "pricing": (
        "source",
        "attribute",
        "time_zone",
        "currency_rate",
        "adjustment",
        "adjustment_value",
        "rounding",
        "floor",
        "guard_percent",
    ),
    "image": ("main_image_attribute", "default_image"),
}
_NUMBERS: Final[Mapping[str, tuple[str, ...]]] = {
    "synchronization": (),
    "inventory": ("default_quantity", "buffer", "threshold", "above", "below", "maximum"),
    "pricing": (),
    "image": ("gallery_maximum",),
}


def document_from(kind: str, form: MultiDict[str, str], *, paused: bool = False) -> dict[str, Any]:
    """What the form says: an empty field is not said, a whole number is one, and anything else stays as typed.

    No form pauses a policy: it stays `paused` as it is.
    """
    document: dict[str, Any] = {"title": form.get("title", "").strip()}
    for name in (*_TEXTS[kind], *_NUMBERS[kind]):
        said = form.get(name, "").strip()
        if said:
            document[name] = int(said) if name in _NUMBERS[kind] and _WHOLE.match(said) else said
    document |= {name: form.get(name) == "true" for name in _SWITCHES[kind]}
    if kind == "synchronization":
        document |= {name: form.get(name, "true") == "true" for name in ("activity_log", "feed_log")}
        document |= {"observed_attributes": _observed(form), "paused": paused}
    return document


def document_of(policy: Any) -> dict[str, Any]:
    """The policy as a form shows it and as its schema takes it."""
    return {name: _plain(value) for name, value in asdict(policy).items() if value is not None}


def _observed(form: MultiDict[str, str]) -> list[str]:
    """The attributes that are ticked, and those that are typed in by their codes."""
    typed = form.get("other_attributes", "").replace(",", " ").split()
    return list(dict.fromkeys([*form.getlist("observed_attributes"), *typed]))


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, Enum):
        return value.value
    return list(value) if isinstance(value, tuple) else value
