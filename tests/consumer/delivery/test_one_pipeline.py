"""A preview and a delivery use one pipeline: a sync makes exactly the calls that `sync.desired_state` plans."""

from __future__ import annotations

import ast
from dataclasses import replace
from pathlib import Path
from typing import Final

import orjson
from hypothesis import given
from hypothesis import strategies as st

import sync.desired_state
from consumer import delivery
from consumer.delivery import steps
from consumer.delivery.answers import Answer, CategoryRead
from consumer.delivery.apply_answer import begin
from consumer.delivery.state import SyncState
from consumer.delivery.steps import Step
from policies.standing import LeftAlone
from records.catalog.categories import CategoryKey
from schemas.synchronization_policy import WhenLeaving
from sync.desired_state import DesiredState, desired_state
from tests.consumer.delivery.reducer_world import AUDIT_LOOK, Edit, Fate, Start, World
from tests.consumer.engine import TEMPLATE
from tests.records.examples import SHOP
from tiktok.listing.category import Category
from tiktok.listing.sync_plan import Operation

DELIVERY: Final = Path(delivery.__file__).parent
PIPELINE: Final = Path(sync.desired_state.__file__)
PARTS: Final = frozenset(
    {
        "create_call",
        "hold_back",
        "missing_requirements",
        "offer_of",
        "plan",
        "standing",
        "take_down",
        "wanted_listing",
    }
)
"""The functions of the pipeline."""
DEMANDING: Final = Category(TEMPLATE.category_id, needs={"size_chart": "a size chart"})
"""A category with a requirement that a new listing does not meet."""


class Foretold(World):
    """A world that previews each sync before it runs."""

    def __init__(self, start: Start, category: Category) -> None:
        self.category = category
        super().__init__([], start=start)

    def _do(self, step: Step, fate: Fate, state: SyncState) -> Answer:
        if isinstance(step, steps.ReadCategory):
            return CategoryRead(self.records.now, self.category)
        return super()._do(step, fate, state)

    def preview(self) -> DesiredState:
        """Return the desired state, as a dry run computes it."""
        state = begin(self.records.lease(), self.records.now, audit_look=AUDIT_LOOK, new_key="")
        row = self.records.row
        assert row is not None
        self.records.row = replace(row, lease_token="")
        key = CategoryKey(SHOP.key, TEMPLATE.category_id, TEMPLATE.category_version)
        return desired_state(state.context, state.rulebook, self.records.now, {key: self.category})

    def sync(self) -> list[tuple[Operation, str]]:
        """Run one sync. Return the calls that reached TikTok."""
        before = len(self.tiktok.calls)
        self._sync()
        return [(call.operation, without_key(call.body)) for call in self.tiktok.calls[before:]]


def without_key(body: str) -> str:
    """Return the body without the idempotency key of a create, because a preview has no key."""
    document = orjson.loads(body or "{}")
    document.pop("idempotency_key", None)
    return orjson.dumps(document, option=orjson.OPT_SORT_KEYS).decode()


saves = st.fixed_dictionaries(
    {},
    optional={
        "name": st.sampled_from(["Linen shirt 2", "", "Emoji \U0001f600 shirt"]),
        "price": st.sampled_from(["31.00", "0", None]),
        "quantity": st.sampled_from([0, 5, None]),
        "status": st.just("2"),
        "visibility": st.just("1"),
    },
)
policies = st.fixed_dictionaries(
    {},
    optional={
        "inventory_price_sync": st.just(False),
        "when_disabled": st.sampled_from(WhenLeaving),
        "when_hidden": st.sampled_from(WhenLeaving),
    },
)


@given(
    saves,
    policies,
    st.sampled_from([Start.NEW, Start.LIVE]),
    st.booleans(),
    st.sampled_from([Category(TEMPLATE.category_id), DEMANDING]),
)
def test_a_sync_makes_the_calls_that_a_dry_run_foretells(
    save: dict[str, object], switches: dict[str, object], start: Start, requested: bool, category: Category
) -> None:
    world = Foretold(start, Category(TEMPLATE.category_id))
    world.category = category
    world.records.policy = replace(world.records.policy, **switches)  # type: ignore[arg-type]
    world.records.save(**save)
    if requested:
        world.records.mark(requested=True)
    foretold = world.preview()
    made = world.sync()
    assert made == [(call.operation, without_key(call.body)) for call in foretold.plan.calls]
    if foretold.faults:
        assert world.records.listing.last_message == " ".join(foretold.faults)


@given(st.booleans())
def test_what_tiktok_refused_is_sent_again_only_when_a_person_asks(requested: bool) -> None:
    world = Foretold(Start.NEW, DEMANDING)
    world.run()
    assert not world.tiktok.calls
    world.category = Category(TEMPLATE.category_id)
    world.records.save()
    if requested:
        world._edit(Edit.ASK)
    foretold = world.preview()
    made = world.sync()
    assert [operation for operation, _ in made] == [call.operation for call in foretold.plan.calls]
    assert bool(made) is requested


def imported(module: Path) -> set[str]:
    """Return what the module imports of the rules and of TikTok's requirements."""
    return {
        alias.name
        for node in ast.walk(ast.parse(module.read_bytes()))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(("policies", "tiktok"))
        for alias in node.names
    }


def test_delivery_imports_no_part_of_the_pipeline() -> None:
    assert imported(PIPELINE) >= PARTS, "each part is one of today"
    found = {(module.name, part) for module in DELIVERY.rglob("*.py") for part in imported(module) & PARTS}
    assert found == set()


def test_a_product_that_left_is_foretold_with_its_reason() -> None:
    world = Foretold(Start.NEW, Category(TEMPLATE.category_id))
    world.records.save(status="2")
    assert isinstance(world.preview().standing, LeftAlone)
    assert world.sync() == []
