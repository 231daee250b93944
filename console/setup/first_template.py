"""The small form of the first listing template as a document. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from schemas.apply_file import InvalidDocument

OWN_IMAGES: Final = "Own images"
"""The image policy that takes a product's own images; made along where it is chosen."""

FIELDS: Final[Mapping[str, str]] = {
    "title": "",
    "category_id": "",
    "category_version": "v2",
    "weight": "",
    "weight_unit": "KILOGRAM",
    "attribute": "attribute_set_id",
    "operator": "is",
    "value": "",
    "images": OWN_IMAGES,
    "image_uri": "",
}
"""Empty, as it begins."""

LABELS: Final = {
    "title": "Title",
    "category_id": "TikTok category",
    "weight": "Package weight",
    "value": "Query",
    "images": "Images",
    "image_uri": "Image on TikTok",
}
_PLACES: Final = {"package_weight": "weight", "query": "value", "image_policy": "images"}


def document_from(fields: Mapping[str, str]) -> dict[str, Any]:
    """The template that the form says; the schema judges it."""
    row: dict[str, Any] = {"attribute": fields["attribute"], "operator": fields["operator"]}
    if fields["operator"].endswith("one_of"):
        row["value"] = [one.strip() for one in fields["value"].split(",") if one.strip()]
    elif fields["operator"] != "is_undefined":
        row["value"] = fields["value"]
    document: dict[str, Any] = {
        "title": fields["title"],
        "category_id": fields["category_id"],
        "category_version": fields["category_version"],
        "package_weight": {"value": fields["weight"], "unit": fields["weight_unit"]},
        "query": {"match": "all", "rows_are": True, "conditions": [row]},
    }
    if fields["image_uri"]:
        document["image_uri"] = fields["image_uri"]
    elif fields["images"]:
        document["image_policy"] = fields["images"]
    return document


def faults_of(invalid: InvalidDocument) -> dict[str, list[str]]:
    """The faults under the fields of the form."""
    found: dict[str, list[str]] = {}
    for fault in invalid.faults:
        name = fault.where.removeprefix("listing_templates[0].").partition(".")[0].partition("[")[0]
        found.setdefault(_PLACES.get(name, name), []).append(fault.message)
    return found
