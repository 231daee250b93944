"""`python -m sandbox tiktok`: the sandbox as a process."""

from __future__ import annotations

import argparse
import json
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from sandbox.tiktok.control import control_requests
from sandbox.tiktok.server import Sandbox
from sandbox.tiktok.shops import InvalidShopsFile, Shop, read_shops
from sandbox.tiktok.state.database import UnusableFolder


def main(argv: Sequence[str]) -> int:
    """Serve until SIGTERM or SIGINT, with the URL in a JSON line on stdout. Return 0, or 2 if it can't start."""
    options = _options(argv)
    stopped = threading.Event()

    def stop(number: int, frame: FrameType | None) -> None:
        stopped.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    try:
        shops = read_shops(options.config) if options.config else (Shop(),)
        sandbox = Sandbox(
            host=options.host,
            port=options.port,
            audit_seconds=options.audit_seconds,
            shops=shops,
            data=options.data,
            webhook_url=options.webhook_url,
        )
        with sandbox:
            print(json.dumps({"sandbox": "tiktok", "url": sandbox.url}), flush=True)
            stopped.wait()
    except (InvalidShopsFile, UnusableFolder) as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def _options(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="sandbox tiktok", description="A TikTok Shop on this machine.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument(
        "--port", type=int, default=7310, help="port, 0 for a free one (default: %(default)s)"
    )
    parser.add_argument(
        "--audit-seconds",
        type=_seconds,
        default=1.5,
        help="how long an audit takes, unless changed at /_sandbox/settings (default: %(default)s)",
    )
    parser.add_argument(
        "--data",
        type=Path,
        help="folder to save the state in (default: none, the state is in memory only)",
    )
    parser.add_argument(
        "--webhook-url",
        type=_url,
        help="where TikTok's webhooks go (default: nowhere, unless set at /_sandbox/webhooks)",
    )
    parser.add_argument("--config", type=Path, help="JSON file with a list of shops (default: one demo shop)")
    return parser.parse_args(argv)


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 <= seconds < float("inf"):
        raise argparse.ArgumentTypeError("must be a number of seconds, 0 or more")
    return seconds


def _url(text: str) -> str:
    try:
        return control_requests.address(text)
    except control_requests.InvalidRequest as error:
        raise argparse.ArgumentTypeError(error.reason) from None
