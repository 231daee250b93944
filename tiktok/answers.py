"""Answers: what a reply of TikTok means, judged in one place by one table.

The body's `code` decides before the HTTP status (TikTok answers business errors with 200); 36009004 is shared by a
dozen failures and is told apart by a keyword of its message. Codes and meanings: TikTok's error tables.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Final

import orjson

from tiktok.errors import (
    Gone,
    NotAuthorized,
    Rejected,
    ShopStopped,
    Throttled,
    TikTokError,
    Transient,
    Unknown,
    Waiting,
    WrongState,
)

SHORTEST_WAIT, LONGEST_WAIT = timedelta(seconds=1), timedelta(minutes=15)
PROMOTION = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a code means to us: the error that it is, and a hint in the merchant's words."""

    error: type[TikTokError]
    hint: str
    wait: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """A reply that says yes. `warnings` are TikTok's remarks inside it."""

    request_id: str | None
    data: Mapping[str, Any] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


def _rows(
    error: type[TikTokError], hint: str, *codes: int, wait: timedelta | None = None
) -> dict[int, Meaning]:
    return dict.fromkeys(codes, Meaning(error, hint, wait))


MEANING: Final[Mapping[int, Meaning]] = {
    # the gateway and authorization
    **_rows(NotAuthorized, "The shop's access token has expired. Authorize the shop again.", 105002, 105001),
    **_rows(
        ShopStopped,
        "The token and the shop do not belong together. Check the shop cipher and authorize again.",
        101000,
    ),
    **_rows(ShopStopped, "The app lacks a permission. Grant it in TikTok's Partner Center.", 105005),
    **_rows(ShopStopped, "The app secret is wrong. Copy it again from the Partner Center.", 106001),
    **_rows(ShopStopped, "The shop cipher is missing. Apply the shop's settings again.", 106013),
    **_rows(ShopStopped, "This server's address is not in the app's allow list.", 36009033),
    **_rows(ShopStopped, "The shop or its seller is inactive on TikTok.", 36009043, 36009044, 12052700),
    **_rows(NotAuthorized, "The authorization has ended. Authorize the shop again.", 36004004, 36004005, 36004001),
    **_rows(ShopStopped, "TikTok no longer serves this call; update this software.", 36009014, 36009009, 36009010),
    **_rows(Throttled, "TikTok asks for fewer calls; we slow down by ourselves.", 36009002),
    **_rows(Throttled, "The test shop's hourly limit is reached.", 36009037, wait=LONGEST_WAIT),
    **_rows(Transient, "TikTok had a fault of its own.", 36009003, 36009007, 12001000, 12052881, 33001002),
    **_rows(
        Rejected, "TikTok found a field wrong; its message names it.", 98001004, 36009021, 36009022, 36009023, 12052910,
        12052990, 11050001,
    ),
    # not found, not ours
    **_rows(
        Gone, "The product is not on TikTok any more, or is not this shop's.", 12019150, 12052260, 12052032, 12019008,
        12052031, 12052034, 12052048,
    ),
    **_rows(
        Rejected, "The variant on TikTok is not the one that we know.", 12052557, 12052036, 12052553, 12019022,
    ),
    # state, frozen, in audit
    **_rows(
        WrongState, "The product's status on TikTok does not allow this now.", 12052901, 12019113, 12052308, 12052332,
        12052371, 12052488, 12052163, 12052922, 12052547,
    ),
    # batches and paging
    **_rows(
        Rejected, "A request was larger than TikTok takes.", 12019120, 12019027, 12019087, 12019015, 12019108, 12019109,
        12052180,
    ),
    # title and description
    **_rows(
        Rejected, "TikTok does not take the title. Shorten or reword the product's name.", 12052261, 12052051, 12052262,
        12052263, 12052931,
    ),
    **_rows(
        Rejected, "TikTok does not take the description. Simplify it.", 12052015, 12052013, 12019006, 12052056,
        12052344, 12052345, 12052348, 12052349, 12052350, 12052352, 12052340, 12052341, 12052342, 12052343, 12052932,
    ),
    # category, attributes, variants
    **_rows(
        Rejected, "Choose another TikTok category in the listing template.", 12052002, 12052023, 12052024, 12052025,
        12052230, 12052217, 12052220, 12052221, 12052223, 12052225, 12052226, 12052227, 12052446, 12052222,
    ),
    **_rows(
        Rejected, "Map the attribute that TikTok names in the listing template.", 12052104, *range(12052241, 12052257),
        12052182, 12052183, 12052935, 12052105,
    ),
    **_rows(
        Rejected, "TikTok does not take the variants as they are.", 12052525, 12052526, 12052527, 12052529, 12052528,
        12052550, 12052560, 12052559, 12052050, 12052558, 12019056, 12019057, 12019019, 12052522, 12052902, 12052933,
        12052934,
    ),
    # seller SKU and ids
    **_rows(
        Rejected, "TikTok does not take the SKU. It allows 1 to 50 characters without spaces.", 12019059, 12052054,
    ),
    **_rows(
        Rejected, "TikTok does not take the product's identifier.", 12052591, 12052592, 12052593, 12052598, 12052600,
        12052369,
    ),
    **_rows(Rejected, "Another TikTok product already carries this Magento product's id.", 12052996),
    # price
    **_rows(
        Rejected, "TikTok does not take the price.", 12052571, 12052012, 12052073, 12052092, 12052572, 12052570,
        12052084, 12052096, 12052375, 12052376, 12052383, 12052424,
    ),
    **_rows(
        Waiting, "A promotion locks the price; it is sent when the promotion ends.", 12019045, 12052038, wait=PROMOTION,
    ),
    # inventory and warehouses
    **_rows(Rejected, "TikTok does not take the quantity.", 12019024, 12052055),
    **_rows(
        Rejected, "Check the shop's warehouses on TikTok and in its settings here.", 12019028, 12052097, 12052530,
        12052531, 12052532, 12052533, 12052534, 12052555, 12052094, 12052115, 12052535, 12052921, 12052037,
    ),
    **_rows(
        Waiting, "A promotion locks the stock; it is sent when the promotion ends.", 12052393, wait=PROMOTION,
    ),
    # images, files, package, brand
    **_rows(
        Rejected, "TikTok does not take an image. Check the listing template's image.", 12052028, 12052300, 12052301,
        12052302, 12052304, 12052305, 12052306, 12052520, 12052521, 12052523, 12052524, 12052356, 12052357, 12052722,
        12038002, 12038004, 12038015, 12038005, 12038014, 12019116, 12052360,
    ),
    **_rows(
        Rejected, "Check the package weight and dimensions in the listing template.", 12019011, 12052006, 12052181,
        12019012, 12052003, 12052004, 12052005, 12052116, 12052915, 12052916, 12019060, 12019061,
    ),
    **_rows(
        Rejected, "Check the brand in the listing template.", 12019013, 12052026, 12052200, 12052201, 12052208,
    ),
    # the seller and their quotas
    **_rows(
        Waiting, "The shop's listing limit of the day is reached; we go on when it opens again.", 12052093, 12052109,
    ),
    **_rows(
        Rejected, "The shop has something to finish in TikTok's Seller Center first.", 12052419, 12052402, 12019114,
        12009014, 12019215, 12052585, 12052703, 12052995,
    ),
}  # fmt: skip
"""The meaning of every code worth handling; of 36009004 see `_KEYWORDS`."""

SHARED_CODE, CHECK_FAILED = 36009004, 12052990
_KEYWORDS: Final = (
    ("x-tts-access-token", Meaning(NotAuthorized, "The access token was revoked. Authorize the shop again.")),
    ("app_key", Meaning(ShopStopped, "TikTok does not know the app key. Check it in the Partner Center.")),
    ("timestamp", Meaning(ShopStopped, "This server's clock is wrong. Set it right.")),
    (r"\bsign(ature)?\b", Meaning(ShopStopped, "The signature is missing or wrong. Check the app secret.")),
    ("credentials", Meaning(ShopStopped, "The signature is missing or wrong. Check the app secret.")),
    (
        "shop_cipher",
        Meaning(ShopStopped, "The shop cipher is not wanted here; the software needs an update."),
    ),
    ("api version", Meaning(ShopStopped, "TikTok no longer serves this call; the software needs an update.")),
)
_UNKNOWN_CODE = Meaning(Rejected, "TikTok refused it; its message says why.")
READS: Final = frozenset({"get", "search", "shops", "category_rules", "category_attributes", "upload_image"})


def judge(operation: str, http_status: int, headers: Mapping[str, str], body: bytes, now: datetime) -> Answer:
    """The answer of a reply, or raise the error that it means."""
    document = _document(body)
    if document is None:
        raise _without_code(operation, http_status, headers, now)
    code, message = document["code"], str(document.get("message") or "")
    request_id = document.get("request_id")
    if code != 0:
        raise _error(operation, code, message, http_status, request_id, headers, now)
    data = document.get("data") or {}
    if not isinstance(data, Mapping):
        raise _garbage(operation, http_status)
    if errors := data.get("errors"):
        inner, words = _innermost(errors)
        raise _error(operation, inner, words, http_status, request_id, headers, now)
    return Answer(request_id, data, tuple(str(one.get("message")) for one in _objects(data.get("warnings"))))


def wait_of(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """`Retry-After`, seconds or a date, kept between a second and a quarter of an hour; None where not told."""
    told = next((value for name, value in headers.items() if name.lower() == "retry-after"), None)
    if told is None:
        return None
    try:
        wait = timedelta(seconds=min(float(told), LONGEST_WAIT.total_seconds()))
    except (ValueError, OverflowError):
        try:
            wait = parsedate_to_datetime(told).astimezone(UTC) - now
        except (ValueError, TypeError, OverflowError):
            return None
    return min(max(wait, SHORTEST_WAIT), LONGEST_WAIT)


def _document(body: bytes) -> Mapping[str, Any] | None:
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    told = isinstance(document, dict) and type(document.get("code")) is int
    return document if told else None


def _error(
    operation: str,
    code: int,
    message: str,
    http_status: int,
    request_id: str | None,
    headers: Mapping[str, str],
    now: datetime,
) -> TikTokError:
    meaning = _meaning(code, message, http_status)
    wait = (wait_of(headers, now) if issubclass(meaning.error, Transient) else None) or meaning.wait
    return meaning.error(
        operation,
        message,
        code=code,
        http_status=http_status,
        request_id=request_id,
        hint=meaning.hint,
        wait=wait,
    )


def _meaning(code: int, message: str, http_status: int) -> Meaning:
    if code == SHARED_CODE:
        text = message.lower()
        if "required field" in text:
            return _UNKNOWN_CODE
        return next((meaning for words, meaning in _KEYWORDS if re.search(words, text)), _UNKNOWN_CODE)
    if code in MEANING:
        return MEANING[code]
    if http_status == 429:
        return MEANING[36009002]
    return MEANING[36009003] if http_status >= 500 else _UNKNOWN_CODE


def _innermost(errors: Any) -> tuple[int, str]:
    """The code and words of a partial failure: those of its `extra_errors`, where it has some."""
    told: Mapping[str, Any] = next(iter(_objects(errors)), {})
    for detail in _objects([told.get("detail")]):
        told = next(iter(_objects(detail.get("extra_errors"))), told)
    code = told.get("code")
    return code if type(code) is int else CHECK_FAILED, str(told.get("message") or "Check failed")


def _objects(told: Any) -> list[Mapping[str, Any]]:
    return [one for one in told if isinstance(one, Mapping)] if isinstance(told, list) else []


def _without_code(operation: str, http_status: int, headers: Mapping[str, str], now: datetime) -> TikTokError:
    if http_status == 429:
        return Throttled(operation, "too many requests", http_status=429, wait=wait_of(headers, now))
    if http_status == 408 or http_status >= 500:
        return Transient(
            operation, f"HTTP {http_status}", http_status=http_status, wait=wait_of(headers, now)
        )
    if http_status in (401, 403):
        return ShopStopped(operation, f"HTTP {http_status}", http_status=http_status)
    return _garbage(operation, http_status)


def _garbage(operation: str, http_status: int) -> TikTokError:
    kind = Transient if operation in READS else Unknown
    return kind(operation, f"HTTP {http_status} with an answer that is not TikTok's", http_status=http_status)
