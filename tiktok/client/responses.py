"""Answers: what a reply of TikTok means, judged in one place.

The body's `code` decides before the HTTP status (TikTok answers business errors with 200).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Final, TypeGuard

import orjson

from tiktok.client.error_codes import CHECK_FAILED, LONGEST_WAIT, meaning_of
from tiktok.client.errors import (
    Gone,
    ShopStopped,
    Throttled,
    TikTokError,
    Transient,
    Unknown,
    Waiting,
    WrongState,
)

SHORTEST_WAIT = timedelta(seconds=1)
LONGEST_REQUEST_ID: Final = 80
"""TikTok's have 34 signs."""
_GRAVEST: Final = (ShopStopped, Transient, Waiting, WrongState, Gone, TikTokError)
"""Which of several failures inside one success is the answer's."""

READS: Final = frozenset(
    {"get", "search", "shops", "warehouses", "category_rules", "category_attributes", "upload_image"}
)


@dataclass(frozen=True, slots=True)
class Answer:
    """A reply that says yes. `warnings` are TikTok's remarks inside it."""

    request_id: str | None
    data: Mapping[str, Any] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


def judge(operation: str, http_status: int, headers: Mapping[str, str], body: bytes, now: datetime) -> Answer:
    """The answer of a reply, or raise the error that it means."""
    document = _document(body)
    if document is None:
        raise _without_code(operation, http_status, headers, now)
    code, message = document["code"], str(document.get("message") or "")
    request_id = _request_id(document.get("request_id"))
    if code != 0:
        raise _error(operation, code, message, http_status, request_id, headers, now)
    data = document.get("data") or {}
    if not isinstance(data, Mapping):
        raise _garbage(operation, http_status)
    if errors := data.get("errors"):
        failed = [
            _error(operation, inner, words, http_status, request_id, headers, now)
            for inner, words in _innermost(errors)
        ]
        # What may succeed later must not be given up with what may not.
        worst = min(failed, key=lambda error: _first_of(error))
        others = [error.message for error in failed if error.message != worst.message]
        worst.message = "; ".join(dict.fromkeys([worst.message, *others]))
        raise worst
    return Answer(request_id, data, tuple(str(one.get("message")) for one in _objects(data.get("warnings"))))


def wait_of(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """`Retry-After`, seconds or a date, kept between a second and a quarter of an hour; None where not told."""
    first = next((value for name, value in headers.items() if name.lower() == "retry-after"), None)
    if first is None:
        return None
    try:
        wait = timedelta(seconds=min(float(first), LONGEST_WAIT.total_seconds()))
    except (ValueError, OverflowError):
        try:
            wait = parsedate_to_datetime(first).astimezone(UTC) - now
        except (ValueError, TypeError, OverflowError):
            return None
    return min(max(wait, SHORTEST_WAIT), LONGEST_WAIT)


def _document(body: bytes) -> Mapping[str, Any] | None:
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    return document if isinstance(document, dict) and _is_code(document.get("code")) else None


def _is_code(value: Any) -> TypeGuard[int]:
    """TikTok's have eight or nine digits; what no 32 bits hold is none, and no log could keep it."""
    return type(value) is int and abs(value) < 2**31


def _request_id(value: Any) -> str | None:
    return value[:LONGEST_REQUEST_ID] if isinstance(value, str) else None


def _error(
    operation: str,
    code: int,
    message: str,
    http_status: int,
    request_id: str | None,
    headers: Mapping[str, str],
    now: datetime,
) -> TikTokError:
    meaning = meaning_of(code, message, http_status)
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


def _innermost(errors: Any) -> list[tuple[int, str]]:
    """Codes and words of a partial failure, one at least: those of its `extra_errors`, where it has some."""
    rows: list[Mapping[str, Any]] = []
    for error in _objects(errors):
        details = _objects([error.get("detail")])
        rows += [extra for detail in details for extra in _objects(detail.get("extra_errors"))] or [error]
    return [_code_and_words(one) for one in rows or [{}]]


def _code_and_words(fields: Mapping[str, Any]) -> tuple[int, str]:
    code = fields.get("code")
    return code if _is_code(code) else CHECK_FAILED, str(fields.get("message") or "Check failed")


def _first_of(error: TikTokError) -> int:
    return next(place for place, kind in enumerate(_GRAVEST) if isinstance(error, kind))


def _objects(value: Any) -> list[Mapping[str, Any]]:
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []


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
