"""The short form of the first listing template. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from schemas.apply_file import InvalidDocument

OWN_IMAGES: Final = "Own images"
"""The title of the image policy that uses a product's own images. It is created when it is chosen."""

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
"""The fields of an empty form."""

LABELS: Final = {
    "title": "Title",
    "category_id": "TikTok category",
    "weight": "Package weight",
    "value": "Query",
    "images": "Images",
    "image_uri": "Image on TikTok",
}
_PLACES: Final = {"package_weight": "weight", "query": "value", "image_policy": "images"}


def document_from(fields: Mapping[str, str]) -> dict[str, object]:
    """Return the template of the form as a document. The schema validates it."""
    row: dict[str, object] = {"attribute": fields["attribute"], "operator": fields["operator"]}
    if fields["operator"].endswith("one_of"):
        row["value"] = [text.strip() for text in fields["value"].split(",") if text.strip()]
    elif fields["operator"] != "is_undefined":
        row["value"] = fields["value"]
    document: dict[str, object] = {
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
    """Return the errors by the form's fields."""
    found: dict[str, list[str]] = {}
    for fault in invalid.faults:
        name = fault.where.removeprefix("listing_templates[0].").partition(".")[0].partition("[")[0]
        found.setdefault(_PLACES.get(name, name), []).append(fault.message)
    return found
