"""`python -m bench.loader URL BYTES SECONDS`: send signed webhooks over 64 connections and print the results.

It uses raw sockets on asyncio, so that it costs little beside what it measures; each request is signed anew.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import itertools
import json
import sys
import time
from urllib.parse import urlsplit

from bench.shops import SHOP, WEBHOOK_SECRET, attributes, sku

CONNECTIONS = 64
_KEY = base64.b64decode(WEBHOOK_SECRET.removeprefix("whsec_"))
_NUMBERS = itertools.count(1)


def request(host: str, size: int, number: int) -> bytes:
    """Return a webhook of about `size` bytes, as the store would send it."""
    product = {
        **attributes(number % 1000 + 1),
        "entity_id": str(number % 1000 + 1),
        "sku": sku(number % 1000 + 1),
    }
    product["short_description"] = ""
    padding = size - len(json.dumps({"event": "product.saved", "product": product}))
    product["short_description"] = "x" * max(0, padding)
    body = json.dumps({"event": "product.saved", "product": product}).encode()
    webhook_id, now = f"load-{time.time_ns()}-{number}", str(int(time.time()))
    signed = hmac.digest(_KEY, f"{webhook_id}.{now}.".encode() + body, hashlib.sha256)
    head = (
        f"POST /webhooks/magento/{SHOP} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\nwebhook-id: {webhook_id}\r\nwebhook-timestamp: {now}\r\n"
        f"webhook-signature: v1,{base64.b64encode(signed).decode()}\r\n\r\n"
    )
    return head.encode() + body


async def load(url: str, size: int, seconds: float) -> dict[str, float]:
    """Return requests per second, the 50th and 99th percentile in ms, and the number of responses other than 202."""
    where = urlsplit(url)
    host, port = where.hostname or "127.0.0.1", where.port or 80
    times: list[float] = []
    others = 0
    until = time.monotonic() + seconds

    async def connection() -> None:
        nonlocal others
        reader, writer = await asyncio.open_connection(host, port)
        while time.monotonic() < until:
            raw = request(host, size, next(_NUMBERS))
            began = time.monotonic()
            writer.write(raw)
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(
                int(line.split(b":")[1])
                for line in head.lower().split(b"\r\n")
                if line.startswith(b"content-length")
            )
            await reader.readexactly(length)
            times.append(time.monotonic() - began)
            others += not head.startswith(b"HTTP/1.1 202")
        writer.close()

    began = time.monotonic()
    await asyncio.gather(*(connection() for _ in range(CONNECTIONS)))
    wall = time.monotonic() - began
    times.sort()
    return {
        "per_second": len(times) / wall,
        "p50_ms": times[len(times) // 2] * 1000,
        "p99_ms": times[int(len(times) * 0.99)] * 1000,
        "others": others,
        "requests": len(times),
    }


if __name__ == "__main__":
    print(json.dumps(asyncio.run(load(sys.argv[1], int(sys.argv[2]), float(sys.argv[3])))))
