"""The inventory policy of a listing template: how many pieces TikTok is told of those that Magento has."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, post_load, validate, validates_schema

from schemas.pricing_policy import ATTRIBUTE, word
from schemas.synchronization_policy import STRICT_BOOLEAN, TITLE

MOST_PIECES = 99_999
"""TikTok's limit of one SKU in one warehouse."""


class StockSource(StrEnum):
    """Where the quantity is taken from."""

    STOCK_ITEM = "stock_item"
    SALABLE_QUANTITY = "salable_quantity"
    MSI = "msi"
    ATTRIBUTE = "attribute"


@dataclass(frozen=True, slots=True)
class InventoryPolicy:
    """Available = the source, whole pieces, less the buffer. All numbers are pieces.

    `source_code` is the MSI source; `default_quantity` stands for the source where stock is not managed (None: the
    quantity as told). Above the threshold `above` is sent, below it `below`, at it the threshold itself; then never
    more than available unless that is allowed; then never more than `maximum`.
    """

    title: str
    source: StockSource = StockSource.STOCK_ITEM
    source_code: str | None = None
    attribute: str | None = None
    default_quantity: int | None = None
    buffer: int = 0
    threshold: int | None = None
    above: int | None = None
    below: int | None = None
    may_send_more_than_available: bool = False
    maximum: int | None = None
    sync_out_of_stock: bool = True


def _pieces(**more: Any) -> fields.Integer:
    return fields.Integer(
        strict=True,
        validate=validate.Range(
            0, MOST_PIECES, error="{input} is not a number of pieces from {min} to {max}"
        ),
        error_messages={"invalid": "not a whole number"},
        **more,
    )


def _maybe_pieces() -> fields.Integer:
    return _pieces(load_default=None, allow_none=True)


class InventoryPolicySchema(Schema):
    """A policy as a file or a form gives it. Unknown fields are refused."""

    class Meta:
        unknown = RAISE

    title = fields.String(required=True, validate=TITLE)
    source = word(StockSource, StockSource.STOCK_ITEM)
    source_code = fields.String(load_default=None, allow_none=True, validate=validate.Length(1, 255))
    attribute = fields.String(load_default=None, allow_none=True, validate=ATTRIBUTE)
    default_quantity = _maybe_pieces()
    buffer = _pieces(load_default=0)
    threshold = _maybe_pieces()
    above = _maybe_pieces()
    below = _maybe_pieces()
    may_send_more_than_available = fields.Boolean(load_default=False, **STRICT_BOOLEAN)
    maximum = _maybe_pieces()
    sync_out_of_stock = fields.Boolean(load_default=True, **STRICT_BOOLEAN)

    @validates_schema
    def dependencies(self, data: dict[str, Any], **_: object) -> None:
        """What must go together."""
        faults: dict[str, list[str]] = {}
        if (data["source"] is StockSource.MSI) != (data["source_code"] is not None):
            faults["source_code"] = ["is named where the source is msi, and only there"]
        if (data["source"] is StockSource.ATTRIBUTE) != (data["attribute"] is not None):
            faults["attribute"] = ["is named where the source is attribute, and only there"]
        told = [data[name] is not None for name in ("threshold", "above", "below")]
        if any(told) and not all(told):
            faults["threshold"] = ["threshold, above and below go together"]
        if faults:
            raise ValidationError(faults)

    @post_load
    def build(self, data: dict[str, Any], **_: object) -> InventoryPolicy:
        """The policy."""
        return InventoryPolicy(**data)
