"""Events that are not supported, and events that say nothing: they are refused, never read as a save."""

from __future__ import annotations

import pytest

from magento.payloads.product_identity import NotAProduct
from magento.payloads.product_payload import read
from schemas.product_event import EventKind
from tests.webhooks.magento_bodies import MUG, NAMED, read_single

MASS = {"product_ids": ["7"], "attributes_data": {"status": 2}, "store_id": 0}


def refusal(document: object) -> NotAProduct:
    """Return why the document is refused."""
    with pytest.raises(NotAProduct) as refused:
        read(document)
    return refused.value


@pytest.mark.parametrize(
    "body",
    [
        {"event": "sales_order_item_save_after", **MUG},
        {"event_type": "customer_login", **MUG},
        {"eventName": "catalog_category_change_products", "product_ids": [7]},
        {
            "event": "catalog_category_change_products",
            "product_ids": [7],
            "name": "catalog_category_change_products",
        },
        {"event": "deleted", **MUG},
        {"event": "Update", **MUG},
        {"type": "sales_order_save_after", **MUG},
        {"event": "plugin.AppendReservations", "reservations": [{"sku": "MUG-01", "quantity": -2}]},
        {"name": "sales_order_place_after", "order": {}, "product_ids": [7]},
        {"name": "sales_order_place_after", "product": MUG},
    ],
)
def test_an_event_that_is_not_supported_is_refused_in_a_flat_body_too(body: dict[str, object]) -> None:
    assert refusal(body).reason == "unknown_event"


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ({"name": "catalog_product_attribute_update_before", **MASS}, EventKind.ATTRIBUTES_UPDATED),
        (
            {"event": "attributes.updated", "name": "catalog_product_attribute_update_before", **MASS},
            EventKind.ATTRIBUTES_UPDATED,
        ),
        ({"name": "catalog_product_delete_after", "product": MUG}, EventKind.DELETED),
        ({"id": "1", "name": "catalog_product_delete_after", "data": {"product": MUG}}, EventKind.DELETED),
        ({"name": "My webhook", "product": MUG}, EventKind.SAVED),
    ],
)
def test_magentos_observers_also_send_the_event_as_name(body: dict[str, object], kind: EventKind) -> None:
    assert read_single(body).kind is kind


@pytest.mark.parametrize(
    "name", ["catalog_product_delete_after", "sales_order_save_after", "product.deleted", "day_before"]
)
def test_the_name_of_a_product_is_never_an_event(name: str) -> None:
    for body in ({**MUG, "name": name}, {"event": "product.saved", "product": {**MUG, "name": name}}):
        assert read_single(body).kind is EventKind.SAVED
        assert read_single(body).attributes == {**NAMED, "name": name}


@pytest.mark.parametrize("value", ["Black Friday", "5512", "summer", "Summer-Sale", "2026"])
def test_a_product_may_have_attributes_called_event_and_type(value: str) -> None:
    body = {**MUG, "event": value, "type": value}
    assert read_single(body).attributes == {**NAMED, "event": value, "type": value}
    assert read_single({**MUG, "type": "long_sleeve"}).attributes == {**NAMED, "type": "long_sleeve"}


@pytest.mark.parametrize(
    ("body", "says"),
    [
        # Magento's own event of a mass change of websites has the ids only.
        ({"event": "catalog_product_to_website_change", "products": ["7"]}, "which"),
        ({"event": "websites.changed", "product_ids": ["7"], "action": "remove"}, "which"),
        ({"event": "websites.changed", "product_ids": ["7"], "website_ids": [], "action": "add"}, "which"),
        (
            {"event": "websites.changed", "product_ids": ["7"], "website_ids": ["1"], "action": "swap"},
            "'swap'",
        ),
        ({"event": "websites.changed", "product_ids": ["7"], "website_ids": ["1"], "action": 1}, "1"),
        ({"event": "product.saved", "product": {"entity_id": "7", "sku": "MUG-01"}}, "attributes"),
        ({"payload": {"productId": 7, "productSku": "MUG-01"}}, "attributes"),
        ({"sku": "MUG-01", "updated_at": "2026-11-24 11:59:58", "form_key": "x"}, "attributes"),
    ],
)
def test_an_event_that_does_not_say_what_changed_is_refused(body: dict[str, object], says: str) -> None:
    refused = refusal(body)
    assert refused.reason == "tells_nothing"
    assert says in refused.detail


@pytest.mark.parametrize("data", [{}, {"form_key": "x"}, {"store_id": "1"}])
def test_a_mass_update_of_no_attribute_is_refused(data: dict[str, object]) -> None:
    body = {"event": "attributes.updated", "product_ids": ["7"], "attributes_data": data}
    assert refusal(body).reason == "tells_no_attributes"


def test_a_deleted_product_needs_no_attributes() -> None:
    assert read_single({"event": "product.deleted", "product": {"sku": "MUG-01"}}).kind is EventKind.DELETED
