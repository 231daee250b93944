"""A trial of a rule: saves are fired in the sandbox store, and what came of them is read from the sandbox TikTok Shop.

Our own records are asked for two things only: whether a save has come to its end, and what the logs kept.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode

from commands.demo_world.demo_shops import COLOR, SIZE, policy_document, shop_key, sku_of
from commands.demo_world.rule import SHIRT, Rule, Step
from commands.demo_world.rules import RULES
from commands.demo_world.sandbox_client import TrialFailed, call
from commands.demo_world.world import World
from records.catalog import listings, products, sync_queue
from records.log import activity, events, feeds
from records.rules import shops, tokens
from schemas.apply_file import InvalidDocument, load_declaration
from schemas.listing import AssignedBy

SETTLE_SECONDS = 60.0
LEAST_WAIT = timedelta(seconds=0.5)
_AUDITING = "AUDITING"
NO_LIMITS: Mapping[str, Any] = {"calls_per_second": None, "retry_after": None, "daily_listings": None}


@dataclass(frozen=True, slots=True)
class Result:
    """A rule with what was expected and seen, in words; `calls` are the writing calls of the steps on show."""

    rule: str
    expected: str
    seen: str
    calls: list[str]
    ok: bool


def try_all(world: World, shown: Callable[[Result], None], run: str) -> list[Result]:
    """Try every rule, one after the other. `run` makes the SKUs of this run its own."""
    results = []
    for place, rule in enumerate(RULES):
        result = _refusal(place, rule) if rule.refused else _Trial(world, place, rule, run).result()
        shown(result)
        results.append(result)
    return results


def point_store_at(world: World, shop: str) -> None:
    """From now on the sandbox store fires its webhooks at this shop."""
    url = f"{world.door_url}/webhooks/magento/{shop}"
    call(f"{world.magento_url}/_store/targets", "PUT", [{"url": url, "secret": world.webhook_secret}])


def as_json(results: Sequence[Result]) -> str:
    """The document that `m2t demo --json` prints."""
    return json.dumps({"rules": [asdict(result) for result in results]}, ensure_ascii=False)


def _refusal(place: int, rule: Rule) -> Result:
    """Saving the policy is what is tried."""
    seen = "it was saved"
    try:
        load_declaration({"synchronization_policies": [policy_document(place, rule)]})
    except InvalidDocument as error:
        seen = "; ".join(fault.message for fault in error.faults)
    return Result(rule.rule, f"refused: {rule.refused}", f"refused: {seen}", [], rule.refused == seen)


class _Trial:
    def __init__(self, world: World, place: int, rule: Rule, run: str) -> None:
        self._world = world
        self._rule = rule
        self._shop = shop_key(place)
        self._sku = sku_of(place, run)
        self._last_webhook = ""

    def result(self) -> Result:
        point_store_at(self._world, self._shop)
        try:
            return self._tried()
        finally:
            self._tell_tiktok("faults", "DELETE")
            self._tell_tiktok("settings", "PUT", NO_LIMITS)

    def _tried(self) -> Result:
        expected, seen, calls, ok = [], [], [], True
        for step in self._rule.steps:
            since = self._last_effect()
            self._prepare(step)
            self._settle(self._do(step), waits=step.waits)
            made = self._calls_since(since)
            found = self._held(step.holds)
            right = made == list(step.calls) and found == dict(step.holds)
            ok &= right
            if step.words is not None or not right:
                words = step.words or "the product is made"
                expected.append(_sentence(words, step.calls, step.holds))
                seen.append(_sentence(words, made, found))
                calls.extend(made)
        kept = self._records()
        if kept != dict(self._rule.records):
            ok = False
        expected.extend(_RECORDS[name][value] for name, value in _named(self._rule.records))
        seen.extend(_RECORDS[name][value] for name, value in _named(kept))
        return Result(self._rule.rule, "; ".join(expected), "; ".join(seen), calls, ok)

    def _prepare(self, step: Step) -> None:
        for fault in step.faults:
            self._tell_tiktok("faults", "POST", {"seller_sku": self._sku, **fault})
        if step.seller is not None:
            self._tell_tiktok("edit", "POST", {"seller_sku": self._sku, **step.seller})
        if step.tiktok is not None:
            self._tell_tiktok("settings", "PUT", step.tiktok)

    def _tell_tiktok(self, what: str, method: str, fields: Mapping[str, Any] | None = None) -> None:
        call(f"{self._world.tiktok_url}/_sandbox/{what}", method, fields)

    def _do(self, step: Step) -> str:
        """Do it in Magento; the id of the webhook that told of it, of the last one where nothing is done."""
        if step.how == "wait":
            return self._last_webhook
        store = f"{self._world.magento_url}/_store/products"
        if step.how == "create":
            response = call(store, "POST", {"sku": self._sku, "changes": {**SHIRT, **step.changes}})
        elif step.how == "stock":
            response = call(f"{store}/{quote(self._sku)}/stock", "POST", dict(step.changes))
        else:
            response = call(f"{store}/{quote(self._sku)}/save", "POST", {"changes": dict(step.changes)})
        webhook = response["webhooks"][0]
        if webhook["status"] != 202:
            raise TrialFailed(
                f"{self._sku}: the webhook was answered with {webhook['status']}: {webhook['body']}"
            )
        self._last_webhook = str(webhook["id"])
        return self._last_webhook

    def _settle(self, webhook_id: str, *, waits: bool) -> None:
        """Until the save has its end or waits, nothing is due soon, and TikTok's audit is over."""
        deadline = time.monotonic() + SETTLE_SECONDS
        is_over = self._is_waiting if waits else self._is_settled
        while not is_over(webhook_id):
            if time.monotonic() > deadline:
                raise TrialFailed(
                    f"{self._sku}: not settled after {SETTLE_SECONDS:.0f} s (m2t explain {self._sku})"
                )
            if (ended := self._world.ended()) is not None:
                raise TrialFailed(f"{ended.name} has ended; see {self._world.folder / 'logs'}")
            time.sleep(0.05)

    def _is_settled(self, webhook_id: str) -> bool:
        with self._world.database.read() as connection:
            event = events.get(connection, self._shop, webhook_id)
            if event is None or event.end is None:
                return False
            pending = sync_queue.get(connection, event.product_id)
            # What waits for longer than a trial waits for a moment to come, such as the end of a special price.
            soon = datetime.now(UTC) + timedelta(seconds=SETTLE_SECONDS)
            if pending is not None and pending.due_at < soon:
                return False
        listing = self._listing()
        return listing is None or (
            listing["audit"] != _AUDITING and listing.get("version_under_review") is None
        )

    def _is_waiting(self, webhook_id: str) -> bool:
        """Nobody has it in hand, and its next look is to come."""
        with self._world.database.read() as connection:
            event = events.get(connection, self._shop, webhook_id)
            if event is None or event.product_id is None:
                return False
            pending = sync_queue.get(connection, event.product_id)
            if event.end is not None or pending is None or pending.lease_token is not None:
                return False
            due_at: datetime = pending.due_at
            return due_at > datetime.now(UTC) + LEAST_WAIT

    def _listing(self) -> Mapping[str, Any] | None:
        query = urlencode({"seller_sku": self._sku})
        found = call(f"{self._world.tiktok_url}/_sandbox/products?{query}")["products"]
        if len(found) > 1:
            raise TrialFailed(f"{self._sku}: {len(found)} listings on TikTok")
        return found[0] if found else None

    def _last_effect(self) -> int:
        effects = call(f"{self._world.tiktok_url}/_sandbox/effects?writes=1")["effects"]
        return max((effect["seq"] for effect in effects), default=0)

    def _calls_since(self, since: int) -> list[str]:
        query = urlencode({"after": since, "writes": 1})
        effects = call(f"{self._world.tiktok_url}/_sandbox/effects?{query}")["effects"]
        return [
            effect["operation"] + ("" if effect["code"] == 0 else f" refused ({effect['code']})")
            for effect in effects
            if self._sku in effect["seller_skus"]
        ]

    def _held(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """What TikTok holds of what the step asks for."""
        listing = self._listing()
        if listing is None:
            return {name: False if name == "listed" else None for name in asked}
        (sku,) = listing["skus"]
        words = {
            one["id"]: ", ".join(value["name"] for value in one["values"])
            for one in listing["product_attributes"]
        }
        fields = {
            "listed": True,
            "status": listing["status"],
            "title": listing["title"],
            "price": sku["price"]["amount"],
            "quantity": sku["quantity"],
            "color": words.get(COLOR),
            "size": words.get(SIZE),
            "images": len(listing["main_images"]),
        }
        return {name: fields[name] for name in asked}

    def _records(self) -> dict[str, Any]:
        """What our own records kept, of what the rule asks for."""
        with self._world.database.read() as connection:
            (product,) = products.by_sku(connection, self._shop, self._sku)
            listing = listings.load(connection, [product.id])[product.id]
            by_policy = listing.assigned_by is AssignedBy.POLICY
            kept = {
                "assigned": listing.template if by_policy else None,
                "activity": bool(activity.of_product(connection, product.id)),
                "feed": bool(feeds.of_product(connection, product.id)),
                "renewed": tokens.load(connection, self._shop, self._world.box).pair.given_at is not None,
                "stopped": self._shop in shops.stopped(connection),
            }
        return {name: kept[name] for name in self._rule.records}


class _Words(dict[Any, str]):
    def __missing__(self, value: object) -> str:
        return f"assigned to {value!r}"


_RECORDS: Mapping[str, Mapping[Any, str]] = {
    "assigned": _Words({None: "assigned to no template"}),
    "activity": {True: "the activity log has rows", False: "the activity log has no row"},
    "renewed": {True: "the tokens were renewed", False: "the tokens were not renewed"},
    "stopped": {True: "the shop stands still and says why", False: "the shop goes on"},
    "feed": {True: "the feed log has rows", False: "the feed log has no row"},
}


def _named(records: Mapping[str, Any]) -> list[tuple[str, Any]]:
    return list(records.items())


def _sentence(words: str, calls: Sequence[str], holds: Mapping[str, Any]) -> str:
    text = ", ".join(
        ("on TikTok" if value else "not on TikTok") if name == "listed" else f"{name} {value}"
        for name, value in holds.items()
    )
    number = "no call" if not calls else " + ".join(calls)
    return f"{words}: {number}" + (f" ({text})" if text else "")
