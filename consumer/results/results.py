"""Notes: the results of a sync, as its worker passes them to the writer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from policies.reasons import Reason
from policies.standing import Standing
from records.catalog.sync_queue_leases import PendingSync
from records.log.events import End
from schemas.listing import Listing, MessageCode, Money, OutcomeKind
from schemas.listing_template import ListingTemplate
from schemas.product import Product
from schemas.shop import Shop
from schemas.synchronization_policy import SynchronizationPolicy
from schemas.template_policies import TemplatePolicies
from tiktok.client.exchange import Exchange


@dataclass(slots=True)
class Lease:
    """A leased row; `until` moves as the lease is renewed. Times are aware UTC.

    `ending` is whether the last note was passed to the writer, so that the worker is done. `released` is whether the
    listing no longer counts as in progress.
    """

    pending: PendingSync
    until: datetime
    ending: bool = False
    released: bool = False


@dataclass(frozen=True, slots=True)
class LeasedListing:
    """A leased listing, with everything that its sync needs. `event_id` is the newest open event of the listing.

    `confirmed_prices` are the prices that a person confirmed although the price guard withholds them, by `seller_sku`.
    """

    lease: Lease
    product: Product
    listing: Listing
    shop: Shop
    policy: SynchronizationPolicy
    templates: tuple[ListingTemplate, ...]
    event_id: str | None
    template_policies: TemplatePolicies = field(default_factory=TemplatePolicies)
    confirmed_prices: Mapping[str, Money] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of a sync: what TikTok answered, or what pre-flight found. `message` is for the merchant.

    `codes` is the content of the message as codes, for comparisons.
    """

    kind: OutcomeKind
    message: str
    operation: str | None = None
    code: int | None = None
    request_id: str | None = None
    hint: str | None = None
    codes: tuple[MessageCode, ...] = ()

    def as_last_of(self, listing: Listing) -> Listing:
        """Return the listing with this as its last outcome."""
        return replace(listing, last_outcome=self.kind, last_message=self.message, last_codes=self.codes)


@dataclass(frozen=True, slots=True)
class Remark:
    """A message that ends no event: a warning of an accepted call, or what a part waits for."""

    reason: str
    message: str


@dataclass(frozen=True, slots=True)
class Done:
    """Delete the row from the queue, unless the listing was queued again since it was leased."""


@dataclass(frozen=True, slots=True)
class Reschedule:
    """Keep the row in the queue until `at`. With `awaiting_audit`, everything is sent and only an audit is open."""

    at: datetime
    tries: int = 0
    read_back_first: bool = False
    awaiting_audit: bool = False


@dataclass(frozen=True, slots=True)
class Note:
    """One thing to store. `row` None keeps the lease. `end` ends the open events, up to the leased request.

    `exchanges` are calls of TikTok, and fetches of images that failed.

    `standing` is the standing that was carried out, and `template` the title of the template that was used. `passed` is
    whether the first audit passed, `eligible` whether an ineligible mark must be removed. `adopted` is the id of a
    TikTok product that was adopted. `left_alone` is why nothing was to be sent for open events, and `dead` why the
    listing is a dead letter.
    """

    leased: LeasedListing
    listing: Listing
    exchanges: tuple[Exchange, ...] = ()
    outcome: Outcome | None = None
    end: End | None = None
    row: Done | Reschedule | None = None
    standing: Standing | None = None
    template: str | None = None
    passed: bool = False
    eligible: bool = False
    adopted: str | None = None
    left_alone: Reason | None = None
    dead: str | None = None
    remarks: tuple[Remark, ...] = ()
