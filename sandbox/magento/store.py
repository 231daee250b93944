"""The Magento 2 store: what people and programs do in it fires Magento's events, and hooks send them as webhooks.

    with Store(folder, webhook_url=url, secret="whsec_...") as store:
        store.save("24-WG01", {"color": "Red", "qty": 5})

An act is committed before its webhooks are sent, as in `*_save_commit_after`, and waits for the responses, as PHP does.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from sqlite3 import Connection
from time import time
from types import TracebackType
from typing import Self

from sandbox.magento import php_json
from sandbox.magento.acts import admin, mass_actions, rest
from sandbox.magento.acts.act import Act, Change, Changes
from sandbox.magento.catalog import product_rows
from sandbox.magento.catalog.product import Product, SourceItem
from sandbox.magento.catalog.sample_catalog import first_products
from sandbox.magento.database import Database
from sandbox.magento.errors import InvalidChange
from sandbox.magento.webhooks import outbox, payloads
from sandbox.magento.webhooks.delivery import RETRY_AFTER, Clock, Delivery, SentWebhook
from sandbox.magento.webhooks.outbox import LedgerEntry, Webhook
from sandbox.magento.webhooks.payloads import Shape
from sandbox.magento.webhooks.signing import Target


def utc_now() -> datetime:
    """Return the time of the machine's clock."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class SaveResult:
    """The result of a change: the products afterwards, and the result of each webhook that it fired."""

    products: tuple[Product, ...]
    webhooks: tuple[SentWebhook, ...]

    @property
    def webhook(self) -> SentWebhook | None:
        """The result of the first webhook; None if none was fired."""
        return self.webhooks[0] if self.webhooks else None

    @property
    def product(self) -> Product:
        """The changed product."""
        return self.products[0]


class Store:
    """A store on a data folder. Thread-safe; close it with `close` or use it as a context manager."""

    def __init__(
        self,
        data: Path,
        *,
        webhook_url: str | None = None,
        secret: str | None = None,
        products: int = 300,
        clock: Clock = utc_now,
        retry_after: Sequence[float] = RETRY_AFTER,
    ) -> None:
        """Open the folder; at first, fill it with `products` simple products and two configurables."""
        target = Target(webhook_url, secret or "") if webhook_url else None
        self.clock = clock
        self._database = Database(data)
        with self._database.transaction() as connection:
            if product_rows.next_id(connection) == 1:
                for product in first_products(products):
                    product_rows.save(connection, product)
            row = connection.execute("SELECT value FROM settings WHERE name = 'targets'").fetchone()
        values = json.loads(row["value"]) if row else []
        self._targets = tuple(Target.from_json(value) for value in values)
        if target is not None:
            self.set_targets([target])
        self.delivery = Delivery(self._database, lambda: self._targets, clock, retry_after)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop retrying and close the folder; webhooks in the outbox are sent after the next start."""
        self.delivery.close()
        self._database.close()

    # Reading

    def product(self, sku: str) -> Product:
        """Return the product. Raises `NoSuchProduct`."""
        with self._database.transaction() as connection:
            return product_rows.find(connection, sku)

    def find_sku(self, key: str) -> str:
        """Return the SKU of the product with this SKU, or else with this entity id. Raises `NoSuchProduct`."""
        with self._database.transaction() as connection:
            return product_rows.find_by_sku_or_id(connection, key).sku

    def products(self) -> list[Product]:
        """Return all products, by entity id."""
        with self._database.transaction() as connection:
            return product_rows.find_all(connection)

    def products_by_ids(self, ids: Iterable[int]) -> list[Product]:
        """Return the products with these entity ids."""
        with self._database.transaction() as connection:
            return product_rows.find_by_ids(connection, ids)

    def ledger(self, after: int = 0, limit: int = 100_000) -> list[LedgerEntry]:
        """Return the delivery attempts with a `seq` above `after`, oldest first."""
        with self._database.transaction() as connection:
            return outbox.ledger(connection, after, limit)

    def count_waiting(self) -> int:
        """Return how many webhooks are being sent or wait for a retry."""
        with self._database.transaction() as connection:
            return outbox.count_waiting(connection)

    @property
    def targets(self) -> tuple[Target, ...]:
        """Where webhooks go."""
        return self._targets

    # Changing

    def set_targets(self, targets: Sequence[Target]) -> None:
        """Replace the webhook targets; each gets its own webhooks. Raises `InvalidChange` for a repeated URL."""
        if len({target.url for target in targets}) != len(targets):
            raise InvalidChange("Two targets have the same url.")
        text = json.dumps([target.to_json() for target in targets])
        with self._database.transaction() as connection:
            connection.execute("INSERT OR REPLACE INTO settings VALUES ('targets', ?)", (text,))
        self._targets = tuple(targets)

    def perform(self, act: Act, *, fire: bool = True) -> SaveResult:
        """Carry out an act of `sandbox.magento.acts`, and send a webhook for each of its events that a target hooks."""
        with self._database.transaction() as connection:
            change = act(connection, self._now())
            webhooks = [
                Webhook(
                    f"msg_{uuid.uuid4().hex}",
                    target.url,
                    event.event.value,
                    outbox.product_references(change.products),
                    php_json.encode(event.body),
                )
                for event in change.fired
                for target in (self._targets if fire else ())
                if target.hooks(event, (product.sku for product in change.products))
            ]
            for webhook in webhooks:
                outbox.add(connection, webhook, time())
        return SaveResult(change.products, tuple(self.delivery.send(webhook) for webhook in webhooks))

    def save(
        self,
        sku: str,
        changes: Changes,
        *,
        store_id: int = 0,
        fire: bool = True,
        shape: str = "flat",
        with_original: bool | None = None,
        sources: Mapping[str, SourceItem] | None = None,
    ) -> SaveResult:
        """Save the product in Admin, in a store view, even if nothing changes, and send it in the given shape.

        `with_original` is True unless the shape can't carry the original.
        """
        parsed_shape = Shape.parse(shape)
        original = parsed_shape in (Shape.FLAT, Shape.REST) if with_original is None else with_original
        payloads.check_shape(parsed_shape, store_id=store_id, with_original=original)
        act = admin.save(sku, changes, store_id=store_id, sources=sources)
        return self.perform(self._in_shape(act, sku, store_id, parsed_shape, original), fire=fire)

    def create(self, sku: str, changes: Changes, *, fire: bool = True, shape: str = "flat") -> SaveResult:
        """Create a simple product in Admin; `name` and `price` are required. Its webhook has `is_new`."""
        parsed_shape = Shape.parse(shape)
        original = parsed_shape is Shape.FLAT
        act = self._in_shape(admin.create(sku, changes), None, 0, parsed_shape, original)
        return self.perform(act, fire=fire)

    def delete(self, sku: str, *, fire: bool = True) -> SaveResult:
        """Delete the product; a product created later with its SKU gets another entity id."""
        return self.perform(admin.delete(sku), fire=fire)

    def change_stock(self, sku: str, changes: Changes, *, fire: bool = True) -> SaveResult:
        """Change the stock item (`qty`, `is_in_stock`, `manage_stock`) without a product save: `updated_at` stays."""
        return self.perform(rest.put_stock_item(sku, changes), fire=fire)

    def mass_update(
        self, skus: Sequence[str], attributes: Changes, *, store_id: int = 0, fire: bool = True
    ) -> SaveResult:
        """Do Magento's "Update attributes": one webhook for all products, sent before anything is written."""
        announced = self.perform(mass_actions.announce_attributes(skus, attributes, store_id), fire=fire)
        written = self.perform(mass_actions.write_attributes(skus, attributes, store_id))
        return SaveResult(written.products, announced.webhooks)

    def change_websites(
        self, skus: Sequence[str], website_ids: Sequence[int], action: str = "add", *, fire: bool = True
    ) -> SaveResult:
        """`add` products to websites or `remove` them: one webhook for all products, and `updated_at` stays."""
        return self.perform(mass_actions.change_websites(skus, website_ids, action), fire=fire)

    def redeliver(self, webhook_id: str) -> SentWebhook:
        """Send a past webhook again, like a sender that lost the response. Raises `InvalidChange` for an unknown id."""
        with self._database.transaction() as connection:
            webhook = outbox.find(connection, webhook_id)
        if webhook is None:
            raise InvalidChange(f"There is no webhook {webhook_id!r}.")
        return self.delivery.send(webhook)

    def _in_shape(self, act: Act, sku: str | None, store_id: int, shape: Shape, with_original: bool) -> Act:
        """Return the act of a save whose product events are written in this shape. `sku` is None for a new product."""

        def shaped(connection: Connection, now: str) -> Change:
            before = None if sku is None else product_rows.find(connection, sku)
            change = act(connection, now)
            events = [
                replace(
                    event,
                    body=payloads.shaped(
                        event.body,
                        change.products[0],
                        before,
                        store_id=store_id,
                        shape=shape,
                        with_original=with_original,
                    ),
                )
                if event.event in payloads.SAVES
                else event
                for event in change.fired
            ]
            return replace(change, fired=tuple(events))

        return shaped

    def _now(self) -> str:
        return self.clock().astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
