"""The pages, as a browser without JavaScript and a screen reader get them."""

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


def page(client: FlaskClient, address: str) -> Page:
    return Page(client.get(address).text)


def test_the_first_page_lists_products_with_a_link_to_each(client: FlaskClient) -> None:
    first = page(client, "/")
    assert "/products/24-WG01" in first.links()
    assert "29 products, page 1 of 2" in first.text


def test_the_pages_lead_to_each_other_and_hold_every_product_once(client: FlaskClient, store: Store) -> None:
    first, second = page(client, "/"), page(client, "/?page=2")
    assert "/?page=2" in first.links()
    assert "/?page=1" in second.links()
    listed = [link for link in first.links() + second.links() if link and link.startswith("/products/")]
    assert len(listed) == len(set(listed)) == len(store.products())


@pytest.mark.parametrize(
    ("sought", "says"), [("mb", "2 products"), ("24-WG01", "1 product,"), ("zzz", "No product has “zzz”")]
)
def test_products_are_found_by_a_piece_of_their_sku(client: FlaskClient, sought: str, says: str) -> None:
    assert says in page(client, f"/?sku={sought}").text


@pytest.mark.parametrize("address", ["/", "/products/24-WG01", "/products/MT72", "/products/none"])
def test_every_page_has_a_language_a_title_one_heading_and_a_label_for_each_field(
    client: FlaskClient, address: str
) -> None:
    shown = page(client, address)
    assert shown.all("html")[0]["lang"] == "en"
    assert len(shown.all("title")) == len(shown.all("h1")) == len(shown.all("main")) == 1
    labelled = [label["for"] for label in shown.all("label")]
    assert labelled == [field["id"] for field in shown.all("input", "select")]
    assert shown.all("script") == []


def test_links_and_forms_survive_the_awkward_sku(client: FlaskClient, store: Store) -> None:
    (link,) = [link for link in page(client, "/?sku=MB/02").links() if link and "products" in link]
    form = page(client, link).all("form")[0]
    answer = client.post(str(form["action"]), data=FORM)
    assert answer.status_code == 200
    assert store.product("24-MB/02 navy").values["name"] == "Mug"


def test_the_form_shows_what_the_product_is(client: FlaskClient, store: Store) -> None:
    store.save("24-WG01", {"color": "Red", "qty": 3, "price": "9.5"}, fire=False)
    form = page(client, "/products/24-WG01")
    values = {field["name"]: field.get("value") for field in form.all("input")}
    assert (values["price"], values["qty"]) == ("9.50", "3")
    assert "58" in {option["value"] for option in form.all("option") if "selected" in option}


def test_save_fires_the_webhook_and_shows_what_the_receiver_answered(
    client: FlaskClient, store: Store, receiver: Receiver
) -> None:
    answer = client.post("/products/24-WG01", data=FORM)
    (delivery,) = receiver.wait_for(1)
    told = {code: delivery.told["product"][code] for code in ("name", "price", "color", "size", "visibility")}
    assert told == {"name": "Mug", "price": "9.500000", "color": "58", "size": "173", "visibility": "4"}
    shown = Page(answer.text).text
    assert "Answered 202" in shown
    assert '{"seen": 202}' in shown
    assert delivery.id in shown


@pytest.mark.parametrize(
    ("status", "says"),
    [(503, "Answered 503 by .*; it will be tried again"), (401, "Answered 401 by .*; it is not tried again")],
)
def test_what_becomes_of_a_refused_webhook_is_said(
    client: FlaskClient, receiver: Receiver, status: int, says: str
) -> None:
    receiver.answer = lambda delivery: status
    assert re.search(says, Page(client.post("/products/24-WG01", data=FORM).text).text)


def test_a_store_without_targets_says_so(client: FlaskClient, store: Store) -> None:
    store.send_to([])
    assert "No webhook was fired" in client.post("/products/24-WG01", data=FORM).text


def test_a_refused_value_stays_in_the_form_with_the_reason(
    client: FlaskClient, store: Store, receiver: Receiver
) -> None:
    before = store.product("24-WG01")
    answer = client.post("/products/24-WG01", data={**FORM, "price": "cheap"})
    shown = Page(answer.text)
    assert (answer.status_code, "price: 'cheap' is not a number." in shown.text) == (400, True)
    (marked,) = [field for field in shown.all("input") if "aria-invalid" in field]
    assert (marked["name"], marked["value"], marked["aria-describedby"]) == ("price", "cheap", "refusal")
    assert (store.product("24-WG01"), receiver.deliveries) == (before, [])


def test_a_configurable_has_no_price_and_no_stock_of_its_own(client: FlaskClient, store: Store) -> None:
    form = page(client, "/products/MT72")
    assert {field["name"] for field in form.all("input", "select")} == {"name", "status", "visibility"}
    client.post("/products/MT72", data={**FORM, "name": "Tee"})
    saved = store.product("MT72")
    assert (saved.values["name"], saved.stock.qty, "price" in saved.values) == ("Tee", "0", False)


def test_a_configurable_leads_to_its_variants(client: FlaskClient, store: Store) -> None:
    variants = {f"/products/{child.sku}" for child in store.by_ids(store.product("MT72").child_ids)}
    assert len(variants) > 1
    assert variants <= set(page(client, "/products/MT72").links())
    assert "Variants" not in page(client, "/products/24-WG01").text


def test_a_store_without_products_says_so(client: FlaskClient, store: Store) -> None:
    for product in store.products():
        store.delete(product.sku)
    assert "This store has no products" in page(client, "/").text


def test_markup_in_a_name_is_text(client: FlaskClient, store: Store) -> None:
    store.save("24-WG01", {"name": "<script>alert(1)</script>"}, fire=False)
    for address in ("/", "/products/24-WG01"):
        assert page(client, address).all("script") == []


@pytest.mark.parametrize(
    ("address", "status", "says"),
    [("/products/none", 404, "doesn't exist"), ("/?page=last", 400, "not a whole number")],
)
def test_a_no_is_a_page_with_a_way_back(client: FlaskClient, address: str, status: int, says: str) -> None:
    answer = client.get(address)
    shown = Page(answer.text)
    assert (answer.status_code, says in shown.text, "/" in shown.links()) == (status, True, True)
