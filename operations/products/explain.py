"""Why a product was, or was not, synced, by the records and rules of now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection, select

from operations.formatting import moment, plural
from operations.products.price_and_stock_preview import preview_price_and_stock
from operations.products.uploaded_images import uploaded_images
from operations.products.verdict import verdict
from policies.case import Case
from policies.explain import Check
from policies.explain import explain as checks_of
from policies.product_context import RequestedBy
from policies.rulebook import Rulebooks
from records.catalog import product_contexts, sync_queue
from records.catalog.sync_queue import QueueRow
from records.log import activity, events
from records.log.activity import ActivityRow
from records.log.tables import dead_letters as dead_letters_table
from records.rules import shops
from schemas.gates import Status, Unread, Visibility
from schemas.listing import AssignedBy, LastSent, Listing, Money, OutcomeKind
from schemas.product import DEFAULT_LAYER, STORE_VIEW_LAYER, Product
from schemas.synchronization_policy import SynchronizationPolicy
from sync.cached_categories import cached_categories
from sync.desired_state import desired_state

_STATUS: Mapping[int, str] = {Status.ENABLED: "enabled", Status.DISABLED: "disabled"}
_VISIBILITY: Mapping[int, str] = {
    Visibility.NOT_VISIBLE_INDIVIDUALLY: "Not Visible Individually",
    Visibility.CATALOG: "Catalog",
    Visibility.SEARCH: "Search",
    Visibility.CATALOG_AND_SEARCH: "Catalog, Search",
}
_LAYERS = (DEFAULT_LAYER, STORE_VIEW_LAYER)
_ASSIGNED = {
    AssignedBy.POLICY: "by Product Assign",
    AssignedBy.HAND: "by hand",
    AssignedBy.REMEMBERED: "the winner when it was uploaded",
}


@dataclass(frozen=True, slots=True)
class Explained:
    """One product of one shop: the verdict, its state by name, the checks, and its history, newest first.

    `history` is None where the Activity Log is off; `unconfirmed_prices` are price drops that wait for confirmation.
    """

    shop: str
    sku: str
    verdict: str
    state: Mapping[str, str]
    checks: tuple[Check, ...]
    history: tuple[ActivityRow, ...] | None
    unconfirmed_prices: tuple[Money, ...] = ()


def explain(connection: Connection, product: Product, rulebooks: Rulebooks, now: datetime) -> Explained:
    """Explain one product."""
    context = product_contexts.load(connection, [product.id])[product.id]
    listing = context.listing
    pending = sync_queue.get(connection, product.id)
    offer = preview_price_and_stock(connection, product, listing, rulebooks, now)
    price_changes_at = offer.price_changes_at if offer is not None else None
    requested_by, waits = _requested_by(connection, product, listing, pending, price_changes_at)
    policy = rulebooks.policy_of(product.shop).policy
    context = replace(context, requested_by=requested_by)
    rulebook = rulebooks.of(product.shop)
    case = Case.of(context, rulebook, now)
    categories = cached_categories(connection, [product.shop])
    images = uploaded_images(connection, context, rulebook)
    desired = desired_state(context, rulebook, now, categories, images=images)
    faults = desired.faults
    history = tuple(activity.of_product(connection, product.id)) if policy.activity_log else None
    stopped, _ = shops.stopped(connection).get(product.shop, (None, None))
    return Explained(
        shop=product.shop,
        sku=product.sku or "",
        verdict=verdict(
            case,
            pending,
            history or (),
            waits=waits,
            stopped=stopped,
            now=now,
            faults=faults or (),
            unconfirmed_prices=offer.unconfirmed_prices() if offer is not None else "",
        ),
        state=dict(_state(product, listing, pending, policy))
        | dict(offer.state() if offer is not None else ())
        | {"Dead letters": dead_letters_of(connection, product.sku or "", [product.shop]) or "none"},
        checks=checks_of(case, faults, [part.sentence() for part in desired.left_out]),
        history=history,
        unconfirmed_prices=tuple(drop.new for drop in offer.price_drops) if offer is not None else (),
    )


def _requested_by(
    connection: Connection,
    product: Product,
    listing: Listing,
    pending: QueueRow | None,
    price_changes_at: datetime | None,
) -> tuple[RequestedBy, bool]:
    """Return who requested the sync of the listing, and whether a sync waits.

    A queue row without an open event follows an audit, a price that changes with the clock, an image that was left
    out, or a rejection; otherwise a changed policy or template made it.
    """
    if pending is None:
        return RequestedBy.NONE, False
    if pending.requested:
        return RequestedBy.PERSON, True
    if events.open_ids(connection, [product.id])[product.id]:
        return RequestedBy.NONE, True
    last = listing.last_outcome
    incomplete = last is not None and (last.is_failed or last is OutcomeKind.IMAGE_LEFT_OUT)
    left_over = incomplete or listing.audit_since is not None or pending.due_at == price_changes_at
    return (RequestedBy.NONE, False) if left_over else (RequestedBy.POLICY, True)


def _state(
    product: Product,
    listing: Listing,
    pending: QueueRow | None,
    policy: SynchronizationPolicy,
) -> Iterator[tuple[str, str]]:
    named = f" ({product.name})" if product.name != product.sku else ""
    yield (
        "Magento",
        f"product {product.entity_id or '(id not received)'}{named}{', deleted' * product.deleted}",
    )
    yield "Status", _gate(_STATUS, product.status)
    yield "Visibility", _gate(_VISIBILITY, product.visibility)
    received = [product.marks[layer].received_at for layer in _LAYERS if layer in product.marks]
    yield "Last received", moment(max(received)) if received else "never in full"
    yield "Policy", f"{policy.title}{' (paused)' * policy.paused}"
    template = f"{listing.template!r}" if listing.template else "none assigned"
    yield "Template", f"{template}{f' ({_ASSIGNED[listing.assigned_by]})' if listing.assigned_by else ''}"
    yield "TikTok", _on_tiktok(listing)
    if listing.ineligible_since is not None:
        yield "Not eligible", f"since {moment(listing.ineligible_since)} ({listing.ineligible_reason})"
    yield "Last sent", "; ".join(_sent(listing.last_sent)) or "nothing"
    if listing.last_outcome is not None:
        yield "Last outcome", f"{listing.last_outcome.value}: {listing.last_message or ''}".rstrip(": ")
    yield "Pending", _pending(pending) if pending is not None else "nothing"


def dead_letters_of(connection: Connection, sku: str, shops: Sequence[str]) -> str:
    """Return the number of dead letters of this SKU and the newest reason, in words; empty if there are none."""
    keys = [f"{shop}/{sku}".encode() for shop in shops]
    table = dead_letters_table
    query = select(table.c.reason, table.c.first_failed_at).where(table.c.key.in_(keys)).order_by(table.c.id)
    letters = connection.execute(query).all()
    if not letters:
        return ""
    return f"{len(letters)}, the newest {letters[-1].reason} at {moment(letters[-1].first_failed_at)}"


def _on_tiktok(listing: Listing) -> str:
    if listing.tiktok_product_id is None:
        return "removed on TikTok" if listing.gone else "not on TikTok"
    audit = f", in audit since {moment(listing.audit_since)}" if listing.audit_since else ""
    if audit and listing.pre_approved is not None:
        audit = ", passed its audit, waits for the seller"
    gone = ", removed on TikTok" if listing.gone else ""
    return f"product {listing.tiktok_product_id}, {listing.status or 'status unknown'}{audit}{gone}"


def _sent(sent: LastSent) -> Iterator[str]:
    if sent.content is not None:
        yield f"content ({sent.content.get('title', 'without a title')})"
    for money in (sent.price or {}).values():
        yield f"price {money.amount} {money.currency}"
    for warehouses in (sent.stock or {}).values():
        yield f"stock {sum(warehouses.values())}"
    if sent.availability is not None:
        yield sent.availability.value


def _pending(pending: QueueRow) -> str:
    tries = plural(pending.tries, "attempt")
    text = f"since {moment(pending.since)}, due {moment(pending.due_at)}, {tries} failed"
    return f"{text}{', requested' * pending.requested}{', in progress' * (pending.lease_token is not None)}"


def _gate(words: Mapping[int, str], gate: Status | Visibility | Unread) -> str:
    if isinstance(gate, Unread):
        return "not received" if gate.value is None else f"{gate}, which is not understood"
    return f"{words[gate]} ({int(gate)})"
