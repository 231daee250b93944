"""The store as a process: `python -m sandbox magento`.

It prints one line of JSON once it listens, and stops on SIGTERM or SIGINT with exit code 0. Webhooks still in the
outbox are sent after the next start on the same folder.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from threading import Event, Thread
from typing import Final

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from sandbox.magento.app import create_app
from sandbox.magento.burst import Burst
from sandbox.magento.catalog.product import Product
from sandbox.magento.errors import StoreError
from sandbox.magento.store import Store

STOP_CHECK_SECONDS: Final = 0.05
"""How often the server looks for a stop request; socketserver's default, 0.5 s, would delay every stop."""


class SilentRequestHandler(WSGIRequestHandler):
    """Writes no line per request: the ledger records what matters."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Write nothing."""


def main(argv: list[str]) -> int:
    """Serve until SIGTERM or SIGINT. Return 0, or 2 after a message on stderr if the store can't be opened."""
    options = _arguments().parse_args(argv)
    stopping = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    try:
        secret = _environment("--secret-env", options.secret_env)
        token = _environment("--token-env", options.token_env) or _stored_token(options.data)
        if options.webhook_url and not secret:
            raise StoreError("--webhook-url needs --secret-env, the variable with the webhook secret.")
        with Store(
            options.data, webhook_url=options.webhook_url, secret=secret, products=options.products
        ) as store:
            _serve(store, options.host, options.port, token, stopping)
    except StoreError as error:
        print(f"sandbox magento: {error}", file=sys.stderr)
        return 2
    return 0


def _serve(store: Store, host: str, port: int, token: str, stopping: Event) -> None:
    burst = Burst(store)
    server = make_server(
        host, port, create_app(store, burst, token), threaded=True, request_handler=SilentRequestHandler
    )
    thread = Thread(target=server.serve_forever, args=(STOP_CHECK_SECONDS,), daemon=True)
    thread.start()
    print(_ready_line(server, host, store.products()), flush=True)
    stopping.wait()
    server.shutdown()
    thread.join()
    server.server_close()
    burst.stop()


def _ready_line(server: BaseWSGIServer, host: str, products: Sequence[Product]) -> str:
    """Return the line for stdout; a configurable and its children count as one product."""
    children = {child for product in products for child in product.child_ids}
    listed = sum(product.entity_id not in children for product in products)
    return json.dumps({"sandbox": "magento", "url": f"http://{host}:{server.port}", "products": listed})


def _environment(option: str, name: str | None) -> str | None:
    if name is None:
        return None
    if not os.environ.get(name):
        raise StoreError(f"{option}: the environment variable {name} is not set or empty.")
    return os.environ[name]


def _stored_token(folder: Path) -> str:
    """Return the access token in the data folder, created at the first start; readable by its owner only."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = folder / "access-token"
    file.touch(mode=0o600)
    if not file.read_text():
        file.write_text(secrets.token_urlsafe(32))
    return file.read_text()


def _count(text: str) -> int:
    number = int(text)
    if not 0 <= number <= 100_000:
        raise ValueError
    return number


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="sandbox magento", description="A Magento 2 store that fires signed webhooks."
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument(
        "--port", type=int, default=7320, help="port, 0 for a free one (default: %(default)s)"
    )
    parser.add_argument(
        "--data", type=Path, default=Path(".m2t/magento"), help="folder (default: %(default)s)"
    )
    parser.add_argument("--webhook-url", help="where webhooks go; saved in the folder, with the secret")
    parser.add_argument(
        "--secret-env", metavar="NAME", help="environment variable with the webhook secret (whsec_...)"
    )
    parser.add_argument(
        "--token-env",
        metavar="NAME",
        help="environment variable with REST's access token (default: the folder's access-token file)",
    )
    parser.add_argument(
        "--products",
        type=_count,
        default=300,
        help="simple products at the first start (default: %(default)s)",
    )
    return parser
