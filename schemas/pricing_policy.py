"""The pricing policy of a listing template: which Magento price goes to TikTok, and what is made of it on the way."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from marshmallow import RAISE, Schema, ValidationError, fields, post_load, validate, validates_schema

from schemas.synchronization_policy import TITLE

ATTRIBUTE = validate.Regexp(
    r"[a-z][a-z0-9_]{0,59}\Z", error="{input!r} is not an attribute code (a-z, 0-9, _)"
)
"""An attribute that a policy of a template takes its number from."""


class PriceSource(StrEnum):
    """Where the price is taken from. A special price counts within its dates only, and only where it is lower."""

    PRICE = "price"
    SPECIAL_PRICE = "special_price"
    ATTRIBUTE = "attribute"


class Adjustment(StrEnum):
    """What is added to the converted price, or taken off where the value is negative."""

    NONE = "none"
    FIXED = "fixed"
    PERCENT = "percent"


class Rounding(StrEnum):
    """What a price ends with; the nearest such price is taken, half up."""

    NONE = "none"
    NEAREST_99 = "nearest_99"
    NEAREST_95 = "nearest_95"
    NEAREST_WHOLE = "nearest_whole"


@dataclass(frozen=True, slots=True)
class PricingPolicy:
    """Source × `currency_rate`, ± the adjustment, rounded, never below `floor` (in the shop's currency).

    `guard_percent`: a fall by more than so many per cent of the last sent price waits until a person confirms it; None
    is no guard. `time_zone` is that of the store view (Magento's *Locale Options*), for a special price's dates.
    """

    title: str
    source: PriceSource = PriceSource.PRICE
    attribute: str | None = None
    time_zone: str = "UTC"
    currency_rate: Decimal = Decimal(1)
    adjustment: Adjustment = Adjustment.NONE
    adjustment_value: Decimal = Decimal(0)
    rounding: Rounding = Rounding.NONE
    floor: Decimal | None = None
    guard_percent: Decimal | None = None


def word(known: type[StrEnum], default: StrEnum) -> fields.Enum[Any]:
    """One of an enumeration's words; the fault names them all."""
    return fields.Enum(
        known,
        by_value=True,
        load_default=default,
        error_messages={"unknown": f"not known; say one of {', '.join(known)}"},
    )


def _number(lowest: Decimal, highest: Decimal, default: Decimal | None) -> fields.Decimal:
    said = "{input} is not a number from {min} to {max}"
    return fields.Decimal(
        load_default=default,
        allow_none=default is None,
        validate=validate.Range(lowest, highest, error=said),
        error_messages={"invalid": "not a number", "special": "not a number"},
    )


class PricingPolicySchema(Schema):
    """A policy as a file or a form gives it. Unknown fields are refused."""

    class Meta:
        unknown = RAISE

    title = fields.String(required=True, validate=TITLE)
    source = word(PriceSource, PriceSource.PRICE)
    attribute = fields.String(load_default=None, allow_none=True, validate=ATTRIBUTE)
    time_zone = fields.String(load_default="UTC", validate=validate.Length(1, 60))
    currency_rate = _number(Decimal("0.000001"), Decimal(1_000_000), Decimal(1))
    adjustment = word(Adjustment, Adjustment.NONE)
    adjustment_value = _number(Decimal(-1_000_000_000), Decimal(1_000_000_000), Decimal(0))
    rounding = word(Rounding, Rounding.NONE)
    floor = _number(Decimal("0.01"), Decimal(999_999_999), None)
    guard_percent = _number(Decimal(0), Decimal(100), None)

    @validates_schema
    def dependencies(self, data: dict[str, Any], **_: object) -> None:
        """What must go together."""
        faults: dict[str, list[str]] = {}
        if (data["source"] is PriceSource.ATTRIBUTE) != (data["attribute"] is not None):
            faults["attribute"] = ["is named where the source is attribute, and only there"]
        if (data["adjustment"] is Adjustment.NONE) and data["adjustment_value"]:
            faults["adjustment"] = ["say fixed or percent, or leave adjustment_value at 0"]
        if data["adjustment"] is Adjustment.PERCENT and data["adjustment_value"] <= -100:
            faults["adjustment_value"] = ["takes the whole price away; say more than -100"]
        try:
            ZoneInfo(data["time_zone"])
        except (ZoneInfoNotFoundError, ValueError, OSError):
            faults["time_zone"] = ["is not a time zone, such as Europe/Berlin"]
        if faults:
            raise ValidationError(faults)

    @post_load
    def build(self, data: dict[str, Any], **_: object) -> PricingPolicy:
        """The policy."""
        return PricingPolicy(**data)
