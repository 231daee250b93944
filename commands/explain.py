"""`m2t explain`: why a product was, or was not, synced; asked afresh on what the database holds."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import click
from sqlalchemy import Connection, func, select

from commands.exits import Failed
from commands.moments import moment
from commands.offered import offered
from commands.opening import database, settings
from commands.verdict import verdict
from policies.checks import Check, checks
from policies.decide import Facts
from policies.price import derived
from policies.standing import Asked
from records import activity, baselines, events, listings, pending_syncs, products, shops
from records.activity import ActivityRow
from records.governing import Governing, GoverningRecords
from records.secret_box import SecretBox
from records.tables import dead_letters as dead_letters_table
from records.tables import products as products_table
from schemas.listing import AssignedBy, LastSent, Listing, OutcomeKind
from schemas.product import Product, Status, Visibility
from schemas.synchronization_policy import SynchronizationPolicy

MOST_SKUS = 20_000
"""SKUs that are compared for the nearest one."""

_STATUS = {Status.ENABLED: "enabled", Status.DISABLED: "disabled"}
_VISIBILITY = {
    Visibility.NOT_VISIBLE_INDIVIDUALLY: "Not Visible Individually",
    Visibility.CATALOG: "Catalog",
    Visibility.SEARCH: "Search",
    Visibility.CATALOG_AND_SEARCH: "Catalog, Search",
}
_ASSIGNED = {
    AssignedBy.POLICY: "by Product Assign",
    AssignedBy.HAND: "by hand",
    AssignedBy.REMEMBERED: "the winner when it went up",
}


@dataclass(frozen=True, slots=True)
class Explained:
    """One product of one shop: the verdict, its state by name, the checks, and its history, newest first.

    `history` is None where the Activity Log is off.
    """

    shop: str
    sku: str
    verdict: str
    state: Mapping[str, str]
    checks: tuple[Check, ...]
    history: tuple[ActivityRow, ...] | None


@click.command("explain")
@click.argument("sku")
@click.option("--shop", "shop_key", metavar="KEY", help="Only in this shop. Default: in every shop.")
@click.option("--json", "as_json", is_flag=True, help='Print {"products": [{"shop", "verdict", …}]} alone.')
def command(sku: str, shop_key: str | None, as_json: bool) -> None:
    """Say why a product was, or was not, synced.

    First in one sentence; then its state, every question of the decision table with the product's own values, and
    what happened to it, newest first. The table is asked afresh, by the policy and the templates as they are now.
    """
    opened = settings()
    with database(opened) as held, held.read() as connection:
        governing = GoverningRecords(SecretBox(opened.secret_key)).read(connection)
        if shop_key is not None and shop_key not in governing.shops:
            raise Failed(
                f"There is no shop {shop_key!r}.",
                f"choose one of: {', '.join(governing.shops) or 'none yet'}",
            )
        found = products.by_sku(connection, shop_key, sku)
        now = datetime.now(UTC)
        explained = [explain(connection, one, governing, now) for one in found if one.shop in governing.shops]
        if not explained:
            raise _unknown(connection, sku, [shop_key] if shop_key else sorted(governing.shops))
    if as_json:
        click.echo(json.dumps({"products": [_document(one) for one in explained]}, ensure_ascii=False))
    else:
        click.echo("\n\n".join("\n".join(_block(one)) for one in explained))


def explain(connection: Connection, product: Product, governing: Governing, now: datetime) -> Explained:
    """All of it, of one product."""
    listing = listings.load(connection, [product.id])[product.id]
    pending = pending_syncs.get(connection, product.id)
    told = offered(connection, product, listing, governing, now)
    moves_at = told.moves_at if told is not None else None
    asked, waits = _asked(connection, product, listing, pending, moves_at)
    policy, magento = governing.policy_of(product.shop).policy, governing.shops[product.shop].magento
    facts = Facts(
        product=product,
        policy=policy,
        listing=listing,
        templates=governing.templates,
        baseline=baselines.load(connection, [product.id]).get(product.id),
        asked=asked,
        website_id=magento.website_id,
        types=magento.attribute_types,
        derived=derived(product, told.pricing if told is not None else None, now),
    )
    history = tuple(activity.of_product(connection, product.id)) if policy.activity_log else None
    stopped, _ = shops.stopped(connection).get(product.shop, (None, None))
    return Explained(
        shop=product.shop,
        sku=product.sku or "",
        verdict=verdict(
            facts,
            pending,
            history or (),
            waits=waits,
            stopped=stopped,
            now=now,
            held_back=told.held_back() if told is not None else "",
        ),
        state=dict(_state(product, listing, pending, policy))
        | dict(told.state() if told is not None else ())
        | {"Dead letters": _dead_letters(connection, product.sku or "", [product.shop]) or "none"},
        checks=checks(facts),
        history=history,
    )


def _asked(
    connection: Connection,
    product: Product,
    listing: Listing,
    pending: Mapping[str, Any] | None,
    moves_at: datetime | None,
) -> tuple[Asked, bool]:
    """Who wants the listing looked at, and whether a sync waits.

    A row that no event waits for follows an audit, waits for the moment at which a price moves, looks for an image
    again, or is what is left after a refusal; else a policy or template made it.
    """
    if pending is None:
        return Asked.NOBODY, False
    if pending["asked"]:
        return Asked.PERSON, True
    if events.open_ids(connection, [product.id])[product.id]:
        return Asked.NOBODY, True
    last = listing.last_outcome
    lacking = last is not None and (last.is_refusal or last is OutcomeKind.IMAGE_LEFT_OUT)
    left_over = lacking or listing.audit_since is not None or pending["due_at"] == moves_at
    return (Asked.NOBODY, False) if left_over else (Asked.POLICY, True)


def _state(
    product: Product,
    listing: Listing,
    pending: Mapping[str, Any] | None,
    policy: SynchronizationPolicy,
) -> Iterator[tuple[str, str]]:
    named = f" ({product.name})" if product.name != product.sku else ""
    yield "Magento", f"product {product.entity_id or '(id not told)'}{named}{', deleted' * product.deleted}"
    yield "Status", _word(_STATUS, product.number("status"))
    yield "Visibility", _word(_VISIBILITY, product.number("visibility"))
    yield "Last told", moment(product.received_at) if product.received_at else "never as a whole"
    yield "Policy", f"{policy.title}{' (paused)' * policy.paused}"
    template = f"{listing.template!r}" if listing.template else "none assigned"
    yield "Template", f"{template}{f' ({_ASSIGNED[listing.assigned_by]})' if listing.assigned_by else ''}"
    yield "TikTok", _on_tiktok(listing)
    if listing.ineligible_since is not None:
        yield "Not allowed", f"since {moment(listing.ineligible_since)} ({listing.ineligible_reason})"
    yield "Last sent", "; ".join(_sent(listing.last_sent)) or "nothing"
    if listing.last_outcome is not None:
        yield "Last outcome", f"{listing.last_outcome.value}: {listing.last_message or ''}".rstrip(": ")
    yield "Pending", _pending(pending) if pending is not None else "nothing"


def _dead_letters(connection: Connection, sku: str, shops: Sequence[str]) -> str:
    """How many dead letters were told under this SKU, and why the newest is one; empty where there are none."""
    keys = [f"{shop}/{sku}".encode() for shop in shops]
    table = dead_letters_table
    query = select(table.c.reason, table.c.first_failed_at).where(table.c.key.in_(keys)).order_by(table.c.id)
    letters = connection.execute(query).all()
    if not letters:
        return ""
    return f"{len(letters)}, the newest {letters[-1].reason} at {moment(letters[-1].first_failed_at)}"


def _on_tiktok(listing: Listing) -> str:
    if listing.tiktok_product_id is None:
        return "removed there" if listing.gone else "not there"
    audit = f", audited since {moment(listing.audit_since)}" if listing.audit_since else ""
    gone = ", removed there" if listing.gone else ""
    return f"product {listing.tiktok_product_id}, {listing.status or 'status not known'}{audit}{gone}"


def _sent(sent: LastSent) -> Iterator[str]:
    if sent.content is not None:
        yield f"content ({sent.content.get('title', 'without a title')})"
    for money in (sent.price or {}).values():
        yield f"price {money.amount} {money.currency}"
    for warehouses in (sent.stock or {}).values():
        yield f"stock {sum(warehouses.values())}"
    if sent.availability is not None:
        yield sent.availability.value


def _pending(pending: Mapping[str, Any]) -> str:
    told = (
        f"since {moment(pending['since'])}, due {moment(pending['due_at'])}, {pending['tries']} tries failed"
    )
    return f"{told}{', asked for' * pending['asked']}{', in hand' * (pending['lease_token'] is not None)}"


def _word(words: Mapping[Any, str], number: int | None) -> str:
    if number is None:
        return "not told"
    return f"{words[number]} ({number})" if number in words else str(number)


def _block(one: Explained) -> Iterator[str]:
    yield f"{one.sku} in shop {one.shop}"
    yield one.verdict
    yield ""
    yield from (f"  {f'{name}:':<14}{words}" for name, words in one.state.items())
    yield ""
    yield "Checks, asked afresh; the first one not passed decides (=>), (-) would not be passed either:"
    for check in one.checks:
        mark = "=>" if check.decides else "ok" if check.passed else "- "
        reason = f"  [{check.reason.value}]" if check.reason is not None and check.decides else ""
        yield f"  {mark} {check.row:>2}  {check.question} {check.answer}{reason}"
    yield ""
    if one.history is None:
        yield "Activity Log is off: no history."
        return
    yield "History, newest first:" if one.history else "No history yet."
    yield from (f"  {moment(row.at)}  {row.message}" for row in one.history)


def _document(one: Explained) -> dict[str, Any]:
    return {
        "shop": one.shop,
        "sku": one.sku,
        "verdict": one.verdict,
        "state": dict(one.state),
        "checks": [
            {
                "row": check.row,
                "question": check.question,
                "answer": check.answer,
                "passed": check.passed,
                "decides": check.decides,
                "reason": check.reason.value if check.reason is not None else None,
            }
            for check in one.checks
        ],
        "history": None if one.history is None else [_history(row) for row in one.history],
    }


def _history(row: ActivityRow) -> dict[str, Any]:
    return {
        "at": row.at.isoformat(),
        "level": row.level,
        "actor": row.actor,
        "kind": row.kind,
        "action": row.action,
        "reason": row.reason,
        "message": row.message,
        "event_id": row.event_id,
    }


def _unknown(connection: Connection, sku: str, shops: Sequence[str]) -> Failed:
    """Which shops were searched, and the SKUs that come nearest."""
    column = products_table.c.sku
    query = select(column).where(products_table.c.shop.in_(shops), column.is_not(None)).group_by(column)
    alike = func.lower(column).like(f"{sku[:2].lower()}%")
    known = connection.execute(query.order_by(alike.desc(), column).limit(MOST_SKUS)).scalars()
    lowered = {one.lower(): one for one in known}
    near = [lowered[one] for one in difflib.get_close_matches(sku.lower(), lowered, n=5)]
    where = ", ".join(shops) or "none, for there is no shop yet"
    letters = _dead_letters(connection, sku, shops)
    buried = f" What was told of it are dead letters: {letters}." if letters else ""
    return Failed(
        f"No product {sku!r} is known. Shops searched: {where}.{buried}",
        f"did you mean {', '.join(near)}?" if near else "save it in Magento, or fire a sample: m2t trigger",
    )
