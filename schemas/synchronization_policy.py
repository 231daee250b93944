"""The synchronization policy: the merchant's switches, under the words that are on their screen."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, post_load, validate, validates_schema

STRICT_BOOLEAN: dict[str, Any] = {
    "truthy": {True},
    "falsy": {False},
    "error_messages": {"invalid": "{input!r} is not allowed here; say true or false"},
}
TITLE = validate.And(
    validate.Length(min=1, max=120, error="a title has 1 to 120 characters"),
    validate.Regexp(r"[^\x00-\x1f\x7f]*\Z", error="a title has no control characters"),
)


class WhenLeaving(StrEnum):
    """What becomes of a listing whose product leaves."""

    KEEP = "keep"
    DEACTIVATE = "deactivate"
    ZERO_STOCK = "zero_stock"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class SynchronizationPolicy:
    """The merchant's switches; it hangs on the shop."""

    title: str
    product_upload: bool = False
    product_update: bool = False
    inventory_price_sync: bool = False
    product_assign: bool = False
    sync_not_visible_individually: bool = False
    only_specific_attributes: bool = False
    observed_attributes: tuple[str, ...] = ()
    activity_log: bool = True
    feed_log: bool = True
    paused: bool = False
    when_hidden: WhenLeaving = WhenLeaving.KEEP
    when_disabled: WhenLeaving = WhenLeaving.DEACTIVATE
    when_deleted: WhenLeaving = WhenLeaving.DEACTIVATE
    when_unmatched: WhenLeaving = WhenLeaving.KEEP


def _leaving(default: WhenLeaving, *allowed: WhenLeaving) -> fields.Enum[WhenLeaving]:
    words = ", ".join(allowed)
    return fields.Enum(
        WhenLeaving,
        by_value=True,
        load_default=default,
        validate=validate.OneOf(allowed, error=f"{{input}} is not allowed here; say one of {words}"),
        error_messages={"unknown": f"not known; say one of {words}"},
    )


class SynchronizationPolicySchema(Schema):
    """A policy as a file or a form gives it. Unknown fields are refused."""

    class Meta:
        unknown = RAISE

    title = fields.String(required=True, validate=TITLE)
    product_upload = fields.Boolean(load_default=False, **STRICT_BOOLEAN)
    product_update = fields.Boolean(load_default=False, **STRICT_BOOLEAN)
    inventory_price_sync = fields.Boolean(load_default=False, **STRICT_BOOLEAN)
    product_assign = fields.Boolean(load_default=False, **STRICT_BOOLEAN)
    sync_not_visible_individually = fields.Boolean(load_default=False, **STRICT_BOOLEAN)
    only_specific_attributes = fields.Boolean(load_default=False, **STRICT_BOOLEAN)
    observed_attributes = fields.List(
        fields.String(
            validate=validate.Regexp(
                r"[a-z][a-z0-9_]{0,59}\Z", error="{input!r} is not an attribute code (a-z, 0-9, _)"
            )
        ),
        load_default=list,
    )
    activity_log = fields.Boolean(load_default=True, **STRICT_BOOLEAN)
    feed_log = fields.Boolean(load_default=True, **STRICT_BOOLEAN)
    paused = fields.Boolean(load_default=False, **STRICT_BOOLEAN)
    when_hidden = _leaving(WhenLeaving.KEEP, WhenLeaving.KEEP, WhenLeaving.DEACTIVATE, WhenLeaving.ZERO_STOCK)
    when_disabled = _leaving(
        WhenLeaving.DEACTIVATE, WhenLeaving.KEEP, WhenLeaving.DEACTIVATE, WhenLeaving.ZERO_STOCK
    )
    when_deleted = _leaving(
        WhenLeaving.DEACTIVATE, WhenLeaving.KEEP, WhenLeaving.DEACTIVATE, WhenLeaving.DELETE
    )
    when_unmatched = _leaving(
        WhenLeaving.KEEP, WhenLeaving.KEEP, WhenLeaving.DEACTIVATE, WhenLeaving.ZERO_STOCK
    )

    @validates_schema(skip_on_field_errors=False, pass_original=True)
    def dependencies(self, data: dict[str, Any], told: dict[str, Any], **_: object) -> None:
        """The two sentences that the form says too; not said of a field that is told with a fault of its own."""
        faults: dict[str, list[str]] = {}
        if data.get("inventory_price_sync") and not told.get("product_update"):
            faults["inventory_price_sync"] = ["Inventory/Price Sync needs Product Update"]
        if data.get("only_specific_attributes") and not told.get("observed_attributes"):
            faults["observed_attributes"] = ["Select at least one attribute to observe"]
        if faults:
            raise ValidationError(faults)

    @post_load
    def build(self, data: dict[str, Any], **_: object) -> SynchronizationPolicy:
        """The policy, its observed attributes without repeats, in the order given."""
        data["observed_attributes"] = tuple(dict.fromkeys(data["observed_attributes"]))
        return SynchronizationPolicy(**data)
