"""The statements of intake and delivery find their rows by an index, however many rows stand beside them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import event

from tests.consumer.deliveries import Case
from tests.consumer.engine import Engine

SMALL = frozenset({"shops", "synchronization_policies", "listing_templates", "pricing_policies"}) | frozenset(
    {"inventory_policies", "image_policies"}
)
"""What governs is few and looked at whole."""
OURS = ("SELECT", "INSERT", "UPDATE", "DELETE")


@pytest.fixture
def walks(engine: Engine) -> Iterator[Callable[[], set[str]]]:
    """The tables that were read from end to end, by the plans of all statements since."""
    asked: dict[str, Any] = {}

    def note(_1: Any, _2: Any, statement: str, parameters: Any, _3: Any, many: bool) -> None:
        if statement.startswith(OURS):
            asked[statement] = parameters[0] if many else parameters

    def walked() -> set[str]:
        event.remove(engine.database.engine, "before_cursor_execute", note)
        with engine.database.read() as connection:
            plans = [
                step[3].split()
                for statement, parameters in asked.items()
                for step in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            ]
        assert any(words[0] == "SEARCH" for words in plans)
        tables = {words[1] for words in plans if words[0] == "SCAN" and not words[1].isdigit()}
        return tables - SMALL

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
