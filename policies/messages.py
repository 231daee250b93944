"""Messages: decisions in words for the merchant."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from policies.attribute_changes import Change
from policies.conditions import StoreAttributes, nearest_miss
from policies.decision import Action, Decision
from policies.reasons import Reason
from policies.unread_gates import unread_gates
from schemas.attributes import NotReceived, Value, shown
from schemas.listing_template import ListingTemplate
from schemas.product import Product

LONGEST_VALUE = 40
MOST_NAMED = 5

_SENTENCES: Final[Mapping[Reason, str]] = {
    Reason.STALE_EVENT: "This save arrived late: a newer state of the product was received before.",
    Reason.OTHER_STORE_VIEW: "It was saved in another store view, which this shop does not follow.",
    Reason.UNSUPPORTED_TYPE: "Only simple products are synced so far; this one is of another type, or a variant.",
    Reason.UPDATE_OFF: "Product Update is switched off, so listed products are left as they are.",
    Reason.PRODUCT_DELETED: "The product was deleted in Magento.",
    Reason.PRODUCT_DISABLED: "The product is disabled in Magento.",
    Reason.NOT_IN_WEBSITE: "The product is not in the shop's website.",
    Reason.NOT_VISIBLE_INDIVIDUALLY: (
        "The product is Not Visible Individually, and Sync Not Visible Individually Products is switched off."
    ),
    Reason.NO_LISTING_TEMPLATE_MATCHES: "The product matches no listing template.",
    Reason.UNREAD_GATE: "The product is held: a value that decides whether it may be on TikTok is not understood.",
    Reason.UPLOAD_OFF: "The product is not on TikTok, and Product Upload is switched off.",
    Reason.EXISTED_BEFORE_UPLOAD: (
        "The product was created before Product Upload was switched on; it is uploaded when you request it."
    ),
    Reason.GONE_ON_TIKTOK: "The product was removed on TikTok; it is uploaded again when you request it.",
    Reason.NEW_PRODUCT: "A new product that matches a listing template is uploaded.",
    Reason.UPLOAD_REQUESTED: "You requested the upload.",
    Reason.BECAME_ELIGIBLE: "The product is eligible for TikTok again.",
    Reason.TEMPLATE_CHANGED: "Product Assign moved the product to another listing template.",
    Reason.SYNC_REQUESTED: "You requested the sync.",
    Reason.POLICY_CHANGED: "The synchronization policy or a listing template was changed.",
    Reason.NOTHING_CHANGED: "No attribute of the product changed.",
    Reason.NOT_ACCEPTED_YET: "The last sync was not accepted, and the product changed since.",
    Reason.NO_OBSERVED_ATTRIBUTE_CHANGED: "None of the observed attributes changed.",
    Reason.INVENTORY_PRICE_SYNC_OFF: "Only price or stock changed, and Inventory/Price Sync is switched off.",
    Reason.OBSERVED_ATTRIBUTE_CHANGED: "An observed attribute changed, so all attributes are synced.",
    Reason.ATTRIBUTE_CHANGED: "The product changed.",
    Reason.FIRST_SEEN: "This listed product is seen for the first time, so everything is compared.",
}

HAPPENS: Final[Mapping[Action, str]] = {
    Action.UPLOAD: "Is uploaded to TikTok",
    Action.SYNC: "Is synced to TikTok",
    Action.TAKE_DOWN: "Is taken down on TikTok",
    Action.SKIP: "Nothing is sent",
}
WOULD_HAPPEN: Final[Mapping[Action, str]] = {
    Action.UPLOAD: "Would be uploaded to TikTok",
    Action.SYNC: "Would be synced to TikTok",
    Action.TAKE_DOWN: "Would be taken down on TikTok",
    Action.SKIP: "Nothing would be sent",
}
QUEUED: Final[Mapping[Action, str]] = {
    Action.UPLOAD: "Queued for upload",
    Action.SYNC: "Queued for sync",
    Action.TAKE_DOWN: "Queued to be taken down on TikTok",
    Action.SKIP: "Nothing is sent",
}
"""What each action leads to: of a decision, of a preview, and of a request just made."""


def reason_sentence(reason: Reason) -> str:
    """Return the sentence of a reason."""
    return _SENTENCES[reason]


def sentence(
    decision: Decision,
    product: Product,
    templates: Sequence[ListingTemplate],
    store: StoreAttributes,
    leads_to: Mapping[Action, str] = HAPPENS,
) -> str:
    """Return what happens and why, with the changed values or the conditions that the product misses."""
    if decision.reason is Reason.UNREAD_GATE:
        return unread_sentence(product)
    parts = [f"{leads_to[decision.action]}: {_uncapitalised(reason_sentence(decision.reason))}"]
    if decision.changes:
        parts.append(changes_sentence(decision.changes))
    if decision.reason is Reason.NO_LISTING_TEMPLATE_MATCHES:
        parts.append(miss_sentence(product, templates, store))
    return " ".join(parts)


def unread_sentence(product: Product) -> str:
    """Return that the product is held, with the gates that are not understood or were not sent, and what to do."""
    unread = unread_gates(product)
    values = [
        f"{code} {gate} is not {_GATE_VALUES[code]}"
        for code, gate in unread.items()
        if gate.value is not None
    ]
    missing = [code for code, gate in unread.items() if gate.value is None]
    found = "; ".join(values) if values else f"Magento has not sent {', '.join(missing)}"
    return f"Held: {found}. Save the product in Magento, or correct what sends its webhooks."


_GATE_VALUES: Final[Mapping[str, str]] = {
    "status": "a Magento value (1 or 2)",
    "visibility": "a Magento value (1 to 4)",
    "stock_status": "a Magento value (0 or 1)",
    "website_ids": "a list of website ids",
    "type_id": "a product type of Magento",
}
"""What each gate of `unread_gates` may be."""


def changes_sentence(changes: Sequence[Change]) -> str:
    """Return the first few changes as a sentence: ``Changed: color: red -> blue; size: M -> L.``"""
    return f"Changed: {named_changes(changes)}."


def named_changes(changes: Sequence[Change]) -> str:
    """Return the first few changes: ``color: red -> blue; size: M -> L; and 3 more``."""
    named = "; ".join(
        f"{change.attribute}: {_shown(change.old)} -> {_shown(change.new)}" for change in changes[:MOST_NAMED]
    )
    more = len(changes) - MOST_NAMED
    return f"{named}{f'; and {more} more' if more > 0 else ''}"


def miss_sentence(product: Product, templates: Sequence[ListingTemplate], store: StoreAttributes) -> str:
    """Return a sentence with the template that comes nearest, and the rows of its query that do not hold."""
    words = named_miss(product, templates, store)
    return f"{words[0].upper()}{words[1:]}."


def named_miss(product: Product, templates: Sequence[ListingTemplate], store: StoreAttributes) -> str:
    """Return the same as `miss_sentence`, as a part of a sentence."""
    miss = nearest_miss(templates, product, store)
    if miss is None:
        return "there is no listing template yet"
    template, why = miss
    return f"nearest: {template.title!r} {', and '.join(part.requirement() for part in why.failed())}"


def _uncapitalised(text: str) -> str:
    # The name of a switch ("Product Update") keeps its capitals.
    first = text.split(" ", 1)[0]
    return text[0].lower() + text[1:] if first in _PLAIN_WORDS else text


_PLAIN_WORDS: Final = frozenset({"A", "An", "It", "No", "None", "Nothing", "Only", "The", "This", "You"})


_TRAILING_ZEROS: Final = re.compile(r"(-?[0-9]+\.[0-9]{2}[0-9]*?)0+\Z")
"""A decimal as Magento stores prices: ``235.400000``."""


def _shown(value: Value | NotReceived) -> str:
    if isinstance(value, NotReceived):
        return "(not received)"
    if value is None or value == "":
        return "(empty)"
    text = _TRAILING_ZEROS.sub(r"\1", value) if isinstance(value, str) else shown(value)
    return text if len(text) <= LONGEST_VALUE else f"{text[: LONGEST_VALUE - 1]}…"
