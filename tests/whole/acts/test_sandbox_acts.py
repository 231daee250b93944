"""Acts in the sandbox store, sent as the usual hooks send them, end as `sandbox_table` says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from commands.demo_world.demo_shops import COLORS, SIZES
from sandbox.kafka import Broker
from tests.whole.acts.observing import Observed, carry_out
from tests.whole.acts.rows import differences, states
from tests.whole.acts.sandbox_acts import ACTS, sent
from tests.whole.acts.sandbox_table import ROWS
from tests.whole.acts.shops import declare_shops
from tests.whole.system import running

STATES = states(ROWS)
FIELD_CASES = Path(__file__).parents[3] / "docs/field-cases.md"


def products_of(act: str) -> list[str]:
    return [product for of_act, product in STATES if of_act == act]


@pytest.fixture(scope="module")
def observed(broker: Broker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, Observed]]:
    """Carry out all acts; return what each led to."""
    with running(broker, tmp_path_factory.mktemp("acts"), "acts.", audit_seconds=0.05) as system:
        declare_shops(system, colors=COLORS, sizes=SIZES)
        system.start("consumer")
        system.start("webhooks")
        yield carry_out(system, list(sent()), products_of)


@pytest.mark.parametrize("act", ACTS)
def test_the_act_ends_as_the_table_says(act: str, observed: Mapping[str, Observed]) -> None:
    today, seen = datetime.now(UTC).date(), observed[act]
    found = {
        product: differences(STATES[act, product], seen.store[product], seen.tiktok[product], today)
        for product in products_of(act)
    }
    assert {product: rows for product, rows in found.items() if rows} == {}


def test_every_act_is_in_the_table_and_one_that_does_not_say_enough_is_a_field_case() -> None:
    cells = {
        line.split("|")[1].strip() for line in FIELD_CASES.read_text().splitlines() if line.startswith("|")
    }
    assert {act for act, _ in STATES} == set(ACTS)
    assert {row.gap for row in ROWS if row.gap} <= cells
    for row in ROWS:
        store = STATES[row.act, row.product].store
        assert not any(store.get(name) == value for name, value in row.truth.items()), row.act
