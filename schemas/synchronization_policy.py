"""The synchronization policy: the merchant's switches, with the words of their screen."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from marshmallow import ValidationError, validates_schema

from schemas.field_spec import (
    NO_EFFECT,
    AttributeCodes,
    Choice,
    Effect,
    FieldSpec,
    PolicySchema,
    Switch,
    keys_of,
    policy_field,
)

CRON: Final = "Cron Settings"
PRODUCTS: Final = "Product Settings"
LEAVING: Final = "When a listed product should no longer be sold"

_ELIGIBILITY: Final = frozenset({Effect.ELIGIBILITY})
_TRIGGERS: Final = frozenset({Effect.TRIGGERS})


class WhenLeaving(StrEnum):
    """What happens to a listing whose product should no longer be sold."""

    KEEP = "keep"
    DEACTIVATE = "deactivate"
    ZERO_STOCK = "zero_stock"
    DELETE = "delete"


_WORDS: Final = {
    WhenLeaving.KEEP: "Keep: nothing is sent",
    WhenLeaving.DEACTIVATE: "Deactivate",
    WhenLeaving.ZERO_STOCK: "Set stock to 0",
    WhenLeaving.DELETE: "Delete",
}


def _leaving(label: str, *allowed: WhenLeaving) -> FieldSpec:
    options = tuple((option, _WORDS[option]) for option in allowed)
    return FieldSpec(label, "", LEAVING, Choice(WhenLeaving, options), _ELIGIBILITY, chip="")


@dataclass(frozen=True, slots=True)
class SynchronizationPolicy:
    """The merchant's switches; they apply to the shops that use the policy."""

    title: str
    product_upload: bool = policy_field(
        default=False,
        spec=FieldSpec(
            "Product Upload",
            "A new Magento product that matches any listing template's query is sent to TikTok automatically. "
            "Switching it on uploads no product that exists already: use Upload matching products for those.",
            CRON,
            Switch(),
            # It counts for products that are created from then on: switching it on uploads no existing product.
            NO_EFFECT,
            chip="Upload",
            in_setup=True,
        ),
    )
    product_update: bool = policy_field(
        default=False,
        spec=FieldSpec(
            "Product Update",
            "A changed product that matches any listing template's query is updated on TikTok. "
            "Off: TikTok listings are never touched, not even taken down.",
            CRON,
            Switch(),
            _ELIGIBILITY | _TRIGGERS,
            chip="Update",
            in_setup=True,
        ),
    )
    inventory_price_sync: bool = policy_field(
        default=False,
        spec=FieldSpec(
            "Inventory/Price Sync",
            "Price and stock are updated too. It needs Product Update.",
            CRON,
            Switch(),
            _TRIGGERS | {Effect.SENT},
            chip="Inventory/Price",
            needs="product_update",
            in_setup=True,
        ),
    )
    product_assign: bool = policy_field(
        default=False,
        spec=FieldSpec(
            "Product Assign",
            "A product that matches a listing template's query is assigned to that template.",
            CRON,
            Switch(),
            frozenset({Effect.ASSIGNMENT}),
            chip="Assign",
            in_setup=True,
        ),
    )
    sync_not_visible_individually: bool = policy_field(
        default=False,
        spec=FieldSpec(
            "Sync Not Visible Individually Products",
            "Off: products whose visibility is Not Visible Individually are skipped.",
            PRODUCTS,
            Switch(),
            _ELIGIBILITY,
            chip="",
            in_setup=True,
        ),
    )
    only_specific_attributes: bool = policy_field(
        default=False,
        spec=FieldSpec(
            "Only Specific Attributes Syncing",
            "A change to an observed attribute syncs all attributes; changes to other attributes are ignored. "
            "Off: any change syncs all; the selection is kept but not used.",
            PRODUCTS,
            Switch(),
            _TRIGGERS,
            chip="",
        ),
    )
    observed_attributes: tuple[str, ...] = policy_field(
        default=(),
        spec=FieldSpec(
            "Observed attributes",
            "Attributes received from Magento lately, with Price and Quantity. Quantity includes stock status.",
            PRODUCTS,
            AttributeCodes(),
            _TRIGGERS,
            chip="",
        ),
    )
    activity_log: bool = policy_field(
        default=True,
        spec=FieldSpec(
            "Activity Log", "Disabled: no activity row is stored.", "", Switch(named=True), NO_EFFECT, chip=""
        ),
    )
    feed_log: bool = policy_field(
        default=True,
        spec=FieldSpec(
            "Synchronization Feed Log",
            "Disabled: no feed row is stored.",
            "",
            Switch(named=True),
            NO_EFFECT,
            chip="",
        ),
    )
    paused: bool = policy_field(
        default=False, spec=FieldSpec("Paused", "", "", Switch(), NO_EFFECT, chip="", on_form=False)
    )
    when_hidden: WhenLeaving = policy_field(
        default=WhenLeaving.KEEP,
        spec=_leaving("Hidden in Magento", WhenLeaving.KEEP, WhenLeaving.DEACTIVATE, WhenLeaving.ZERO_STOCK),
    )
    when_disabled: WhenLeaving = policy_field(
        default=WhenLeaving.DEACTIVATE,
        spec=_leaving(
            "Disabled, or out of the website",
            WhenLeaving.DEACTIVATE,
            WhenLeaving.KEEP,
            WhenLeaving.ZERO_STOCK,
        ),
    )
    when_deleted: WhenLeaving = policy_field(
        default=WhenLeaving.DEACTIVATE,
        spec=_leaving("Deleted in Magento", WhenLeaving.DEACTIVATE, WhenLeaving.DELETE, WhenLeaving.KEEP),
    )
    when_unmatched: WhenLeaving = policy_field(
        default=WhenLeaving.KEEP,
        spec=_leaving(
            "It no longer matches any template",
            WhenLeaving.KEEP,
            WhenLeaving.ZERO_STOCK,
            WhenLeaving.DEACTIVATE,
        ),
    )


class SynchronizationPolicySchema(PolicySchema):
    """The schema of the synchronization policy's document in apply files, forms and the database."""

    policy = SynchronizationPolicy

    class Meta(PolicySchema.Meta):
        include = keys_of(SynchronizationPolicy)

    @validates_schema(skip_on_field_errors=False, pass_original=True)
    def dependencies(self, data: dict[str, object], given: dict[str, object], **_: object) -> None:
        """Refuse two combinations. `given` is the document, so that a field with a fault is not reported twice."""
        faults: dict[str, list[str]] = {}
        if data.get("inventory_price_sync") and not given.get("product_update"):
            faults["inventory_price_sync"] = ["Inventory/Price Sync needs Product Update"]
        if data.get("only_specific_attributes") and not given.get("observed_attributes"):
            faults["observed_attributes"] = ["Select at least one attribute to observe"]
        if faults:
            raise ValidationError(faults)
