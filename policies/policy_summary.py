"""A synchronization policy in sentences: what it will do, as shown beside its form. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from policies.field_specs import value_words
from policies.observed_attributes import PRICE, QUANTITY
from schemas.attributes import PRICE_ATTRIBUTES, STOCK_ATTRIBUTES
from schemas.field_spec import field_specs
from schemas.synchronization_policy import SynchronizationPolicy, WhenLeaving

NEEDS_UPDATE: Final = "Inventory/Price Sync needs Product Update"
NONE_OBSERVED: Final = "Select at least one attribute to observe"
NO_QUANTITY: Final = "Quantity is not observed: stock changes alone will not reach TikTok"
NO_PRICE: Final = "Price is not observed: price changes alone will not reach TikTok"
MOST_NAMED: Final = 8

IN_SENTENCES: Final = frozenset(
    {
        "product_upload",
        "product_update",
        "inventory_price_sync",
        "product_assign",
        "sync_not_visible_individually",
        "only_specific_attributes",
        "observed_attributes",
        "activity_log",
        "feed_log",
        "paused",
        "when_hidden",
        "when_disabled",
        "when_deleted",
        "when_unmatched",
    }
)
"""The fields that have sentences below. Any other field is listed with its label and value."""

_BECOMES: Final = {
    WhenLeaving.KEEP: "is left as it is: TikTok still sells it",
    WhenLeaving.DEACTIVATE: "is deactivated on TikTok",
    WhenLeaving.ZERO_STOCK: "has its stock on TikTok set to 0",
    WhenLeaving.DELETE: "is deleted on TikTok",
}


def will_do(policy: SynchronizationPolicy, hidden_now: str = "") -> tuple[str, ...]:
    """Return the sentences of a policy, one or two for each switch, in the order of the form.

    `hidden_now` is the number of products that are Not Visible Individually now, without variants; empty where it is
    not known.
    """
    return tuple(_will_do(policy, f" (now {hidden_now})" if hidden_now else ""))


def warnings(policy: SynchronizationPolicy) -> tuple[str, ...]:
    """Return warnings about combinations of switches whose effect a merchant may not expect."""
    return tuple(_warnings(policy))


def unobserved(policy: SynchronizationPolicy) -> tuple[str, ...]:
    """Return those of price and quantity that *Only Specific Attributes Syncing* leaves out."""
    if not policy.only_specific_attributes:
        return ()
    return tuple(code for code in (PRICE, QUANTITY) if code not in policy.observed_attributes)


def join_or(words: Sequence[str], most: int = MOST_NAMED) -> str:
    """Return ``a, b or c``. Of more than `most` words, the first ones and the number of the others."""
    named = list(words[:most])
    if len(words) > most:
        named.append(f"one of {len(words) - most} more")
    return f"{', '.join(named[:-1])} or {named[-1]}" if len(named) > 1 else "".join(named)


def attribute_words(code: str) -> str:
    """Return the attribute's code as it is written in a sentence."""
    return code.replace("_", " ")


def _will_do(policy: SynchronizationPolicy, now: str) -> Iterator[str]:
    if policy.product_upload:
        yield "A new product that matches any listing template is uploaded to TikTok automatically."
    else:
        yield "No product is uploaded to TikTok automatically: a person requests it."
    yield from _updates(policy) if policy.product_update else _hands_off()
    if policy.product_assign:
        yield "A product that matches a listing template's query is assigned to that template."
    else:
        yield "No product is assigned to a listing template automatically; an upload uses the template that wins then."
    if policy.sync_not_visible_individually:
        yield f"Products that are Not Visible Individually are synced as any other{now}."
    else:
        yield f"Products that are Not Visible Individually are skipped{now}, except variants of configurable products."
    if policy.product_update:
        yield from _leaving(policy)
    if not policy.activity_log:
        yield "Activity Log is disabled: no activity row is stored, so a product page can't tell its history."
    if not policy.feed_log:
        yield "Synchronization Feed Log is disabled: no webhook and no TikTok call is stored."
    if policy.paused:
        yield "The policy is paused: decisions go on, and what is due waits until it is resumed."
    yield from _others(policy)


def _others(policy: SynchronizationPolicy) -> Iterator[str]:
    """Yield label and value of each field that has no sentence above."""
    for spec in field_specs(type(policy)):
        value = getattr(policy, spec.name)
        if spec.name not in IN_SENTENCES and value != spec.default:
            yield f"{spec.label}: {value_words(spec, value)}."


def _hands_off() -> Iterator[str]:
    yield (
        "Product Update is off: what is on TikTok stays as it is, whatever happens in Magento. "
        "Not even take-downs are sent."
    )


def _updates(policy: SynchronizationPolicy) -> Iterator[str]:
    if policy.only_specific_attributes:
        observed = [attribute_words(code) for code in policy.observed_attributes]
        if observed:
            yield (
                f"When a listed product changes in Magento: if {join_or(observed)} changed, all attributes go to "
                "TikTok. Changes of other attributes alone send nothing."
            )
        else:
            yield "No attribute is observed, so no change of a listed product would send anything."
    else:
        yield "When a listed product changes in Magento, whatever attribute changed, all attributes go to TikTok."
    if policy.inventory_price_sync:
        yield "Price and stock go with them."
    else:
        alone = "" if policy.only_specific_attributes else " Their changes alone send nothing."
        yield f"Price and stock stay as they were last sent, but for a new product or a new SKU.{alone}"


def _leaving(policy: SynchronizationPolicy) -> Iterator[str]:
    rows = (
        (policy.when_hidden, "is hidden in Magento"),
        (policy.when_disabled, "is disabled or out of the website"),
        (policy.when_deleted, "is deleted in Magento"),
        (policy.when_unmatched, "no longer matches any template"),
    )
    for leaving in WhenLeaving:
        words = [when for becomes, when in rows if becomes is leaving]
        if words:
            yield f"A listed product that {join_or(words)} {_BECOMES[leaving]}."


def _warnings(policy: SynchronizationPolicy) -> Iterator[str]:
    if policy.inventory_price_sync and not policy.product_update:
        yield NEEDS_UPDATE
    left_out = unobserved(policy)
    if QUANTITY in left_out:
        yield NO_QUANTITY
    if PRICE in left_out:
        yield NO_PRICE
    if policy.only_specific_attributes and policy.product_update and not policy.inventory_price_sync:
        picked = set(policy.observed_attributes) & (PRICE_ATTRIBUTES | STOCK_ATTRIBUTES)
        if picked:
            named = join_or([attribute_words(code) for code in sorted(picked)])
            yield f"A change of {named} sets off a sync, but Inventory/Price Sync is off: price and stock stay."
