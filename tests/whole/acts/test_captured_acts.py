"""The captured acts, sent through endpoint, topic and consumer, end as `captured_table` says.

One system carries them all out, for the whole module.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

import pytest

from sandbox.kafka import Broker
from tests.whole.acts.captured import Captures
from tests.whole.acts.captured_table import ROWS
from tests.whole.acts.conftest import CAPTURES
from tests.whole.acts.observing import Observed, carry_out
from tests.whole.acts.rows import differences, states
from tests.whole.acts.shops import CAPTURED_COLORS, CAPTURED_SIZES, declare_shops
from tests.whole.system import running

assert CAPTURES is not None
CAPTURED = Captures(CAPTURES)
STATES = states(ROWS)
ACTS = [act.name for act in CAPTURED.acts()]
REFUSED: Mapping[str, str] = {
    "controller_action_catalog_product_save_entity_after": "unknown_event",
    "catalog_category_change_products": "unknown_event",
    "catalog_category_save_commit_after": "unknown_event",
    "catalog_product_import_finish_before": "unknown_event",
    "catalog_product_to_website_change": "tells_nothing",
    "plugin.AppendReservations": "unknown_event",
    "sales_order_place_after": "unknown_event",
}
"""Event -> why it is quarantined; all others are accepted."""


def products_of(act: str) -> list[str]:
    """Return the entity ids of the products in the act's rows."""
    return [product for of_act, product in STATES if of_act == act]


@pytest.fixture(scope="module")
def observed(broker: Broker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, Observed]]:
    """Carry out all acts; return what each led to."""
    folder = tmp_path_factory.mktemp("captured")
    with running(broker, folder, "captured.", audit_seconds=0.05) as system:
        declare_shops(system, colors=CAPTURED_COLORS, sizes=CAPTURED_SIZES)
        system.start("consumer")
        system.start("webhooks")
        yield carry_out(system, list(CAPTURED.acts()), products_of)


def test_every_captured_act_is_in_the_table() -> None:
    assert {act for act, _ in STATES} == set(ACTS)


@pytest.mark.parametrize("act", ACTS)
def test_the_act_ends_as_the_table_says(act: str, observed: Mapping[str, Observed]) -> None:
    today, seen = datetime.now(UTC).date(), observed[act]
    found: dict[str, list[str]] = defaultdict(list)
    for product in products_of(act):
        found[product] = differences(STATES[act, product], seen.store[product], seen.tiktok[product], today)
    assert {product: rows for product, rows in found.items() if rows} == {}


@pytest.mark.parametrize("act", ACTS)
def test_each_webhook_is_accepted_or_quarantined_for_a_known_reason(
    act: str, observed: Mapping[str, Observed]
) -> None:
    assert observed[act].answers == [
        (event, REFUSED.get(event, "accepted")) for event, _ in observed[act].answers
    ]
