"""Each case from the field ends as it should: its bodies are read, decided, and sent to a TikTok that accepts all."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest

from commands.demo_world.demo_shops import shop_document, template_document
from commands.demo_world.rule import EVERYTHING
from magento.payloads import product_payload
from magento.payloads.product_payload import ProductPayload
from policies.product_context import ProductContext
from policies.rulebook import Rulebook
from schemas.apply_file import load_declaration
from schemas.listing import Listing
from schemas.product import Product, sku_key
from schemas.product_event import ProductEvent
from schemas.template_policies import TemplatePolicies
from sync.decide_event import decide_event
from sync.desired_state import desired_state
from sync.simulation import deliver
from tests.sync.field_cases.conftest import CASES

BEGIN: Final = datetime(2026, 11, 30, 0, 40, tzinfo=UTC)
COLOR: Final = template_document("", "")["attributes"][0]["tiktok_attribute_id"]  # type: ignore[index]
SECRET: Final = "whsec_" + "a" * 40
STORE_VIEW_CHANGES: Final = "73"
"""The case of a shop that follows another view: `tests/records/migrations/test_marks.py` and the test of `affected`."""


@dataclass(frozen=True, slots=True)
class End:
    """What a case must end with on TikTok; None is not looked at. `refused` is a word of why a part is not sent."""

    live: bool | None = True
    title: str | None = None
    price: str | None = None
    quantity: int | None = None
    colors: list[str] | None = None
    description: str | None = None
    images: int | None = None
    refused: str | None = None


NOT_LISTED: Final = End(live=None)
RIGHT: Final[Mapping[str, End]] = {
    "01": End(title="View name", price="19.00"),
    "03": End(live=False),
    "04": End(title="Renamed shirt"),
    "06": End(live=False),
    "09": NOT_LISTED,
    "11": NOT_LISTED,
    "12": NOT_LISTED,
    "14": End(live=False),
    "15": End(quantity=0),
    "16": End(price="100.00"),
    "18": End(price="100.00"),
    "20": End(price="100.00"),
    "23": End(live=None, refused="special_price"),
    "24": End(live=False, price="19.00"),
    "25": End(quantity=3),
    "27": End(price="31.00"),
    "29": End(quantity=0, refused="SKU"),
    "30": End(price="29.00", quantity=0, refused="price"),
    "32": End(price="19.00", quantity=18),
    "33": End(quantity=5),
    "37": End(live=None, refused="price"),
    "40": End(live=None, refused="manage_stock"),
    "42": End(quantity=2),
    "44": End(quantity=10),
    "45": End(quantity=10),
    "46": End(live=False),
    "47": End(),
    "49": End(colors=[]),
    "50": End(colors=["Red"]),
    "52": End(colors=["Rosé"]),
    "56": End(description="<p>d</p>", colors=["Red"]),
    "57": End(description="<p>Soft cotton.</p>"),
    "59": End(description="<p>Nice</p>"),
    "60": End(description="Short words."),
    "62": End(live=None, refused="name"),
    "63": End(quantity=3),
    "64": End(),
    "67": End(images=1),
}
"""Number of the case -> what is right, by the readings that are settled."""


def cases() -> list[Path]:
    assert CASES is not None
    found = sorted(CASES.glob("*.json"))
    return [path for path in found if not path.name.startswith(STORE_VIEW_CHANGES)]


@pytest.mark.parametrize("path", cases(), ids=lambda path: path.stem)
def test_the_case_ends_as_it_should(path: Path) -> None:
    case = json.loads(path.read_text())
    contexts, rulebook = ends(case)
    assert len(contexts) == 1, "one product"
    context, right = contexts[0], RIGHT[path.name[:2]]
    listing, sent = context.listing, context.listing.last_sent
    availability = (
        None if not listing.exists else listing.status is not None and listing.status.value == "ACTIVATE"
    )
    assert availability is right.live
    content = sent.content or {}
    quantities = [quantity for stock in (sent.stock or {}).values() for quantity in stock.values()]
    colors = [
        value["name"]
        for attribute in content.get("product_attributes", [])
        if attribute["id"] == COLOR
        for value in attribute["values"]
    ]
    faults = " ".join(desired_state(context, rulebook, BEGIN).faults or ())
    seen = End(
        right.live,
        content.get("title"),
        next((price.amount for price in (sent.price or {}).values()), None),
        max(quantities, default=None),
        colors,
        content.get("description"),
        len(content.get("main_images", [])),
        right.refused if right.refused is not None and right.refused in faults else None,
    )
    looked_at = {name for name in End.__slots__ if getattr(right, name) is not None}
    assert {name: getattr(seen, name) for name in looked_at} == {
        name: getattr(right, name) for name in looked_at
    }


def ends(case: Mapping[str, Any]) -> tuple[list[ProductContext], Rulebook]:
    """Return the products after all bodies of the case, and the rules that it needs."""
    rulebook = rules(case)
    contexts: list[ProductContext] = []
    for number, payload in enumerate(payloads(case)):
        event = event_of(payload, number)
        place = next((n for n, context in enumerate(contexts) if same_product(context.product, event)), None)
        context = (
            ProductContext(Product("demo", None), Listing(1, "demo")) if place is None else contexts[place]
        )
        decided = decide_event(event, context, rulebook, event.received_at, read_delay=timedelta(seconds=2))
        context = decided.context
        if decided.decision.is_due:
            context, _ = deliver(context, rulebook, {}, event.received_at)
        if place is None:
            contexts.append(context)
        else:
            contexts[place] = context
    return contexts, rulebook


def payloads(case: Mapping[str, Any]) -> Iterator[ProductPayload]:
    for document in case["payloads"]:
        yield from product_payload.read(document)


def event_of(payload: ProductPayload, number: int) -> ProductEvent:
    return ProductEvent(
        id=f"case-{number}",
        shop="demo",
        kind=payload.kind,
        received_at=BEGIN + timedelta(minutes=5, seconds=2 * number),
        entity_id=payload.entity_id,
        sku=payload.sku,
        store_id=payload.store_id,
        attributes=payload.attributes,
        original=payload.original,
        is_new=payload.is_new,
        updated_at=payload.updated_at,
        partition=0,
    )


def same_product(product: Product, event: ProductEvent) -> bool:
    if product.entity_id is not None and event.entity_id is not None:
        return product.entity_id == event.entity_id
    return product.sku is not None and event.sku is not None and sku_key(product.sku) == sku_key(event.sku)


def rules(case: Mapping[str, Any]) -> Rulebook:
    """Return the demo shop's rules with what the case needs besides, each for an attribute set of its own."""
    policy: dict[str, Any] = {"title": "Default", **EVERYTHING}
    shop: Any = shop_document("demo", "Demo", "Default", "http://127.0.0.1:1", SECRET)
    shop["magento"]["base_url"] = "http://127.0.0.1:2"
    templates = {number: template_document(number, number) for number in ("9", "20", "24", "40", "50")}
    templates["20"]["pricing_policy"] = "Special price"
    templates["24"]["inventory_policy"] = "Sources"
    templates["50"]["image_policy"] = "Own images"
    brand = {"attribute": "brand", "operator": "is", "value": "Nike"}
    templates["40"]["query"] = {"match": "all", "rows_are": True, "conditions": [brand]}
    if case["shop"] == "hid":
        policy["when_hidden"] = "deactivate"
    if case["shop"] == "web2":
        shop["magento"]["website_id"] = 2
    if case["shop"] == "obsq":
        policy |= {"only_specific_attributes": True, "observed_attributes": ["quantity_and_stock_status"]}
    declared = load_declaration(
        {
            "synchronization_policies": [policy],
            "pricing_policies": [{"title": "Special price", "source": "special_price"}],
            "inventory_policies": [{"title": "Sources", "source": "msi", "source_code": "default"}],
            "image_policies": [{"title": "Own images", "main_image_attribute": "image"}],
            "listing_templates": list(templates.values()),
            "shops": [shop],
        }
    )
    return Rulebook(
        declared.shops[0],
        declared.synchronization_policies[0],
        tuple(declared.listing_templates),
        TemplatePolicies(
            pricing_policies={policy.title: policy for policy in declared.pricing_policies},
            inventory_policies={policy.title: policy for policy in declared.inventory_policies},
            image_policies={policy.title: policy for policy in declared.image_policies},
        ),
        upload_on_since=BEGIN,
    )
