"""The pages in a browser without JavaScript and in a screen reader."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from sandbox.magento import Store
from tests.sandbox.html import Page
from tests.sandbox.magento.webhook_receiver import Receiver

FORM = {
    "name": "Mug",
    "price": "9.50",
    "qty": "3",
    "color": "58",
    "size": "173",
    "status": "1",
    "visibility": "4",
}


def get_page(client: FlaskClient, address: str) -> Page:
    return Page(client.get(address).text)


def test_the_first_page_lists_products_with_a_link_to_each(client: FlaskClient) -> None:
    first = get_page(client, "/")
    assert "/products/24-WG01" in first.links()
    assert "29 products, page 1 of 2" in first.text


def test_the_pages_link_to_each_other_and_list_every_product_once(client: FlaskClient, store: Store) -> None:
    first, second = get_page(client, "/"), get_page(client, "/?page=2")
    assert "/?page=2" in first.links()
    assert "/?page=1" in second.links()
    listed = [link for link in first.links() + second.links() if link and link.startswith("/products/")]
    assert len(listed) == len(set(listed)) == len(store.products())


@pytest.mark.parametrize(
    ("search_text", "message"),
    [("mb", "2 products"), ("24-WG01", "1 product,"), ("zzz", "No SKU contains “zzz”")],
)
def test_products_are_found_by_part_of_their_sku(client: FlaskClient, search_text: str, message: str) -> None:
    assert message in get_page(client, f"/?sku={search_text}").text


@pytest.mark.parametrize("address", ["/", "/products/24-WG01", "/products/MT72", "/products/none"])
def test_every_page_has_a_language_a_title_one_heading_and_a_label_for_each_field(
    client: FlaskClient, address: str
) -> None:
    page = get_page(client, address)
    assert page.all("html")[0]["lang"] == "en"
    assert len(page.all("title")) == len(page.all("h1")) == len(page.all("main")) == 1
    labelled = [label["for"] for label in page.all("label")]
    assert labelled == [field["id"] for field in page.all("input", "select")]
    assert page.all("script") == []


def test_links_and_forms_work_for_a_sku_with_a_slash_and_a_space(client: FlaskClient, store: Store) -> None:
    (link,) = [link for link in get_page(client, "/?sku=MB/02").links() if link and "products" in link]
    form = get_page(client, link).all("form")[0]
    response = client.post(str(form["action"]), data=FORM)
    assert response.status_code == 200
    assert store.product("24-MB/02 navy").values["name"] == "Mug"


def test_the_form_shows_the_values_of_the_product(client: FlaskClient, store: Store) -> None:
    store.save("24-WG01", {"color": "Red", "qty": 3, "price": "9.5"}, fire=False)
    form = get_page(client, "/products/24-WG01")
    values = {field["name"]: field.get("value") for field in form.all("input")}
    assert (values["price"], values["qty"]) == ("9.50", "3")
    assert "58" in {option["value"] for option in form.all("option") if "selected" in option}


def test_saving_fires_the_webhook_and_shows_the_response(
    client: FlaskClient, store: Store, receiver: Receiver
) -> None:
    response = client.post("/products/24-WG01", data=FORM)
    (delivery,) = receiver.wait_for(1)
    sent = {
        code: delivery.payload["product"][code] for code in ("name", "price", "color", "size", "visibility")
    }
    assert sent == {"name": "Mug", "price": "9.500000", "color": "58", "size": "173", "visibility": "4"}
    page = Page(response.text).text
    assert "Response 202" in page
    assert '{"seen": 202}' in page
    assert delivery.id in page


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (503, "Response 503 from .*; it will be retried"),
        (401, "Response 401 from .*; it will not be retried"),
    ],
)
def test_the_page_says_whether_a_refused_webhook_is_retried(
    client: FlaskClient, receiver: Receiver, status: int, message: str
) -> None:
    receiver.answer = lambda delivery: status
    assert re.search(message, Page(client.post("/products/24-WG01", data=FORM).text).text)


def test_a_save_without_targets_says_that_no_webhook_was_sent(client: FlaskClient, store: Store) -> None:
    store.set_targets([])
    assert "No webhook was sent" in client.post("/products/24-WG01", data=FORM).text


def test_an_invalid_value_stays_in_the_form_with_the_reason(
    client: FlaskClient, store: Store, receiver: Receiver
) -> None:
    before = store.product("24-WG01")
    response = client.post("/products/24-WG01", data={**FORM, "price": "cheap"})
    page = Page(response.text)
    assert (response.status_code, "price: 'cheap' is not a number." in page.text) == (400, True)
    (marked,) = [field for field in page.all("input") if "aria-invalid" in field]
    assert (marked["name"], marked["value"], marked["aria-describedby"]) == (
        "price",
        "cheap",
        "error_message",
    )
    assert (store.product("24-WG01"), receiver.deliveries) == (before, [])


def test_a_configurable_has_no_price_and_stock_fields(client: FlaskClient, store: Store) -> None:
    form = get_page(client, "/products/MT72")
    assert {field["name"] for field in form.all("input", "select")} == {"name", "status", "visibility"}
    client.post("/products/MT72", data={**FORM, "name": "Tee"})
    saved = store.product("MT72")
    assert (saved.values["name"], saved.stock.qty, "price" in saved.values) == ("Tee", "0", False)


def test_a_configurable_links_to_its_variants(client: FlaskClient, store: Store) -> None:
    variants = {f"/products/{child.sku}" for child in store.products_by_ids(store.product("MT72").child_ids)}
    assert len(variants) > 1
    assert variants <= set(get_page(client, "/products/MT72").links())
    assert "Variants" not in get_page(client, "/products/24-WG01").text


def test_a_store_without_products_says_so(client: FlaskClient, store: Store) -> None:
    for product in store.products():
        store.delete(product.sku)
    assert "This store has no products" in get_page(client, "/").text


def test_markup_in_a_name_is_escaped(client: FlaskClient, store: Store) -> None:
    store.save("24-WG01", {"name": "<script>alert(1)</script>"}, fire=False)
    for address in ("/", "/products/24-WG01"):
        assert get_page(client, address).all("script") == []


@pytest.mark.parametrize(
    ("address", "status", "message"),
    [("/products/none", 404, "doesn't exist"), ("/?page=last", 400, "not a whole number")],
)
def test_an_error_page_links_to_the_products(
    client: FlaskClient, address: str, status: int, message: str
) -> None:
    response = client.get(address)
    page = Page(response.text)
    assert (response.status_code, message in page.text, "/" in page.links()) == (status, True, True)
