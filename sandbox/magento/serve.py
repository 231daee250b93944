"""The store as a process: `python -m sandbox magento`.

It prints one line of JSON when it listens, and stops on SIGTERM or SIGINT with exit code 0; what waits to be sent is
sent after the next start on the same folder.
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

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from sandbox.magento.app import create_app
from sandbox.magento.burst import Burst
from sandbox.magento.catalog.product import Product
from sandbox.magento.errors import StoreError
from sandbox.magento.store import Store


class Unlogged(WSGIRequestHandler):
    """No line for each request: the ledger has all that matters."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""


def main(argv: list[str]) -> int:
    """Serve until told to stop. 0; or 2 with a sentence on stderr where the store can't be opened."""
    told = _arguments().parse_args(argv)
    stopping = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    try:
        secret = _environment("--secret-env", told.secret_env)
        token = _environment("--token-env", told.token_env) or _own_token(told.data)
        if told.webhook_url and not secret:
            raise StoreError("--webhook-url needs --secret-env, the variable that holds the webhook secret.")
        with Store(told.data, webhook_url=told.webhook_url, secret=secret, products=told.products) as store:
            _serve(store, told.host, told.port, token, stopping)
    except StoreError as error:
        print(f"sandbox magento: {error}", file=sys.stderr)
        return 2
    return 0


def _serve(store: Store, host: str, port: int, token: str, stopping: Event) -> None:
    burst = Burst(store)
    server = make_server(host, port, create_app(store, burst, token), threaded=True, request_handler=Unlogged)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    print(_ready(server, host, store.products()), flush=True)
    stopping.wait()
    server.shutdown()
    thread.join()
    server.server_close()
    burst.stop()


def _ready(server: BaseWSGIServer, host: str, products: Sequence[Product]) -> str:
    """What stands on stdout; a configurable counts once, together with its children."""
    children = {child for product in products for child in product.child_ids}
    listed = sum(product.entity_id not in children for product in products)
    return json.dumps({"sandbox": "magento", "url": f"http://{host}:{server.port}", "products": listed})


def _environment(option: str, name: str | None) -> str | None:
    if name is None:
        return None
    if not os.environ.get(name):
        raise StoreError(f"{option}: the environment has no variable {name}, or it is empty.")
    return os.environ[name]


def _own_token(folder: Path) -> str:
    """The token of `--data`, made at the first start; readable by its owner alone."""
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
    parser.add_argument("--webhook-url", help="where webhooks go; kept in the folder, with its secret")
    parser.add_argument(
        "--secret-env", metavar="NAME", help="environment variable that holds the webhook secret (whsec_...)"
    )
    parser.add_argument(
        "--token-env",
        metavar="NAME",
        help="environment variable that holds REST's access token (default: one in the folder's access-token)",
    )
    parser.add_argument(
        "--products",
        type=_count,
        default=300,
        help="simple products at the first start (default: %(default)s)",
    )
    return parser
