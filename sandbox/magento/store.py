"""The Magento 2 store: each save of a product fires a signed webhook.

    with Store(folder, webhook_url=url, secret="whsec_...") as store:
        store.save("24-WG01", {"color": "Red", "qty": 5})

A save is committed before its webhook is sent, as in `*_save_commit_after`, and waits for the response, as PHP would.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from sqlite3 import Connection
from time import time
from types import TracebackType
from typing import Any, Self

from sandbox.magento import php_json
from sandbox.magento.catalog import product_changes, product_rows
from sandbox.magento.catalog.product import Product
from sandbox.magento.catalog.sample_catalog import first_products
from sandbox.magento.database import Database
from sandbox.magento.errors import InvalidChange
from sandbox.magento.webhooks import outbox, payloads
from sandbox.magento.webhooks.delivery import RETRY_AFTER, Clock, Delivery, SentWebhook
from sandbox.magento.webhooks.outbox import LedgerEntry, Webhook
from sandbox.magento.webhooks.payloads import Event, Shape
from sandbox.magento.webhooks.signing import Target

Changes = Mapping[str, object]
"""Attribute codes and the other keys of `product_changes` -> new values, loosely written."""


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

    def save(
        self,
        sku: str,
        changes: Changes,
        *,
        store_id: int = 0,
        fire: bool = True,
        shape: str = "flat",
        with_original: bool = False,
    ) -> SaveResult:
        """Save the product in a scope, even if nothing changes, and fire its webhook in the given shape."""
        parsed_shape = Shape.parse(shape)
        payloads.check_shape(parsed_shape, store_id=store_id, with_original=with_original)

        def change(connection: Connection) -> tuple[list[Product], dict[str, object]]:
            before = product_rows.find(connection, sku)
            product = product_changes.after_save(before, changes, store_id=store_id, now=self._now())
            product_rows.save(connection, product)
            body = payloads.saved(
                product, before, store_id=store_id, shape=parsed_shape, with_original=with_original
            )
            return [product], body

        return self._change(Event.SAVED, change, fire)

    def create(self, sku: str, changes: Changes, *, fire: bool = True, shape: str = "flat") -> SaveResult:
        """Create a simple product; `name` and `price` are required. Its webhook has `is_new`."""
        parsed_shape = Shape.parse(shape)

        def change(connection: Connection) -> tuple[list[Product], dict[str, object]]:
            values = {**changes, "sku": sku}
            product = product_changes.new_product(product_rows.next_id(connection), values, now=self._now())
            product_rows.save(connection, product)
            return [product], payloads.saved(
                product, None, store_id=0, shape=parsed_shape, with_original=False
            )

        return self._change(Event.SAVED, change, fire)

    def delete(self, sku: str, *, fire: bool = True) -> SaveResult:
        """Delete the product; a product created later with its SKU gets another entity id."""

        def change(connection: Connection) -> tuple[list[Product], dict[str, object]]:
            product = product_rows.find(connection, sku)
            product_rows.delete(connection, product)
            return [replace(product, version=product.version + 1)], payloads.deleted(product)

        return self._change(Event.DELETED, change, fire)

    def change_stock(self, sku: str, changes: Changes, *, fire: bool = True) -> SaveResult:
        """Change the stock item (`qty`, `is_in_stock`, `manage_stock`) without a product save: `updated_at` stays."""
        unknown = set(changes) - product_changes.STOCK_KEYS
        if unknown or not changes:
            raise InvalidChange(
                f"Stock has the keys {', '.join(sorted(product_changes.STOCK_KEYS))}, not {list(changes)}."
            )

        def change(connection: Connection) -> tuple[list[Product], dict[str, object]]:
            product = product_rows.find(connection, sku)
            after = _with_next_version(product, stock=product_changes.after_stock(product.stock, changes))
            product_rows.save(connection, after)
            return [after], payloads.stock_changed(after)

        return self._change(Event.STOCK_CHANGED, change, fire)

    def mass_update(
        self, skus: Sequence[str], attributes: Changes, *, store_id: int = 0, fire: bool = True
    ) -> SaveResult:
        """Do Magento's "Update attributes": one webhook for all products, and `updated_at` stays."""
        product_changes.check_view(store_id)
        values = product_changes.attribute_values(attributes, store_id=store_id)

        def change(connection: Connection) -> tuple[list[Product], dict[str, object]]:
            after = []
            for sku in _unique_skus(skus):
                before = product_rows.find(connection, sku)
                saved = product_changes.after_save(
                    before, attributes, store_id=store_id, now=before.updated_at
                )
                product_rows.save(connection, saved)
                after.append(saved)
            return after, payloads.attributes_updated(after, values, store_id)

        return self._change(Event.ATTRIBUTES_UPDATED, change, fire)

    def change_websites(
        self, skus: Sequence[str], website_ids: Sequence[int], action: str = "add", *, fire: bool = True
    ) -> SaveResult:
        """`add` products to websites or `remove` them: one webhook for all products, and `updated_at` stays."""
        websites = product_changes.website_ids(list(website_ids))
        if action not in ("add", "remove"):
            raise InvalidChange(f"action: {action!r} is neither add nor remove.")

        def change(connection: Connection) -> tuple[list[Product], dict[str, object]]:
            after = []
            for sku in _unique_skus(skus):
                product = product_rows.find(connection, sku)
                others = set(product.website_ids) - set(websites)
                ids = others | set(websites) if action == "add" else others
                after.append(_with_next_version(product, website_ids=tuple(sorted(ids))))
                product_rows.save(connection, after[-1])
            return after, payloads.websites_changed(after, websites, action)

        return self._change(Event.WEBSITES_CHANGED, change, fire)

    def redeliver(self, webhook_id: str) -> SentWebhook:
        """Send a past webhook again, like a sender that lost the response. Raises `InvalidChange` for an unknown id."""
        with self._database.transaction() as connection:
            webhook = outbox.find(connection, webhook_id)
        if webhook is None:
            raise InvalidChange(f"There is no webhook {webhook_id!r}.")
        return self.delivery.send(webhook)

    def _change(
        self,
        event: Event,
        change: Callable[[Connection], tuple[list[Product], dict[str, object]]],
        fire: bool,
    ) -> SaveResult:
        with self._database.transaction() as connection:
            products, document = change(connection)
            body = php_json.encode(document)
            webhooks = [
                Webhook(
                    f"msg_{uuid.uuid4().hex}",
                    target.url,
                    event.value,
                    outbox.product_references(products),
                    body,
                )
                for target in (self._targets if fire else ())
            ]
            for webhook in webhooks:
                outbox.add(connection, webhook, time())
        return SaveResult(tuple(products), tuple(self.delivery.send(webhook) for webhook in webhooks))

    def _now(self) -> str:
        return self.clock().astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def _with_next_version(product: Product, **changed: Any) -> Product:
    return replace(product, version=product.version + 1, **changed)


def _unique_skus(skus: Sequence[str]) -> list[str]:
    if not skus or isinstance(skus, str):
        raise InvalidChange("skus: at least one product is required, in a list.")
    return list(dict.fromkeys(skus))
