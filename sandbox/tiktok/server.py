"""The sandbox on a port, in its own thread."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from werkzeug.serving import WSGIRequestHandler, make_server

from sandbox.tiktok.app import create_app
from sandbox.tiktok.catalog.catalog import Settings
from sandbox.tiktok.shops import Shop
from sandbox.tiktok.state.database import Database
from sandbox.tiktok.state.world import World

STOP_CHECK_SECONDS: Final = 0.01
"""How often the server looks for a stop request; socketserver's default, 0.5 s, would delay every stop."""


class _SilentRequestHandler(WSGIRequestHandler):
    """Writes no access log: it would contain signatures, and the effect log says more."""

    def log(self, type: str, message: str, *args: object) -> None:
        """Write nothing."""


class Sandbox:
    """A TikTok Shop at `url` while the context is open. Port 0 means a free one; `clock` returns Unix seconds.

    With a folder `data`, the next sandbox on that folder continues with its state; entering raises `UnusableFolder`.
    Webhooks go to `webhook_url`, if given.
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
        self._server = make_server(
            host, port, create_app(self._world), threaded=True, request_handler=_SilentRequestHandler
        )
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(STOP_CHECK_SECONDS,), daemon=True
        )
        self._thread.start()
        self._world.webhooks.start(self._world.end_due_audits)
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
        """The URL, without a trailing slash."""
        host = f"[{self._server.host}]" if ":" in self._server.host else self._server.host
        return f"http://{host}:{self._server.port}"
