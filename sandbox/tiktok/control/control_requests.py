"""Parse the JSON of requests to ``/_sandbox``. Raises `InvalidRequest` with a message for invalid input."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Final

from sandbox.tiktok.catalog.catalog import Settings
from sandbox.tiktok.catalog.product import Status
from sandbox.tiktok.control.seller_skus import Additions
from sandbox.tiktok.protocol.endpoints import Operation
from sandbox.tiktok.protocol.errors import CHECK_FAILED
from sandbox.tiktok.state.faults import EVERY, Fault, Kind
from sandbox.tiktok.state.holds import AFTER, BEFORE, Hold
from sandbox.tiktok.webhooks import WebhookSettings

MAX_WAIT_SECONDS: Final = 600.0
MAX_URL_LENGTH: Final = 255
MAX_COPIES: Final = 10
_ADDITIONS: Final = {
    "sku": "add_sku",
    "fields": "fields",
    "sku_fields": "sku_fields",
    "backorders": "backorders",
}
"""What the seller adds -> the field of the request."""


class InvalidRequest(Exception):
    """A request to ``/_sandbox`` is invalid."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class SellerEdit:
    """An edit by the seller in Seller Center; None leaves a field unchanged."""

    product_id: str | None
    seller_sku: str | None
    title: str | None
    price: str | None
    quantity: int | None
    status: Status | None
    promotion: tuple[str, ...] | None = None
    additions: Additions = Additions()


def settings(value: object, current: Settings) -> Settings:
    """Return the new settings; missing fields keep their current values."""
    limits = ("calls_per_second", "retry_after", "daily_listings")
    fields = {**asdict(current), **_object(value, ("audit_seconds", "audits_pass", *limits))}
    audits_pass, retry_after = fields["audits_pass"], fields["retry_after"]
    if not isinstance(audits_pass, bool):
        raise InvalidRequest("audits_pass must be true or false.")
    return Settings(
        _number(fields["audit_seconds"], "audit_seconds", math.inf),
        audits_pass,
        _limit(fields, "calls_per_second", 1),
        None if retry_after is None else str(retry_after),
        _limit(fields, "daily_listings", 0),
    )


def shop(value: object) -> str:
    """Return the cipher of the shop whose seller consents."""
    cipher = _text(_object(value, ("shop",)), "shop")
    if cipher is None:
        raise InvalidRequest("shop: send the shop's cipher.")
    return cipher


def hold(value: object) -> Hold:
    """Return the hold to arm."""
    fields = _object(value, ("operation", "seller_sku", "seconds", "when"))
    return Hold(
        operation=_choice(fields, "operation", (EVERY, *Operation)),
        seconds=_number(fields.get("seconds", 5), "seconds", MAX_WAIT_SECONDS),
        when=_choice({"when": BEFORE, **fields}, "when", (BEFORE, AFTER)),
        seller_sku=_text(fields, "seller_sku"),
    )


def fault(value: object) -> Fault:
    """Return the fault to add."""
    fields = _object(
        value,
        ("operation", "kind", "seller_sku", "times", "retry_after", "code", "message", "seconds"),
    )
    retry_after = fields.get("retry_after")
    code = _whole(fields.get("code", CHECK_FAILED), "code", 1)
    return Fault(
        operation=_choice(fields, "operation", (EVERY, *Operation)),
        kind=Kind(_choice(fields, "kind", tuple(Kind))),
        times=_whole(fields.get("times", 1), "times", 1),
        seller_sku=_text(fields, "seller_sku"),
        retry_after=None if retry_after is None else str(retry_after),
        code=code,
        message=_text(fields, "message") or "Check failed",
        seconds=_number(fields.get("seconds", 2), "seconds", MAX_WAIT_SECONDS),
    )


def webhooks(value: object, current: WebhookSettings) -> WebhookSettings:
    """Return the new webhook settings; missing fields keep their current values, a null `url` sends no webhooks."""
    fields = {**asdict(current), **_object(value, ("url", "copies", "retry_after"))}
    waits = fields["retry_after"]
    if not isinstance(waits, list | tuple):
        raise InvalidRequest("retry_after must be a list of seconds, one for each retry.")
    copies = _whole(fields["copies"], "copies", 1)
    if copies > MAX_COPIES:
        raise InvalidRequest(f"copies must be at most {MAX_COPIES}.")
    return WebhookSettings(
        None if fields["url"] is None else address(fields["url"]),
        copies,
        tuple(_number(item, "retry_after", math.inf) for item in waits),
    )


def address(value: object) -> str:
    """Return the value if it is a URL for webhooks."""
    is_url = isinstance(value, str) and value.startswith(("http://", "https://"))
    if not is_url or len(str(value)) > MAX_URL_LENGTH:
        raise InvalidRequest(
            f"url must start with http:// or https:// and have at most {MAX_URL_LENGTH} characters."
        )
    return str(value)


def seller_edit(value: object) -> SellerEdit:
    """Return the seller's edit."""
    names = ("product_id", "seller_sku", "title", "price", "quantity", "status", "promotion")
    fields = _object(value, (*names, *_ADDITIONS.values()))
    if (fields.get("product_id") is None) == (fields.get("seller_sku") is None):
        raise InvalidRequest("Send either product_id or seller_sku.")
    price, quantity, status = fields.get("price"), fields.get("quantity"), fields.get("status")
    if price is not None and not isinstance(price, str | int):
        raise InvalidRequest('price must be text, such as "9.90".')
    return SellerEdit(
        product_id=_text(fields, "product_id"),
        seller_sku=_text(fields, "seller_sku"),
        title=_text(fields, "title"),
        price=None if price is None else str(price),
        quantity=None if quantity is None else _whole(quantity, "quantity", 0),
        promotion=_promotion(fields),
        additions=_additions(fields),
        status=None if status is None else Status(_choice(fields, "status", tuple(Status))),
    )


def _additions(fields: Mapping[str, object]) -> Additions:
    added = {name: fields.get(field) for name, field in _ADDITIONS.items()}
    for name, entry in added.items():
        if entry is not None and not isinstance(entry, dict):
            raise InvalidRequest(f"{_ADDITIONS[name]} must be an object of TikTok's fields.")
    return Additions(**added)  # type: ignore[arg-type]


def _promotion(fields: Mapping[str, object]) -> tuple[str, ...] | None:
    value = fields.get("promotion")
    if value is None:
        return None
    if not isinstance(value, list) or not set(value) <= {"price", "stock"}:
        raise InvalidRequest(
            'promotion must be a list of what the promotion locks: "price", "stock", both or none.'
        )
    return tuple(value)


def flag(value: str | None, name: str) -> bool:
    """Return a query parameter that must be 1 or 0."""
    if value not in (None, "", "0", "1"):
        raise InvalidRequest(f"{name} must be 1 or 0.")
    return value == "1"


def sequence(value: str | None) -> int:
    """Return the number of an effect."""
    if value and not (value.isascii() and value.isdigit() and len(value) < 16):
        raise InvalidRequest("after must be the number of an effect, 0 or more.")
    return int(value or 0)


def _object(value: object, allowed: Iterable[str]) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise InvalidRequest("Send a JSON object with content-type application/json.")
    if unknown := [name for name in value if name not in allowed]:
        raise InvalidRequest(f"Unknown field: {', '.join(unknown)}. Choose from {', '.join(allowed)}.")
    return value


def _choice(fields: Mapping[str, object], name: str, allowed: Iterable[str]) -> str:
    choices = [str(item) for item in allowed]
    if fields.get(name) not in choices:
        raise InvalidRequest(f"{name} must be one of {', '.join(choices)}.")
    return str(fields[name])


def _text(fields: Mapping[str, object], name: str) -> str | None:
    value = fields.get(name)
    if value is not None and (not isinstance(value, str) or not value):
        raise InvalidRequest(f"{name} must be text and not empty.")
    return value


def _number(value: object, name: str, maximum: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= maximum:
        raise InvalidRequest(f"{name} must be a number of seconds, 0 or more{_maximum(maximum)}.")
    return float(value)


def _maximum(maximum: float) -> str:
    return "" if maximum == math.inf else f", at most {maximum:g}"


def _limit(fields: Mapping[str, object], name: str, minimum: int) -> int | None:
    return None if fields[name] is None else _whole(fields[name], name, minimum)


def _whole(value: object, name: str, minimum: int) -> int:
    if type(value) is not int or value < minimum:
        raise InvalidRequest(f"{name} must be a whole number, {minimum} or more.")
    return value
