"""The decision table: one ordered table of questions about a product.

The first row that a product does not pass decides; `explain` lists every row. Rows 1 and 2 are about the event, rows 4
to 10 about what the product should be on TikTok, rows 11 to 17 about what changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from policies import rule_answers as answers
from policies.assign import Assignment, template_in_use, winner
from policies.case import Case
from policies.decision import Action, Decision
from policies.not_visible_individually import is_kept_off_as_hidden
from policies.observed_attributes import observed, only_price_or_stock
from policies.product_context import RequestedBy
from policies.reasons import Reason
from policies.unread_gates import unread_stock_status
from schemas.gates import Status, Unread, read_type, read_websites
from schemas.listing import AssignedBy
from schemas.synchronization_policy import SynchronizationPolicy, WhenLeaving

SUPPORTED_TYPES: Final = frozenset({"simple"})


def _always(_: Case) -> bool:
    return True


def _listed(case: Case) -> bool:
    return case.context.listing.listed


def _unlisted(case: Case) -> bool:
    return not case.context.listing.listed


def _has_website(case: Case) -> bool:
    return case.rulebook.shop.magento.website_id is not None


def _observes(case: Case) -> bool:
    return _listed(case) and case.rulebook.policy.only_specific_attributes


def _compares_all(case: Case) -> bool:
    return _listed(case) and not case.rulebook.policy.only_specific_attributes


@dataclass(frozen=True, slots=True)
class Row:
    """One question. `ask` returns the decision about a product that does not pass, None for a product that passes.
    The functions that ask are named after what decides: `_disabled` returns a decision about a disabled product, and
    None about an enabled one. The question is the merchant's, so a yes may pass (rows 5 to 8) or decide (row 12).

    `answer` puts the result of `ask` in words, with the product's actual values. `applies` is whether the question is
    about this product at all: one that it is not about is passed.
    """

    number: int
    question: str
    ask: Callable[[Case], Decision | None]
    answer: Callable[[Case, Decision | None], str]
    applies: Callable[[Case], bool] = _always


def first_decision(rows: Iterable[Row], case: Case) -> Decision | None:
    """Return the decision of the first row that does not pass; None where every row passes."""
    for row in rows:
        if (decision := row.ask(case)) is not None:
            return decision
    return None


def decide(case: Case) -> Decision:
    """Return the decision of the whole table."""
    # Some row always decides: only a listed product passes row 10, and row 13 decides about it where nothing changed,
    # one of rows 14 to 17 where something did (row 15 where no observed attribute did).
    return next(decision for row in ROWS if (decision := row.ask(case)) is not None)


def when_leaving(policy: SynchronizationPolicy, reason: Reason) -> WhenLeaving:
    """Return what the policy does with a listed product that leaves for this reason (rows 5 to 8).

    A type that can't be listed leaves as a disabled product does: there is no switch of its own for it.
    """
    return {
        Reason.PRODUCT_DELETED: policy.when_deleted,
        Reason.PRODUCT_DISABLED: policy.when_disabled,
        Reason.NOT_IN_WEBSITE: policy.when_disabled,
        Reason.NOT_VISIBLE_INDIVIDUALLY: policy.when_hidden,
        Reason.NO_LISTING_TEMPLATE_MATCHES: policy.when_unmatched,
        Reason.UNSUPPORTED_TYPE: policy.when_disabled,
    }[reason]


def _leaves(case: Case, reason: Reason) -> Decision:
    """Take down a listed product that should no longer be sold, unless the policy keeps it; skip others."""
    kept = when_leaving(case.rulebook.policy, reason) is WhenLeaving.KEEP
    listed = case.context.listing.listed
    return Decision(Action.TAKE_DOWN if listed and not kept else Action.SKIP, reason)


def _hold(case: Case, gate: object) -> Decision | None:
    """Hold a product with a gate that is not understood: it is not uploaded, and what is listed stays as it is.

    A gate that Magento has not sent holds only what is not on TikTok yet.
    """
    if not isinstance(gate, Unread) or (gate.value is None and case.context.listing.listed):
        return None
    return Decision(Action.SKIP, Reason.UNREAD_GATE)


def _stale(case: Case) -> Decision | None:
    return Decision(Action.SKIP, Reason.STALE_EVENT) if case.stale else None


def _other_store_view(case: Case) -> Decision | None:
    return Decision(Action.SKIP, Reason.OTHER_STORE_VIEW) if case.other_store_view else None


def _unsupported_type(case: Case) -> Decision | None:
    product = case.context.product
    if product.is_child:
        return Decision(Action.SKIP, Reason.UNSUPPORTED_TYPE)
    type_id = read_type(product.value("type_id"))
    if isinstance(type_id, Unread):
        # A product whose type Magento has not sent yet counts as simple: most are, and the next full save corrects it.
        return None if type_id.value is None else _hold(case, type_id)
    return None if type_id in SUPPORTED_TYPES else _leaves(case, Reason.UNSUPPORTED_TYPE)


def _update_off(case: Case) -> Decision | None:
    listing = case.context.listing
    if case.rulebook.policy.product_update or not listing.listed:
        return None
    # The switch is about updates: an upload that has begun is finished.
    if case.context.requested_by is RequestedBy.PERSON or listing.upload_unfinished:
        return None
    # What is deleted in Magento and on TikTok has nothing to update: row 5 says why it is not on sale.
    if case.context.product.deleted and listing.deleted_by_us:
        return None
    return Decision(Action.SKIP, Reason.UPDATE_OFF)


def _deleted(case: Case) -> Decision | None:
    if not case.context.product.deleted:
        return None
    if case.context.listing.deleted_by_us:
        return Decision(Action.SKIP, Reason.PRODUCT_DELETED)
    return _leaves(case, Reason.PRODUCT_DELETED)


def _disabled(case: Case) -> Decision | None:
    status = case.context.product.status
    if status is Status.DISABLED:
        return _leaves(case, Reason.PRODUCT_DISABLED)
    return _hold(case, status)


def _not_in_website(case: Case) -> Decision | None:
    website_id = case.rulebook.shop.magento.website_id
    if website_id is None:
        return None
    website_ids = read_websites(case.context.product.value("website_ids"))
    if isinstance(website_ids, Unread):
        return _hold(case, website_ids)
    return None if str(website_id) in website_ids else _leaves(case, Reason.NOT_IN_WEBSITE)


def _not_visible(case: Case) -> Decision | None:
    product, policy = case.context.product, case.rulebook.policy
    if is_kept_off_as_hidden(product, policy):
        return _leaves(case, Reason.NOT_VISIBLE_INDIVIDUALLY)
    if product.is_child or policy.sync_not_visible_individually:
        return None
    return _hold(case, product.visibility)


def _stock_status_unread(case: Case) -> Decision | None:
    return _hold(case, unread_stock_status(case.context.product))


def _no_template(case: Case) -> Decision | None:
    product, listing, templates = case.context.product, case.context.listing, case.rulebook.templates
    store = case.rulebook.shop.magento
    if winner(product, templates, store) is not None:
        return None
    if case.context.requested_by is not RequestedBy.PERSON or listing.assigned_by is not AssignedBy.HAND:
        return _leaves(case, Reason.NO_LISTING_TEMPLATE_MATCHES)
    # A person who assigned a template by hand may request a product that the template's query does not match.
    if (
        template_in_use(product, templates, Assignment(listing.template, listing.assigned_by), store)
        is not None
    ):
        return None
    return Decision(Action.SKIP, Reason.NO_LISTING_TEMPLATE_MATCHES)


def _uploads_without_request(case: Case) -> bool:
    """Row 9 is about uploads that no person requested."""
    return not case.context.listing.listed and case.context.requested_by is not RequestedBy.PERSON


def _upload_off(case: Case) -> Decision | None:
    off = _uploads_without_request(case) and not case.rulebook.policy.product_upload
    return Decision(Action.SKIP, Reason.UPLOAD_OFF) if off else None


def _gone_on_tiktok(case: Case) -> Decision | None:
    gone = _uploads_without_request(case) and case.context.listing.gone
    return Decision(Action.SKIP, Reason.GONE_ON_TIKTOK) if gone else None


def _existed_before_upload(case: Case) -> Decision | None:
    existed = _uploads_without_request(case) and not case.context.product.is_new
    return Decision(Action.SKIP, Reason.EXISTED_BEFORE_UPLOAD) if existed else None


def _not_on_tiktok(case: Case) -> Decision | None:
    if case.context.listing.listed:
        return None
    requested = case.context.requested_by is RequestedBy.PERSON
    return Decision(Action.UPLOAD, Reason.UPLOAD_REQUESTED if requested else Reason.NEW_PRODUCT)


def _became_eligible(case: Case) -> Decision | None:
    listing = case.context.listing
    back = listing.listed and listing.ineligible_since is not None
    return Decision(Action.SYNC, Reason.BECAME_ELIGIBLE) if back else None


def _template_changed(case: Case) -> Decision | None:
    moved = case.moved and case.context.listing.listed
    return Decision(Action.SYNC, Reason.TEMPLATE_CHANGED) if moved else None


def _requested(case: Case) -> Decision | None:
    requested_by = case.context.requested_by
    if requested_by is RequestedBy.NONE or not case.context.listing.listed:
        return None
    return Decision(
        Action.SYNC, Reason.SYNC_REQUESTED if requested_by is RequestedBy.PERSON else Reason.POLICY_CHANGED
    )


def _compares(case: Case) -> bool:
    """Rows 13 to 16 compare a listed product with an earlier state of it."""
    return case.context.listing.listed and not case.first_seen


def _nothing_changed(case: Case) -> Decision | None:
    unchanged = _compares(case) and not case.changed
    return Decision(Action.SKIP, Reason.NOTHING_CHANGED) if unchanged else None


def _not_accepted_yet(case: Case) -> Decision | None:
    last = case.context.listing.last_outcome
    if last is None or not last.is_failed or not _compares(case) or not case.changed:
        return None
    return Decision(Action.SYNC, Reason.NOT_ACCEPTED_YET, case.changed)


def _none_observed(case: Case) -> Decision | None:
    policy = case.rulebook.policy
    if not policy.only_specific_attributes or not _compares(case) or observed(case.changed, policy):
        return None
    return Decision(Action.SKIP, Reason.NO_OBSERVED_ATTRIBUTE_CHANGED, case.changed)


def _only_price_or_stock(case: Case) -> Decision | None:
    policy = case.rulebook.policy
    if policy.only_specific_attributes or policy.inventory_price_sync or not _compares(case):
        return None
    if not only_price_or_stock(case.changed):
        return None
    return Decision(Action.SKIP, Reason.INVENTORY_PRICE_SYNC_OFF, case.changed)


def _due(case: Case) -> Decision | None:
    if not case.context.listing.listed:
        return None
    if case.first_seen:
        return Decision(Action.SYNC, Reason.FIRST_SEEN)
    policy = case.rulebook.policy
    if not (counting := observed(case.changed, policy)):
        return None
    specific = policy.only_specific_attributes
    reason = Reason.OBSERVED_ATTRIBUTE_CHANGED if specific else Reason.ATTRIBUTE_CHANGED
    return Decision(Action.SYNC, reason, counting)


STANDING_ROWS: Final = (
    # There is no row 3 any more: row 8 asks about the type. The other numbers stay, because documents name them.
    Row(4, "Product Update on?", _update_off, answers.update_on, _listed),
    Row(5, "Still in Magento?", _deleted, answers.yes_or_no),
    Row(6, "Enabled in Magento?", _disabled, answers.enabled),
    Row(6, "In the shop's website?", _not_in_website, answers.in_website, _has_website),
    Row(7, "Visible individually?", _not_visible, answers.visible),
    Row(7, "Stock status understood?", _stock_status_unread, answers.stock_status),
    Row(8, "Matches a listing template?", _no_template, answers.has_template),
    Row(8, "A simple product of its own?", _unsupported_type, answers.supported_type),
    Row(9, "Product Upload on?", _upload_off, answers.upload_on, _unlisted),
    Row(9, "Never removed on TikTok?", _gone_on_tiktok, answers.never_removed, _unlisted),
    Row(9, "New since Product Upload was switched on?", _existed_before_upload, answers.new, _unlisted),
    Row(10, "On TikTok already?", _not_on_tiktok, answers.on_tiktok),
)
"""The questions about what a product should be on TikTok now. Their answers do not depend on the event."""

ROWS: Final = (
    Row(1, "Is it the newest state of the product?", _stale, answers.yes_or_no),
    Row(2, "Saved in a store view that this shop follows?", _other_store_view, answers.yes_or_no),
    *STANDING_ROWS,
    Row(11, "Eligible for TikTok until now?", _became_eligible, answers.was_eligible, _listed),
    Row(11, "Still in the same listing template?", _template_changed, answers.same_template, _listed),
    Row(12, "Did anybody ask for a sync?", _requested, answers.requested, _listed),
    Row(13, "Changed since a sync was last due?", _nothing_changed, answers.changed, _listed),
    Row(14, "Last sync not refused?", _not_accepted_yet, answers.last_accepted, _listed),
    Row(15, "An observed attribute changed?", _none_observed, answers.observed_changed, _observes),
    Row(
        16,
        "Inventory/Price Sync on, or more than price and stock changed?",
        _only_price_or_stock,
        answers.price_and_stock,
        _compares_all,
    ),
    Row(17, "What makes it due?", _due, answers.due_because, _listed),
)
"""The decision table. Documents name the rows by their numbers; several rows may share a number."""
