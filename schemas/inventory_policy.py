"""The inventory policy of a listing template: which quantity is sent to TikTok for the stock that Magento has."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from marshmallow import ValidationError, validate, validates_schema

from schemas.field_spec import (
    ATTRIBUTE,
    Choice,
    Effect,
    FieldSpec,
    PolicySchema,
    Switch,
    Text,
    WholeNumber,
    keys_of,
    policy_field,
)

MOST_PIECES = 99_999
"""TikTok's limit for one SKU in one warehouse."""
DEFAULT_SOURCE: Final = "default"
"""Code of Magento's default source, which can't be renamed or deleted. Magento copies its stock into the stock item
(*SetDataToLegacyCatalogInventoryAtSourceItemsSavePlugin*)."""
QUANTITY_RANGE: Final = WholeNumber(0, MOST_PIECES, "{input} is not a number of pieces from {min} to {max}")

SOURCE: Final = "Quantity source"
QUANTITY: Final = "Quantity sent to TikTok"
_SENT: Final = frozenset({Effect.SENT})


class StockSource(StrEnum):
    """Where the quantity is taken from."""

    STOCK_ITEM = "stock_item"
    SALABLE_QUANTITY = "salable_quantity"
    MSI = "msi"
    ATTRIBUTE = "attribute"


_SOURCE_WORDS: Final = (
    (StockSource.STOCK_ITEM, "Stock item"),
    (StockSource.SALABLE_QUANTITY, "Salable quantity"),
    (StockSource.MSI, "MSI source"),
    (StockSource.ATTRIBUTE, "An attribute"),
)


def _source_chip(policy: InventoryPolicy) -> str:
    return policy.source_code or policy.attribute or dict(_SOURCE_WORDS)[policy.source]


@dataclass(frozen=True, slots=True)
class InventoryPolicy:
    """How the quantity for TikTok follows from Magento's stock. All numbers are pieces.

    Available = the source in whole pieces, less `buffer`. `source_code` is the code of the MSI source.
    `default_quantity` replaces the source where stock is not managed (None: no quantity is sent). Above the
    threshold `above` is sent, below it `below`, at it the threshold itself; then never more than available, unless
    `may_send_more_than_available`; then never more than `maximum`.
    """

    title: str
    source: StockSource = policy_field(
        default=StockSource.STOCK_ITEM,
        spec=FieldSpec("Source", "", SOURCE, Choice(StockSource, _SOURCE_WORDS), _SENT, chip=_source_chip),
    )
    source_code: str | None = policy_field(
        default=None,
        spec=FieldSpec(
            "MSI source code",
            "Only where the source is an MSI source.",
            SOURCE,
            Text(validate.Length(1, 255), 255),
            _SENT,
            chip="",
        ),
    )
    attribute: str | None = policy_field(
        default=None,
        spec=FieldSpec(
            "Attribute",
            "The code of the attribute; only where the source is an attribute.",
            SOURCE,
            Text(ATTRIBUTE, 60),
            _SENT,
            chip="",
        ),
    )
    default_quantity: int | None = policy_field(
        default=None,
        spec=FieldSpec(
            "Default quantity",
            "Used when Manage Stock is off. Empty: no quantity is sent for such products.",
            SOURCE,
            QUANTITY_RANGE,
            _SENT,
            chip="",
        ),
    )
    buffer: int = policy_field(
        default=0,
        spec=FieldSpec(
            "Buffer",
            "Available = the source in whole pieces, less Magento's Out-of-Stock Threshold and the buffer; at least 0.",
            QUANTITY,
            QUANTITY_RANGE,
            _SENT,
            chip="buffer {}",
        ),
    )
    threshold: int | None = policy_field(
        default=None,
        spec=FieldSpec(
            "Threshold",
            "At the threshold, the threshold itself is sent. Set it together with the next two fields.",
            QUANTITY,
            QUANTITY_RANGE,
            _SENT,
            chip="threshold {}",
        ),
    )
    above: int | None = policy_field(
        default=None, spec=FieldSpec("Above the threshold send", "", QUANTITY, QUANTITY_RANGE, _SENT, chip="")
    )
    below: int | None = policy_field(
        default=None, spec=FieldSpec("Below the threshold send", "", QUANTITY, QUANTITY_RANGE, _SENT, chip="")
    )
    may_send_more_than_available: bool = policy_field(
        default=False,
        spec=FieldSpec(
            "May send more than available",
            "Off: never more than is available.",
            QUANTITY,
            Switch(),
            _SENT,
            chip="",
        ),
    )
    maximum: int | None = policy_field(
        default=None,
        spec=FieldSpec(
            "Maximum",
            "Never more than this. Empty: TikTok's own limit, 99,999.",
            QUANTITY,
            QUANTITY_RANGE,
            _SENT,
            chip="at most {}",
        ),
    )
    sync_out_of_stock: bool = policy_field(
        default=True,
        spec=FieldSpec(
            "Sync out-of-stock products",
            "Off: a product that is out of stock keeps the quantity last sent.",
            QUANTITY,
            Switch(),
            _SENT,
            chip="out of stock left",
        ),
    )


class InventoryPolicySchema(PolicySchema):
    """The schema of the inventory policy's document in apply files, forms and the database."""

    policy = InventoryPolicy

    class Meta(PolicySchema.Meta):
        include = keys_of(InventoryPolicy)

    @validates_schema
    def dependencies(self, data: dict[str, Any], **_: object) -> None:
        """Refuse fields that contradict each other."""
        faults: dict[str, list[str]] = {}
        if (data["source"] is StockSource.MSI) != (data["source_code"] is not None):
            faults["source_code"] = ["enter the source's code, or choose another source"]
        if (data["source"] is StockSource.ATTRIBUTE) != (data["attribute"] is not None):
            faults["attribute"] = ["enter the attribute's code, or choose another source"]
        given = [data[name] is not None for name in ("threshold", "above", "below")]
        if any(given) and not all(given):
            faults["threshold"] = ["set threshold, above and below together, or none of them"]
        if faults:
            raise ValidationError(faults)
