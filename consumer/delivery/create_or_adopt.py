"""Coming to be: a listing that we have no TikTok id of is adopted or created, and never twice.

A create is preceded by a search, and written down with its key before its first try.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import replace

from consumer.delivery.execute_plan import lacks
from consumer.delivery.sync_state import Accepted, Progress, refusal, unchanged
from consumer.results.results import Outcome
from records.catalog.listings import Holder
from records.catalog.sync_queue import A_TURN
from schemas.listing import (
    CreateAttempt,
    FirstAudit,
    ListingStatus,
    OutcomeKind,
    Part,
)
from tiktok.client.errors import Rejected, Unknown, Waiting
from tiktok.listing.audits import Verdict, next_look, verdict
from tiktok.listing.desired_listing import WantedListing
from tiktok.listing.sync_plan import Operation, create_call, sent_by_create, with_sku_ids


def come_to_be(progress: Progress, wanted: WantedListing) -> bool:
    """Adopt what TikTok has under this SKU, or create it; False where neither can be."""
    now = progress.tools.clock()
    if progress.listing.create_attempt is None and (opens := progress.tools.cap.waits_until(now)):
        progress.later.append(opens)
        return False
    sku = progress.due.product.sku or ""
    found = _carriers(progress, sku)
    holders = {one: holder for one in found if (holder := _asked_holder(progress, one)) is not None}
    if holders and not _may_stand_beside(progress, sku, holders):
        return False
    found -= holders.keys()
    if len(found) > 1:
        ids = " and ".join(sorted(found))
        progress.refusals.append(
            Outcome(
                OutcomeKind.TWO_LISTINGS_ON_TIKTOK,
                f"Several TikTok products carry the SKU {sku!r}: {ids}.",
                hint="Delete all but one of them in TikTok's Seller Center, then save the product again.",
            )
        )
        return False
    if found:
        _adopt(progress, *found)
        return True
    return _create(progress, wanted)


def _carriers(progress: Progress, sku: str) -> set[str]:
    """The TikTok products that carry this SKU now."""
    found = progress.tools.shop.search([sku], progress.exchange, progress.may_start)
    progress.tools.health.answered()
    return {one.product_id for one in found if sku in one.skus}


def _asked_holder(progress: Progress, product_id: str) -> Holder | None:
    due = progress.due
    return progress.tools.claims.ask_holder(due.shop.key, product_id, due.product.id)


def _may_stand_beside(progress: Progress, sku: str, holders: Mapping[str, Holder]) -> bool:
    """Whether a listing of ours may carry the SKU that these still carry, as nobody can buy them.

    Each is looked at first, which edits away a SKU that its product has no more.
    """
    names = " and ".join(sorted(repr(holder.sku) for holder in holders.values()))
    words = f"It waits for {names}, whose listing on TikTok carries this SKU."
    asked = progress.listing.last_message == words
    waits = any(holder.waits for holder in holders.values())
    if not asked or waits or not holders.keys() <= _carriers(progress, sku):
        progress.remark_wait(words)
        progress.later.append(next_look(progress.due.lease.pending.since, progress.tools.clock(), A_TURN))
        return False
    sold = sorted(product_id for product_id, holder in holders.items() if holder.on_sale)
    if sold:
        progress.refusals.append(
            Outcome(
                OutcomeKind.TWO_LISTINGS_ON_TIKTOK,
                f"{' and '.join(sold)} carries the SKU {sku!r} on TikTok, and is the listing of {names}.",
                hint=f"Sync {names}, or give it another SKU in Seller Center; then save this product again.",
            )
        )
    return not sold


def _adopt(progress: Progress, product_id: str) -> None:
    attempt = progress.listing.create_attempt
    ours = sent_by_create(attempt.body) if attempt else progress.listing.last_sent
    held = progress.tools.shop.get(product_id, ours, progress.exchange, progress.may_start)
    told = verdict(held.status, held.audit)
    first = {
        Verdict.PASSED: FirstAudit.PASSED,
        Verdict.RUNNING: FirstAudit.RUNNING,
        Verdict.FAILED: FirstAudit.FAILED,
    }
    progress.listing = replace(
        progress.listing,
        tiktok_product_id=product_id,
        skus=held.skus,
        status=held.status,
        first_audit=first[told],
        gone=False,
        last_sent=held.last_sent,
        create_attempt=None,
        audit_since=progress.tools.clock() if told is Verdict.RUNNING else None,
    )
    # A create of ours whose answer was lost is no adoption: it is that create.
    progress.kind = OutcomeKind.ACCEPTED if attempt else OutcomeKind.ADOPTED
    if attempt:
        progress.accepted.append(Accepted(Operation.CREATE, "created"))
    progress.note(adopted=product_id, passed=told is Verdict.PASSED)


def _create(progress: Progress, wanted: WantedListing) -> bool:
    attempt = progress.listing.create_attempt
    key = attempt.idempotency_key if attempt else str(uuid.uuid4())
    call = create_call(wanted, key)
    if attempt is None:
        if progress.is_refused(call):
            progress.refusals.append(unchanged(progress.listing))
            return False
        if lacks(progress, call, call.body):
            return False
        attempt = CreateAttempt(key, call.body)
        progress.listing = replace(progress.listing, create_attempt=attempt)
        progress.note()
    try:
        answer = progress.tools.shop.send(
            Operation.CREATE, None, attempt.body, progress.exchange, progress.may_start
        )
    except Waiting as error:
        # A clear no: nothing was made, and the next try makes what is wanted by then.
        progress.tools.health.answered()
        progress.listing = replace(progress.listing, create_attempt=None)
        progress.remark_wait(error.hint or error.message)
        progress.later.append(progress.tools.cap.reached(progress.tools.clock(), error.wait))
        return False
    except Rejected as error:
        progress.tools.health.answered()
        progress.forget_images(error, sent_by_create(attempt.body).content)
        progress.listing = replace(
            progress.listing,
            create_attempt=None,
            refused={**progress.listing.refused, Part.CONTENT: call.digest},
        )
        progress.refusals.append(refusal(error))
        return False
    progress.tools.health.answered()
    if not answer.data.get("product_id"):
        raise Unknown(Operation.CREATE, "TikTok said yes without a product id", request_id=answer.request_id)
    progress.tools.cap.accepted()
    progress.remark_warnings(answer)
    progress.accepted.append(Accepted(Operation.CREATE, "created", answer.request_id))
    listing = replace(
        progress.listing,
        tiktok_product_id=str(answer.data["product_id"]),
        status=ListingStatus.PENDING,
        first_audit=FirstAudit.RUNNING,
        gone=False,
        audit_since=progress.tools.clock(),
        last_sent=sent_by_create(attempt.body),
        create_attempt=None,
        refused={},
    )
    progress.listing = with_sku_ids(listing, answer.data.get("skus") or ())
    progress.note()
    return True
