"""Products: one row for each product, in whatever order events name its entity id and SKU."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Connection, event, func, insert, select, update

from records.catalog import after_upgrade, baselines, listings, products, sync_queue_leases
from records.catalog.products import ProductKey
from records.catalog.tables import pending_syncs as pending_table
from records.catalog.tables import products as products_table
from records.db.database import Database
from records.log import events
from records.log.tables import activity
from schemas.listing import CreateAttempt, FirstAudit, LastSent, ListingStatus, Money
from schemas.product import DEFAULT_LAYER, Mark, Product
from tests.policies.examples import NOON, SHIRT, at
from tests.records.examples import enqueued, listing_of, located, queue_row, take_event


def count(connection: Connection) -> int:
    return connection.execute(select(func.count()).select_from(products_table)).scalar_one()


@pytest.mark.parametrize(
    "first, then",
    [
        (("41", "S"), ("41", "S")),
        (("41", "S"), ("41", None)),
        (("41", "S"), (None, "S")),
        ((None, "S"), (None, "S")),
        ((None, "S"), ("41", "S")),
        (("41", "OLD-SKU"), ("41", "NEW-SKU")),
        # Magento compares SKUs without letter case and trailing blanks.
        ((None, "S"), (None, "s ")),
        (("41", "S"), (None, "s")),
        ((None, "s"), ("41", "S")),
    ],
)
def test_two_events_of_the_same_product_find_the_same_row(database: Database, first: Any, then: Any) -> None:
    with database.write() as connection:
        assert located(connection, *first).id == located(connection, *then).id
        assert count(connection) == 1


@pytest.mark.parametrize(
    "first, then",
    [
        (("41", "S"), ("42", "S")),
        (("41", "S"), ("41", "S", "other-shop")),
        ((None, "S"), (None, " S")),
        (("41", None), (None, "S")),
    ],
)
def test_events_of_two_products_find_two_rows(database: Database, first: Any, then: Any) -> None:
    with database.write() as connection:
        assert located(connection, *first).id != located(connection, *then).id
        assert count(connection) == 2


def test_keys_of_the_same_product_in_a_batch_share_a_row(database: Database) -> None:
    keys = [ProductKey("demo", None, "S"), ProductKey("demo", "41", "S"), ProductKey("demo", "41", None)]
    with database.write() as connection:
        found = products.locate(connection, keys)
        assert len({product.id for product in found.values()}) == 1
        assert {product.entity_id for product in found.values()} == {"41"}


def test_more_keys_than_fit_into_one_statement_are_located(database: Database) -> None:
    keys = [ProductKey("demo", str(number), f"S-{number}") for number in range(1_200)]
    with database.write() as connection:
        first = products.locate(connection, keys)
        again = products.locate(connection, keys)
    assert {key: product.id for key, product in first.items()} == {
        key: product.id for key, product in again.items()
    }
    assert len({product.id for product in first.values()}) == 1_200


def test_a_sku_alone_means_the_newest_product_that_is_not_deleted(database: Database) -> None:
    with database.write() as connection:
        old = located(connection, "41", "S")
        products.save(connection, [replace(old, deleted=True)])
        new = located(connection, "42", "S")
        assert located(connection, None, "S").id == new.id


def test_a_product_is_loaded_as_it_was_stored(database: Database) -> None:
    with database.write() as connection:
        product = replace(
            located(connection, "41", "S"),
            default=SHIRT,
            store_view={"name": "Leinenhemd", "color": None},
            is_new=True,
            read_at=at(4),
            marks={DEFAULT_LAYER: Mark(at(2), at(1), 3), "quantity": Mark(at(3)), "view:name": Mark(at(4))},
        )
        products.save(connection, [product])
    with database.read() as connection:
        assert products.load(connection, [product.id]) == {product.id: product}
        assert products.by_sku(connection, "demo", "S") == [product]
        assert products.by_sku(connection, "other", "S") == []


def test_a_product_is_a_child_while_a_configurable_names_it(database: Database) -> None:
    with database.write() as connection:
        child = located(connection, "42", "S-M").id
        products.save_children(connection, "demo", "40", {"42", "43"})
        assert products.load(connection, [child])[child].is_child
        products.save_children(connection, "demo", "40", {"43"})
        assert not products.load(connection, [child])[child].is_child


def test_the_same_children_again_write_nothing(database: Database) -> None:
    written: list[str] = []

    def note(*arguments: object) -> None:
        written.append(str(arguments[2]).split()[0])

    with database.write() as connection:
        products.save_children(connection, "demo", "40", {"42", "43"})
        event.listen(connection, "before_cursor_execute", note)
        products.save_children(connection, "demo", "40", {"42", "43"})
        event.remove(connection, "before_cursor_execute", note)
    assert written == ["SELECT"]


class TestMerge:
    """An event names entity id and SKU of a product that had two rows until now."""

    def rows(self, connection: Connection) -> tuple[Product, Product]:
        """Create a row by entity id and a row by SKU; return their ids."""
        return located(connection, "41", None), located(connection, None, "S")

    def merged(self, connection: Connection) -> Product:
        """Merge the rows; return the product."""
        product = located(connection, "41", "S")
        assert count(connection) == 1
        return product

    def test_layers_are_merged_and_the_row_with_the_entity_id_wins(self, database: Database) -> None:
        with database.write() as connection:
            named, by_sku = self.rows(connection)
            products.save(
                connection,
                [
                    replace(named, default={"name": "New", "color": "red"}, store_view={"name": "Neu"}),
                    replace(by_sku, default={"name": "Old", "size": "M"}, store_view={"color": "rot"}),
                ],
            )
            product = self.merged(connection)
        assert product.id == named.id
        assert product.default == {"name": "New", "color": "red", "size": "M"}
        assert product.store_view == {"name": "Neu", "color": "rot"}

    def test_a_product_that_was_new_under_its_sku_is_new(self, database: Database) -> None:
        with database.write() as connection:
            named, by_sku = self.rows(connection)
            products.save(
                connection,
                [
                    replace(named, marks={"quantity": Mark(at(5))}),
                    replace(
                        by_sku,
                        is_new=True,
                        marks={DEFAULT_LAYER: Mark(at(2), at(1)), "quantity": Mark(at(2))},
                    ),
                ],
            )
            product = self.merged(connection)
        assert product.is_new
        assert product.marks == {DEFAULT_LAYER: Mark(at(2), at(1)), "quantity": Mark(at(5))}

    def test_the_listing_on_tiktok_survives_with_its_baseline(self, database: Database) -> None:
        with database.write() as connection:
            named, by_sku = self.rows(connection)
            listed = replace(
                listing_of(connection, by_sku.id),
                tiktok_product_id="1729",
                skus={"S": "1730"},
                first_audit=FirstAudit.PASSED,
                status=ListingStatus.ACTIVATE,
                last_sent=LastSent(price={"S": Money("9.90", "USD")}),
            )
            listings.save_delivered(connection, [listed])
            baselines.save(connection, {by_sku.id: {"color": "red"}, named.id: {"color": "old"}})
            self.merged(connection)
            assert listing_of(connection, named.id) == replace(listed, product_id=named.id)
            assert baselines.load(connection, [named.id]) == {named.id: {"color": "red"}}

    def test_a_create_in_progress_survives(self, database: Database) -> None:
        attempt = CreateAttempt("key-1", '{"title": "x"}')
        with database.write() as connection:
            named, by_sku = self.rows(connection)
            listings.save_delivered(
                connection, [replace(listing_of(connection, by_sku.id), create_attempt=attempt)]
            )
            self.merged(connection)
            assert listing_of(connection, named.id).create_attempt == attempt

    @pytest.mark.parametrize("due", [("named",), ("by_sku",), ("named", "by_sku")])
    def test_a_queue_row_of_either_survives(self, database: Database, due: tuple[str, ...]) -> None:
        with database.write() as connection:
            ids = dict(zip(("named", "by_sku"), (row.id for row in self.rows(connection)), strict=True))
            for name in due:
                enqueued(connection, ids[name])
            self.merged(connection)
            rows = connection.execute(select(pending_table)).all()
        assert [row.product_id for row in rows] == [ids["named"]]

    def test_the_merged_queue_row_is_due_for_both(self, database: Database) -> None:
        with database.write() as connection:
            named, by_sku = self.rows(connection)
            enqueued(connection, named.id, lane=3, now=at(5))
            enqueued(connection, by_sku.id, lane=0, now=at(1), requested=True)
            self.merged(connection)
            row = queue_row(connection, named.id)
        assert (row.lane, row.requested, row.since, row.due_at) == (0, True, at(1), at(1))

    def test_every_open_event_of_both_ends_with_the_merged_sync(self, database: Database) -> None:
        with database.write() as connection:
            named, by_sku = self.rows(connection)
            for number in range(3):
                take_event(
                    connection, f"sku-{number}", by_sku.id, request_number=enqueued(connection, by_sku.id)
                )
            take_event(connection, "named-0", named.id, request_number=enqueued(connection, named.id))
            self.merged(connection)
            leased = sync_queue_leases.lease(connection, "demo", now=at(1), until=at(21), token="t", limit=9)
            assert len(leased) == 1
            ending = events.Ending(named.id, leased[0].request_number, events.End.APPLIED)
            ended = events.finish(connection, [ending], now=at(2))
        assert set(ended[named.id]) == {"sku-0", "sku-1", "sku-2", "named-0"}

    @pytest.mark.parametrize(("text", "both"), [("by_sku", False), ("by_sku", True), ("named", True)])
    def test_an_owner_of_either_loses_its_lease_and_the_next_owner_reads_back_first(
        self, database: Database, text: str, both: bool
    ) -> None:
        with database.write() as connection:
            ids = dict(zip(("named", "by_sku"), (row.id for row in self.rows(connection)), strict=True))
            enqueued(connection, ids[text])
            sync_queue_leases.lease(connection, "demo", now=NOON, until=at(20), token="owner", limit=9)
            if both:
                enqueued(connection, ids["by_sku" if text == "named" else "named"])
            self.merged(connection)
            assert sync_queue_leases.lock_owned(connection, {ids["named"]: "owner"}) == {}
            too_early = sync_queue_leases.lease(
                connection, "demo", now=at(19), until=at(39), token="b", limit=9
            )
            then = sync_queue_leases.lease(connection, "demo", now=at(20), until=at(40), token="b", limit=9)
        assert too_early == []
        assert [(row.product_id, row.read_back_first) for row in then] == [(ids["named"], True)]

    def test_a_row_that_is_neither_queued_nor_on_tiktok_leaves_the_owner_its_lease(
        self, database: Database
    ) -> None:
        with database.write() as connection:
            named, _ = self.rows(connection)
            enqueued(connection, named.id)
            sync_queue_leases.lease(connection, "demo", now=NOON, until=at(20), token="owner", limit=9)
            self.merged(connection)
            assert sync_queue_leases.lock_owned(connection, {named.id: "owner"}) != {}
            assert not queue_row(connection, named.id).read_back_first

    def test_the_owner_of_a_listing_that_does_not_survive_loses_its_lease(self, database: Database) -> None:
        with database.write() as connection:
            named, by_sku = self.rows(connection)
            enqueued(connection, named.id)
            sync_queue_leases.lease(connection, "demo", now=NOON, until=at(20), token="owner", limit=9)
            listings.save_delivered(
                connection, [replace(listing_of(connection, by_sku.id), tiktok_product_id="1729")]
            )
            self.merged(connection)
            assert sync_queue_leases.lock_owned(connection, {named.id: "owner"}) == {}

    def test_the_history_of_both_is_merged(self, database: Database) -> None:
        with database.write() as connection:
            named, by_sku = self.rows(connection)
            row = {
                "at": NOON, "shop": "demo", "level": "info", "actor": "webhook", "kind": "decision",
                "action": "skip", "reason": "nothing_changed", "message": "",
            }  # fmt: skip
            connection.execute(insert(activity), [{**row, "product_id": by_sku.id}])
            self.merged(connection)
            assert connection.execute(select(activity.c.product_id)).scalars().all() == [named.id]


def test_products_that_an_earlier_version_kept_apart_by_letter_case_are_named(database: Database) -> None:
    with database.write() as connection:
        shirts = [
            located(connection, number, sku) for number, sku in (("1", "SHIRT"), ("2", "Shirt"), ("3", "MUG"))
        ]
        assert after_upgrade.apart_by_case(connection) == {"demo": [("SHIRT", "Shirt")]}
        assert located(connection, None, "SHIRT").id == shirts[0].id
        assert located(connection, None, "Shirt").id == shirts[1].id
        products.save(connection, [replace(shirts[1], deleted=True)])
        assert after_upgrade.apart_by_case(connection) == {}


def test_products_that_need_reading_are_counted(database: Database) -> None:
    with database.write() as connection:
        marked = located(connection, "1", "SHIRT").id
        located(connection, "2", "MUG")
        mark = update(products_table).where(products_table.c.id == marked)
        connection.execute(mark.values(needs_reading=True))
        assert after_upgrade.needing_reading(connection) == {"demo": 1}
        product = products.load(connection, [marked])[marked]
        products.save(connection, [replace(product, marks={"quantity": Mark(at(1), None, 0)})])
        assert after_upgrade.needing_reading(connection) == {"demo": 1}
        products.save(connection, [replace(product, marks={DEFAULT_LAYER: Mark(at(1), None, 0)})])
        assert after_upgrade.needing_reading(connection) == {}
