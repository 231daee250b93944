"""`python -m sandbox tiktok`: the stand-in as a process of its own."""

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
from sandbox.tiktok.database import UnusableFolder
from sandbox.tiktok.server import Sandbox
from sandbox.tiktok.shops import BadShops, Shop, read_shops


def main(argv: Sequence[str]) -> int:
    """Serve until SIGTERM or SIGINT; one JSON line on stdout says where. 2 where it can't start."""
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
    except (BadShops, UnusableFolder) as error:
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
        help="how long an audit takes, until it is set at /_sandbox/settings (default: %(default)s)",
    )
    parser.add_argument(
        "--data",
        type=Path,
        help="folder in which the shop outlives its process (default: none, all is in memory)",
    )
    parser.add_argument(
        "--webhook-url",
        type=_url,
        help="where TikTok's own webhooks go (default: none are sent, until one is set at /_sandbox/webhooks)",
    )
    parser.add_argument("--config", type=Path, help="JSON file with a list of shops, for other keys")
    return parser.parse_args(argv)


def _seconds(told: str) -> float:
    seconds = float(told)
    if not 0 <= seconds < float("inf"):
        raise argparse.ArgumentTypeError("a number of seconds, 0 or more, is wanted")
    return seconds


def _url(told: str) -> str:
    try:
        return control_requests.address(told)
    except control_requests.BadWish as error:
        raise argparse.ArgumentTypeError(error.reason) from None
