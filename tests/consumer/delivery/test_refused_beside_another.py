"""A product whose SKU is on sale as another product's listing is refused, and taken up when that one lets go of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from records.catalog import listings, sync_queue
from schemas.product_event import EventKind
from tests.consumer.deliveries import Case, in_good_time
from tests.consumer.engine import SKU

pytestmark = pytest.mark.both_databases

OTHER = "SHIRT-L"


class Holder:
    """The first product with the SKU; the store has created a second one, which was refused beside it."""

    def __init__(self, case: Case) -> None:
        self.case, self.engine = case, case.engine
        self._entity_id = self.engine.entity_id()
        self.tiktok_product_id = self.engine.listing().tiktok_product_id
        self.engine.recreated()
        self.refused = self.engine.save(name="Second")
        in_good_time(self.engine, case.delivery, lambda: self.engine.end(self.refused) is not None)
        assert self.engine.listing().last_outcome == "two_listings_on_tiktok"

    def save(self, sku: str = SKU, **changes: Any) -> None:
        event = self.engine.saved(**changes)
        self.engine.take(
            replace(event, entity_id=self._entity_id, sku=sku, attributes={**event.attributes, "sku": sku})
        )

    def delete(self) -> None:
        self.engine.take(replace(self.engine.event(kind=EventKind.DELETED), entity_id=self._entity_id))

    def nothing_due(self) -> bool:
        with self.engine.database.read() as connection:
            return sync_queue.count(connection) == 0

    def settled(self) -> list[tuple[str, str, str]]:
        """Wait until nothing is due. Return id, status and title of the TikTok products with the SKU."""
        in_good_time(self.engine, self.case.delivery, self.nothing_due)
        found = self.case.tiktok.products()
        return sorted((product["title"], product["status"], product["id"]) for product in found)


@pytest.fixture
def holder(listed: Case) -> Holder:
    return Holder(listed)


def test_its_delete_arrives_late(holder: Holder) -> None:
    holder.delete()
    assert holder.settled() == [("Second", "ACTIVATE", holder.tiktok_product_id)]
    assert holder.engine.outcomes()[-2:] == ["adopted", "live"]


@pytest.mark.parametrize(
    "switches", [{}, {"only_specific_attributes": True, "observed_attributes": ("color",)}]
)
def test_it_is_renamed(holder: Holder, switches: dict[str, Any]) -> None:
    holder.engine.policy(**switches)
    holder.save(sku=OTHER, name="Linen shirt")
    assert [(title, status) for title, status, _ in holder.settled()] == [("Second", "ACTIVATE")]
    (renamed,) = holder.case.tiktok.products(OTHER)
    assert renamed["id"] == holder.tiktok_product_id


def test_it_leaves(holder: Holder) -> None:
    holder.save(name="Linen shirt", status="2")
    assert [(title, status) for title, status, _ in holder.settled()] == [
        ("Linen shirt", "SELLER_DEACTIVATED"),
        ("Second", "ACTIVATE"),
    ]


def test_it_is_removed_on_tiktok(holder: Holder) -> None:
    holder.case.tiktok.edit(status="DELETED")
    holder.save(name="Linen shirt II")
    assert [(title, status) for title, status, _ in holder.settled()] == [("Second", "ACTIVATE")]


def test_nothing_that_is_filtered_goes_out_because_of_the_second(listed: Case) -> None:
    listed.engine.policy(only_specific_attributes=True, observed_attributes=("color",))
    assert listed.after({"name": "Filtered"}) == []
    holder = Holder(listed)
    assert holder.settled() == [("Linen shirt", "ACTIVATE", holder.tiktok_product_id)]


def test_while_it_stays_nothing_is_tried_again(holder: Holder) -> None:
    searches = holder.case.tiktok.calls().count("search")
    holder.save(name="Linen shirt", size="XL")
    in_good_time(holder.engine, holder.case.delivery, holder.nothing_due)
    assert holder.engine.listing().last_outcome == "two_listings_on_tiktok"
    assert holder.engine.pending() is None
    with holder.engine.database.read() as connection:
        ids = [holder.tiktok_product_id or ""]
        assert listings.refused_beside(connection, "demo", ids) == [holder.engine.product().id]
        assert listings.refused_beside(connection, "demo", ["1"]) == []
    assert holder.case.tiktok.calls().count("search") == searches
