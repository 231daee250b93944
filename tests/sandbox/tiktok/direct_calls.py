"""Calls to a world without a network."""

from __future__ import annotations

import json
from typing import Any

from sandbox.tiktok.api.calls import handle_request
from sandbox.tiktok.protocol.request import Request
from sandbox.tiktok.state.world import World
from tests.sandbox.tiktok.caller import APP_KEY, CIPHER, TOKEN, sign


def post(world: World, method: str, path: str, body: object) -> tuple[int, dict[str, Any]]:
    """Make a signed call and return the HTTP status and the document of the response."""
    text = json.dumps(body)
    query = {
        "app_key": APP_KEY,
        "timestamp": str(int(world.clock())),
        "shop_cipher": CIPHER,
        "page_size": "9",
    }
    query["sign"] = sign(path, query, text)
    raw = "&".join(f"{name}={value}" for name, value in query.items()).encode()
    response = handle_request(world, Request(method, path, raw, text.encode(), "application/json", TOKEN))
    return response.http_status, dict(response.document)
