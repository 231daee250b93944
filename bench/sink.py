"""`python -m bench.sink 100`: an HTTP server that responds to every call as TikTok would, after 100 ms.

It prints its URL as a line of JSON. GET /_sink returns how many calls it received, and how many of them overlapped with
another call for the same listing.
"""

from __future__ import annotations

import asyncio
import json
import re
import signal
import sys
import time
from collections import Counter

OK = json.dumps(
    {"code": 0, "message": "Success", "request_id": "2026112422500000000000000000000000", "data": {}}
)


LIVE = json.dumps({**json.loads(OK), "data": {"status": "ACTIVATE", "audit": {"status": "APPROVED"}}})
_LISTING = re.compile(r"/products/(\d{10,})")


class _Counts:
    def __init__(self) -> None:
        self.calls = 0
        self.overlaps = 0
        self.in_flight: Counter[str] = Counter()
        self.first: dict[str, float] = {}


async def serve(milliseconds: float) -> None:
    """Serve until SIGTERM."""
    counts = _Counts()
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stopped.set)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = _length(head)
                if length:
                    await reader.readexactly(length)
                method, target, _ = head.split(b" ", 2)
                path = target.split(b"?")[0].decode()
                body = json.dumps(vars(counts)) if path == "/_sink" else LIVE if method == b"GET" else OK
                if path != "/_sink":
                    counts.calls += 1
                    counts.first.setdefault(path, time.time())
                    named = _LISTING.search(path)
                    listing = named[1] if named else path
                    counts.in_flight[listing] += 1
                    counts.overlaps += counts.in_flight[listing] > 1
                    await asyncio.sleep(milliseconds / 1000)
                    counts.in_flight[listing] -= 1
                raw = body.encode()
                writer.write(
                    b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s"
                    % (len(raw), raw)
                )
        except (asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0, backlog=512)
    port = server.sockets[0].getsockname()[1]
    print(json.dumps({"url": f"http://127.0.0.1:{port}"}), flush=True)
    await stopped.wait()


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            return int(value)
    return 0


if __name__ == "__main__":
    asyncio.run(serve(float(sys.argv[1])))
