"""Problems: every refusal as `application/problem+json` (RFC 9457), with a code that stays."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

import orjson
from flask import Response

_DETAILS: Mapping[str, str] = {
    "unknown_shop": "There is no shop of this key. See its URL in the console, or: m2t apply.",
    "body_too_large": "The body is larger than 768 KiB.",
    "unsupported_encoding": "Send the body as it is, without Content-Encoding.",
    "unsupported_content_type": "Send the body as JSON, with Content-Type: application/json.",
    "not_published": "The event could not be stored just now. Send it again under the same webhook-id.",
    "shops_not_read": "The shops are not known yet. Send it again under the same webhook-id.",
    "method_not_allowed": "Webhooks are sent with POST.",
    "internal_server_error": "The fault is on our side, and noted. Send it again under the same webhook-id.",
}
"""What to do, by code. A wrong signature (`unverified`) has none: it helps only who guesses."""

RETRY_AFTER_SECONDS = 2


def problem(status: int, code: str) -> Response:
    """The answer; a 503 says when to come again."""
    body = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "code": code}
    if code in _DETAILS:
        body["detail"] = _DETAILS[code]
    response = Response(orjson.dumps(body), status, content_type="application/problem+json")
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        response.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response
