"""The state of one sync: the listing, its desired state, the calls still to make, and what was answered so far.

It is frozen: `apply_answer` returns the next state, and only the driver (`sync_listing`) has side effects.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import Enum
from typing import TYPE_CHECKING, Final, TypeVar

from consumer.delivery.image_uploads import Described, Gathered
from consumer.delivery.main_images import MainImages
from consumer.results.results import LeasedListing, Note, Outcome, Remark
from policies.product_context import ProductContext, RequestedBy
from policies.rulebook import Rulebook
from policies.standing import Standing
from records.catalog.listings import Holder
from schemas.listing import Listing, MessageCode, OutcomeKind
from schemas.listing_template import ListingTemplate
from sync.desired_state import DesiredState
from tiktok.listing.category import Category
from tiktok.listing.sync_plan import Call, Operation, Plan

__all__ = ["WITHHELD", "AcceptedCall", "Stage", "SyncState", "changed", "required"]

WITHHELD: Final = "withheld"
"""The operation of an outcome whose call was not made, because its content was rejected before."""


_Part = TypeVar("_Part")


def required(part: _Part | None) -> _Part:
    """Return a part of the state that is always set in the current stage. Raises `AssertionError` if it is None."""
    if part is None:
        raise AssertionError("a stage was reached without what it needs")
    return part


class Stage(Enum):
    """What a sync waits for."""

    READ = "the product as TikTok has it, before anything is planned"
    IMAGES = "the uris of the images"
    ALLOW_CREATE = "whether the daily cap on new listings leaves room"
    SEARCH = "the TikTok products that have the SKU"
    OWNERS = "our products whose listings those are"
    SEARCH_AGAIN = "the TikTok products that have the SKU, after their owners were synced again"
    SEARCH_LOST_CREATE = (
        "the TikTok products that have the SKU, one of which may be a create whose answer was lost"
    )
    OWNERS_BESIDE_LOST_CREATE = "our other products whose listings some of those are"
    ADOPT = "the TikTok product that becomes this listing"
    CATEGORY_OF_CREATE = "what the category requires of a new listing"
    CREATE = "the answer to the create"
    READ_FOR_EDIT = "the fields that we do not manage, which a full edit must repeat"
    CATEGORY = "what the category requires of the next call"
    CALL = "the answer to the next call"
    READ_AGAIN = "the product as TikTok has it, after it rejected a call because of the listing's status"
    END = "nothing: the sync has ended"


@dataclass(frozen=True, slots=True)
class AcceptedCall:
    """A call that TikTok accepted. `words` names what it changed, for the merchant."""

    operation: Operation
    words: str
    request_id: str | None = None


@dataclass(frozen=True)
class SyncState:
    """One sync, between two answers. Times are aware UTC.

    `now` is the time of the last answer, `audit_look` the shortest interval between two reads of a running audit, and
    `new_key` the idempotency key of a new create. `listing` is the record as the next note stores it. `unsaved` notes
    are stored, and the uploads of `unknown_images` forgotten, before the next step. `ending` is the sync's last note.

    `calls` are the calls of the `plan` that are still to be made, and `body` is the body of the next one. `waits`
    are the times until which a part must wait, `refusals` the outcomes of parts that TikTok rejected or that were
    refused here. `kind` is the outcome if nothing fails. `read_again` is whether the listing was read again after
    TikTok rejected a call because of its status; that happens once a sync. `with_other_skus` are those of
    `carriers` that have further SKUs. `beside_others` are the seller's SKUs because of which a take-down left the
    product on sale.
    """

    leased: LeasedListing
    now: datetime
    audit_look: timedelta
    new_key: str
    listing: Listing
    stage: Stage = Stage.READ
    unsaved: tuple[Note, ...] = ()
    unknown_images: tuple[str, ...] = ()
    ending: Note | None = None
    standing: Standing | None = None
    template: ListingTemplate | None = None
    gathered: Gathered | None = None
    described: Described = field(default_factory=Described)
    images: MainImages = field(default_factory=MainImages)
    desired: DesiredState | None = None
    category: Category | None = None
    carriers: frozenset[str] = frozenset()
    with_other_skus: frozenset[str] = frozenset()
    owners: Mapping[str, Holder] = field(default_factory=dict)
    plan: Plan = Plan()
    calls: tuple[Call, ...] = ()
    body: str = ""
    accepted: tuple[AcceptedCall, ...] = ()
    refusals: tuple[Outcome, ...] = ()
    waits: tuple[datetime, ...] = ()
    remarks: tuple[Remark, ...] = ()
    kind: OutcomeKind = OutcomeKind.ACCEPTED
    read_again: bool = False
    beside_others: tuple[str, ...] = ()

    @property
    def requested(self) -> bool:
        """Whether a person requested this sync."""
        return self.leased.lease.pending.requested

    @property
    def has_waiting_events(self) -> bool:
        """Whether an event or a person waits for the result."""
        return self.leased.event_id is not None or self.requested

    @property
    def context(self) -> ProductContext:
        """The product and its listing for the rules, with what this sync has changed in the listing."""
        return ProductContext(
            self.leased.product,
            self.listing,
            requested_by=RequestedBy.PERSON if self.requested else RequestedBy.NONE,
            confirmed_prices=self.leased.confirmed_prices,
        )

    @property
    def rulebook(self) -> Rulebook:
        """The shop's rules at the time of the lease."""
        leased = self.leased
        return Rulebook(leased.shop, leased.policy, leased.templates, leased.template_policies)

    def note(self, **fields: object) -> Note:
        """Return a note with the listing and the remarks so far."""
        return Note(self.leased, self.listing, remarks=self.remarks, **fields)  # type: ignore[arg-type]

    def saving(self, **fields: object) -> SyncState:
        """Return the state that stores a note with these fields before its next step."""
        return changed(self, unsaved=(*self.unsaved, self.note(**fields)), remarks=())

    def with_wait_remark(self, code: MessageCode, message: str) -> SyncState:
        """Return the state whose listing has this as its last message, with a remark.

        The same wait is remarked only once, however often the listing is synced meanwhile.
        """
        codes = (code,)
        if codes == self.listing.last_codes:
            return self
        return changed(
            self,
            remarks=(*self.remarks, Remark("waits", message)),
            listing=replace(self.listing, last_message=message, last_codes=codes),
        )


if TYPE_CHECKING:
    from dataclasses import replace as changed
else:

    def changed(state: SyncState, **fields: object) -> SyncState:
        """Return the state with these fields changed.

        `dataclasses.replace` copies every field at each of a dozen changes, which took a tenth of a sync's time.
        """
        copy = object.__new__(SyncState)
        copy.__dict__.update(state.__dict__)
        copy.__dict__.update(fields)
        return copy
