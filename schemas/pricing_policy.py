"""The pricing policy of a listing template: which Magento price goes to TikTok, and how it is adjusted on the way."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from marshmallow import ValidationError, validate, validates_schema

from schemas.field_spec import (
    ATTRIBUTE,
    Choice,
    DecimalNumber,
    Effect,
    FieldSpec,
    PolicySchema,
    Text,
    keys_of,
    policy_field,
)

SOURCE: Final = "Price source"
ADJUSTMENT: Final = "Price adjustment"
_SENT: Final = frozenset({Effect.SENT})
_SOURCES: Final = _SENT | {Effect.TRIGGERS}
"""The source also determines which changes of a price start a sync."""


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


_SOURCE_WORDS: Final = (
    (PriceSource.PRICE, "Price"),
    (PriceSource.SPECIAL_PRICE, "Special price, within its dates"),
    (PriceSource.ATTRIBUTE, "An attribute"),
)
_ADJUSTMENT_WORDS: Final = (
    (Adjustment.NONE, "None"),
    (Adjustment.FIXED, "Fixed amount"),
    (Adjustment.PERCENT, "Per cent"),
)
_ROUNDING_WORDS: Final = (
    (Rounding.NONE, "None"),
    (Rounding.NEAREST_99, "To the nearest .99"),
    (Rounding.NEAREST_95, "To the nearest .95"),
    (Rounding.NEAREST_WHOLE, "To the nearest whole"),
)


def _source_chip(policy: PricingPolicy) -> str:
    return policy.attribute or dict(_SOURCE_WORDS)[policy.source].partition(",")[0]


def _adjustment_chip(policy: PricingPolicy) -> str:
    if policy.adjustment is Adjustment.NONE:
        return ""
    return f"{policy.adjustment_value:+}{' %' if policy.adjustment is Adjustment.PERCENT else ''}"


def _rounding_chip(policy: PricingPolicy) -> str:
    if policy.rounding is Rounding.NONE:
        return ""
    return dict(_ROUNDING_WORDS)[policy.rounding].removeprefix("To the ")


@dataclass(frozen=True, slots=True)
class PricingPolicy:
    """Price = source × `currency_rate`, ± the adjustment, rounded, never below `floor` (in the shop's currency).

    A price more than `guard_percent` per cent below the last price sent waits until a person confirms it; None means no
    guard. `time_zone` is the store view's (Magento's *Locale Options*), for the dates of a special price.
    """

    title: str
    source: PriceSource = policy_field(
        default=PriceSource.PRICE,
        spec=FieldSpec(
            "Source",
            "A special price counts within its dates only, and only where it is lower.",
            SOURCE,
            Choice(PriceSource, _SOURCE_WORDS),
            _SOURCES,
            chip=_source_chip,
        ),
    )
    attribute: str | None = policy_field(
        default=None,
        spec=FieldSpec(
            "Attribute",
            "The code of the attribute; only where the source is an attribute.",
            SOURCE,
            Text(ATTRIBUTE, 60),
            _SOURCES,
            chip="",
        ),
    )
    time_zone: str = policy_field(
        default="UTC",
        spec=FieldSpec(
            "Time zone",
            "Of the store view (Magento's Locale Options), for the dates of a special price; such as Europe/Berlin.",
            SOURCE,
            Text(validate.Length(1, 60), 60),
            _SOURCES,
            chip="",
        ),
    )
    currency_rate: Decimal = policy_field(
        default=Decimal(1),
        spec=FieldSpec(
            "Currency rate",
            "The source price is multiplied by it.",
            ADJUSTMENT,
            DecimalNumber(Decimal("0.000001"), Decimal(1_000_000)),
            _SENT,
            chip="× {}",
        ),
    )
    adjustment: Adjustment = policy_field(
        default=Adjustment.NONE,
        spec=FieldSpec(
            "Adjustment",
            "",
            ADJUSTMENT,
            Choice(Adjustment, _ADJUSTMENT_WORDS),
            _SENT,
            chip=_adjustment_chip,
        ),
    )
    adjustment_value: Decimal = policy_field(
        default=Decimal(0),
        spec=FieldSpec(
            "Adjustment value",
            "Added to the converted price; a negative value is taken off.",
            ADJUSTMENT,
            DecimalNumber(Decimal(-1_000_000_000), Decimal(1_000_000_000)),
            _SENT,
            chip="",
        ),
    )
    rounding: Rounding = policy_field(
        default=Rounding.NONE,
        spec=FieldSpec(
            "Rounding",
            ".5 rounds up.",
            ADJUSTMENT,
            Choice(Rounding, _ROUNDING_WORDS),
            _SENT,
            chip=_rounding_chip,
        ),
    )
    floor: Decimal | None = policy_field(
        default=None,
        spec=FieldSpec(
            "Floor",
            "The lowest price that is sent, in the shop's currency. Empty: no floor.",
            ADJUSTMENT,
            DecimalNumber(Decimal("0.01"), Decimal(999_999_999)),
            _SENT,
            chip="floor {}",
        ),
    )
    guard_percent: Decimal | None = policy_field(
        default=None,
        spec=FieldSpec(
            "Hold price drops larger than this (%)",
            "A larger drop from the last price sent waits until a person confirms it. Empty: no guard.",
            ADJUSTMENT,
            DecimalNumber(Decimal(0), Decimal(100)),
            _SENT,
            chip="guard {} %",
        ),
    )


class PricingPolicySchema(PolicySchema):
    """The schema of the pricing policy's document in apply files, forms and the database."""

    policy = PricingPolicy

    class Meta(PolicySchema.Meta):
        include = keys_of(PricingPolicy)

    @validates_schema
    def dependencies(self, data: dict[str, Any], **_: object) -> None:
        """Refuse fields that contradict each other."""
        faults: dict[str, list[str]] = {}
        if (data["source"] is PriceSource.ATTRIBUTE) != (data["attribute"] is not None):
            faults["attribute"] = ["enter the attribute's code, or choose another source"]
        if (data["adjustment"] is Adjustment.NONE) and data["adjustment_value"]:
            faults["adjustment"] = ["choose fixed or percent, or set adjustment_value to 0"]
        if data["adjustment"] is Adjustment.PERCENT and data["adjustment_value"] <= -100:
            faults["adjustment_value"] = ["must be above -100: nothing would be left of the price"]
        try:
            ZoneInfo(data["time_zone"])
        except (ZoneInfoNotFoundError, ValueError, OSError):
            faults["time_zone"] = ["is not a time zone, such as Europe/Berlin"]
        if faults:
            raise ValidationError(faults)
