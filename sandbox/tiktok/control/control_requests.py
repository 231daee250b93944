"""Wishes: what the hand at the sandbox's own door may ask for, read from JSON. Bad input says what is wrong."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from sandbox.tiktok.api.endpoints import Operation
from sandbox.tiktok.api.errors import CHECK_FAILED
from sandbox.tiktok.control.faults import EVERY, Fault, Kind
from sandbox.tiktok.control.holds import AFTER, BEFORE, Hold
from sandbox.tiktok.products.catalog import Settings
from sandbox.tiktok.products.product import Status
from sandbox.tiktok.webhooks import Wanted

LONGEST_WAIT: Final = 600.0
LONGEST_ADDRESS: Final = 255
MOST_COPIES: Final = 10


class BadWish(Exception):
    """The request to the sandbox can't be understood."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class SellerEdit:
    """What the seller changes by hand in Seller Center; None is left as it is."""

    product_id: str | None
    seller_sku: str | None
    title: str | None
    price: str | None
    quantity: int | None
    status: Status | None
    promotion: tuple[str, ...] | None = None


def settings(told: object, held: Settings) -> Settings:
    """New settings; what is not told stays as it is held."""
    limits = ("calls_per_second", "retry_after", "daily_listings")
    wish = {**asdict(held), **_object(told, ("audit_seconds", "audits_pass", *limits))}
    passes, retry_after = wish["audits_pass"], wish["retry_after"]
    if not isinstance(passes, bool):
        raise BadWish("audits_pass must be true or false.")
    return Settings(
        _number(wish["audit_seconds"], "audit_seconds", math.inf),
        passes,
        _limit(wish, "calls_per_second", 1),
        None if retry_after is None else str(retry_after),
        _limit(wish, "daily_listings", 0),
    )


def shop(told: object) -> str:
    """The cipher of the shop whose seller consents."""
    cipher = _text(_object(told, ("shop",)), "shop")
    if cipher is None:
        raise BadWish("Name the shop by its cipher.")
    return cipher


def hold(told: object) -> Hold:
    """A call to hold."""
    wish = _object(told, ("operation", "seller_sku", "seconds", "when"))
    return Hold(
        operation=_one_of(wish, "operation", (EVERY, *Operation)),
        seconds=_number(wish.get("seconds", 5), "seconds", LONGEST_WAIT),
        when=_one_of({"when": BEFORE, **wish}, "when", (BEFORE, AFTER)),
        seller_sku=_text(wish, "seller_sku"),
    )


def fault(told: object) -> Fault:
    """A fault to come."""
    wish = _object(
        told,
        ("operation", "kind", "seller_sku", "times", "retry_after", "code", "message", "seconds"),
    )
    retry_after = wish.get("retry_after")
    code = _whole(wish.get("code", CHECK_FAILED), "code", 1)
    return Fault(
        operation=_one_of(wish, "operation", (EVERY, *Operation)),
        kind=Kind(_one_of(wish, "kind", tuple(Kind))),
        times=_whole(wish.get("times", 1), "times", 1),
        seller_sku=_text(wish, "seller_sku"),
        retry_after=None if retry_after is None else str(retry_after),
        code=code,
        message=_text(wish, "message") or "Check failed",
        seconds=_number(wish.get("seconds", 2), "seconds", LONGEST_WAIT),
    )


def webhooks(told: object, held: Wanted) -> Wanted:
    """Where webhooks go; what is not told stays as it is held, and a `url` of null sends none."""
    wish = {**asdict(held), **_object(told, ("url", "copies", "retry_after"))}
    waits = wish["retry_after"]
    if not isinstance(waits, list | tuple):
        raise BadWish("retry_after must be a list of seconds, one for each retry.")
    copies = _whole(wish["copies"], "copies", 1)
    if copies > MOST_COPIES:
        raise BadWish(f"copies must be at most {MOST_COPIES}.")
    return Wanted(
        None if wish["url"] is None else address(wish["url"]),
        copies,
        tuple(_number(one, "retry_after", math.inf) for one in waits),
    )


def address(told: object) -> str:
    """An address that webhooks can go to."""
    good = isinstance(told, str) and told.startswith(("http://", "https://"))
    if not good or len(str(told)) > LONGEST_ADDRESS:
        raise BadWish(
            f"A webhook's url starts with http:// or https:// and has at most {LONGEST_ADDRESS} characters."
        )
    return str(told)


def seller_edit(told: object) -> SellerEdit:
    """An edit by the seller."""
    wish = _object(told, ("product_id", "seller_sku", "title", "price", "quantity", "status", "promotion"))
    if (wish.get("product_id") is None) == (wish.get("seller_sku") is None):
        raise BadWish("Name the product by product_id or by seller_sku.")
    price, quantity, status = wish.get("price"), wish.get("quantity"), wish.get("status")
    if price is not None and not isinstance(price, str | int):
        raise BadWish('price must be a text, such as "9.90".')
    return SellerEdit(
        product_id=_text(wish, "product_id"),
        seller_sku=_text(wish, "seller_sku"),
        title=_text(wish, "title"),
        price=None if price is None else str(price),
        quantity=None if quantity is None else _whole(quantity, "quantity", 0),
        promotion=_promotion(wish),
        status=None if status is None else Status(_one_of(wish, "status", tuple(Status))),
    )


def _promotion(wish: Mapping[str, Any]) -> tuple[str, ...] | None:
    told = wish.get("promotion")
    if told is None:
        return None
    if not isinstance(told, list) or not set(told) <= {"price", "stock"}:
        raise BadWish('promotion must be a list of what it locks: "price", "stock", both or none.')
    return tuple(told)


def flag(told: str | None, name: str) -> bool:
    """A query parameter that is 1 or 0."""
    if told not in (None, "", "0", "1"):
        raise BadWish(f"{name} must be 1 or 0.")
    return told == "1"


def sequence(told: str | None) -> int:
    """The number of an effect."""
    if told and not (told.isascii() and told.isdigit() and len(told) < 16):
        raise BadWish("after must be the number of an effect, 0 or more.")
    return int(told or 0)


def _object(told: object, known: Iterable[str]) -> Mapping[str, Any]:
    if not isinstance(told, dict):
        raise BadWish("Send a JSON object with content-type application/json.")
    if unknown := [name for name in told if name not in known]:
        raise BadWish(f"{', '.join(unknown)} is not known here; known are {', '.join(known)}.")
    return told


def _one_of(wish: Mapping[str, Any], name: str, allowed: Iterable[str]) -> str:
    words = [str(one) for one in allowed]
    if wish.get(name) not in words:
        raise BadWish(f"{name} must be one of {', '.join(words)}.")
    return str(wish[name])


def _text(wish: Mapping[str, Any], name: str) -> str | None:
    told = wish.get(name)
    if told is not None and (not isinstance(told, str) or not told):
        raise BadWish(f"{name} must be a text that is not empty.")
    return told


def _number(told: object, name: str, most: float) -> float:
    if isinstance(told, bool) or not isinstance(told, int | float) or not 0 <= told <= most:
        raise BadWish(f"{name} must be a number of seconds, 0 or more{_at_most(most)}.")
    return float(told)


def _at_most(most: float) -> str:
    return "" if most == math.inf else f", at most {most:g}"


def _limit(wish: Mapping[str, Any], name: str, least: int) -> int | None:
    return None if wish[name] is None else _whole(wish[name], name, least)


def _whole(told: object, name: str, least: int) -> int:
    if type(told) is not int or told < least:
        raise BadWish(f"{name} must be a whole number, {least} or more.")
    return told
