"""What TikTok may do to a sync, each with its trial: audits, promotions, the cap of the day, tokens that end, 429."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from commands.demo_world.rule import SHIRT, Rule, Step, made, saved


def _goes_up(words: str, *calls: str, **value: Any) -> Step:
    """A new product is saved, and is on TikTok in the end."""
    return Step("create", {}, words, calls or ("create",), {"listed": True, "title": SHIRT["name"]}, **value)


def _fault(operation: str, kind: str, **value: Any) -> tuple[Mapping[str, Any], ...]:
    return ({"operation": operation, "kind": kind, **value},)


TIKTOK_RULES: tuple[Rule, ...] = (
    Rule(
        "TikTok's audit passes: the product is live",
        {},
        [Step("create", {}, "a new product is saved", ("create",), {"status": "ACTIVATE"})],
    ),
    Rule(
        "TikTok's audit refuses it: it stays off sale until a save mends it",
        {},
        [
            Step(
                "create",
                {"name": "Demo shirt [fail audit]"},
                "a new product is saved with a name that TikTok refuses",
                ("create",),
                {"status": "FAILED"},
            ),
            saved("the name is mended", {"name": "Demo shirt"}, "partial_edit", status="ACTIVATE"),
        ],
    ),
    Rule(
        "A promotion locks the price: the stock is sent, the price waits for the end of the promotion",
        {},
        [
            made(),
            Step(
                "save",
                {"price": "31.50", "qty": 7},
                "price and stock are changed during a promotion",
                ("inventory", "price refused (12052038)"),
                {"price": "29.00", "quantity": 7},
                seller={"promotion": ["price"]},
                waits=True,
            ),
            Step(
                "save",
                {"price": "32.00"},
                "the price is changed again, after the promotion",
                ("price",),
                {"price": "32.00", "quantity": 7},
                seller={"promotion": []},
            ),
        ],
    ),
    Rule(
        "The day's cap on new listings is reached: a new product waits until it opens",
        {},
        [
            Step(
                "create",
                {},
                "a new product is saved",
                ("create refused (12052093)",),
                {"listed": False},
                tiktok={"daily_listings": 0},
                waits=True,
            ),
            Step("wait", {}, "the cap opens", ("create",), {"listed": True}, tiktok={"daily_listings": None}),
        ],
    ),
    Rule(
        "The access token expires: it is renewed, and the save is not lost",
        {},
        [_goes_up("a new product is saved", faults=_fault("search", "token_expired"))],
        {"renewed": True, "stopped": False},
    ),
    Rule(
        "The seller withdraws their consent: the shop stands still and says so",
        {},
        [
            Step(
                "create",
                {},
                "a new product is saved",
                (),
                {"listed": False},
                faults=_fault("search", "token_revoked"),
                waits=True,
            )
        ],
        {"stopped": True},
    ),
    Rule(
        "Too many requests, and TikTok says how long to wait: the call is made again",
        {},
        [
            _goes_up(
                "a new product is saved",
                *("create refused (36009002)", "create"),
                faults=_fault("create", "throttle", retry_after="1"),
            )
        ],
    ),
    Rule(
        "Too many requests, and TikTok does not say how long: the call is made again",
        {},
        [
            _goes_up(
                "a new product is saved",
                *("create refused (36009002)", "create"),
                faults=_fault("create", "throttle"),
            )
        ],
    ),
)
