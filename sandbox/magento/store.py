"""The Magento 2 store: its products, each save of which fires a signed webhook.

    with Store(folder, webhook_url=url, secret="whsec_...") as store:
        store.save("24-WG01", {"color": "Red", "qty": 5})

A save is committed first and told after, as `*_save_commit_after` does, and waits for the answer, as PHP would.
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

from sandbox.magento.catalog import product_changes, product_rows
from sandbox.magento.catalog.product import Product
from sandbox.magento.catalog.sample_catalog import first_products
from sandbox.magento.database import Database
from sandbox.magento.errors import InvalidChange
from sandbox.magento.webhooks import outbox, payloads, php_json
from sandbox.magento.webhooks.delivery import RETRY_AFTER, Clock, Delivery
from sandbox.magento.webhooks.outbox import Webhook
from sandbox.magento.webhooks.payloads import Event, Shape
from sandbox.magento.webhooks.signing import Target

Changes = Mapping[str, object]
"""What is to be different: attribute codes and the keys of `changes.py`, with values told loosely."""


def utc_now() -> datetime:
    """The machine's clock."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Saved:
    """What a change did: the products after it, and the answer to each webhook that told of it."""

    products: tuple[Product, ...]
    webhooks: tuple[dict[str, Any], ...]

    @property
    def webhook(self) -> dict[str, Any] | None:
        """The first webhook's answer; None where none was fired."""
        return self.webhooks[0] if self.webhooks else None

    @property
    def product(self) -> Product:
        """The product that changed."""
        return self.products[0]


class Store:
    """A store on a folder of its own. Safe to use from many threads; closes with `close` or as a context."""

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
        """Open the folder; the first time, stock it with `products` simple products and two configurables."""
        target = Target(webhook_url, secret or "") if webhook_url else None
        self.clock = clock
        self._database = Database(data)
        with self._database.transaction() as connection:
            if product_rows.next_id(connection) == 1:
                for product in first_products(products):
                    product_rows.put(connection, product)
            stored = connection.execute("SELECT value FROM settings WHERE name = 'targets'").fetchone()
        told = json.loads(stored["value"]) if stored else []
        self._targets = tuple(Target.from_json(one) for one in told)
        if target is not None:
            self.send_to([target])
        self.delivery = Delivery(self._database, lambda: self._targets, clock, retry_after)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop retrying and close the folder; what waits is sent after the next start."""
        self.delivery.close()
        self._database.close()

    # Reading

    def product(self, sku: str) -> Product:
        """The product. NoSuchProduct where there is none."""
        with self._database.transaction() as connection:
            return product_rows.find(connection, sku)

    def sku_of(self, key: str) -> str:
        """The SKU of the product with that SKU or, where none has it, that entity id. NoSuchProduct."""
        with self._database.transaction() as connection:
            return product_rows.find_by_sku_or_id(connection, key).sku

    def products(self) -> list[Product]:
        """All products, by entity id."""
        with self._database.transaction() as connection:
            return product_rows.everything(connection)

    def by_ids(self, ids: Iterable[int]) -> list[Product]:
        """The products of these entity ids."""
        with self._database.transaction() as connection:
            return product_rows.by_ids(connection, ids)

    def ledger(self, after: int = 0, limit: int = 100_000) -> list[dict[str, Any]]:
        """The tries to deliver with a `seq` above `after`."""
        with self._database.transaction() as connection:
            return outbox.ledger(connection, after, limit)

    def waiting(self) -> int:
        """How many webhooks are on their way or wait for a retry."""
        with self._database.transaction() as connection:
            return outbox.waiting(connection)

    @property
    def targets(self) -> tuple[Target, ...]:
        """Where webhooks go."""
        return self._targets

    # Changing

    def send_to(self, targets: Sequence[Target]) -> None:
        """From now on fire webhooks there; each address gets its own."""
        if len({target.url for target in targets}) != len(targets):
            raise InvalidChange("Two targets have the same url.")
        text = json.dumps([target.kept() for target in targets])
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
    ) -> Saved:
        """Save the product in that scope, changed or not, and tell of it. The keys are those of `changes.py`."""
        form = Shape.named(shape)
        payloads.refuse_homeless(form, store_id=store_id, with_original=with_original)

        def change(connection: Connection) -> tuple[list[Product], dict[str, Any]]:
            before = product_rows.find(connection, sku)
            product = product_changes.after_save(before, changes, store_id=store_id, now=self._now())
            product_rows.put(connection, product)
            body = payloads.saved(product, before, store_id=store_id, shape=form, with_original=with_original)
            return [product], body

        return self._change(Event.SAVED, change, fire)

    def create(self, sku: str, changes: Changes, *, fire: bool = True, shape: str = "flat") -> Saved:
        """Make a simple product; `name` and `price` must be told. The envelope says that it is new."""
        form = Shape.named(shape)

        def change(connection: Connection) -> tuple[list[Product], dict[str, Any]]:
            told = {**changes, "sku": sku}
            product = product_changes.new_product(product_rows.next_id(connection), told, now=self._now())
            product_rows.put(connection, product)
            return [product], payloads.saved(product, None, store_id=0, shape=form, with_original=False)

        return self._change(Event.SAVED, change, fire)

    def delete(self, sku: str, *, fire: bool = True) -> Saved:
        """Delete the product; one made again under its SKU gets another entity id."""

        def change(connection: Connection) -> tuple[list[Product], dict[str, Any]]:
            product = product_rows.find(connection, sku)
            product_rows.remove(connection, product)
            return [replace(product, version=product.version + 1)], payloads.deleted(product)

        return self._change(Event.DELETED, change, fire)

    def change_stock(self, sku: str, changes: Changes, *, fire: bool = True) -> Saved:
        """Change the stock item alone (`qty`, `is_in_stock`, `manage_stock`): no product save, so no `updated_at`."""
        unknown = set(changes) - product_changes.STOCK_KEYS
        if unknown or not changes:
            raise InvalidChange(
                f"Stock is changed by {', '.join(sorted(product_changes.STOCK_KEYS))}; told: {list(changes)}."
            )

        def change(connection: Connection) -> tuple[list[Product], dict[str, Any]]:
            product = product_rows.find(connection, sku)
            after = _silently(product, stock=product_changes.after_stock(product.stock, changes))
            product_rows.put(connection, after)
            return [after], payloads.stock_changed(after)

        return self._change(Event.STOCK_CHANGED, change, fire)

    def mass_update(
        self, skus: Sequence[str], attributes: Changes, *, store_id: int = 0, fire: bool = True
    ) -> Saved:
        """Magento's "Update attributes": one webhook for all, and `updated_at` does not move."""
        product_changes.check_view(store_id)
        values = product_changes.attribute_values(attributes, store_id=store_id)

        def change(connection: Connection) -> tuple[list[Product], dict[str, Any]]:
            after = []
            for sku in _some(skus):
                before = product_rows.find(connection, sku)
                saved = product_changes.after_save(
                    before, attributes, store_id=store_id, now=before.updated_at
                )
                product_rows.put(connection, saved)
                after.append(saved)
            return after, payloads.attributes_updated(after, values, store_id)

        return self._change(Event.ATTRIBUTES_UPDATED, change, fire)

    def change_websites(
        self, skus: Sequence[str], website_ids: Sequence[int], action: str = "add", *, fire: bool = True
    ) -> Saved:
        """Add products to websites or `remove` them: one webhook for all, and `updated_at` does not move."""
        websites = product_changes.website_ids(list(website_ids))
        if action not in ("add", "remove"):
            raise InvalidChange(f"action: {action!r} is neither add nor remove.")

        def change(connection: Connection) -> tuple[list[Product], dict[str, Any]]:
            after = []
            for sku in _some(skus):
                product = product_rows.find(connection, sku)
                kept = set(product.website_ids) - set(websites)
                ids = kept | set(websites) if action == "add" else kept
                after.append(_silently(product, website_ids=tuple(sorted(ids))))
                product_rows.put(connection, after[-1])
            return after, payloads.websites_changed(after, websites, action)

        return self._change(Event.WEBSITES_CHANGED, change, fire)

    def redeliver(self, webhook_id: str) -> dict[str, Any]:
        """Send a webhook of the past once more, as a sender does that lost the answer."""
        with self._database.transaction() as connection:
            webhook = outbox.named(connection, webhook_id)
        if webhook is None:
            raise InvalidChange(f"No webhook has the id {webhook_id!r}.")
        return self.delivery.send(webhook)

    def _change(
        self,
        event: Event,
        change: Callable[[Connection], tuple[list[Product], dict[str, Any]]],
        fire: bool,
    ) -> Saved:
        with self._database.transaction() as connection:
            products, document = change(connection)
            body = php_json.encode(document)
            webhooks = [
                Webhook(f"msg_{uuid.uuid4().hex}", target.url, event.value, outbox.subjects(products), body)
                for target in (self._targets if fire else ())
            ]
            for webhook in webhooks:
                outbox.add(connection, webhook, time())
        return Saved(tuple(products), tuple(self.delivery.send(webhook) for webhook in webhooks))

    def _now(self) -> str:
        return self.clock().astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def _silently(product: Product, **changed: Any) -> Product:
    return replace(product, version=product.version + 1, **changed)


def _some(skus: Sequence[str]) -> list[str]:
    if not skus or isinstance(skus, str):
        raise InvalidChange("skus: name at least one product, in a list.")
    return list(dict.fromkeys(skus))
