"""Refusals as `application/problem+json` (RFC 9457), each with a stable code."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

import orjson
from flask import Response

_DETAILS: Mapping[str, str] = {
    "unverified": (
        "The signature can't be verified. Check the shop's secret, the time of this server and of the store, and that "
        "the signature is made of the raw body; docs/webhooks.md has an example. The shop's feed log says more."
    ),
    "unknown_shop": "No shop has this key. Copy the shop's webhook URL from the console, or create it with: m2t apply.",
    "body_too_large": (
        "The body is larger than 16 MiB, or than 768 KiB while the signature's headers are missing, malformed or out "
        "of date. Send fewer products at once, without the content of files."
    ),
    "too_many_large_bodies": "Several large bodies are being read. Send it again with the same webhook-id.",
    "unsupported_encoding": "Send the body without Content-Encoding.",
    "unsupported_content_type": "Send the body as JSON, with Content-Type: application/json.",
    "not_published": "The event can't be stored right now. Send it again with the same webhook-id.",
    "shops_not_read": "The list of shops is not loaded yet. Send the webhook again with the same webhook-id.",
    "method_not_allowed": "Webhooks are sent with POST.",
    "internal_server_error": "An error on our side; our log has it. Send the webhook again with the same webhook-id.",
}
"""What the sender can do, by code. That of `unverified` never says what is wrong: it would help an attacker."""

RETRY_AFTER_SECONDS = 2


def problem(status: int, code: str) -> Response:
    """Return the response for a refusal. A 503 carries `Retry-After`."""
    body = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "code": code}
    if code in _DETAILS:
        body["detail"] = _DETAILS[code]
    response = Response(orjson.dumps(body), status, content_type="application/problem+json")
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        response.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response
