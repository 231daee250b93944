"""Checks: the decision table as questions with their answers and actual values, for `explain` and the product page.

Every row is answered, also those behind the one that decides, so that a merchant sees all that stands in the way. A
property test holds these against `decide`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from policies.assign import named, winner
from policies.attribute_changes import Change, members
from policies.decide import Case
from policies.messages import changes_sentence, miss_sentence
from policies.not_visible_individually import is_left_alone
from policies.observed_attributes import observed, only_price_or_stock
from policies.product_context import Asked
from policies.reasons import Reason
from policies.standing import SUPPORTED_TYPES
from schemas.attributes import NotTold
from schemas.listing import AssignedBy
from schemas.product import Status, Visibility

NOT_LISTED: Final = "not asked: it is not on TikTok"
LISTED: Final = "not asked: it is on TikTok already"
YOU_ASKED: Final = "but you asked for it"


@dataclass(frozen=True, slots=True)
class Check:
    """One question of the decision table. `reason` is what this row decides by, None where the product passes it.

    `row` is its number in the table; `decides` says that it is the first row that is not passed.
    """

    row: int
    question: str
    answer: str
    reason: Reason | None = None
    decides: bool = False

    @property
    def passed(self) -> bool:
        """The question goes on to the next row."""
        return self.reason is None


def checks(case: Case) -> tuple[Check, ...]:
    """Every question in the order of the table; exactly one decides."""
    answered = [ask(case) for ask in _ROWS]
    deciding = next(check for check in answered if not check.passed)
    return tuple(replace(check, decides=check is deciding) for check in answered)


def _is_newest(case: Case) -> Check:
    return _check(1, "Is it the newest that Magento told?", not case.stale, Reason.STALE_EVENT)


def _in_this_store_view(case: Case) -> Check:
    question = "Saved in a store view that this shop follows?"
    return _check(2, question, not case.other_store_view, Reason.OTHER_STORE_VIEW)


def _is_supported(case: Case) -> Check:
    told = case.context.product.value("type_id")
    question = "A simple product of its own?"
    if case.context.product.is_child:
        return Check(3, question, "no: it is a variant of a configurable product", Reason.UNSUPPORTED_TYPE)
    if isinstance(told, NotTold) or told is None:
        return Check(3, question, "yes (Magento has not told its type_id)")
    return _check(3, question, told in SUPPORTED_TYPES, Reason.UNSUPPORTED_TYPE, f" (type_id {told})")


def _is_updated(case: Case) -> Check:
    ask = partial(Check, 4, "Product Update on?")
    if case.rulebook.policy.product_update:
        return ask("yes")
    if not case.context.listing.listed:
        return ask(f"no; {NOT_LISTED}")
    if case.context.asked is Asked.PERSON:
        return ask(f"no, {YOU_ASKED}")
    if case.context.listing.upload_unfinished:
        return ask("no, but its upload is not finished")
    return ask("no", Reason.UPDATE_OFF)


def _is_in_magento(case: Case) -> Check:
    return _check(5, "Still in Magento?", not case.context.product.deleted, Reason.PRODUCT_DELETED)


def _is_enabled(case: Case) -> Check:
    status = case.context.product.number("status")
    actual = f" ({_told('status', status)})"
    return _check(6, "Enabled in Magento?", status != Status.DISABLED, Reason.PRODUCT_DISABLED, actual)


def _is_in_website(case: Case) -> Check:
    question = "In the shop's website?"
    told = case.context.product.value("website_ids")
    website_id = case.rulebook.shop.magento.website_id
    if website_id is None:
        return Check(6, question, "not asked: the shop has no website_id")
    if not isinstance(told, Mapping | list | tuple):
        return Check(6, question, "yes (Magento has not told its website_ids)")
    held = members(told)
    actual = f" (website_ids {', '.join(sorted(held)) or 'empty'}; the shop's is {website_id})"
    return _check(6, question, str(website_id) in held, Reason.NOT_IN_WEBSITE, actual)


def _is_visible(case: Case) -> Check:
    ask = partial(Check, 7, "Visible individually?")
    visibility = case.context.product.number("visibility")
    actual = f"({_told('visibility', visibility)})"
    if is_left_alone(case.context.product, case.rulebook.policy):
        return ask(
            f"no {actual}, and Sync Not Visible Individually Products is off", Reason.NOT_VISIBLE_INDIVIDUALLY
        )
    if visibility != Visibility.NOT_VISIBLE_INDIVIDUALLY:
        return ask(f"yes {actual}")
    exempt = (
        "it is a variant" if case.context.product.is_child else "Sync Not Visible Individually Products is on"
    )
    return ask(f"no {actual}, but {exempt}")


def _has_template(case: Case) -> Check:
    ask = partial(Check, 8, "A listing template's query holds?")
    best = winner(case.context.product, case.rulebook.templates)
    if best is not None:
        return ask(f"yes ({best.title!r})")
    listing = case.context.listing
    by_hand = case.context.asked is Asked.PERSON and listing.assigned_by is AssignedBy.HAND
    if by_hand and named(case.rulebook.templates, listing.template) is not None:
        return ask(f"no, {YOU_ASKED}, and assigned {listing.template!r} by hand")
    miss = miss_sentence(case.context.product, case.rulebook.templates)
    return ask(f"no: {miss[0].lower()}{miss[1:]}".rstrip("."), Reason.NO_LISTING_TEMPLATE_MATCHES)


def _may_go_up(case: Case) -> Check:
    return _uploads(case, "Product Upload on?", case.rulebook.policy.product_upload, Reason.UPLOAD_OFF)


def _not_gone(case: Case) -> Check:
    return _uploads(case, "Never removed on TikTok?", not case.context.listing.gone, Reason.GONE_ON_TIKTOK)


def _is_new(case: Case) -> Check:
    question = "New since Product Upload was switched on?"
    return _uploads(case, question, case.context.product.is_new, Reason.EXISTED_BEFORE_UPLOAD)


def _is_listed(case: Case) -> Check:
    ask = partial(Check, 10, "On TikTok already?")
    if case.context.listing.listed:
        return ask(f"yes (TikTok product {case.context.listing.tiktok_product_id})")
    if case.context.asked is Asked.PERSON:
        return ask("no, and you asked for it: it goes up", Reason.UPLOAD_REQUESTED)
    return ask("no: it goes up", Reason.NEW_PRODUCT)


def _was_eligible(case: Case) -> Check:
    since = case.context.listing.ineligible_since
    if since is None:
        return _syncs(case, 11, "Allowed on TikTok until now?", "yes", None)
    words = f"no, not since {since:%Y-%m-%d %H:%M:%S} UTC ({case.context.listing.ineligible_reason})"
    return _syncs(case, 11, "Allowed on TikTok until now?", words, Reason.BECAME_ELIGIBLE)


def _kept_template(case: Case) -> Check:
    words = f"no: moved to {case.context.listing.template!r}" if case.moved else "yes"
    reason = Reason.TEMPLATE_CHANGED if case.moved else None
    return _syncs(case, 11, "Still in the same listing template?", words, reason)


def _nobody_asked(case: Case) -> Check:
    words, reason = {
        Asked.NOBODY: ("no", None),
        Asked.PERSON: ("yes, you", Reason.SYNC_REQUESTED),
        Asked.POLICY: ("yes, a changed policy or template", Reason.POLICY_CHANGED),
    }[case.context.asked]
    return _syncs(case, 12, "Did anybody ask for a sync?", words, reason)


def _changed_at_all(case: Case) -> Check:
    question = "Changed since a sync was last due?"
    if case.first_seen:
        return _syncs(case, 13, question, "not known: there is nothing to compare with yet", None)
    changed = case.changed
    if not changed:
        return _syncs(case, 13, question, "no", Reason.NOTHING_CHANGED)
    return _syncs(case, 13, question, f"yes ({_named(changed)})", None)


def _was_accepted(case: Case) -> Check:
    last = case.context.listing.last_outcome
    refused = last is not None and last.is_refusal
    words = f"{'no' if refused else 'yes'} ({last.value if last else 'no outcome yet'})"
    holds = refused and not case.first_seen and bool(case.changed)
    return _syncs(case, 14, "Last sync not refused?", words, Reason.NOT_ACCEPTED_YET if holds else None)


def _observed_changed(case: Case) -> Check:
    ask = partial(_syncs, case, 15, "An observed attribute changed?")
    if not case.rulebook.policy.only_specific_attributes:
        return ask("not asked: Only Specific Attributes Syncing is off", None)
    listed = ", ".join(case.rulebook.policy.observed_attributes)
    if case.first_seen:
        return ask(f"everything counts at first sight (observed attributes: {listed})", None)
    changed = case.changed
    since = f"observed attributes: {listed}; changed since the last sync: {_named(changed) or 'nothing'}"
    if observed(changed, case.rulebook.policy):
        return ask(f"yes ({since})", None)
    return ask(f"no ({since})", Reason.NO_OBSERVED_ATTRIBUTE_CHANGED)


def _more_than_price_or_stock(case: Case) -> Check:
    ask = partial(_syncs, case, 16, "Inventory/Price Sync on, or more than price and stock changed?")
    if case.rulebook.policy.only_specific_attributes:
        return ask("not asked: Only Specific Attributes Syncing is on", None)
    if case.rulebook.policy.inventory_price_sync:
        return ask("yes: it is on", None)
    if case.first_seen or not only_price_or_stock(case.changed):
        return ask("yes: it is off, but more than price and stock changed", None)
    return ask("no: it is off", Reason.INVENTORY_PRICE_SYNC_OFF)


def _is_due(case: Case) -> Check:
    ask = partial(_syncs, case, 17, "Due because of what?")
    if case.first_seen:
        return ask("everything: it was never synced before", Reason.FIRST_SEEN)
    counting = observed(case.changed, case.rulebook.policy)
    if not counting:
        return ask("nothing", None)
    if case.rulebook.policy.only_specific_attributes:
        return ask(f"{_named(counting)}; all attributes go", Reason.OBSERVED_ATTRIBUTE_CHANGED)
    return ask(_named(counting), Reason.ATTRIBUTE_CHANGED)


_ROWS: Final[tuple[Callable[[Case], Check], ...]] = (
    _is_newest,
    _in_this_store_view,
    _is_supported,
    _is_updated,
    _is_in_magento,
    _is_enabled,
    _is_in_website,
    _is_visible,
    _has_template,
    _may_go_up,
    _not_gone,
    _is_new,
    _is_listed,
    _was_eligible,
    _kept_template,
    _nobody_asked,
    _changed_at_all,
    _was_accepted,
    _observed_changed,
    _more_than_price_or_stock,
    _is_due,
)


def _check(row: int, question: str, passed: bool, reason: Reason, actual: str = "") -> Check:
    return Check(row, question, f"{'yes' if passed else 'no'}{actual}", None if passed else reason)


def _uploads(case: Case, question: str, passed: bool, reason: Reason) -> Check:
    """Row 9: asked of a product that is not on TikTok, and passed on a person's request."""
    told = _check(9, question, passed, reason)
    if case.context.listing.listed:
        return replace(told, answer=f"{told.answer}; {LISTED}", reason=None)
    if not passed and case.context.asked is Asked.PERSON:
        return replace(told, answer=f"{told.answer}, {YOU_ASKED}", reason=None)
    return told


def _syncs(case: Case, row: int, question: str, answer: str, reason: Reason | None) -> Check:
    """Rows 11 to 17: asked of a product that is on TikTok."""
    return (
        Check(row, question, answer, reason)
        if case.context.listing.listed
        else Check(row, question, NOT_LISTED)
    )


def _named(changed: tuple[Change, ...]) -> str:
    return changes_sentence(changed).removeprefix("Changed: ").rstrip(".") if changed else ""


def _told(code: str, value: int | None) -> str:
    return f"Magento has not told its {code}" if value is None else f"{code} {value}"
