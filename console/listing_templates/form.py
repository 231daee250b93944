"""The form of a listing template: from form fields to the document of an apply file, and back. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final, NamedTuple

from console.listing_templates.query_builder import ROOT, document_of, read
from schemas.listing_template import ListingTemplate
from schemas.query_condition import dump_query

_OPTIONAL: Final = ("brand_id", "image_uri", "pricing_policy", "inventory_policy", "image_policy")
MOST_MAPPINGS: Final = 100


def document_from(fields: Mapping[str, str]) -> dict[str, Any]:
    """Return the document for the form's fields. The schema validates it."""
    values_by_name = {name: value.strip() for name, value in fields.items() if not name.startswith("q")}
    document: dict[str, object] = {
        "title": values_by_name.get("title", ""),
        "priority": _number(values_by_name.get("priority", "100")),
        "query": document_of(read(fields)),
        "category_id": values_by_name.get("category_id", ""),
        "category_version": values_by_name.get("category_version") or "v1",
        "package_weight": {
            "value": values_by_name.get("weight", ""),
            "unit": values_by_name.get("weight_unit", "KILOGRAM"),
        },
        "attributes": [mapping for mapping in _mappings(values_by_name) if mapping],
    }
    document |= {name: values_by_name[name] for name in _OPTIONAL if values_by_name.get(name)}
    sides = {name: values_by_name[name] for name in ("length", "width", "height") if values_by_name.get(name)}
    if sides:
        document["package_dimensions"] = {**sides, "unit": values_by_name.get("dimension_unit", "CENTIMETER")}
    return document


def fields_from(document: Mapping[str, Any]) -> dict[str, object]:
    """Return the document as the page's template reads it, whatever is missing or wrong in it."""
    weight = document.get("package_weight") or {}
    dimensions = document.get("package_dimensions") or {}
    return {
        **{name: document.get(name) or "" for name in ("title", "category_id", *_OPTIONAL)},
        "priority": document.get("priority", 100),
        "category_version": document.get("category_version") or "v1",
        "weight": weight.get("value", ""),
        "weight_unit": weight.get("unit", "KILOGRAM"),
        **{name: dimensions.get(name, "") for name in ("length", "width", "height")},
        "dimension_unit": dimensions.get("unit", "CENTIMETER"),
        "mappings": [
            {
                "tiktok": mapping.get("tiktok_attribute_id", ""),
                "source": "constant" if mapping.get("constant") else "attribute",
                "value": mapping.get("constant") or mapping.get("magento_attribute") or "",
                "labels": "\n".join(
                    f"{key} = {label}" for key, label in (mapping.get("values") or {}).items()
                ),
            }
            for mapping in document.get("attributes") or ()
        ],
    }


def document_of_template(template: ListingTemplate) -> dict[str, object]:
    """Return a listing template as a document."""
    document = {name: value for name, value in asdict(template).items() if value is not None}
    attributes = [
        {name: value for name, value in asdict(mapping).items() if value} for mapping in template.attributes
    ]
    return {**document, "attributes": attributes, "query": dump_query(template.query)}


@dataclass(frozen=True, slots=True)
class InputErrors:
    """The errors of a form by the id of their input, and the labels of those inputs that repeat."""

    errors: Mapping[str, list[str]]
    labels: Mapping[str, str]


def at_inputs(by_field: Mapping[str, list[str]]) -> InputErrors:
    """Move the errors of conditions and attributes from the field of the document to their own inputs.

    ``query: conditions[0].conditions[2].value: ...`` becomes an error of the input ``q.0.2.value``, *Condition 1.3*.
    """
    errors: dict[str, list[str]] = {}
    labels: dict[str, str] = {}
    for name, sentences in by_field.items():
        for sentence in sentences:
            place = _input_of(name, sentence)
            if place is None:
                errors.setdefault(name, []).append(sentence)
                continue
            errors.setdefault(place.input, []).append(place.sentence)
            labels[place.input] = place.label
    return InputErrors(errors, labels)


class _Place(NamedTuple):
    input: str
    label: str
    sentence: str


def _input_of(field: str, sentence: str) -> _Place | None:
    if field == "query" and (condition := _IN_THE_QUERY.match(sentence)):
        places = [int(place) for place in re.findall("[0-9]+", condition[1])]
        path = ".".join([ROOT, *map(str, places)])
        number = ".".join(str(place + 1) for place in places)
        return _Place(f"{path}.{condition[2]}", f"Condition {number}", condition[3])
    if field == "attributes" and (mapping := _IN_A_MAPPING.match(sentence)):
        part = "tiktok" if mapping[2] == "tiktok_attribute_id" else "value"
        return _Place(f"a.{mapping[1]}.{part}", f"Attribute {int(mapping[1]) + 1}", mapping[3])
    return None


_IN_THE_QUERY: Final = re.compile(
    r"((?:conditions\[[0-9]+\]\.)+)(attribute|operator|value): (.+)\Z", re.DOTALL
)
_IN_A_MAPPING: Final = re.compile(
    r"\[([0-9]+)\]\.(tiktok_attribute_id|magento_attribute|constant): (.+)\Z", re.DOTALL
)


def _mappings(fields: Mapping[str, str]) -> Iterator[dict[str, object]]:
    for place in range(MOST_MAPPINGS):
        if f"a.{place}.source" not in fields:
            return
        tiktok, value = fields.get(f"a.{place}.tiktok", ""), fields.get(f"a.{place}.value", "")
        if not tiktok and not value:
            continue
        constant = fields[f"a.{place}.source"] == "constant"
        mapping: dict[str, object] = {"tiktok_attribute_id": tiktok}
        mapping |= {"constant" if constant else "magento_attribute": value} if value else {}
        labels = dict(_labels(fields.get(f"a.{place}.labels", "")))
        yield {**mapping, "values": labels} if labels and not constant else mapping


def _labels(text: str) -> Iterator[tuple[str, str]]:
    """Yield code and label of each line such as ``49 = Black``."""
    for line in text.splitlines():
        key, between, label = line.partition("=")
        if between and key.strip():
            yield key.strip(), label.strip()


def _number(text: str) -> int | str:
    try:
        return int(text)
    except ValueError:
        return text
