"""Random histories through intake and delivery to a TikTok sandbox, compared with an independent model of the policy.

A history has saves, stock updates, deletes, products created again with their SKU, late and repeated events, and edits
of the policy and of templates. After each step, when nothing is due any more, TikTok must show what the model says;
each event must have led to the model's action and have one end. `M2T_HYPOTHESIS=explore` tries two hundred histories.
"""

from __future__ import annotations

import itertools
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st

from consumer.delivery import dispatcher as delivery_room
from consumer.delivery.dispatcher import Delivery
from records.catalog import sync_queue
from records.db.database import Database
from records.rules import policies, templates
from sandbox.tiktok import Sandbox
from schemas.product_event import EventKind, ProductEvent
from schemas.synchronization_policy import WhenLeaving
from tests.consumer.engine import SHIRT, TEMPLATE, Engine, connected_to, reasons
from tests.consumer.seller_center import SellerCenter, eventually
from tests.policies import examples
from tests.policies.examples import is_
from tests.sync.seed_model import CONTENT, Rules, SeedModel, Template
from tests.sync.seed_values import FIRST_SWITCHES, FIRST_TEMPLATES, QUERIES, SWITCHES, VALUES, some
from tests.sync.stored_rules import edited as edited_rules

HISTORIES = 200 if os.environ.get("M2T_HYPOTHESIS") == "explore" else 5
PARTS = 12 if os.environ.get("M2T_HYPOTHESIS") == "explore" else 5


# Steps


@dataclass(frozen=True)
class Save:
    """A save of the product that has the SKU now. `late`: its webhook arrives only with a later step."""

    sku: int
    changes: dict[str, Any] = field(default_factory=dict)
    late: bool = False
    stock_only: bool = False


@dataclass(frozen=True)
class Delete:
    """The product that has the SKU is deleted; `again` creates another one with it. `late` is about the deletion."""

    sku: int
    again: bool = False
    late: bool = False


@dataclass(frozen=True)
class Late:
    """The oldest webhook that is late arrives."""


@dataclass(frozen=True)
class Repeated:
    """The webhook before arrives once more."""


@dataclass(frozen=True)
class EditPolicy:
    """Switches of the policy change."""

    switches: dict[str, Any]


@dataclass(frozen=True)
class EditTemplate:
    """A template's category or query changes."""

    title: str
    category: str | None = None
    query: tuple[str, str] | None = None


Event = Save | Delete | Late | Repeated
Step = tuple[Event, ...] | EditPolicy | EditTemplate


SKUS = st.sampled_from([0, 0, 1])
LATE = st.sampled_from([False, False, False, True])
SAVES = st.builds(Save, SKUS, some(VALUES, most=3), LATE)
STOCKS = st.builds(Save, SKUS, some({"quantity": VALUES["quantity"]}, most=1), LATE, stock_only=st.just(True))
DELETES = st.builds(Delete, SKUS, st.sampled_from([True, True, False]), LATE)
EVENTS = st.one_of(SAVES, SAVES, SAVES, STOCKS, DELETES, st.builds(Late), st.builds(Repeated))
EDITS = st.builds(EditPolicy, some(SWITCHES, most=2))
TEMPLATES = st.builds(
    EditTemplate,
    st.sampled_from(["Shirts", "Others"]),
    st.sampled_from([None, "600001", "600002", "600003"]),
    st.sampled_from([None, *QUERIES]),
)
STEP = st.one_of(
    st.lists(EVENTS, min_size=1, max_size=3).map(tuple), st.tuples(EVENTS), EDITS, EDITS, TEMPLATES
)
LEFT: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"status": "2"}, {"status": "1"}),
    ({"visibility": "1"}, {"visibility": "4"}),
    ({"website_ids": ["2"]}, {"website_ids": ["1"]}),
    ({"attribute_set_id": "11"}, {"attribute_set_id": "9"}),
]
"""Changes after which a product should not be sold, each with the change that brings it back."""
CREATED_AGAIN = st.tuples(
    st.tuples(st.builds(Delete, SKUS, st.just(True), st.just(True))), STEP, st.just((Late(),))
)
"""A product is created again with its SKU, and its deletion is heard of later."""


@st.composite
def there_and_back(draw: st.DrawFn) -> list[Any]:
    """Draw steps in which a product leaves and comes back, with another step before, between or after."""
    sku = draw(SKUS)
    gone, back = draw(st.sampled_from(LEFT))
    steps: list[Any] = [(Save(sku, gone),), (Save(sku, back),)]
    steps.insert(draw(st.integers(0, 2)), draw(STEP))
    steps.insert(draw(st.integers(0, 3)), (draw(SAVES),))
    return steps


STEPS: st.SearchStrategy[Any] = st.one_of(
    STEP.map(lambda step: [step]), CREATED_AGAIN.map(list), there_and_back()
)
FIRST_SAVES = st.tuples(st.builds(Save, st.just(0), some({**VALUES, "status": ["1"]}, most=3)))


@st.composite
def histories(draw: st.DrawFn) -> list[Any]:
    """Draw a history. It begins with a policy and a product."""
    steps = draw(st.lists(STEPS, min_size=PARTS // 2, max_size=PARTS))
    return [EditPolicy(draw(FIRST_SWITCHES)), draw(FIRST_SAVES), *itertools.chain(*steps)]


# Magento


@dataclass
class Webhook:
    """One webhook: the event, and what the model takes of it."""

    event: ProductEvent
    take: Callable[[SeedModel], str]


class Store:
    """A Magento store with two SKUs. Its clock moves on by a second with each save."""

    def __init__(self, engine: Engine, prefix: str) -> None:
        self._engine = engine
        self.skus = [f"{prefix}-{number}" for number in range(2)]
        self._ids = itertools.count(1)
        self._entity: dict[str, str] = {}
        self._values: dict[str, dict[str, Any]] = {}
        self._began, self._seconds = engine.clock() - timedelta(hours=1), 0
        self._numbers = itertools.count(1)
        self._prefix = prefix

    def _event(self, sku: str, kind: EventKind, **value: Any) -> ProductEvent:
        at = self._began + timedelta(seconds=self._seconds)
        return self._engine.event(
            sku,
            kind,
            id=f"{self._prefix}-{next(self._numbers)}",
            entity_id=self._entity[sku],
            updated_at=None if kind is EventKind.DELETED else at,
            **value,
        )

    def _create(self, sku: str) -> None:
        self._entity[sku] = f"{self._prefix[1:]}{next(self._ids)}"
        self._values[sku] = dict(SHIRT)

    def save(self, save: Save) -> Webhook:
        sku = self.skus[save.sku]
        self._seconds += 1
        stock_only = save.stock_only and sku in self._entity
        if sku not in self._entity:
            self._create(sku)
        self._values[sku].update(save.changes)
        values = dict(save.changes if stock_only else self._values[sku])
        kind = EventKind.STOCK_CHANGED if stock_only else EventKind.SAVED
        entity_id, at = self._entity[sku], self._seconds
        values_seen = {name: value for name, value in values.items() if name in VALUES}
        event = self._event(sku, kind, attributes=values)
        return Webhook(event, lambda model: model.save(entity_id, sku, values_seen, at))

    def delete(self, delete: Delete) -> Iterator[tuple[Webhook, bool]]:
        """Yield the webhooks of a deletion and of what is created again; and whether each is late."""
        sku = self.skus[delete.sku]
        if sku not in self._entity:
            return
        self._seconds += 1
        entity_id = self._entity[sku]
        yield (
            Webhook(self._event(sku, EventKind.DELETED), lambda model: model.delete(entity_id, sku)),
            delete.late,
        )
        del self._entity[sku]
        if delete.again:
            yield self.save(Save(delete.sku)), False


# The trial


class Trial:
    """One history, on a database of its own."""

    def __init__(self, engine: Engine, delivery: Delivery, tiktok: SellerCenter, prefix: str) -> None:
        self.engine, self.delivery, self.tiktok = engine, delivery, tiktok
        self.rules = Rules({name: options[0] for name, options in SWITCHES.items()}, FIRST_TEMPLATES)
        self.model = SeedModel(self.rules)
        self.store = Store(engine, prefix)
        self._late: list[Webhook] = []
        self._last: Webhook | None = None
        self._accepted: list[str] = []
        self._store_rules(self.rules)

    def run(self, step: Step) -> None:
        note(f"{step}")
        match step:
            case EditPolicy(switches):
                self._edit(replace(self.rules, switches={**self.rules.switches, **switches}))
            case EditTemplate():
                self._edit(replace(self.rules, templates=tuple(self._templates(step))))
            case _:
                self._take([webhook for event in step for webhook in self._webhooks(event)])
        self.model.deliver()
        self._settle()
        self._compare()

    def _templates(self, edit: EditTemplate) -> Iterator[Template]:
        for template in self.rules.templates:
            if template.title == edit.title:
                attribute, value = edit.query or (template.attribute, template.value)
                category = edit.category or template.category
                yield replace(template, category=category, attribute=attribute, value=value)
            else:
                yield template

    def _edit(self, rules: Rules) -> None:
        if rules["inventory_price_sync"] and not rules["product_update"]:
            rules = replace(rules, switches={**rules.switches, "inventory_price_sync": False})
        self.rules = rules
        self.model.edit(rules)
        self._store_rules(rules)

    def _store_rules(self, rules: Rules) -> None:
        leaving = {
            name: WhenLeaving(value) for name, value in rules.switches.items() if name.startswith("when_")
        }
        policy = examples.policy(title="Default", **{**rules.switches, **leaving})
        now = self.engine.clock()

        def store(connection: Any) -> None:
            policies.save(connection, policy, now=now, author="test")
            for template in rules.templates:
                query = examples.template(query=is_(template.attribute, template.value)).query
                stored = replace(
                    TEMPLATE,
                    title=template.title,
                    priority=template.priority,
                    category_id=template.category,
                    query=query,
                )
                templates.save(connection, stored, now=now, author="test")

        edited_rules(self.engine, store)

    def _webhooks(self, event: Event) -> Iterator[Webhook]:
        """Yield what arrives; keep what is late."""
        match event:
            case Save():
                made = [(self.store.save(event), event.late)]
            case Delete():
                made = list(self.store.delete(event))
            case Late():
                made = [(self._late.pop(0), False)] if self._late else []
            case Repeated():
                made = [(self._last, False)] if self._last else []
        for webhook, late in made:
            if late:
                self._late.append(webhook)
            else:
                self._last = webhook
                yield webhook

    def _take(self, webhooks: list[Webhook]) -> None:
        now = self.engine.clock()
        fresh = []
        for webhook in webhooks:
            if webhook.event.id not in self._accepted:
                self._accepted.append(webhook.event.id)
                fresh.append(webhook)
        expected = [webhook.take(self.model) for webhook in fresh]
        result = self.engine.take(*(replace(webhook.event, received_at=now) for webhook in webhooks))
        assert [words.split()[0] for words in reasons(result)] == expected, reasons(result)

    def _settle(self) -> None:
        def nothing_due() -> bool:
            with self.engine.database.read() as connection:
                left = sync_queue.count(connection)
            if left and not self.delivery.in_progress:
                self.engine.clock.pass_by(61)
                self.delivery.wake()
            return not left

        self.delivery.wake()
        eventually(nothing_due)

    def _compare(self) -> None:
        for sku in self.store.skus:
            shown = sorted(_seen(product) for product in self.tiktok.products(sku))
            assert shown == self.model.seen(sku), "\n".join(self._history(sku))
            assert sum(status == "ACTIVATE" for status, *_ in shown) <= 1, "never two listings of one SKU"
        ends = dict(self.engine.ends())
        assert set(ends) == set(self._accepted)
        assert None not in ends.values()

    def _history(self, sku: str) -> list[str]:
        """Return the activity log of a SKU's newest product, for a person who reads the failure."""
        return [f"{row.action} {row.reason}: {row.message}" for row in self.engine.history(sku)]


def _seen(product: dict[str, Any]) -> tuple[Any, ...]:
    (sku,) = product["skus"]
    attributes = {
        attribute["id"]: attribute["values"][0]["name"] for attribute in product["product_attributes"]
    }
    content = dict(zip(CONTENT, (product["title"], attributes["100392"], attributes["100393"]), strict=True))
    offer = (sku["price"]["amount"], sku["quantity"])
    return (product["status"], *content.values(), product["category_id"], *offer)


@pytest.fixture
def trials(upgraded: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[list[Step]], None]:
    """Return a function that runs one history, with a database and a TikTok of its own."""
    monkeypatch.setattr(delivery_room, "LOOK_SECONDS", 0.01)
    numbers = itertools.count(1)

    def run(history: list[Step]) -> None:
        # Hypothesis repeats random numbers from one history to the next, and so the keys of creates.
        with Sandbox(audit_seconds=0) as sandbox:
            attempt(SellerCenter(sandbox.url), f"T{next(numbers)}", history)

    def attempt(tiktok: SellerCenter, prefix: str, history: list[Step]) -> None:
        path = Path(shutil.copy(upgraded, tmp_path / f"{prefix}.sqlite"))
        database = Database(f"sqlite:///{path}")
        engine = Engine(database)
        engine.connect(connected_to(tiktok.url))
        delivery = Delivery(
            database,
            engine.box,
            calls_in_flight=4,
            calls_per_second=0,
            audit_look=timedelta(milliseconds=10),
            clock=engine.clock,
        )
        engine.policy()
        engine.template()
        delivery.start()
        try:
            trial = Trial(engine, delivery, tiktok, prefix)
            for step in history:
                trial.run(step)
        finally:
            delivery.stop()
            database.close()
            path.unlink()
        assert delivery.broken is None

    return run


@pytest.mark.timeout(3600)
@settings(
    max_examples=HISTORIES,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate],
)
@given(histories())
def test_tiktok_shows_what_the_policy_says(trials: Callable[[list[Step]], None], history: list[Step]) -> None:
    trials(history)
