"""What one sync knows: the listing in hand, what is wanted of it, what is still to be called, what was answered so far.

Frozen: `apply_answer` makes the next state, and only the driver (`sync_listing`) touches the world.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import Enum
from typing import TYPE_CHECKING, Final, TypeVar

from consumer.delivery.image_uploads import Gathered
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
"""The operation of an outcome that stands for a call which was not made."""


_Part = TypeVar("_Part")


def required(part: _Part | None) -> _Part:
    """A part of the state that is there in this stage. Raises `AssertionError` where it is not."""
    if part is None:
        raise AssertionError("a stage was reached without what it needs")
    return part


class Stage(Enum):
    """What a sync waits for."""

    READ = "what TikTok holds, before anything is planned"
    IMAGES = "the uris of the images"
    ALLOW_CREATE = "whether the daily cap on new listings leaves room"
    SEARCH = "the TikTok products that carry the SKU"
    OWNERS = "the products of ours whose listings those are"
    SEARCH_AGAIN = "the TikTok products that carry the SKU, once their owners were synced again"
    SEARCH_LOST_CREATE = (
        "the TikTok products that carry the SKU, one of which may be a create whose answer was lost"
    )
    OWNERS_BESIDE_LOST_CREATE = "the other products of ours whose listings some of those are"
    ADOPT = "the TikTok product that becomes this listing"
    CATEGORY_OF_CREATE = "what the category demands of a new listing"
    CREATE = "the answer to the create"
    READ_FOR_EDIT = "what TikTok holds beside what we send, which a full edit must repeat"
    CATEGORY = "what the category demands of the next call"
    CALL = "the answer to the next call"
    READ_AGAIN = "what TikTok holds, after it refused a call for the listing's status"
    END = "nothing any more"


@dataclass(frozen=True, slots=True)
class AcceptedCall:
    """A call that TikTok accepted, and what of the listing it moved, in words."""

    operation: Operation
    words: str
    request_id: str | None = None


@dataclass(frozen=True)
class SyncState:
    """One sync, between two answers. Times are aware UTC.

    `now` is the time of the last answer, `audit_look` the shortest wait between two looks at an audit, `new_key` the
    idempotency key of a create that has none yet. `listing` is the record as the next note stores it. `unsaved` notes
    are stored, and `unknown_images` forgotten, before anything else happens; `ending` is the sync's last note.

    `calls` of the `plan` are still to be made; `body` is that of the next one. `waits` are the moments until which a
    part has to wait, `kind` the outcome where all goes well, `read_again` that a refusal for the listing's status led
    to a look at it once.
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
    images: MainImages = field(default_factory=MainImages)
    desired: DesiredState | None = None
    category: Category | None = None
    carriers: frozenset[str] = frozenset()
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

    @property
    def requested(self) -> bool:
        """Whether a person requested this sync."""
        return self.leased.lease.pending.requested

    @property
    def has_waiting_events(self) -> bool:
        """An event or a person waits for what becomes of it."""
        return self.leased.event_id is not None or self.requested

    @property
    def context(self) -> ProductContext:
        """The product and its listing as the rules see them, with what this sync has changed in the listing."""
        return ProductContext(
            self.leased.product,
            self.listing,
            requested_by=RequestedBy.PERSON if self.requested else RequestedBy.NONE,
            confirmed_prices=self.leased.confirmed_prices,
        )

    @property
    def rulebook(self) -> Rulebook:
        """The shop's rules, as they were when the listing was leased."""
        leased = self.leased
        return Rulebook(leased.shop, leased.policy, leased.templates, leased.template_policies)

    def note(self, **fields: object) -> Note:
        """What is to be stored now, with the remarks so far."""
        return Note(self.leased, self.listing, remarks=self.remarks, **fields)  # type: ignore[arg-type]

    def saving(self, **fields: object) -> SyncState:
        """The state in which what is known is stored before anything else happens."""
        return changed(self, unsaved=(*self.unsaved, self.note(**fields)), remarks=())

    def with_wait_remark(self, code: MessageCode, message: str) -> SyncState:
        """The listing's last message says that it waits; remarked once, however often it is looked at again."""
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
        """The state with these fields changed: `dataclasses.replace` takes a tenth of a sync's time, for it goes
        through all fields at each of a dozen changes.
        """
        copy = object.__new__(SyncState)
        copy.__dict__.update(state.__dict__)
        copy.__dict__.update(fields)
        return copy
