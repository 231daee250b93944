"""Notes: what the delivery of one listing learnt, as it is handed to who writes it down."""

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

    `ending`: its last note is on its way to the writer, and its worker is done with it; `released`: it is in hand no
    more.
    """

    pending: PendingSync
    until: datetime
    ending: bool = False
    released: bool = False


@dataclass(frozen=True, slots=True)
class LeasedListing:
    """A leased listing with all that its delivery rests on; `event_id` is the newest event that waits for it.

    `confirmed_prices` are those that a person confirmed against the guard, by `seller_sku`.
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
    """What TikTok answered, or what we found before asking; `message` is for the merchant.

    `codes` is what the message says, for comparing.
    """

    kind: OutcomeKind
    message: str
    operation: str | None = None
    code: int | None = None
    request_id: str | None = None
    hint: str | None = None
    codes: tuple[MessageCode, ...] = ()

    def as_last_of(self, listing: Listing) -> Listing:
        """The listing with this as its last outcome."""
        return replace(listing, last_outcome=self.kind, last_message=self.message, last_codes=self.codes)


@dataclass(frozen=True, slots=True)
class Remark:
    """Something to know that ends nothing: what TikTok remarked beside its yes, or what a part waits for."""

    reason: str
    message: str


@dataclass(frozen=True, slots=True)
class Done:
    """The row may go, unless the listing was requested again since the lease."""


@dataclass(frozen=True, slots=True)
class Reschedule:
    """The row waits until `at`. `awaiting_audit`: everything is sent, and only TikTok's audit is waited for."""

    at: datetime
    tries: int = 0
    read_back_first: bool = False
    awaiting_audit: bool = False


@dataclass(frozen=True, slots=True)
class Note:
    """One thing to write down. `row` None keeps the lease; `end` ends the events that wait, up to the leased request.

    `exchanges` are calls of TikTok, and fetches of images that failed.

    `standing` is the standing that was carried out; `template` the one it was made with; `passed` that the first audit
    did; `eligible` that the listing is back; `adopted` the TikTok product that is this listing's from now on;
    `superseded` why the events that waited are not carried out any more; `dead` why the listing is a dead letter.
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
    superseded: Reason | None = None
    dead: str | None = None
    remarks: tuple[Remark, ...] = ()
