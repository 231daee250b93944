"""The addresses of the three HTTP servers."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import Any, Final, cast

from flask import Flask

from console.app import create_app as create_console
from console.web.context import ConsoleContext
from consumer.http import Metrics
from consumer.http import create_app as create_health
from schemas.secret import Secret
from webhooks.app import create_app as create_webhooks
from webhooks.receive import Endpoint

SECRET_KEY: Final = "Y3Q9bWw1x7Lr0Vd8pZs2Kf6Ht4Ng-Ue_Ja"


def console_app(context: ConsoleContext | None = None) -> Flask:
    """Return the console's app; without a context it can show its addresses, and answer nothing."""
    return create_console(
        context or cast(ConsoleContext, object()), Secret(SECRET_KEY), trusted_hosts=("localhost",)
    )


def addresses() -> dict[str, Any]:
    """Return each address of the console, the webhook endpoint and the consumer with its methods.

    The names of the console's endpoints are part of the contract: the audit log stores them as actions.
    """
    console = console_app()
    consumer = create_health(Metrics(), cast(Any, {}), cast(Any, object()))
    return {
        "console": routes(console),
        "console_endpoints": sorted(console.view_functions),
        "webhooks": routes(create_webhooks(cast(Endpoint, object()))),
        "consumer": routes(consumer),
    }


def routes(app: Flask) -> dict[str, list[str]]:
    """Return the methods of each address. Parameters are named by their types: their names are not visible outside."""
    found: dict[str, set[str]] = defaultdict(set)
    for rule in app.url_map.iter_rules():
        address = re.sub(r"<(?:(\w+):)?\w+>", lambda match: f"<{match[1] or 'string'}>", rule.rule)
        found[address] |= set(rule.methods or ()) - {"OPTIONS", "HEAD"}
    return {address: sorted(methods) for address, methods in found.items()}
