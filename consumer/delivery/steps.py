"""Steps: what a sync needs done next, as values. `next_step` is pure; the driver performs the step."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from consumer.delivery.state import Stage, SyncState, required
from consumer.results.results import Note
from policies.standing import Live
from policies.template_policies.images import wanted_images
from records.catalog.categories import CategoryKey
from schemas.listing import LastSent
from sync.desired_state import Images, desired_state
from tiktok.listing.description import images_of_store
from tiktok.listing.remote_product import Ownership
from tiktok.listing.sync_plan import Operation, sent_by_create


@dataclass(frozen=True, slots=True)
class Call:
    """Make this writing call. `product_id` is None for a create."""

    operation: Operation
    product_id: str | None
    body: str


@dataclass(frozen=True, slots=True)
class Read:
    """Read the product from TikTok. `last_sent` fills in the fields that TikTok does not return."""

    product_id: str
    last_sent: LastSent
    ownership: Ownership


@dataclass(frozen=True, slots=True)
class Search:
    """Find the TikTok products that have this seller SKU."""

    sku: str


@dataclass(frozen=True, slots=True)
class RequeueOwners:
    """Find our products whose listings these TikTok products are, and queue them for a sync."""

    product_ids: frozenset[str]


@dataclass(frozen=True, slots=True)
class AllowCreate:
    """Check whether TikTok's daily cap on new listings allows a create."""


@dataclass(frozen=True, slots=True)
class ReadCategory:
    """Get what TikTok requires in this category, from the cache or from TikTok."""

    key: CategoryKey


@dataclass(frozen=True, slots=True)
class GatherImages:
    """Get the uris of these images, and upload the missing ones. `recheck` downloads each address again.

    `in_description` are the addresses of the store's images in the description.
    """

    wanted: tuple[str, ...]
    recheck: bool
    in_description: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ForgetImages:
    """Forget the uploads of these uris: TikTok no longer has one of them."""

    uris: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Save:
    """Store this note, and continue only if the lease is still valid."""

    note: Note


@dataclass(frozen=True, slots=True)
class End:
    """Store this last note; its `row` is `Done` or `Reschedule`."""

    note: Note


Step: TypeAlias = (
    Call
    | Read
    | Search
    | RequeueOwners
    | AllowCreate
    | ReadCategory
    | GatherImages
    | ForgetImages
    | Save
    | End
)


def next_step(state: SyncState) -> Step:
    """Return the next step. What was learnt is stored before anything else is done."""
    if state.unknown_images:
        return ForgetImages(state.unknown_images)
    if state.unsaved:
        return Save(state.unsaved[0])
    return _STEPS[state.stage](state)


def _read(state: SyncState) -> Read:
    return Read(state.listing.tiktok_product_id or "", state.listing.last_sent, _ownership(state))


def _adopt(state: SyncState) -> Read:
    (product_id,) = state.carriers
    attempt = state.listing.create_attempt
    last_sent = sent_by_create(attempt.body) if attempt else state.listing.last_sent
    return Read(product_id, last_sent, _ownership(state))


def _ownership(state: SyncState) -> Ownership:
    stands = desired_state(state.context, state.rulebook, state.now, images=Images.NOT_GATHERED).standing
    template = stands.template if isinstance(stands, Live) else None
    return Ownership(state.leased.product.sku, frozenset(state.listing.skus.values()), template)


def _search(state: SyncState) -> Search:
    return Search(state.leased.product.sku or "")


def _read_category(state: SyncState) -> ReadCategory:
    template = required(state.template)
    return ReadCategory(CategoryKey(state.leased.shop.key, template.category_id, template.category_version))


def _gather_images(state: SyncState) -> GatherImages:
    product, policy = state.leased.product, state.leased.template_policies.images_of(required(state.template))
    return GatherImages(
        () if policy is None else wanted_images(product, policy),
        recheck=state.requested,
        in_description=images_of_store(product, state.leased.shop.magento),
    )


def _create(state: SyncState) -> Call:
    return Call(Operation.CREATE, None, required(state.listing.create_attempt).body)


def _call(state: SyncState) -> Call:
    return Call(state.calls[0].operation, state.listing.tiktok_product_id or "", state.body)


def _end(state: SyncState) -> End:
    return End(required(state.ending))


_STEPS: Final[Mapping[Stage, Callable[[SyncState], Step]]] = {
    Stage.READ: _read,
    Stage.IMAGES: _gather_images,
    Stage.ALLOW_CREATE: lambda state: AllowCreate(),
    Stage.SEARCH: _search,
    Stage.OWNERS: lambda state: RequeueOwners(state.carriers),
    Stage.SEARCH_AGAIN: _search,
    Stage.SEARCH_LOST_CREATE: _search,
    Stage.OWNERS_BESIDE_LOST_CREATE: lambda state: RequeueOwners(state.carriers),
    Stage.ADOPT: _adopt,
    Stage.CATEGORY_OF_CREATE: _read_category,
    Stage.CREATE: _create,
    Stage.READ_FOR_EDIT: _read,
    Stage.CATEGORY: _read_category,
    Stage.CALL: _call,
    Stage.READ_AGAIN: _read,
    Stage.END: _end,
}
