"""A listing template: which products it includes, and how their TikTok listings are made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, post_load, validate, validates_schema

from schemas.field_spec import TITLE, AttributeCode
from schemas.query_condition import Group, load_query

_DIGITS = validate.Regexp(r"[0-9]{1,30}\Z", error="{input!r} is not a TikTok id (digits only)")
_NUMBER = validate.Regexp(r"[0-9]{1,7}(\.[0-9]{1,3})?\Z", error="{input!r} is not a positive number")


@dataclass(frozen=True, slots=True)
class PackageWeight:
    """TikTok's `package_weight`: a decimal as text, and its unit."""

    value: str
    unit: str


@dataclass(frozen=True, slots=True)
class PackageDimensions:
    """TikTok's `package_dimensions`: whole numbers as text, and their unit."""

    length: str
    width: str
    height: str
    unit: str


@dataclass(frozen=True, slots=True)
class AttributeMapping:
    """One TikTok product attribute, filled from a Magento attribute or by a constant.

    `values` maps the option ids of a select to words: ``{"49": "Black"}``. What becomes of a value without a word,
    `tiktok.listing.attribute_labels` says.
    """

    tiktok_attribute_id: str
    magento_attribute: str | None = None
    constant: str | None = None
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ListingTemplate:
    """Which products it includes (`query`; the lowest `priority` wins), and how their listings are made.

    The policies are titles. Without a `pricing_policy` or `inventory_policy`, price and quantity are sent as Magento
    has them. With an `image_policy` the product's own images are sent, without it the image of `image_uri`, which was
    uploaded to TikTok before.
    """

    title: str
    category_id: str
    query: Group
    package_weight: PackageWeight
    image_uri: str | None = None
    priority: int = 100
    category_version: str = "v1"
    brand_id: str | None = None
    package_dimensions: PackageDimensions | None = None
    attributes: tuple[AttributeMapping, ...] = ()
    pricing_policy: str | None = None
    inventory_policy: str | None = None
    image_policy: str | None = None


class _Query(fields.Field[Group]):
    def _deserialize(self, value: object, attr: object, data: object, **_: object) -> Group:
        return load_query(value)


class PackageWeightSchema(Schema):
    """`{value: "0.3", unit: KILOGRAM}`."""

    class Meta:
        unknown = RAISE

    value = fields.String(required=True, validate=_NUMBER)
    unit = fields.String(
        required=True,
        validate=validate.OneOf(
            ("KILOGRAM", "POUND", "GRAM"), error="{input!r} is not a unit; choose one of {choices}"
        ),
    )

    @post_load
    def build(self, data: dict[str, str], **_: object) -> PackageWeight:
        """Return the weight."""
        return PackageWeight(**data)


class PackageDimensionsSchema(Schema):
    """`{length: "10", width: "10", height: "4", unit: CENTIMETER}`."""

    class Meta:
        unknown = RAISE

    length = fields.String(required=True, validate=_DIGITS)
    width = fields.String(required=True, validate=_DIGITS)
    height = fields.String(required=True, validate=_DIGITS)
    unit = fields.String(
        required=True,
        validate=validate.OneOf(
            ("CENTIMETER", "INCH"), error="{input!r} is not a unit; choose one of {choices}"
        ),
    )

    @post_load
    def build(self, data: dict[str, str], **_: object) -> PackageDimensions:
        """Return the dimensions."""
        return PackageDimensions(**data)


class AttributeMappingSchema(Schema):
    """`{tiktok_attribute_id: "100089", magento_attribute: color, values: {"49": Black}}`."""

    class Meta:
        unknown = RAISE

    tiktok_attribute_id = fields.String(required=True, validate=_DIGITS)
    magento_attribute = AttributeCode(load_default=None, validate=validate.Length(min=1, max=60))
    constant = fields.String(load_default=None, validate=validate.Length(min=1, max=2000))
    values = fields.Dict(keys=fields.String(), values=fields.String(), load_default=dict)

    @post_load
    def build(self, data: dict[str, Any], **_: object) -> AttributeMapping:
        """Return the mapping. Refuse one without exactly one source."""
        if (data["magento_attribute"] is None) == (data["constant"] is None):
            raise ValidationError("say either magento_attribute or constant", "magento_attribute")
        return AttributeMapping(**data)


class ListingTemplateSchema(Schema):
    """The schema of a template's document in apply files, forms and the database. Unknown fields are refused."""

    class Meta:
        unknown = RAISE

    title = fields.String(required=True, validate=TITLE)
    priority = fields.Integer(
        load_default=100,
        strict=True,
        validate=validate.Range(0, 100_000, error="{input!r} is not a number from {min} to {max}"),
    )
    query = _Query(required=True)
    category_id = fields.String(required=True, validate=_DIGITS)
    category_version = fields.String(
        load_default="v1", validate=validate.OneOf(("v1", "v2"), error="{input!r}: say v1 or v2")
    )
    brand_id = fields.String(load_default=None, validate=_DIGITS)
    package_weight = fields.Nested(PackageWeightSchema, required=True)
    package_dimensions = fields.Nested(PackageDimensionsSchema, load_default=None)
    attributes = fields.List(fields.Nested(AttributeMappingSchema), load_default=list)
    image_uri = fields.String(load_default=None, allow_none=True, validate=validate.Length(min=1, max=500))
    pricing_policy = fields.String(load_default=None, allow_none=True, validate=TITLE)
    inventory_policy = fields.String(load_default=None, allow_none=True, validate=TITLE)
    image_policy = fields.String(load_default=None, allow_none=True, validate=TITLE)

    @validates_schema(skip_on_field_errors=False)
    def has_an_image(self, data: dict[str, object], **_: object) -> None:
        """Refuse a template without an image, because TikTok requires one."""
        if data.get("image_uri") is None and data.get("image_policy") is None:
            raise ValidationError("say image_uri, or name an image_policy", "image_uri")

    @post_load
    def build(self, data: dict[str, Any], **_: object) -> ListingTemplate:
        """Return the template."""
        data["attributes"] = tuple(data["attributes"])
        return ListingTemplate(**data)
