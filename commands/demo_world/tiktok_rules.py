"""Rules for what TikTok does to a sync: audits, promotions, the daily limit, expired tokens, rate limits (429)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from commands.demo_world.rule import SHIRT, Rule, Step, created, saved


def _listed_in_the_end(faults: Sequence[Mapping[str, object]], *calls: str) -> Step:
    """Save a new product; it is listed despite the faults."""
    expected = {"listed": True, "title": SHIRT["name"]}
    return Step("create", {}, "a new product is saved", calls or ("create",), expected, faults)


def _fault(operation: str, kind: str, **fields: object) -> tuple[Mapping[str, object], ...]:
    return ({"operation": operation, "kind": kind, **fields},)


TIKTOK_RULES: tuple[Rule, ...] = (
    Rule(
        "TikTok's audit passes: the product is live",
        {},
        [Step("create", {}, "a new product is saved", ("create",), {"status": "ACTIVATE"})],
    ),
    Rule(
        "TikTok's audit rejects the product: it stays off sale until a save corrects it",
        {},
        [
            Step(
                "create",
                {"name": "Demo shirt [fail audit]"},
                "a new product is saved with a name that TikTok rejects",
                ("create",),
                {"status": "FAILED"},
            ),
            saved("the name is corrected", {"name": "Demo shirt"}, "partial_edit", status="ACTIVATE"),
        ],
    ),
    Rule(
        "A promotion locks the price: the stock is sent, the price waits until the promotion ends",
        {},
        [
            created(),
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
        "The daily limit on new listings is reached: a new product waits until TikTok accepts new listings again",
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
            Step(
                "wait",
                {},
                "TikTok accepts new listings again",
                ("create",),
                {"listed": True},
                tiktok={"daily_listings": None},
            ),
        ],
    ),
    Rule(
        "The access token expires: it is refreshed, and the save is not lost",
        {},
        [_listed_in_the_end(_fault("search", "token_expired"))],
        {"renewed": True, "stopped": False},
    ),
    Rule(
        "The seller revokes the authorization: sync stops for the shop, with the reason",
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
        "Too many requests, with a Retry-After: the call is repeated after it",
        {},
        [
            _listed_in_the_end(
                _fault("create", "throttle", retry_after="1"), "create refused (36009002)", "create"
            )
        ],
    ),
    Rule(
        "Too many requests, without a Retry-After: the call is repeated",
        {},
        [_listed_in_the_end(_fault("create", "throttle"), "create refused (36009002)", "create")],
    ),
)
