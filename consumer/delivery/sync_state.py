"""How far one sync has come: what it works with, what TikTok has said so far, and how that is noted.

A note is written down before anything else happens; where the lease is lost by then, the sync ends.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from consumer.delivery.category_cache import Categories
from consumer.delivery.circuit_breaker import ShopHealth
from consumer.delivery.daily_listing_cap import ListingCap
from consumer.delivery.image_uploads import Images
from consumer.delivery.main_images import MainImages
from consumer.delivery.sku_claims import Claims
from consumer.results.results import Done, Due, Later, Note, Outcome, Remark
from policies.reasons import Reason
from policies.standing import Standing
from records.log.events import End
from schemas.listing import (
    Content,
    Listing,
    OutcomeKind,
)
from schemas.listing_template import ListingTemplate
from tiktok.client.client import DEADLINE, TikTokShop
from tiktok.client.errors import Rejected
from tiktok.client.exchange import Exchange
from tiktok.client.responses import Answer
from tiktok.listing.image_upload import UNKNOWN_URI
from tiktok.listing.price_guard import HeldBack
from tiktok.listing.sync_plan import Call, Operation

log = structlog.get_logger(__name__)

MARGIN = timedelta(seconds=1)
WITHHELD = "withheld"


class LeaseLost(Exception):
    """Another owner has the listing, or might have it before a call of ours would end."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """A call that TikTok said yes to."""

    operation: Operation
    words: str
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class Tools:
    """What a sync works with. `record` writes a note and says whether the lease still holds; `stopping` that no call
    is to begin any more.
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


class Progress:
    """One sync's own, on its one thread. `listing` is the record as it will be written with the next note."""

    def __init__(self, due: Due, tools: Tools) -> None:
        self.due = due
        self.tools = tools
        self.listing = due.listing
        self.accepted: list[Accepted] = []
        self.refusals: list[Outcome] = []
        self.later: list[datetime] = []
        self.read_again = False
        self.kind = OutcomeKind.ACCEPTED
        self.held: HeldBack | None = None
        self.template: ListingTemplate | None = None
        self.images = MainImages()
        self._exchanges: list[Exchange] = []
        self._remarks: list[Remark] = []

    def somebody_waits(self) -> bool:
        return self.due.event_id is not None or self.due.lease.pending.asked

    def is_refused(self, call: Call) -> bool:
        return not self.due.lease.pending.asked and self.listing.refused.get(call.part) == call.digest

    def note(
        self,
        *,
        outcome: Outcome | None = None,
        end: End | None = None,
        row: Done | Later | None = None,
        stood: Standing | None = None,
        template: str | None = None,
        passed: bool = False,
        eligible: bool = False,
        adopted: str | None = None,
        superseded: Reason | None = None,
        dead: str | None = None,
    ) -> None:
        """Write it down before anything else happens. Raises `LeaseLost`."""
        exchanges, self._exchanges = tuple(self._exchanges), []
        remarks, self._remarks = tuple(self._remarks), []
        if outcome is not None:
            log.info(
                "outcome",
                kind=outcome.kind.value,
                operation=outcome.operation,
                code=outcome.code,
                request_id=outcome.request_id,
                **self.names(),
            )
        note = Note(
            due=self.due,
            listing=self.listing,
            exchanges=exchanges,
            outcome=outcome,
            end=end,
            row=row,
            stood=stood,
            template=template,
            passed=passed,
            eligible=eligible,
            adopted=adopted,
            superseded=superseded,
            dead=dead,
            remarks=remarks,
        )
        if not self.tools.record(note):
            raise LeaseLost

    def may_start(self) -> None:
        """A call starts only while the lease outlasts its deadline."""
        left = self.due.lease.until - self.tools.clock()
        if self.tools.stopping() or left < timedelta(seconds=DEADLINE) + MARGIN:
            raise LeaseLost

    def may_look(self) -> None:
        """What writes to no listing needs the lease at its beginning only."""
        if self.tools.stopping() or self.due.lease.until - self.tools.clock() < MARGIN:
            raise LeaseLost

    def exchange(self, exchange: Exchange) -> None:
        self._exchanges.append(exchange)
        self.tools.exchanged(exchange)
        log.info(
            "call",
            operation=exchange.operation,
            http_status=exchange.http_status,
            code=exchange.code,
            request_id=exchange.request_id,
            milliseconds=exchange.milliseconds,
            **self.names(),
        )

    def fetch_failed(self, exchange: Exchange) -> None:
        """The store's media host gave no image: for the feed log, and no call of TikTok to be counted."""
        self._exchanges.append(exchange)
        log.warning(
            "fetch_failed",
            url=exchange.request,
            http_status=exchange.http_status,
            reason=exchange.message,
            milliseconds=exchange.milliseconds,
            **self.names(),
        )

    def remark_warnings(self, answer: Answer) -> None:
        self._remarks += [Remark("tiktok_warning", f"TikTok remarks: {words}") for words in answer.warnings]

    def remark_wait(self, words: str) -> None:
        """Told once, however often it is looked at again."""
        if words != self.listing.last_message:
            self._remarks.append(Remark("waits", words))
            self.listing = replace(self.listing, last_message=words)

    def forget_images(self, error: Rejected, content: Content | None) -> None:
        """Images that TikTok knows no more go up anew with the next sync."""
        if error.code in UNKNOWN_URI and content is not None:
            self.tools.images.forget(self.due.shop.key, [image["uri"] for image in content["main_images"]])

    def names(self) -> dict[str, str | None]:
        return {
            "shop": self.due.shop.key,
            "sku": self.due.product.sku,
            "event_id": self.due.event_id,
        }


def refusal(error: Rejected) -> Outcome:
    return Outcome(
        OutcomeKind.REJECTED,
        f"TikTok said no: {error.message}",
        error.operation,
        error.code,
        error.request_id,
        error.hint,
    )


def unchanged(listing: Listing) -> Outcome:
    """What was refused is not sent again as it is."""
    return Outcome(
        OutcomeKind.REJECTED,
        f"Not sent again, for nothing that TikTok refused has changed. {listing.last_message or ''}".strip(),
        WITHHELD,
    )
