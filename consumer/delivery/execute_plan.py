"""Calling: a plan is carried out call by call, each answer noted before the next call."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import orjson

from consumer.delivery.read_back import read
from consumer.delivery.sync_state import Accepted, Progress, refusal, unchanged
from consumer.results.results import Outcome
from records.catalog.categories import CategoryKey
from schemas.listing import (
    FirstAudit,
    ListingStatus,
    OutcomeKind,
)
from tiktok.client.category_reader import read_category
from tiktok.client.errors import Gone, Rejected, Waiting, WrongState
from tiktok.client.responses import Answer
from tiktok.listing.audits import next_look
from tiktok.listing.category import Category, lacking
from tiktok.listing.desired_listing import Refusal
from tiktok.listing.sync_plan import (
    STARTS_AN_AUDIT,
    Call,
    Operation,
    Plan,
    after,
    merge_for_edit,
    with_sku_ids,
)

_STATUS_AFTER = {
    Operation.ACTIVATE: ListingStatus.PENDING,
    Operation.DEACTIVATE: ListingStatus.SELLER_DEACTIVATED,
    Operation.DELETE: ListingStatus.DELETED,
    Operation.RECOVER: ListingStatus.SELLER_DEACTIVATED,
}
_WORDS = {
    Operation.PARTIAL_EDIT: "content",
    Operation.EDIT: "all content",
    Operation.PRICE: "price",
    Operation.INVENTORY: "stock",
    Operation.ACTIVATE: "back on sale",
    Operation.DEACTIVATE: "taken off sale",
    Operation.DELETE: "deleted",
    Operation.RECOVER: "recovered",
}


class PlanAnew(Exception):
    """TikTok's status is not the one that we knew; it has been read."""


def make(progress: Progress, planned: Plan) -> None:
    for call in planned.calls:
        _send(progress, call, last=call is planned.calls[-1])
    # What failed its first audit becomes ACTIVATE by another content only: there is nothing to wait for.
    failed = progress.listing.first_audit is FirstAudit.FAILED and progress.kind is OutcomeKind.ACCEPTED
    if planned.waits and not failed:
        now = progress.tools.clock()
        since = progress.listing.audit_since or progress.due.lease.pending.since
        progress.later.append(next_look(since, now, progress.tools.audit_look))
    if (planned.withheld or failed) and not planned.calls and progress.somebody_waits():
        progress.refusals.append(unchanged(progress.listing))


def _send(progress: Progress, call: Call, *, last: bool) -> None:
    product_id = progress.listing.tiktok_product_id or ""
    body = call.body
    if call.operation is Operation.EDIT:
        body = merge_for_edit(read(progress, as_last_sent=False).raw, call)
    if lacks(progress, call, body):
        return
    try:
        answer = progress.tools.shop.send(
            call.operation, product_id, body, progress.exchange, progress.may_start
        )
    except Gone:
        raise
    except WrongState as error:
        _wrong_state(progress, call, error)
    except Rejected as error:
        progress.tools.health.answered()
        _refuse(progress, call, error)
    except Waiting as error:
        progress.tools.health.answered()
        progress.remark_wait(error.hint or error.message)
        progress.later.append(progress.tools.clock() + (error.wait or timedelta(minutes=15)))
    else:
        progress.tools.health.answered()
        _accept(progress, call, answer)
        if not last:
            progress.note()


def _accept(progress: Progress, call: Call, answer: Answer) -> None:
    """What it made true; noted before the next call, or with the end after the last one."""
    listing = progress.listing
    status = _STATUS_AFTER.get(call.operation, listing.status)
    audit_since = listing.audit_since
    first_audit = listing.first_audit
    if call.operation in STARTS_AN_AUDIT:
        audit_since = progress.tools.clock()
        if first_audit is FirstAudit.FAILED:
            first_audit = FirstAudit.RUNNING
        if status in (ListingStatus.FAILED, ListingStatus.DRAFT, ListingStatus.PLATFORM_DEACTIVATED):
            status = ListingStatus.PENDING
    progress.listing = with_sku_ids(
        replace(
            listing,
            status=status,
            audit_since=audit_since,
            first_audit=first_audit,
            last_sent=after(listing.last_sent, call.sends),
            refused={part: name for part, name in listing.refused.items() if part is not call.part},
        ),
        answer.data.get("skus") or (),
    )
    progress.remark_warnings(answer)
    progress.accepted.append(Accepted(call.operation, _WORDS[call.operation], answer.request_id))


def _refuse(progress: Progress, call: Call, error: Rejected) -> None:
    progress.forget_images(error, call.sends.content)
    progress.listing = replace(progress.listing, refused={**progress.listing.refused, call.part: call.digest})
    progress.refusals.append(refusal(error))
    progress.note()


def _wrong_state(progress: Progress, call: Call, error: WrongState) -> None:
    """Read the status once and plan anew; a running audit is waited for; else it is TikTok's no."""
    progress.tools.health.answered()
    if not progress.read_again:
        progress.read_again = True
        read(progress, as_last_sent=True)
        raise PlanAnew
    if progress.listing.audit_since is not None or progress.listing.status is ListingStatus.PENDING:
        now = progress.tools.clock()
        since = progress.listing.audit_since or progress.due.lease.pending.since
        progress.later.append(next_look(since, now, progress.tools.audit_look))
        return
    _refuse(progress, call, error)


def lacks(progress: Progress, call: Call, body: str) -> bool:
    """What its category demands and the call does not give is refused here; the other parts go on."""
    template, content = progress.template, call.sends.content
    if template is None or content is None:
        return False
    id_, version = template.category_id, template.category_version

    def read() -> Category:
        category = read_category(progress.tools.shop, id_, version, progress.exchange, progress.may_start)
        progress.tools.health.answered()
        return category

    category = progress.tools.categories.of(CategoryKey(progress.due.shop.key, id_, version), read)
    whole = None if call.operation is Operation.PARTIAL_EDIT else orjson.loads(body)
    if not (faults := tuple(lacking(category, template, content, whole))):
        return False
    progress.listing = replace(progress.listing, refused={**progress.listing.refused, call.part: call.digest})
    progress.refusals.append(Outcome(OutcomeKind.REFUSED_HERE, Refusal(faults).sentence()))
    return True
