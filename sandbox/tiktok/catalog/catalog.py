"""The products of all shops, by id and by name, and their audits, which end by the clock."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from sandbox.tiktok.catalog.generated_ids import GeneratedIds
from sandbox.tiktok.catalog.product import Audit, Product, Status
from sandbox.tiktok.catalog.webhook_events import Source, WebhookEvents
from sandbox.tiktok.protocol.errors import ApiError
from sandbox.tiktok.shops import Shop
from sandbox.tiktok.unsaved_changes import Kind, UnsavedChanges

DAY: Final = 24 * 3600
FAIL_AUDIT: Final = "[fail audit]"
"""A product with this text in its title fails its audit."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of the sandbox.

    How long an audit takes, in seconds, and whether audits pass; both also apply to running audits. How many calls a
    second an app may make for a shop, and the `Retry-After` beyond that; how many products a shop may create on a UTC
    day. None means no limit.
    """

    audit_seconds: float = 1.5
    audits_pass: bool = True
    calls_per_second: int | None = None
    retry_after: str | None = None
    daily_listings: int | None = None


@dataclass(frozen=True, slots=True)
class FirstReply:
    """The body of the first create with an `idempotency_key`, and the data in its response."""

    body: dict[str, object]
    data: dict[str, object]


@dataclass(frozen=True, slots=True)
class Upload:
    """An image that products in the shops of one app may use; its size in pixels."""

    uri: str
    app_key: str
    use_case: str
    width: int
    height: int


class Catalog:
    """The products in memory. Its caller holds the lock and has called `end_due_audits`."""

    def __init__(
        self, settings: Settings, now: float, changes: UnsavedChanges, events: WebhookEvents
    ) -> None:
        self.settings = settings
        self.products: dict[str, Product] = {}
        self.first_replies: dict[tuple[str, str], FirstReply] = {}
        self._uploads: dict[str, dict[str, Upload]] = {}
        self._changes = changes
        self._events = events
        self.continue_ids_after(int(f"17{int(now * 1000):013d}0000"))
        self.generated_ids = GeneratedIds(self.next_id, changes)
        self._auditing: set[str] = set()
        self._by_name: dict[tuple[str, str], set[str]] = {}

    def next_id(self) -> str:
        """Return a string of 19 digits that starts from the clock, so that a reset repeats no id."""
        self.continue_ids_after(self._last_id + 1)
        return str(self._last_id)

    def continue_ids_after(self, last_id: int) -> None:
        """Continue with the ids after this one."""
        self._last_id = last_id
        self._changes.add(Kind.LAST_ID, value=last_id)

    def change_settings(self, settings: Settings) -> None:
        """Replace the settings."""
        self.settings = settings
        self._changes.add(Kind.SETTINGS, value=settings)

    def save_first_reply(self, cipher: str, key: str, reply: FirstReply) -> None:
        """Save the reply to the first create with this `idempotency_key`."""
        self.first_replies[cipher, key] = reply
        self._changes.add(Kind.FIRST_REPLY, cipher, key, value=reply)

    def add_upload(self, upload: Upload) -> None:
        """Save an image that products may use from now on."""
        self._uploads.setdefault(upload.app_key, {})[upload.uri] = upload
        self._changes.add(Kind.UPLOAD, upload.uri, value=upload)

    def uploaded_uris(self, shop: Shop) -> Iterable[str]:
        """Return the uris that the shop's app has uploaded."""
        return self._uploads.get(shop.app_key, ())

    def track(self, product: Product, source: Source = Source.OPEN_API) -> None:
        """Save a new or changed product: index its names, follow its audit, queue its webhooks."""
        self.products[product.id] = product
        self._events.observe(product, source)
        self._changes.add(Kind.PRODUCT, product.id, value=product)
        external_id = product.newest.content.get("external_product_id")
        for name in (*product.seller_skus, *([] if external_id is None else [external_id])):
            self._by_name.setdefault((product.shop_cipher, name), set()).add(product.id)
        if product.audit is Audit.AUDITING:
            self._auditing.add(product.id)

    def find_by_names(self, shop: Shop, names: Iterable[str]) -> list[Product]:
        """Return the products that have or had one of these seller SKUs or external ids, oldest first."""
        ids = (self._by_name.get((shop.shop_cipher, name), set()) for name in names)
        return [self.products[product_id] for product_id in sorted(set().union(*ids))]

    def check_daily_listings(self, shop: Shop, now: float) -> None:
        """Raise `ApiError` 12052093 if the shop has reached its daily number of new products."""
        limit = self.settings.daily_listings
        if limit is None:
            return
        today = [product for product in self.shop_products(shop) if product.created // DAY == int(now) // DAY]
        if len(today) >= limit:
            raise ApiError(12052093, f"The shop has reached its limit of {limit} new products a day.")

    def end_due_audits(self, now: float) -> None:
        """End the audits whose time is up."""
        for product_id in sorted(self._auditing):
            product = self.products[product_id]
            if product.submitted is not None and now < product.submitted + self.settings.audit_seconds:
                continue
            self._auditing.discard(product_id)
            if product.audit is Audit.AUDITING:
                self._end_audit(product)
                product.updated = int(now)
                self.track(product)

    def shop_products(self, shop: Shop) -> Iterator[Product]:
        """Return the shop's products, oldest first, including DELETED ones."""
        return (product for product in self.products.values() if product.shop_cipher == shop.shop_cipher)

    def find(
        self, shop: Shop, product_id: str, unknown_code: int = 12019150, foreign_code: int = 12052034
    ) -> Product:
        """Return the shop's product. Raises `ApiError` with one of these codes, or 12019008 for a malformed id."""
        if not (product_id.isascii() and product_id.isdigit()):
            raise ApiError(12019008, f"The product id {product_id!r} is invalid.")
        product = self.products.get(product_id)
        if product is None:
            raise ApiError(unknown_code, f"The product {product_id} does not exist.")
        if product.shop_cipher != shop.shop_cipher:
            raise ApiError(foreign_code, "You can't edit other sellers' products.")
        return product

    def check_external_id(
        self, shop: Shop, external_id: object, except_product: Product | None = None
    ) -> None:
        """Raise `ApiError` 12052996 if another product of the shop, not DELETED, has this id."""
        for product in self.find_by_names(shop, [str(external_id)]):
            versions = (product.current, product.newest)
            has_id = any(version.content.get("external_product_id") == external_id for version in versions)
            if has_id and product is not except_product and product.status is not Status.DELETED:
                raise ApiError(12052996, f"The external product id is duplicated: {product.id} carries it.")

    def _end_audit(self, product: Product) -> None:
        if FAIL_AUDIT in str(product.newest.content.get("title")):
            product.fail_audit("The product name is against the listing policy.")
        elif self.settings.audits_pass:
            product.pass_audit()
        else:
            product.fail_audit("The product information is against the listing policy.")
