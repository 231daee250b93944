"""Read TikTok's responses: return the answer, or raise the error that the response means.

The body's `code` takes precedence over the HTTP status, because TikTok answers business errors with 200.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final, TypeGuard

import orjson

from tiktok.client.error_codes import CHECK_FAILED, LONGEST_WAIT, meaning_of
from tiktok.client.errors import (
    NotFound,
    NotNow,
    ShopStopped,
    Throttled,
    TikTokError,
    Transient,
    Unknown,
    WrongStatus,
)
from tiktok.documents import Document

SHORTEST_WAIT = timedelta(seconds=1)
LONGEST_REQUEST_ID: Final = 80
"""Characters. TikTok's request ids have 34."""
_PRECEDENCE: Final = (ShopStopped, Transient, NotNow, WrongStatus, NotFound, TikTokError)
"""Which error to raise if a response with code 0 contains several: the first of these."""

READS: Final = frozenset(
    {"get", "search", "shops", "warehouses", "category_rules", "category_attributes", "upload_image"}
)


@dataclass(frozen=True, slots=True)
class Response:
    """The answer to a successful call. `warnings` are TikTok's messages about parts of it."""

    request_id: str | None
    data: Document = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


def read_response(
    operation: str, http_status: int, headers: Mapping[str, str], body: bytes, now: datetime
) -> Response:
    """Return the answer in a response. Raises the `TikTokError` that the response means."""
    document = _document(body)
    code, message = document.get("code"), str(document.get("message") or "")
    if not _is_code(code):
        raise _without_code(operation, http_status, headers, now)
    request_id = _request_id(document.get("request_id"))
    if code != 0:
        raise _error(operation, code, message, http_status, request_id, headers, now)
    data = document.get("data") or {}
    if not isinstance(data, Mapping):
        raise _unreadable(operation, http_status)
    if errors := data.get("errors"):
        failed = [
            _error(operation, inner_code, inner_message, http_status, request_id, headers, now)
            for inner_code, inner_message in _inner_errors(errors)
        ]
        # A part that may succeed later must not be rejected together with one that can't.
        first = min(failed, key=_precedence)
        others = [error.message for error in failed if error.message != first.message]
        first.message = "; ".join(dict.fromkeys([first.message, *others]))
        raise first
    return Response(
        request_id, data, tuple(str(warning.get("message")) for warning in _objects(data.get("warnings")))
    )


def wait_of(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """Return `Retry-After` (seconds or a date), limited to 1 second to 15 minutes; None if it is missing or invalid."""
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


def _document(body: bytes) -> Document:
    """Return the JSON object in a body, an empty one if the body is anything else."""
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return document if isinstance(document, dict) else {}


def _is_code(value: object) -> TypeGuard[int]:
    """Return whether this is an error code: an integer of at most 32 bits, which the log's column can hold."""
    return type(value) is int and abs(value) < 2**31


def _request_id(value: object) -> str | None:
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


def _inner_errors(errors: object) -> list[tuple[int, str]]:
    """Return the codes and messages of a partial failure, at least one: those of its `extra_errors` if it has any."""
    rows: list[Document] = []
    for error in _objects(errors):
        details = _objects([error.get("detail")])
        rows += [extra for detail in details for extra in _objects(detail.get("extra_errors"))] or [error]
    return [_code_and_message(row) for row in rows or [{}]]


def _code_and_message(fields: Document) -> tuple[int, str]:
    code = fields.get("code")
    return code if _is_code(code) else CHECK_FAILED, str(fields.get("message") or "Check failed")


def _precedence(error: TikTokError) -> int:
    return next(position for position, kind in enumerate(_PRECEDENCE) if isinstance(error, kind))


def _objects(value: object) -> list[Document]:
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


def _without_code(operation: str, http_status: int, headers: Mapping[str, str], now: datetime) -> TikTokError:
    if http_status == 429:
        return Throttled(operation, "too many requests", http_status=429, wait=wait_of(headers, now))
    if http_status == 408 or http_status >= 500:
        return Transient(
            operation, f"HTTP {http_status}", http_status=http_status, wait=wait_of(headers, now)
        )
    if http_status in (401, 403):
        return ShopStopped(operation, f"HTTP {http_status}", http_status=http_status)
    return _unreadable(operation, http_status)


def _unreadable(operation: str, http_status: int) -> TikTokError:
    kind = Transient if operation in READS else Unknown
    return kind(operation, f"HTTP {http_status} with an answer that is not TikTok's", http_status=http_status)
