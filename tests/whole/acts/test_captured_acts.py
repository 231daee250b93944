"""The captured acts, sent through endpoint, topic and consumer, end as `captured_table` says.

One system carries them all out, for the whole module.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

import pytest
import requests
from sqlalchemy import func, select

from records.log import dead_letters
from records.log import events as stored_events
from records.log.tables import events
from sandbox.kafka import Broker
from tests.whole.acts.captured import TOO_LARGE, Captures
from tests.whole.acts.captured_table import ROWS
from tests.whole.acts.conftest import CAPTURES
from tests.whole.acts.observing import Observed, carry_out
from tests.whole.acts.rows import differences, states
from tests.whole.acts.shops import CAPTURED_COLORS, CAPTURED_SIZES, declare_shops
from tests.whole.system import System, eventually, running

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
"""Event -> why it is quarantined; all others are accepted, but for the bodies that are too large."""
TOO_LARGE_EVENTS = {"catalog_product_save_after", "catalog_product_save_commit_after"}


REPEATED = ("84_delete_then_create_same_sku", "85_sku_swap")
"""Acts that were captured under two names: sent again, each webhook has the id that it had before."""


def products_of(act: str) -> list[str]:
    """Return the entity ids of the products in the act's rows."""
    return [product for of_act, product in STATES if of_act == act]


@pytest.fixture(scope="module")
def system(broker: Broker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    folder = tmp_path_factory.mktemp("captured")
    with running(broker, folder, "captured.", audit_seconds=0.05) as started:
        declare_shops(started, colors=CAPTURED_COLORS, sizes=CAPTURED_SIZES)
        started.start("consumer")
        started.start("webhooks")
        yield started


@pytest.fixture(scope="module")
def observed(system: System) -> Mapping[str, Observed]:
    """Carry out all acts; return what each led to."""
    return carry_out(system, list(CAPTURED.acts()), products_of)


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
    refused = {**REFUSED, **(dict.fromkeys(TOO_LARGE_EVENTS, "413") if act == TOO_LARGE else {})}
    assert observed[act].answers == [
        (event, refused.get(event, "accepted")) for event, _ in observed[act].answers
    ]


def test_bodies_that_are_too_large_are_counted(system: System, observed: Mapping[str, Observed]) -> None:
    metrics = requests.get(f"http://127.0.0.1:{system.settings.door_port}/metrics", timeout=10).text
    assert 'm2t_webhook_requests_total{result="body_too_large",shop="base"} 2.0' in metrics


def test_tiktok_has_the_listings_of_the_table_and_no_other(
    system: System, observed: Mapping[str, Observed]
) -> None:
    last = {product: expected.tiktok for (_, product), expected in STATES.items()}
    found = [row["skus"][0]["seller_sku"] for row in system.tiktok("products")["products"]]
    assert sorted(found) == sorted(str(tiktok["sku"]) for tiktok in last.values() if tiktok["listed"])


def test_each_event_has_its_end_repeats_are_counted_and_quarantined_webhooks_are_rows(
    system: System, observed: Mapping[str, Observed]
) -> None:
    answers = {name: Counter(answer for _, answer in seen.answers) for name, seen in observed.items()}
    quarantined = sum(answers.values(), Counter())
    del quarantined["accepted"], quarantined["413"]

    def reasons() -> dict[str, int]:
        with system.database.read() as connection:
            return dead_letters.counts(connection)

    eventually("every quarantined webhook is a row", lambda: sum(reasons().values()) >= quarantined.total())
    assert reasons() == quarantined
    with system.database.read() as connection:
        assert connection.execute(select(func.count()).where(events.c.end.is_(None))).scalar_one() == 0
        counted = stored_events.counts(connection)
    assert counted[stored_events.DUPLICATES] == sum(answers[name]["accepted"] for name in REPEATED)
