"""A trial of one rule: products are saved in the sandbox store, and the sandbox TikTok Shop shows what they led to.

Our own records answer two questions only: whether a save is settled, and what the logs contain.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import Any
from urllib.parse import urlencode

from commands.demo_world.demo_shops import (
    COLOR,
    SIZE,
    policy_document,
    rules_declaration,
    shop_key,
    sku_of,
)
from commands.demo_world.rule import Rule, Step
from commands.demo_world.sandbox_client import TrialFailed, call
from commands.demo_world.store_acts import carry_out
from commands.demo_world.world import World
from operations.products.request_resync import run_resync
from operations.rules.apply import apply
from records.catalog import listings, products, sync_queue
from records.log import activity, events, feeds
from records.rules import shops, tokens
from schemas.apply_file import InvalidDocument, load_declaration
from schemas.listing import AssignedBy

SETTLE_SECONDS = 60.0
POLL_SECONDS = 0.05
LEAST_WAIT = timedelta(seconds=0.5)
_AUDITING = "AUDITING"
NO_LIMITS: Mapping[str, None] = {"calls_per_second": None, "retry_after": None, "daily_listings": None}


@dataclass(frozen=True, slots=True)
class Result:
    """A rule with what was expected and seen, in words. `calls` are the writing calls of the steps that are shown."""

    rule: str
    expected: str
    seen: str
    calls: list[str]
    ok: bool


def refusal(place: int, rule: Rule) -> Result:
    """Try a rule about saving the policy: it must be refused with the rule's message."""
    seen = "it was saved"
    try:
        load_declaration({"synchronization_policies": [policy_document(place, rule)]})
    except InvalidDocument as error:
        seen = "; ".join(fault.message for fault in error.faults)
    return Result(rule.rule, f"refused: {rule.refused}", f"refused: {seen}", [], rule.refused == seen)


class Trial:
    """The trial of one rule on its own shop, with a product of this run."""

    def __init__(self, world: World, place: int, rule: Rule, run: str, stopping: Event) -> None:
        """`place` is the rule's place in the list of rules; `run` makes the SKU unique. `stopping` ends the trial."""
        self._world = world
        self._rule = rule
        self._shop = shop_key(place)
        self._sku = sku_of(place, run)
        self._place = place
        self._stopping = stopping
        self._last_webhooks: list[str] = []

    def result(self) -> Result:
        """Carry out the steps and compare. Raises `TrialFailed` where that is impossible."""
        try:
            return self._carried_out()
        finally:
            # Faults are for this trial's SKU alone; the settings are for every shop.
            if self._rule.alone:
                self._control_tiktok("settings", "PUT", NO_LIMITS)

    def _carried_out(self) -> Result:
        expected, seen, calls, ok = [], [], [], True
        for step in self._rule.steps:
            since = self._last_effect()
            self._prepare(step)
            self._settle(self._save(step), waits=step.waits)
            made = self._calls_since(since)
            found = self._listing_fields(step.expected)
            right = made == list(step.calls) and found == dict(step.expected)
            ok &= right
            # A step without words prepares the next one; it is shown only where it differs.
            if step.words is not None or not right:
                words = step.words or "the product is made"
                expected.append(_sentence(words, step.calls, step.expected))
                seen.append(_sentence(words, made, found))
                calls.extend(made)
        kept = self._records()
        if kept != dict(self._rule.records):
            ok = False
        expected.extend(_record_words(name, value) for name, value in self._rule.records.items())
        seen.extend(_record_words(name, value) for name, value in kept.items())
        return Result(self._rule.rule, "; ".join(expected), "; ".join(seen), calls, ok)

    def _prepare(self, step: Step) -> None:
        for fault in step.faults:
            self._control_tiktok("faults", "POST", {"seller_sku": self._sku, **fault})
        if step.seller is not None:
            self._control_tiktok("edit", "POST", {"seller_sku": self._sku, **step.seller})
        if step.tiktok is not None:
            self._control_tiktok("settings", "PUT", step.tiktok)

    def _control_tiktok(self, what: str, method: str, fields: Mapping[str, object] | None = None) -> None:
        call(f"{self._world.tiktok_url}/_sandbox/{what}", method, fields)

    def _save(self, step: Step) -> list[str]:
        """Make the step's change in Magento; return the ids of its webhooks, or of the last ones if the step waits."""
        if step.how == "rules":
            self._edit_rules(step.changes)
        elif step.how != "wait":
            self._last_webhooks = carry_out(self._world, self._shop, self._sku, step)
        return self._last_webhooks

    def _edit_rules(self, changes: Mapping[str, object]) -> None:
        """Store the edited policies and template, and make the listings due that they affect, as `m2t apply` does."""
        world, self._rule = self._world, self._rule.edited(changes)
        document = rules_declaration([(self._place, self._rule)])
        with world.database.write() as connection:
            applied = apply(
                connection,
                lambda existing, _: load_declaration(document, existing),
                world.box,
                now=datetime.now(UTC),
                author="m2t demo",
                claimed=True,
            )
        run_resync(world.database, world.box, applied.job, clock=lambda: datetime.now(UTC))

    def _settle(self, webhook_ids: Sequence[str], *, waits: bool) -> None:
        """Wait until the save has a result, or waits as it should; raise `TrialFailed` after `SETTLE_SECONDS`."""
        deadline = time.monotonic() + SETTLE_SECONDS
        is_over = self._is_waiting if waits else self._is_settled
        while not all(is_over(webhook_id) for webhook_id in webhook_ids):
            if time.monotonic() > deadline:
                raise TrialFailed(
                    f"{self._sku}: not settled after {SETTLE_SECONDS:.0f} s (m2t explain {self._sku})"
                )
            if (ended := self._world.ended()) is not None:
                raise TrialFailed(f"{ended.name} has ended; see {self._world.folder / 'logs'}")
            if self._stopping.wait(POLL_SECONDS):
                raise TrialFailed(f"{self._sku}: the trial was stopped")

    def _is_settled(self, webhook_id: str) -> bool:
        """Return whether the save has a result, nothing of the product is due soon, and TikTok's audit is over."""
        with self._world.database.read() as connection:
            event = events.get(connection, self._shop, webhook_id)
            if event is None or event.end is None:
                return False
            # What is due later than a trial may take waits for a date, such as the end of a special price.
            soon = datetime.now(UTC) + timedelta(seconds=SETTLE_SECONDS)
            for product in products.by_sku(connection, self._shop, self._sku):
                pending = sync_queue.get(connection, product.id)
                if pending is not None and pending.due_at < soon:
                    return False
        listing = self._listing()
        return listing is None or (
            listing["audit"] != _AUDITING and listing.get("version_under_review") is None
        )

    def _is_waiting(self, webhook_id: str) -> bool:
        """Return whether no worker has the listing, and its next sync is due later."""
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

    def _listing_fields(self, names: Mapping[str, object]) -> dict[str, object]:
        """Return these fields of the listing on TikTok; without a listing, `listed` is False and the others None."""
        listing = self._listing()
        if listing is None:
            return {name: False if name == "listed" else None for name in names}
        (sku,) = listing["skus"]
        labels = {
            attribute["id"]: ", ".join(value["name"] for value in attribute["values"])
            for attribute in listing["product_attributes"]
        }
        fields = {
            "listed": True,
            "status": listing["status"],
            "title": listing["title"],
            "price": sku["price"]["amount"],
            "quantity": sku["quantity"],
            "description": listing["description"],
            "color": labels.get(COLOR),
            "size": labels.get(SIZE),
            "images": len(listing["main_images"]),
        }
        return {name: fields[name] for name in names}

    def _records(self) -> dict[str, object]:
        """Return what our own records contain, of what the rule names."""
        if not self._rule.records:
            return {}
        with self._world.database.read() as connection:
            (product,) = products.by_sku(connection, self._shop, self._sku)
            listing = listings.load(connection, [product.id])[product.id]
            history = activity.of_product(connection, product.id)
            named = str(self._rule.records.get("named"))
            by_policy = listing.assigned_by is AssignedBy.POLICY
            kept = {
                "assigned": listing.template if by_policy else None,
                "activity": bool(history),
                "named": named if any(named in row.message for row in history) else None,
                "feed": bool(feeds.of_product(connection, product.id)),
                "renewed": tokens.load(connection, self._shop, self._world.box).pair.given_at is not None,
                "stopped": self._shop in shops.stopped(connection),
            }
        return {name: kept[name] for name in self._rule.records}


_FLAGS: Mapping[str, tuple[str, str]] = {
    "activity": ("the activity log has rows", "the activity log has no row"),
    "renewed": ("the tokens were refreshed", "the tokens were not refreshed"),
    "stopped": ("sync stopped for the shop, with the reason", "sync goes on"),
    "feed": ("the feed log has rows", "the feed log has no row"),
}
"""The words for a flag of `Rule.records` that is true, and for one that is false."""


def _record_words(name: str, value: object) -> str:
    if name == "assigned":
        return "assigned to no template" if value is None else f"assigned to {value!r}"
    if name == "named":
        return "the reason names no value" if value is None else f"the reason names {value}"
    return _FLAGS[name][0 if value else 1]


def _sentence(words: str, calls: Sequence[str], fields: Mapping[str, object]) -> str:
    text = ", ".join(
        ("on TikTok" if value else "not on TikTok") if name == "listed" else f"{name} {value}"
        for name, value in fields.items()
    )
    number = "no call" if not calls else " + ".join(calls)
    return f"{words}: {number}" + (f" ({text})" if text else "")
