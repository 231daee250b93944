"""The acts that were captured in a real Magento 2.4.7, with the products that they begin with.

A capture has the events of an act in the order in which Magento fired them. Images were cut out of the bodies, and the
three largest bodies were left out: both are rebuilt at the size that they had.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from tests.whole.acts.observing import Act, Delivery

BASE_SHOP, OBSERVING_SHOP = "base", "observing"
OPENING: Final = "opening"
MODULE: Final = "own module"
"""The act of a module that sends committed values: its bodies stand beside the captures."""
TOO_LARGE: Final = "76_rest_create_with_image_huge"
"""The act with two bodies of over 16 MiB."""

_OBSERVED: Final = frozenset({"87_obs_create", "88_obs_admin_noop_1", "91_obs_size_only", "92_obs_color"})
_CUT: Final = re.compile(r"[A-Za-z0-9+/]*…\(\d+ characters, cut\)\Z")
_PATTERN: Final = "73_rest_create_with_image_small"
_REBUILT: Final[Mapping[str, tuple[str, str, str]]] = {
    "74_rest_create_with_image_mid": ("mid", "68", "2026-11-30 00:45:31"),
    "75_rest_create_with_image_big": ("big", "69", "2026-11-30 00:45:37"),
    TOO_LARGE: ("huge", "70", "2026-11-30 00:45:45"),
}
"""Act whose bodies were left out -> the word in its product's name and files, its entity id, and its time."""
_ASSUMED: Final[Mapping[str, tuple[str, str]]] = {
    "6": ("MASS-6", "Mass 6"),
    "7": ("MASS-7", "Mass 7"),
    "8": ("MASS-8", "Mass 8"),
}


class Captures:
    """The folder of the captures; `acts` are those of its files, in the order of their first request."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._events = {
            path.stem: json.loads(path.read_text()) for path in sorted((folder / "events").glob("*.json"))
        }

    @property
    def names(self) -> list[str]:
        """The names of the captured acts."""
        return sorted(self._events, key=lambda name: (_time(self._events[name][0]), name))

    def body(self, act: str, event: str, entity_id: str) -> Mapping[str, Any]:
        """Return the last captured body of this event of an act about this product, empty if there is none."""
        key = "product_id" if "stock_item" in event else "entity_id"
        for row in reversed(self._events[act]):
            product = row["body"].get("product", {}) if isinstance(row["body"], dict) else {}
            if row["event"] == event and str(product.get(key)) == entity_id:
                return dict(row["body"])
        return {}

    def bodies(self, act: str) -> list[Mapping[str, Any]]:
        """Return the bodies of an act that were captured, in order."""
        return [row["body"] for row in self._events[act] if isinstance(row["body"], dict)]

    def acts(self) -> Iterator[Act]:
        """Yield what the products begin with, the captured acts, and the bodies of a module."""
        yield Act(
            OPENING, BASE_SHOP, [_own(OPENING, number, body) for number, body in enumerate(self._openings())]
        )
        for name in self.names:
            shop = OBSERVING_SHOP if name in _OBSERVED else BASE_SHOP
            yield Act(name, shop, [self._delivery(name, row) for row in self._events[name]])
        bodies = [
            body for body in self.module_bodies() if body["product"]["sku"] in ("MUG-3", "WEB-1", "WEB-2")
        ]
        yield Act(MODULE, BASE_SHOP, [_own(MODULE, number, body) for number, body in enumerate(bodies)])

    def module_bodies(self) -> list[Mapping[str, Any]]:
        """Return what a module sends of the committed values at the end of all acts."""
        found: list[Mapping[str, Any]] = json.loads((self._folder / "own_module_bodies.json").read_text())
        return found

    def _delivery(self, act: str, row: Mapping[str, Any]) -> Delivery:
        """Return the webhook of a captured event. An event that was captured under two names has one id."""
        body = row["body"]
        if not isinstance(body, dict):
            body = self._rebuilt(act, row)
        id_ = f"msg_{row['request']}-{row['order_in_request']}"
        return Delivery(row["event"], id_, _encoded(body, row["body_bytes"]), _products(body), row["request"])

    def _rebuilt(self, act: str, row: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return a body that was left out: that of the same act with a small image, with its own names."""
        word, entity_id, time = _REBUILT[act]
        (pattern,) = (other["body"] for other in self._events[_PATTERN] if other["event"] == row["event"])
        body: dict[str, Any] = json.loads(json.dumps(pattern).replace("small", word))
        body["product"] |= {"entity_id": entity_id, "created_at": time, "updated_at": time}
        text = json.dumps(body).replace(f"/s/m/{word}", f"/{word[0]}/{word[1]}/{word}")
        # The roles of an image are called small_image, too.
        return dict(json.loads(text.replace(f"{word}_image", "small_image")))

    def _openings(self) -> Iterator[Mapping[str, Any]]:
        """Yield a save of each product whose creation was not captured, from what Magento held before its first act."""
        for act, entity_id in (
            ("32_admin_storeview1_own_name", "5"),
            ("59_admin_duplicate_via_save", "53"),
            ("69_sibling_view_status_disable", "59"),
            ("78_msi_admin_save_two_sources", "72"),
            ("84_sku_swap", "75"),
        ):
            original = self.body(act, "catalog_product_save_commit_after", entity_id)["original"]
            yield _created({**original, "store_id": 0})
        deleted = self.body("83_delete_then_create_same_sku", "catalog_product_delete_commit_after", "74")
        yield _created({**deleted["product"], "website_ids": [1]})
        yield from self._mass_openings()
        yield from self._rest_openings()
        for body in self.module_bodies():
            product = body["product"]
            if product["sku"] in ("WEB-1", "WEB-2") and product["store_id"] == 0:
                stock = {"qty": 12, "is_in_stock": 1, "manage_stock": 1}
                yield _created({**product, "website_ids": [1], "stock_data": stock})

    def _mass_openings(self) -> Iterator[Mapping[str, Any]]:
        """Yield the products of the mass actions: as one was when it was deleted, before the mass actions."""
        product = self.body("46_rest_delete", "catalog_product_delete_commit_after", "6")["product"]
        for entity_id, (sku, name) in _ASSUMED.items():
            own = {"entity_id": entity_id, "sku": sku, "name": name, "price": "20.00", "visibility": "4"}
            yield _created(
                {
                    **{key: value for key, value in product.items() if key != "updated_at"},
                    **own,
                    "website_ids": [1],
                }
            )

    def _rest_openings(self) -> Iterator[Mapping[str, Any]]:
        """Yield the products of which only REST's answers have what they were, each with the stock of its act."""
        answers = {name: self._answer(name) for name in ("products_list_page", "stock_item_after_order")}
        quantities = {"SKEW-1": 4, "SKEW-5": 25, "SKEW-2": answers["stock_item_after_order"]["qty"]}
        for product in answers["products_list_page"]["items"]:
            if product["sku"] in quantities:
                stock = {
                    "item_id": 1,
                    "qty": quantities[product["sku"]],
                    "is_in_stock": True,
                    "manage_stock": True,
                }
                extension = {**product["extension_attributes"], "stock_item": stock}
                yield _created({**product, "extension_attributes": extension})

    def _answer(self, name: str) -> Any:
        return json.loads((self._folder / "rest" / f"{name}.json").read_text())["answer"]


def _time(row: Mapping[str, Any]) -> int:
    """Return the time of an event's request; the second part of a request's id is a clock's."""
    return int(row["request"].split("-")[1])


def _created(product: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"event": "product.saved", "is_new": True, "product": product}


def _own(act: str, number: int, body: Mapping[str, Any]) -> Delivery:
    return Delivery(body["event"], f"msg_{act.replace(' ', '_')}_{number}", json.dumps(body).encode())


def _products(body: Mapping[str, Any]) -> int:
    """Return how many products a body is about."""
    if "bunch" in body:
        return len([row for row in body["bunch"] if not row.get("store_view_code")])
    lists: Sequence[Sequence[Any]] = [body[name] for name in ("product_ids", "products") if name in body]
    if "source_items" in body:
        lists = [sorted({item["sku"] for item in body["source_items"]})]
    return len(lists[0]) if lists else 1


def _encoded(body: Mapping[str, Any], size: int) -> bytes:
    """Return the body as JSON, with its cut images in a size that gives the whole this many bytes."""
    cut = json.dumps(body, ensure_ascii=False).count("characters, cut)")
    if not cut:
        return json.dumps(body).encode()
    empty = len(json.dumps(_with_images(body, 0)))
    return json.dumps(_with_images(body, (size - empty) // cut)).encode()


def _with_images(value: Any, characters: int) -> Any:
    """Return the value with base64 of so many characters in the place of each cut image."""
    if isinstance(value, dict):
        return {key: _with_images(item, characters) for key, item in value.items()}
    if isinstance(value, list):
        return [_with_images(item, characters) for item in value]
    if isinstance(value, str) and _CUT.match(value):
        return base64.b64encode(bytes(characters * 3 // 4)).decode()
    return value
