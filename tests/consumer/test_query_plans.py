"""The statements of intake and delivery find their rows by an index, however many other rows there are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import event

from records.every_table import metadata
from tests.consumer.deliveries import Case
from tests.consumer.engine import Engine
from tests.records.plans import pretend_millions, steps

SMALL = frozenset({"shops", "synchronization_policies", "listing_templates", "pricing_policies"}) | frozenset(
    {"inventory_policies", "image_policies"}
)
"""The tables of the rules are small, and may be scanned."""
OURS = ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")

pytestmark = pytest.mark.both_databases


@pytest.fixture
def walks(engine: Engine) -> Iterator[Callable[[], set[str]]]:
    """Return the tables that were scanned, by the plans of all statements so far."""
    statements: dict[str, Any] = {}

    def note(_1: Any, _2: Any, statement: str, parameters: Any, _3: Any, many: bool) -> None:
        if statement.startswith(OURS):
            statements[statement] = parameters[0] if many else parameters

    def walked() -> set[str]:
        event.remove(engine.database.engine, "before_cursor_execute", note)
        with engine.database.engine.connect() as connection:
            if not engine.database.is_sqlite:
                pretend_millions(connection, metadata.sorted_tables)
                # If these few rows all have the same value, no index would find fewer of them.
                connection.exec_driver_sql("SET enable_seqscan = off")
            walks = [
                step
                for statement, parameters in statements.items()
                for step in steps(connection, statement, parameters)[0]
            ]
        assert any(step.index is not None for step in walks)
        return {step.table for step in walks if step.index is None} & metadata.tables.keys() - SMALL

    # Other rows, so that no table contains just one product.
    engine.take(*(engine.saved(f"HIDDEN-{number}", visibility="1") for number in range(40)))
    event.listen(engine.database.engine, "before_cursor_execute", note)
    yield walked


def test_intake_walks_through_no_table(engine: Engine, walks: Callable[[], set[str]]) -> None:
    engine.save()
    engine.take(engine.saved(price="31.00"), engine.saved("SHIRT-L"), engine.saved(price="32.00"))
    engine.stock(3)
    engine.save(configurable_product_links=["77", "78"])
    assert walks() == set()


def test_delivery_walks_through_no_table(case: Case, walks: Callable[[], set[str]]) -> None:
    case.save()
    case.save(price="31.00", name="Linen shirt II")
    assert walks() == set()
