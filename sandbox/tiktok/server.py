"""Server: the stand-in on a port, on a thread of its own."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from werkzeug.serving import WSGIRequestHandler, make_server

from sandbox.tiktok.app import create_app
from sandbox.tiktok.database import Database
from sandbox.tiktok.products.catalog import Settings
from sandbox.tiktok.shops import Shop
from sandbox.tiktok.world import World


class _Quiet(WSGIRequestHandler):
    """Writes no access log: it would hold signatures, and the effect log tells more."""

    def log(self, type: str, message: str, *args: Any) -> None:
        """Nothing."""


class Sandbox:
    """A TikTok Shop at `url` while the context lasts. `port` 0 is a free one; `clock` tells Unix seconds.

    With `data`, a folder, what it holds is there again in the next one on that folder. Entering it raises
    `UnusableFolder`. What happens to products is told to `webhook_url`, where there is one.
    """

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        audit_seconds: float = 1.5,
        shops: Sequence[Shop] = (Shop(),),
        clock: Callable[[], float] = time.time,
        data: Path | None = None,
        webhook_url: str | None = None,
    ) -> None:
        self.shops = tuple(shops)
        self._settings = Settings(audit_seconds)
        self._clock = clock
        self._data = data
        self._webhook_url = webhook_url
        self._address = (host, port)

    def __enter__(self) -> Self:
        host, port = self._address
        self._database = None if self._data is None else Database(self._data)
        self._world = World(self.shops, self._settings, self._clock, self._database, self._webhook_url)
        self._server = make_server(host, port, create_app(self._world), threaded=True, request_handler=_Quiet)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()
        self._world.webhooks.start(self._world.settle)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._world.holds.release()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self._world.webhooks.close()
        if self._database is not None:
            self._database.close()

    @property
    def url(self) -> str:
        """Where it is, without a slash at the end."""
        host = f"[{self._server.host}]" if ":" in self._server.host else self._server.host
        return f"http://{host}:{self._server.port}"
