"""Fill TikTok's product attributes from Magento's. Only labels, which a buyer can read, reach TikTok. Pure.

Magento sends the option id of a select (``"58"``), REST converters an object (``{"value": "58", "label": "Red"}``), and
some senders the label itself (``Red``). What a value stands for follows from the mapping, the attribute's type and the
value:

- A value with a word in the mapping becomes that word, whatever its type.
- A *text*, *number* or *date* attribute is sent as it is: it has no options.
- An object is its label.
- In every other attribute (a multiselect, a boolean, or a type that is not known, as that of a select) a text with
  letters is a label already, and its HTML entities are decoded, once. Digits are an option id, or a boolean's 0 or 1:
  without a word in the mapping their label is not known. A label that repeats its option's id is none, and neither is
  a swatch, or what a program writes for a value that is no text (``null``, ``Array``).

An attribute with a value whose label is not known is left out as a whole: some of the values of a multiselect would
describe another product. If its category requires the attribute, the product is refused. An attribute with digits that
are no option ids (a shoe size, say) needs words in the mapping, or the type *text* in the shop's attribute types.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Final

from policies.attribute_changes import is_empty, members, type_of
from schemas.attributes import AttributeType, Value
from schemas.listing_template import AttributeMapping, ListingTemplate
from schemas.product import Product
from tiktok.documents import Document
from tiktok.listing.preflight import LeftOut

_OPTION_ID: Final = re.compile(r"\s*[0-9]+(?:\.0+)?\s*\Z")
_AS_IT_IS: Final = frozenset({AttributeType.TEXT, AttributeType.NUMBER, AttributeType.DATE})
_IDS: Final = frozenset({"attribute_set_id", "status", "tax_class_id", "visibility"})
"""Attributes of Magento's own that compare as numbers and contain ids."""
_BOOLEANS: Final[Mapping[str, str]] = {"true": "1", "false": "0"}
_YES_OR_NO: Final[Mapping[str, str]] = {"yes": "1", "no": "0"}
_NO_LABEL: Final = re.compile(
    r"true|false|null|undefined|array|\[object object\]|[\[{].*[\]}]|#[0-9a-f]{3,8}|/\S+\.\w{3,4}",
    re.IGNORECASE | re.DOTALL,
)
"""What is no word for buyers: a program's writing of a value, and a swatch (a color, or the path of an image)."""
_LONGEST_SHOWN: Final = 60


def mapped_attributes(
    product: Product, template: ListingTemplate, types: Mapping[str, AttributeType]
) -> tuple[list[Document], tuple[LeftOut, ...]]:
    """Return the `product_attributes` that the template maps, and the attributes that are left out.

    `types` are the types of the store's own attributes. An attribute that the product has no value for is in neither.
    """
    found: list[Document] = []
    left_out: list[LeftOut] = []
    for mapping in template.attributes:
        labels = [mapping.constant or ""]
        if mapping.magento_attribute is not None:
            value = product.value(mapping.magento_attribute)
            if is_empty(value) or (isinstance(value, str) and not value.strip()):
                continue
            known_labels = labels_of(value, mapping, _type(mapping.magento_attribute, types))
            if known_labels is None:
                left_out.append(_left_out(mapping, value, template))
                continue
            labels = known_labels
        values = [{"name": label} for label in labels]
        found.append({"id": mapping.tiktok_attribute_id, "values": values})
    return found, tuple(left_out)


def labels_of(value: Value, mapping: AttributeMapping, kind: AttributeType | None) -> list[str] | None:
    """Return the labels of an attribute's value, None if one of them is not known. `kind` None: not known."""
    if isinstance(value, str) and value in mapping.values:
        return [mapping.values[value]]
    options = _options(value, mapping, kind)
    labels = [] if options is None else [_label(option, mapping, kind) for option in options]
    found = [label for label in labels if label is not None]
    return found if found and len(found) == len(labels) else None


def _type(code: str, types: Mapping[str, AttributeType]) -> AttributeType | None:
    return None if code in _IDS else type_of(code, types)


def _options(value: Value, mapping: AttributeMapping, kind: AttributeType | None) -> Sequence[Value] | None:
    """Return the parts of a value, sorted by id; None for an object that is not an option.

    A multiselect of unknown type arrives as ``"5459,5471"``. It is recognized by all its parts being ids, or words of
    the mapping.
    """
    if isinstance(value, Mapping):
        if "label" in value or "value" in value:
            return [value]
        return sorted(members(value)) if all(str(key).isdecimal() for key in value) else None
    if isinstance(value, list | tuple):
        return sorted(value, key=_sort_key)
    if not isinstance(value, str) or kind in _AS_IT_IS:
        return [value]
    parts = sorted(part.strip() for part in value.split(",") if part.strip())
    if kind is AttributeType.MULTISELECT:
        return parts
    are_options = len(parts) > 1 and all(part in mapping.values or _OPTION_ID.match(part) for part in parts)
    return parts if are_options and value not in mapping.values else [value]


def _sort_key(option: Value) -> str:
    return str(option.get("value")) if isinstance(option, Mapping) else str(option)


def _label(option: Value, mapping: AttributeMapping, kind: AttributeType | None) -> str | None:
    for form in _forms(option, kind):
        if form in mapping.values:
            return mapping.values[form]
    if isinstance(option, Mapping):
        label = option.get("label")
        if not isinstance(label, str) or not label.strip() or _is_its_id(label, option.get("value")):
            # Without a label it is no more than its value.
            value = option.get("value")
            return None if isinstance(value, Mapping) else _label(value, mapping, kind)
        return None if _NO_LABEL.fullmatch(label.strip()) else _decoded(label)
    if isinstance(option, bool) or not isinstance(option, str | int | float | Decimal):
        return None
    text = str(option)
    if kind in _AS_IT_IS:
        return text
    if _OPTION_ID.match(text) or _NO_LABEL.fullmatch(text.strip()):
        return None
    return _decoded(text) or None


def _is_its_id(label: str, value: Value) -> bool:
    """Whether a label is only the id of its option: of an option that was deleted, converters know no more."""
    return _OPTION_ID.match(label) is not None and label.strip() == str(value).strip()


def _forms(option: Value, kind: AttributeType | None) -> Iterator[str]:
    """Yield the keys under which the mapping may have a word for this option."""
    if isinstance(option, Mapping):
        for name in ("value", "label"):
            yield from _forms(option.get(name), kind)
    elif isinstance(option, str | int | float | Decimal):
        text = str(option)
        yield text
        yield (decoded := _decoded(text))
        if _OPTION_ID.match(text):
            # PHP and spreadsheets also write an id as 58.0000.
            yield decoded.partition(".")[0]
        words = {**_BOOLEANS, **_YES_OR_NO} if kind is AttributeType.BOOLEAN else _BOOLEANS
        if decoded.lower() in words:
            yield words[decoded.lower()]


def _decoded(text: str) -> str:
    return html.unescape(text).strip()


def _left_out(mapping: AttributeMapping, value: Value, template: ListingTemplate) -> LeftOut:
    text = str(value)
    shown = text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"
    code = mapping.magento_attribute
    return LeftOut(
        mapping.tiktok_attribute_id,
        f"The TikTok attribute {mapping.tiktok_attribute_id} was left out: no label is known for {code!r} = {shown}.",
        f"Add its label to the mapping of {code!r} in the listing template {template.title!r}. If {code!r} has no "
        "options in Magento, set its type to text in the shop's settings.",
    )
