"""Catalogue: the products of all shops, found by id and SKU, and their audits, judged by the clock when it is asked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from sandbox.tiktok.api.errors import Refused
from sandbox.tiktok.products.generated_ids import Naming
from sandbox.tiktok.products.product import Audit, Product, Status
from sandbox.tiktok.shops import Shop
from sandbox.tiktok.unsaved_changes import Changes, Kind
from sandbox.tiktok.webhook_events import Notices, Source

DAY: Final = 24 * 3600
FAIL_AUDIT: Final = "[fail audit]"
"""A product whose title holds this fails its audit."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What stands until it is set otherwise.

    How long an audit takes, in seconds, and whether audits pass: both hold for running audits too. How many calls a
    second an app may make for a shop, and what `Retry-After` then says; how many products a shop may create on a day of
    UTC. None is no limit.
    """

    audit_seconds: float = 1.5
    audits_pass: bool = True
    calls_per_second: int | None = None
    retry_after: str | None = None
    daily_listings: int | None = None


@dataclass(frozen=True, slots=True)
class FirstReply:
    """What a create with this `idempotency_key` asked for, and what it was answered."""

    body: dict[str, Any]
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Upload:
    """An image that the shops of one app may name in their products; its size in pixels."""

    uri: str
    app_key: str
    use_case: str
    width: int
    height: int


class Catalogue:
    """All that is in memory. Its caller holds the lock and has settled the audits."""

    def __init__(self, settings: Settings, now: float, changes: Changes, notices: Notices) -> None:
        self.settings = settings
        self.products: dict[str, Product] = {}
        self.first_replies: dict[tuple[str, str], FirstReply] = {}
        self._uploads: dict[str, dict[str, Upload]] = {}
        self._changes = changes
        self._notices = notices
        self.go_on_from(int(f"17{int(now * 1000):013d}0000"))
        self.naming = Naming(self.next_id, changes)
        self._auditing: set[str] = set()
        self._by_name: dict[tuple[str, str], set[str]] = {}

    def next_id(self) -> str:
        """A string of 19 digits that starts from the clock: a catalogue made anew repeats no id."""
        self.go_on_from(self._last_id + 1)
        return str(self._last_id)

    def go_on_from(self, last_id: int) -> None:
        """Give ids after this one."""
        self._last_id = last_id
        self._changes.note(Kind.LAST_ID, value=last_id)

    def change_settings(self, settings: Settings) -> None:
        """From now on these hold."""
        self.settings = settings
        self._changes.note(Kind.SETTINGS, value=settings)

    def remember(self, cipher: str, key: str, reply: FirstReply) -> None:
        """What the first create with this `idempotency_key` was answered."""
        self.first_replies[cipher, key] = reply
        self._changes.note(Kind.FIRST_REPLY, cipher, key, value=reply)

    def keep(self, upload: Upload) -> None:
        """From now on products may name this image."""
        self._uploads.setdefault(upload.app_key, {})[upload.uri] = upload
        self._changes.note(Kind.UPLOAD, upload.uri, value=upload)

    def uploaded(self, shop: Shop) -> Iterable[str]:
        """The uris that the shop's app has uploaded."""
        return self._uploads.get(shop.app_key, ())

    def track(self, product: Product, source: Source = Source.OPEN_API) -> None:
        """Take in a new or changed product: find it by its names, follow its audit, tell the app."""
        self.products[product.id] = product
        self._notices.look_at(product, source)
        self._changes.note(Kind.PRODUCT, product.id, value=product)
        external_id = product.newest.content.get("external_product_id")
        for name in (*product.seller_skus, *([] if external_id is None else [external_id])):
            self._by_name.setdefault((product.shop_cipher, name), set()).add(product.id)
        if product.audit is Audit.AUDITING:
            self._auditing.add(product.id)

    def named(self, shop: Shop, names: Iterable[str]) -> list[Product]:
        """The products that have, or once had, one of these seller SKUs or external ids, in order of creation."""
        found = (self._by_name.get((shop.shop_cipher, name), set()) for name in names)
        return [self.products[one] for one in sorted(set().union(*found))]

    def check_daily_listings(self, shop: Shop, now: float) -> None:
        """Raise `Refused` 12052093 where the shop has created as many products today as it may."""
        most = self.settings.daily_listings
        if most is None:
            return
        today = [one for one in self.of_shop(shop) if one.created // DAY == int(now) // DAY]
        if len(today) >= most:
            raise Refused(12052093, f"The shop has reached its limit of {most} new products a day.")

    def settle(self, now: float) -> None:
        """End the audits that have had their time."""
        for product_id in sorted(self._auditing):
            product = self.products[product_id]
            if product.submitted is not None and now < product.submitted + self.settings.audit_seconds:
                continue
            self._auditing.discard(product_id)
            if product.audit is Audit.AUDITING:
                self._judge(product)
                product.updated = int(now)
                self.track(product)

    def of_shop(self, shop: Shop) -> Iterator[Product]:
        """The shop's products in the order of their creation, DELETED ones too."""
        return (one for one in self.products.values() if one.shop_cipher == shop.shop_cipher)

    def find(self, shop: Shop, product_id: str, unknown: int = 12019150, foreign: int = 12052034) -> Product:
        """The shop's product of this id. Raises `Refused` with one of these codes, or 12019008 for a bad id."""
        if not (product_id.isascii() and product_id.isdigit()):
            raise Refused(12019008, f"The product id {product_id!r} is invalid.")
        product = self.products.get(product_id)
        if product is None:
            raise Refused(unknown, f"The product {product_id} does not exist.")
        if product.shop_cipher != shop.shop_cipher:
            raise Refused(foreign, "You can't edit other sellers' products.")
        return product

    def check_external_id(self, shop: Shop, external_id: object, but: Product | None = None) -> None:
        """Raise `Refused` 12052996 where another product of the shop, not DELETED, carries this id."""
        for product in self.named(shop, [str(external_id)]):
            versions = (product.current, product.newest)
            carries = any(one.content.get("external_product_id") == external_id for one in versions)
            if carries and product is not but and product.status is not Status.DELETED:
                raise Refused(12052996, f"The external product id is duplicated: {product.id} carries it.")

    def _judge(self, product: Product) -> None:
        if FAIL_AUDIT in str(product.newest.content.get("title")):
            product.fail_audit("The product name is against the listing policy.")
        elif self.settings.audits_pass:
            product.pass_audit()
        else:
            product.fail_audit("The product information is against the listing policy.")
