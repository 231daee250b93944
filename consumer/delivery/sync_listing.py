"""The driver of one sync: it performs each step of the reducer and passes the answer back.

All side effects of a sync are here: calls to TikTok, image uploads, stored notes, lease checks and the clock.
`steps.next_step` decides what to do next, and `apply_answer` what an answer means.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from consumer.delivery import answers, steps
from consumer.delivery.answers import Answer
from consumer.delivery.apply_answer import apply_answer, begin
from consumer.delivery.category_cache import Categories
from consumer.delivery.circuit_breaker import ShopHealth
from consumer.delivery.daily_listing_cap import ListingCap
from consumer.delivery.image_uploads import ImageRequest, Images
from consumer.delivery.sku_claims import Claims
from consumer.delivery.state import SyncState
from consumer.delivery.steps import Step, next_step
from consumer.results.results import LeasedListing, Note
from records.catalog.categories import CategoryKey
from tiktok.client.category_reader import read_category
from tiktok.client.client import DEADLINE, TikTokShop
from tiktok.client.errors import TikTokError, Unknown
from tiktok.client.exchange import Exchange
from tiktok.listing.category import Category
from tiktok.listing.image_upload import UseCase
from tiktok.listing.sync_plan import Operation

log = structlog.get_logger(__name__)

MARGIN = timedelta(seconds=1)
"""What must be left of a lease beyond a call's deadline, for the time between the check and the call."""
NOT_NOW = timedelta(minutes=15)
"""How long a part waits if TikTok asks for a wait without saying how long."""


class LeaseLost(Exception):
    """Raised when no call may start: another owner has the listing, or may have it before the call would end, or a stop
    was requested."""


@dataclass(frozen=True, slots=True)
class SyncContext:
    """What a sync works with.

    `record` stores a note and returns whether the lease is still valid. `stopping` returns whether a stop was
    requested; no call may start after that.
    """

    shop: TikTokShop
    health: ShopHealth
    cap: ListingCap
    categories: Categories
    images: Images
    claims: Claims
    record: Callable[[Note], bool]
    clock: Callable[[], datetime]
    audit_look: timedelta
    exchanged: Callable[[Exchange], None]
    stopping: Callable[[], bool]


class ListingSync:
    """The sync of one leased listing, on a worker thread."""

    def __init__(self, leased: LeasedListing, context: SyncContext, new_key: str) -> None:
        """`new_key` is the idempotency key, should this sync create a listing."""
        self._new_key = new_key
        self._leased = leased
        self._context = context
        self._exchanges: list[Exchange] = []
        # Bound once: structlog makes a logger anew for each line of one that is not.
        self._log = log.bind()

    def run(self) -> None:
        """Sync the listing, or reschedule it. Ends quietly if the lease is lost."""
        try:
            self._run()
        except LeaseLost:
            self._log.info("lease_lost", **self._names())

    def _run(self) -> None:
        context = self._context
        try:
            state = begin(self._leased, context.clock(), audit_look=context.audit_look, new_key=self._new_key)
        except Exception as error:
            state = self._unbegun()
            state = apply_answer(state, self._broken(error))
        while not isinstance(step := next_step(state), steps.End):
            state = self._advance(state, step)
        self._store(step.note)

    def _unbegun(self) -> SyncState:
        """Return a state to end with, for a sync that failed before its first step."""
        leased = self._leased
        return SyncState(leased, self._context.clock(), self._context.audit_look, "", leased.listing)

    def _advance(self, state: SyncState, step: Step) -> SyncState:
        try:
            return apply_answer(state, self._answer(step))
        except LeaseLost:
            raise
        except Exception as error:
            return apply_answer(state, self._broken(error))

    def _answer(self, step: Step) -> Answer:
        try:
            answer = self._do(step)
        except TikTokError as error:
            return self._judged(step, error)
        return answer

    def _do(self, step: Step) -> Answer:
        context = self._context
        match step:
            case steps.Call():
                return self._call(step)
            case steps.Read():
                return self._read(step)
            case steps.Search(sku):
                return self._search(sku)
            case steps.Save(note):
                self._store(note)
                return answers.Saved(context.clock())
            case steps.GatherImages():
                return self._gather_images(step)
            case steps.ReadCategory(key):
                category = context.categories.of(key, lambda: self._read_category(key))
                return answers.CategoryRead(context.clock(), category)
            case steps.AllowCreate():
                now = context.clock()
                return answers.CreateAllowed(now, context.cap.waits_until(now, self._leased.product.id))
            case steps.RequeueOwners(product_ids):
                owners = context.claims.requeue_owners(self._leased.product, product_ids)
                return answers.OwnersRequeued(context.clock(), owners)
            case steps.ForgetImages(uris):
                context.images.forget(self._leased.shop.key, uris)
                return answers.ImagesForgotten(context.clock())
            case steps.End():
                raise AssertionError("the last note is stored by `run`")

    def _call(self, step: steps.Call) -> Answer:
        context = self._context
        reply = context.shop.send(
            step.operation, step.product_id, step.body, self._exchanged, self._require_lease_for_call
        )
        context.health.answered()
        if step.operation is Operation.CREATE:
            if not reply.data.get("product_id"):
                message = "TikTok accepted the create without a product id"
                raise Unknown(Operation.CREATE, message, request_id=reply.request_id)
            context.cap.accepted()
        return answers.Accepted(context.clock(), reply)

    def _read(self, step: steps.Read) -> Answer:
        context = self._context
        product = context.shop.get(
            step.product_id, step.last_sent, step.ownership, self._exchanged, self._require_lease_for_call
        )
        context.health.answered()
        return answers.ProductRead(context.clock(), product)

    def _search(self, sku: str) -> Answer:
        context = self._context
        found = context.shop.search([sku], self._exchanged, self._require_lease_for_call)
        context.health.answered()
        carriers = [product for product in found if sku in product.skus]
        return answers.CarriersFound(
            context.clock(),
            frozenset(product.product_id for product in carriers),
            frozenset(product.product_id for product in carriers if product.sku_count > 1),
        )

    def _read_category(self, key: CategoryKey) -> Category:
        context = self._context
        category = read_category(
            context.shop, key.category_id, key.version, self._exchanged, self._require_lease_for_call
        )
        context.health.answered()
        return category

    def _gather_images(self, step: steps.GatherImages) -> Answer:
        request = ImageRequest(
            self._leased.shop, self._upload, self.require_lease, self._fetch_failed, recheck=step.recheck
        )
        images = self._context.images
        gathered = images.gather(step.wanted, request)
        described = images.gather_description(step.in_description, request)
        return answers.ImagesGathered(self._context.clock(), gathered, described)

    def _upload(self, image: bytes, use_case: UseCase) -> str:
        uri = self._context.shop.upload_image(image, self._exchanged, self.require_lease, use_case)
        self._context.health.answered()
        return uri

    # Errors

    def _judged(self, step: Step, error: TikTokError) -> Answer:
        context, now = self._context, self._context.clock()
        variant, failure = answers.variant_of(error), answers.failure_of(error)
        if variant in (answers.Transient, answers.ShopStopped, answers.Unknown):
            tries, retry_at = context.health.failed(error, self._leased.lease.pending.tries, now)
            self._log.warning(
                "call_failed", error=type(error).__name__, tries=tries, code=error.code, **self._names()
            )
            return variant(now, failure, tries, retry_at)
        context.health.answered()
        if variant is answers.NotNow:
            if isinstance(step, steps.Call) and step.operation is Operation.CREATE:
                return answers.NotNow(now, failure, context.cap.reached(now, error.wait))
            return answers.NotNow(now, failure, now + (error.wait or NOT_NOW))
        return variant(now, failure)  # type: ignore[call-arg]

    def _broken(self, error: Exception) -> Answer:
        self._log.exception("sync_broken", **self._names())
        return answers.Broken.by(error, self._leased.lease.pending.tries, self._context.clock())

    # Storing

    def _store(self, note: Note) -> None:
        """Store the note with the calls made since the last note. Raises `LeaseLost`."""
        exchanges, self._exchanges = tuple(self._exchanges), []
        if (outcome := note.outcome) is not None:
            self._log.info(
                "outcome",
                kind=outcome.kind.value,
                operation=outcome.operation,
                code=outcome.code,
                request_id=outcome.request_id,
                **self._names(),
            )
        if note.left_alone is not None:
            self._log.info("superseded", reason=note.left_alone.value, **self._names())
        if not self._context.record(replace(note, exchanges=exchanges) if exchanges else note):
            raise LeaseLost

    def _require_lease_for_call(self) -> None:
        """Raise `LeaseLost` unless the lease outlasts the deadline of a call that starts now.

        Without this, a slow call could still be in flight when the next owner makes its own.
        """
        left = self._leased.lease.until - self._context.clock()
        if self._context.stopping() or left < timedelta(seconds=DEADLINE) + MARGIN:
            raise LeaseLost

    def require_lease(self) -> None:
        """Raise `LeaseLost` unless the lease is valid now: enough for calls that don't write to a listing."""
        if self._context.stopping() or self._leased.lease.until - self._context.clock() < MARGIN:
            raise LeaseLost

    def _exchanged(self, exchange: Exchange) -> None:
        self._exchanges.append(exchange)
        self._context.exchanged(exchange)
        self._log.info(
            "call",
            operation=exchange.operation,
            http_status=exchange.http_status,
            code=exchange.code,
            request_id=exchange.request_id,
            milliseconds=exchange.milliseconds,
            **self._names(),
        )

    def _fetch_failed(self, exchange: Exchange) -> None:
        """Add a failed image download to the feed log. It is not counted as a call to TikTok."""
        self._exchanges.append(exchange)
        self._log.warning(
            "fetch_failed",
            url=exchange.request,
            http_status=exchange.http_status,
            reason=exchange.message,
            milliseconds=exchange.milliseconds,
            **self._names(),
        )

    def _names(self) -> dict[str, str | None]:
        return {
            "shop": self._leased.shop.key,
            "sku": self._leased.product.sku,
            "event_id": self._leased.event_id,
        }
