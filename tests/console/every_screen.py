"""Every screen there is, over a shop in which everything has happened: its address, and what makes it full.

A test holds this list against the routes, so that no screen is left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from types import MappingProxyType
from typing import Any, Final

import orjson

from policies.events.store_clock import AheadClock
from records.accounts import audit, second_factors, users
from records.accounts.audit import AuditRow, Change
from records.accounts.users import Role
from records.jobs import jobs
from records.jobs.jobs import JobState
from records.log import activity, counters, dead_letters, feeds, heartbeats, store_clocks
from records.log.counters import Counter, CounterKind
from records.rules import policies, template_policies
from schemas.image_policy import ImagePolicy
from schemas.inventory_policy import InventoryPolicy
from schemas.listing import ListingStatus, OutcomeKind
from schemas.pricing_policy import PricingPolicy
from schemas.secret import Secret
from schemas.template_policies import KINDS, TemplatePolicy
from tests.console.letters import letter, webhook
from tests.console.log_rows import exchanged, happened
from tests.consumer.engine import TEMPLATE, Engine
from tests.policies import examples

TITLES: Final = MappingProxyType(
    {"synchronization": "Default", "pricing": "Dear", "inventory": "Few", "image": "Big"}
)
PATHS: Final[Mapping[str, Sequence[str]]] = MappingProxyType(
    {
        "overview.index": ("/", "/?window=7d"),
        "activity.index": ("/activity", "/activity?live=1", "/activity?level=error", "/activity?sku=NONE"),
        "dead_letters.index": ("/dead-letters",),
        "dead_letters.show": ("/dead-letters/1", "/dead-letters/3", "/dead-letters/4"),
        "dead_letters.group": (
            "/dead-letters/reason/intake_failed",
            "/dead-letters/reason/names_no_product",
        ),
        "feeds.index": ("/feed", "/feed?failed=1"),
        "feeds.show": ("/feed/1", "/feed/2"),
        "jobs.show": ("/jobs/1", "/jobs/2", "/jobs/3", "/jobs/4", "/jobs/5", "/jobs/6"),
        "listing_templates.index": ("/listing-templates",),
        "listing_templates.edit": (f"/listing-templates/edit?title={TEMPLATE.title}",),
        "listing_templates.new": ("/listing-templates/new",),
        "account.mine": ("/me",),
        "pending.index": ("/pending",),
        "people.index": ("/people",),
        "people.show": ("/people/1", "/people/2"),
        "people.what_was_changed": ("/people/audit",),
        "policies.counted": ("/policies/counted/6",),
        "policies.index": ("/policies",),
        "policies.ask_delete": ("/policies/pricing/delete?title=Dear",),
        "policies.history": ("/policies/synchronization/history?title=Default",),
        "policy_forms.edit": tuple(f"/policies/{kind}/edit?title={title}" for kind, title in TITLES.items()),
        "policy_forms.new": tuple(f"/policies/{kind}/new" for kind in TITLES),
        "products.index": ("/products", "/products?state=refused", "/products?sku=NONE"),
        "products.show": ("/products/1", "/products/2", "/products/3"),
        "products.dry": ("/products/1/dry-run", "/products/3/dry-run"),
        "products.search": ("/products/find?sku=NONE",),
        "settings.index": ("/settings",),
        "settings_shops.show": ("/settings/shops/demo",),
        "settings_shops.magento": ("/settings/shops/demo/magento",),
        "setup.kafka": ("/setup/kafka",),
        "setup_magento.index": ("/setup/magento",),
        "setup_rules.policies": ("/setup/policies",),
        "setup_rules.template": ("/setup/template",),
        "setup_summary.index": ("/setup/summary",),
        "connecting.index": ("/setup/tiktok",),
        "connecting.of_shop": ("/shops/demo/tiktok",),
        "simulate.index": ("/simulate",),
        "topics.index": ("/topics",),
        "topics.records": ("/topics/magento.product.events",),
    }
)
"""The paths of each endpoint."""

NO_SCREENS: Final = frozenset(
    {
        "static", "probes.livez", "probes.readyz", "sign_in.once", "sign_in.form", "setup.register", "setup.index",
        "activity.newer", "feeds.newer", "policy_forms.explain", "policy_forms.what_it_would_have_done",
        "sign_in_code.form", "setup_magento.first_webhook", "connecting.callback",
    }
)  # fmt: skip
"""Endpoints that are parts of screens, sign-in links or redirects."""


REDRIVEN: Final[Mapping[str, Any]] = {
    "redriven": 3,
    "failed": ["4: no"],
    "quarantined_again": {"not_json": 1},
}
_CALLS: Final[Mapping[str, Any]] = {
    "decisions": {"sync attribute_changed": 1_204},
    "calls": {"partial_edit": 1_000},
    "calls_total": 1_000,
    "seconds": 200.0,
}
SIMULATED: Final[Mapping[str, Any]] = {
    "events": 2_000,
    "left_out": {"duplicates": 2},
    "products": 100,
    "different": 1,
    "examples": [{"shop": "demo", "sku": "SHIRT-1", "before": {"sync": 2}, "after": {"skip": 2}}],
    "pace": {"calls_per_second": 5.0, "shops": 1},
    "before": _CALLS,
    "after": {**_CALLS, "calls": {"price": 10}, "calls_total": 10, "seconds": 2.0},
}


@dataclass(frozen=True, slots=True)
class Words:
    """Texts for names, titles and messages; `other` for the second of them."""

    name: str = "Linen shirt"
    message: str = "The title is too long."


def furnish(engine: Engine, words: Words = Words()) -> None:
    """Fill every screen, with these texts in every place where a text of other people is shown."""
    engine.save("SHIRT-1", name=words.name, description=words.name, color="58")
    engine.put_on_tiktok("SHIRT-1")
    engine.save("SHIRT-1", name=f"{words.name} II")
    engine.save("SHIRT-2", name=words.name)
    refused: dict[str, Any] = {"last_outcome": OutcomeKind.REJECTED, "last_message": words.message}
    engine.put_on_tiktok("SHIRT-2", status=ListingStatus.FAILED, tiktok_product_id="2", **refused)
    engine.save("SHIRT-3", status="2", name=words.name)
    now = engine.clock()
    with engine.database.write() as connection:
        policies.save(
            connection, replace(examples.policy(), title="Default"), now=now, author=words.name[:100]
        )
        store_clocks.save(connection, {"demo": AheadClock(timedelta(hours=2), now, now)})
        own: list[TemplatePolicy] = [
            PricingPolicy("Dear"),
            InventoryPolicy("Few", buffer=5),
            ImagePolicy("Big"),
        ]
        for kind, policy in zip(KINDS, own, strict=True):
            template_policies.save(connection, kind, policy, now=now, author="Ada")
        activity.put(
            connection,
            [
                happened(at=now, level="error", message=words.message, product_id=1),
                happened(at=now, level="warning"),
            ],
        )
        feeds.put(
            connection,
            [
                exchanged(
                    at=now, code=12052261, message=words.message, response=f'{{"message": "{words.name}"}}'
                ),
                exchanged(at=now, http_status=None, code=None, response="", message=words.message),
            ],
        )
        dead_letters.put(
            connection,
            [
                replace(letter(1), error_message=words.message, first_failed_at=now),
                replace(letter(2, value=words.name.encode()), first_failed_at=now),
                replace(
                    letter(3, reason="exhausted"), origin_topic="pending_syncs", origin_offset=1, value=None
                ),
            ],
        )
        dead_letters.put(
            connection,
            [webhook(4, orjson.dumps({"product": {"name": words.name}, "api_key": words.message}))],
            published_at=now,
        )
        for state in (JobState.DONE, JobState.FAILED):
            job = jobs.ask(connection, "count_matching", {"shop": "demo"}, author=words.name[:100], now=now)
            result = {"matching": 3, "looked_at": 9} if state is JobState.DONE else {"error": words.message}
            jobs.finish(connection, job, state, result, now=now)
        for work, came in (("redrive", REDRIVEN), ("simulate", SIMULATED)):
            job = jobs.ask(connection, work, {}, author="Ada", now=now)
            jobs.finish(connection, job, JobState.DONE, came, now=now)
        walked = jobs.ask(connection, "look_again", {}, author="Ada", now=now, claimed=True)
        so_far = {"after": 9, "walked": 500, "due": 12}
        jobs.progress(connection, walked, done=500, failed=0, total=1_204, now=now, result=so_far)
        document = {"listed": "pricing_policies", "reviewed": {"title": "Dear", "source": "price"}}
        counted = jobs.ask(connection, "count_due", document, author="Ada", now=now)
        jobs.finish(connection, counted, JobState.DONE, {"due": 12, "walked": 1_204}, now=now)
        for step in range(30):
            at = now - timedelta(minutes=2 * step)
            fields = {
                Counter(CounterKind.DECISION, "skip", "nothing_changed"): step,
                Counter(CounterKind.CALL, "price"): 3,
                Counter(CounterKind.EVENT, "webhook"): 5,
            }
            counters.add(
                connection, {("demo", counter): number for counter, number in fields.items()}, now=at
            )
        heartbeats.beat(connection, "consumer here 1", {"oldest_seconds": 1, "lag_records": 0}, now=now)
        invited = users.add(connection, words.name[:100] or "Bob", Role.VIEWER, None, now=now)
        second_factors.offer(connection, invited, Secret("JBSWY3DPEHPK3PXP"), engine.box, now=now)
        second_factors.confirm(connection, invited, 1, now=now)
        changes = tuple(Change(words.name, words.message, words.name) for _ in range(5))
        row = AuditRow(now, words.name[:100], "::1", "policies.save", words.name[:200], 303, changes)
        audit.put(connection, row)
