"""The answers of the rule table in words, with the product's actual values. Nothing is decided here."""

from __future__ import annotations

from typing import Final

from policies.assign import winner
from policies.attribute_changes import Change
from policies.case import Case
from policies.decision import Decision
from policies.messages import named_changes, named_miss
from policies.product_context import RequestedBy
from policies.reasons import Reason
from schemas.attributes import NotReceived, Value, shown
from schemas.gates import Unread, Visibility, read_websites

NOT_LISTED: Final = "not asked: it is not on TikTok"
LISTED: Final = "not asked: it is on TikTok already"
NOT_UNDERSTOOD: Final = "not understood, so nothing is sent"
YOU_ASKED: Final = "but you asked for it"


def yes_or_no(_case: Case, decision: Decision | None) -> str:
    """Return the answer to a question without values."""
    return "yes" if decision is None else "no"


def supported_type(case: Case, decision: Decision | None) -> str:
    """Row 8, with the product's type."""
    if case.context.product.is_child:
        return "no: it is a variant of a configurable product"
    type_id = case.context.product.value("type_id")
    if isinstance(type_id, NotReceived) or type_id is None:
        return "yes (Magento has not sent its type_id)"
    return f"{_understood(decision)} ({_shown('type_id', type_id)})"


def update_on(case: Case, decision: Decision | None) -> str:
    """Row 4, with the reason why a product passes although the switch is off."""
    if case.rulebook.policy.product_update:
        return "yes"
    if decision is not None:
        return "no"
    if not case.context.listing.listed:
        return f"no; {NOT_LISTED}"
    if case.context.requested_by is RequestedBy.PERSON:
        return f"no, {YOU_ASKED}"
    unfinished = case.context.listing.upload_unfinished
    return "no, but its upload is not finished" if unfinished else "no; not asked: it is deleted on TikTok"


def enabled(case: Case, decision: Decision | None) -> str:
    """Row 6, with the product's status."""
    return f"{_understood(decision)} ({_shown('status', case.context.product.value('status'))})"


def in_website(case: Case, decision: Decision | None) -> str:
    """Row 6, with the product's websites and the shop's."""
    website_id = case.rulebook.shop.magento.website_id
    if website_id is None:
        return "not asked: the shop has no website_id"
    value = case.context.product.value("website_ids")
    website_ids = read_websites(value)
    if isinstance(website_ids, Unread):
        return f"{_understood(decision)} ({_shown('website_ids', value)})"
    own = ", ".join(sorted(website_ids)) or "empty"
    return f"{yes_or_no(case, decision)} (website_ids {own}; the shop's is {website_id})"


def visible(case: Case, decision: Decision | None) -> str:
    """Row 7, with the product's visibility."""
    product = case.context.product
    actual = f"({_shown('visibility', product.value('visibility'))})"
    if decision is not None and decision.reason is Reason.UNREAD_GATE:
        return f"{NOT_UNDERSTOOD} {actual}"
    if decision is not None:
        return f"no {actual}, and Sync Not Visible Individually Products is off"
    if product.visibility is not Visibility.NOT_VISIBLE_INDIVIDUALLY:
        return f"yes {actual}"
    variant = case.context.product.is_child
    return (
        f"no {actual}, but {'it is a variant' if variant else 'Sync Not Visible Individually Products is on'}"
    )


def stock_status(case: Case, decision: Decision | None) -> str:
    """Row 7, with the stock status."""
    return f"{_understood(decision)} ({_shown('stock_status', case.context.product.value('stock_status'))})"


def has_template(case: Case, decision: Decision | None) -> str:
    """Row 8, with the template that matches, or the nearest template and the rows that the product misses."""
    product, templates, store = case.context.product, case.rulebook.templates, case.rulebook.shop.magento
    best = winner(product, templates, store)
    if best is not None:
        return f"yes ({best.title!r})"
    if decision is None:
        return f"no, {YOU_ASKED}, and assigned {case.context.listing.template!r} by hand"
    return f"no: {named_miss(product, templates, store)}"


def upload_on(case: Case, _decision: Decision | None) -> str:
    """Row 9."""
    return _upload(case, case.rulebook.policy.product_upload)


def never_removed(case: Case, _decision: Decision | None) -> str:
    """Row 9."""
    return _upload(case, not case.context.listing.gone)


def new(case: Case, _decision: Decision | None) -> str:
    """Row 9."""
    return _upload(case, case.context.product.is_new)


def _upload(case: Case, holds: bool) -> str:
    answer = "yes" if holds else "no"
    if case.context.listing.listed:
        return f"{answer}; {LISTED}"
    return (
        f"{answer}, {YOU_ASKED}" if not holds and case.context.requested_by is RequestedBy.PERSON else answer
    )


def on_tiktok(case: Case, decision: Decision | None) -> str:
    """Row 10, with the TikTok product."""
    if decision is None:
        return f"yes (TikTok product {case.context.listing.tiktok_product_id})"
    requested = decision.reason is Reason.UPLOAD_REQUESTED
    return "no, and you requested its upload" if requested else "no: it should be uploaded"


def was_eligible(case: Case, _decision: Decision | None) -> str:
    """Row 11, with when and why the product became ineligible."""
    listing = case.context.listing
    since = listing.ineligible_since
    if since is None:
        return _of_listed(case, "yes")
    return _of_listed(case, f"no, not since {since:%Y-%m-%d %H:%M:%S} UTC ({listing.ineligible_reason})")


def same_template(case: Case, _decision: Decision | None) -> str:
    """Row 11, with the new template."""
    return _of_listed(case, f"no: moved to {case.context.listing.template!r}" if case.moved else "yes")


def requested(case: Case, _decision: Decision | None) -> str:
    """Row 12."""
    return _of_listed(
        case,
        {
            RequestedBy.NONE: "no",
            RequestedBy.PERSON: "yes, you",
            RequestedBy.POLICY: "yes, a changed policy or template",
        }[case.context.requested_by],
    )


def changed(case: Case, _decision: Decision | None) -> str:
    """Row 13, with what changed."""
    if case.first_seen:
        return _of_listed(case, "not known: there is nothing to compare with yet")
    return _of_listed(case, f"yes ({_named(case.changed)})" if case.changed else "no")


def last_accepted(case: Case, _decision: Decision | None) -> str:
    """Row 14, with the last outcome."""
    last = case.context.listing.last_outcome
    refused = last is not None and last.is_failed
    return _of_listed(case, f"{'no' if refused else 'yes'} ({last.value if last else 'no outcome yet'})")


def observed_changed(case: Case, decision: Decision | None) -> str:
    """Row 15, with the observed attributes and what changed."""
    policy = case.rulebook.policy
    if not policy.only_specific_attributes:
        return _of_listed(case, "not asked: Only Specific Attributes Syncing is off")
    codes = ", ".join(policy.observed_attributes)
    if case.first_seen:
        return _of_listed(case, f"everything counts at first sight (observed attributes: {codes})")
    since = f"changed since the last sync: {_named(case.changed) or 'nothing'}"
    return _of_listed(case, f"{yes_or_no(case, decision)} (observed attributes: {codes}; {since})")


def price_and_stock(case: Case, decision: Decision | None) -> str:
    """Row 16."""
    policy = case.rulebook.policy
    if policy.only_specific_attributes:
        return _of_listed(case, "not asked: Only Specific Attributes Syncing is on")
    if policy.inventory_price_sync:
        return _of_listed(case, "yes: it is on")
    off = "yes: it is off, but more than price and stock changed" if decision is None else "no: it is off"
    return _of_listed(case, off)


def due_because(case: Case, decision: Decision | None) -> str:
    """Row 17, with the changes that count."""
    if decision is None:
        return _of_listed(case, "nothing")
    if decision.reason is Reason.FIRST_SEEN:
        return "everything: it was never synced before"
    all_of_it = decision.reason is Reason.OBSERVED_ATTRIBUTE_CHANGED
    return f"{_named(decision.changes)}{'; all attributes go' if all_of_it else ''}"


def _of_listed(case: Case, answer: str) -> str:
    """Return the answer of a row from 11 to 17; these rows apply only to products that are on TikTok."""
    return answer if case.context.listing.listed else NOT_LISTED


def _named(changes: tuple[Change, ...]) -> str:
    return named_changes(changes) if changes else ""


def _understood(decision: Decision | None) -> str:
    """Return the answer of a gate: yes, no, or that its value is not understood."""
    if decision is not None and decision.reason is Reason.UNREAD_GATE:
        return NOT_UNDERSTOOD
    return "yes" if decision is None else "no"


def _shown(code: str, value: Value | NotReceived) -> str:
    if value is None or isinstance(value, NotReceived):
        return f"Magento has not sent its {code}"
    return f"{code} {value if isinstance(value, str) and value.isalnum() else shown(value)}"
