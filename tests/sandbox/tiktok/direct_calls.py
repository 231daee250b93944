"""Direct: a call on a world, without a network between."""

from __future__ import annotations

import json
from typing import Any

from sandbox.tiktok.api.calls import answer
from sandbox.tiktok.api.request_checks import Request
from sandbox.tiktok.world import World
from tests.sandbox.tiktok.caller import APP_KEY, CIPHER, TOKEN, sign


def post(world: World, method: str, path: str, body: object) -> tuple[int, dict[str, Any]]:
    """The HTTP status and the document that a signed call is answered with."""
    text = json.dumps(body)
    query = {
        "app_key": APP_KEY,
        "timestamp": str(int(world.clock())),
        "shop_cipher": CIPHER,
        "page_size": "9",
    }
    query["sign"] = sign(path, query, text)
    raw = "&".join(f"{name}={value}" for name, value in query.items()).encode()
    told = answer(world, Request(method, path, raw, text.encode(), "application/json", TOKEN))
    return told.http_status, dict(told.document)
