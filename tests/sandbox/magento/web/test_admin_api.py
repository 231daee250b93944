"""`/_store`: what a person does in Admin, as JSON."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from sandbox.magento import Store
from tests.sandbox.magento.webhook_receiver import SECRET, Receiver

WATCH = "/_store/products/24-WG01"


@pytest.mark.parametrize("key", ["24-WG01", "1"])
def test_a_save_by_sku_or_by_entity_id_answers_the_product_and_the_webhook(
    client: FlaskClient, receiver: Receiver, key: str
) -> None:
    answer = client.post(f"/_store/products/{key}/save", json={"changes": {"color": "Red", "qty": 5}})
    told = answer.get_json()
    assert (answer.status_code, told["product"]["labels"]["color"], told["product"]["stock"]["qty"]) == (
        200,
        "Red",
        "5",
    )
    (delivery,) = receiver.wait_for(1)
    assert [(webhook["id"], webhook["status"]) for webhook in told["webhooks"]] == [(delivery.id, 202)]


def test_a_sku_that_looks_like_an_id_is_a_sku(client: FlaskClient) -> None:
    client.post("/_store/products", json={"sku": "2", "changes": {"name": "Two", "price": 2}})
    assert client.get("/_store/products/2").get_json()["values"]["name"] == "Two"


def test_every_option_of_a_save_reaches_the_webhook(client: FlaskClient, receiver: Receiver) -> None:
    options = {"changes": {"name": "Here"}, "store_id": 1, "shape": "rest", "with_original": True}
    client.post(f"{WATCH}/save", json=options)
    (delivery,) = receiver.wait_for(1)
    assert delivery.told.keys() == {"event", "product", "store_id", "original"}
    assert (delivery.told["store_id"], delivery.told["product"]["name"]) == (1, "Here")


def test_a_save_may_be_silent(client: FlaskClient, receiver: Receiver) -> None:
    assert client.post(f"{WATCH}/save", json={"fire": False}).get_json()["webhooks"] == []
    assert client.delete(f"{WATCH}?fire=false").get_json()["webhooks"] == []
    assert receiver.deliveries == []


def test_a_product_is_made_and_deleted(client: FlaskClient, receiver: Receiver) -> None:
    made = client.post("/_store/products", json={"sku": "a/b", "changes": {"name": "New", "price": 2}})
    assert (made.status_code, made.get_json()["product"]["sku"]) == (201, "a/b")
    assert client.delete("/_store/products/a%2Fb").status_code == 200
    assert client.get("/_store/products/a%2Fb").status_code == 404
    assert [d.told["event"] for d in receiver.wait_for(2)] == ["product.saved", "product.deleted"]


def test_stock_attributes_and_websites_have_addresses_of_their_own(
    client: FlaskClient, receiver: Receiver
) -> None:
    client.post(f"{WATCH}/stock", json={"qty": 3})
    client.post("/_store/mass-update", json={"skus": ["24-WG01"], "attributes": {"status": 2}})
    client.post("/_store/mass-websites", json={"skus": ["24-WG01"], "website_ids": [1], "action": "remove"})
    assert [d.told["event"] for d in receiver.wait_for(3)] == [
        "stock.changed",
        "attributes.updated",
        "websites.changed",
    ]
    product = client.get(WATCH).get_json()
    assert (product["stock"]["qty"], product["values"]["status"], product["website_ids"]) == ("3", "2", [])


def test_the_list_has_a_line_for_each_product(client: FlaskClient, store: Store) -> None:
    listed = client.get("/_store/products").get_json()
    assert listed["total_count"] == len(listed["items"]) == len(store.products())
    assert listed["items"][0]["sku"] == "24-WG01"


def test_the_ledger_goes_on_where_one_stopped_reading(client: FlaskClient) -> None:
    client.post(f"{WATCH}/save", json={})
    first = client.get("/_store/ledger").get_json()
    client.post(f"{WATCH}/save", json={})
    second = client.get(f"/_store/ledger?after={first['last_seq']}").get_json()
    assert [entry["version"] for entry in first["entries"] + second["entries"]] == [2, 3]
    assert second["waiting"] == 0


def test_a_webhook_is_redelivered(client: FlaskClient, receiver: Receiver) -> None:
    id_ = client.post(f"{WATCH}/save", json={}).get_json()["webhooks"][0]["id"]
    client.post(f"/_store/webhooks/{id_}/redeliver")
    assert [delivery.id for delivery in receiver.wait_for(2)] == [id_, id_]


def test_targets_are_set_and_shown_without_their_secret(client: FlaskClient, receiver: Receiver) -> None:
    target = {"url": receiver.url, "secret": "hush-hush", "scheme": "hmac_header", "header": "x-proof"}
    answer = client.put("/_store/targets", json=[target])
    assert answer.get_json() == client.get("/_store/targets").get_json()
    assert "hush-hush" not in answer.text
    client.post(f"{WATCH}/save", json={})
    (delivery,) = receiver.wait_for(1)
    assert len(bytes.fromhex(delivery.headers["x-proof"])) == 32


def test_what_was_shown_can_t_be_put_back_without_the_secret(client: FlaskClient) -> None:
    answer = client.put("/_store/targets", json=client.get("/_store/targets").get_json())
    assert (answer.status_code, "secret: none is given" in answer.get_json()["message"]) == (400, True)
    assert SECRET not in answer.text


@pytest.mark.parametrize(
    ("method", "address", "body", "status", "says"),
    [
        ("POST", f"{WATCH}/save", b"{", 400, "not JSON"),
        ("POST", f"{WATCH}/save", b'{"changes": {"name": "\\ud800"}}', 400, "not JSON in UTF-8"),
        ("POST", f"{WATCH}/save", b"[" * 100_000, 400, "not JSON"),
        ("POST", f"{WATCH}/save", b"1" * 5000, 400, "not JSON"),
        ("POST", f"{WATCH}/save", b"[]", 400, "not a JSON object"),
        ("POST", f"{WATCH}/save", b'{"change": {}}', 400, "The body has no change. Its keys: changes"),
        ("POST", f"{WATCH}/save", b'{"changes": []}', 400, "is not an object"),
        ("POST", f"{WATCH}/save", b'{"store_id": true}', 400, "store_id: True is not a whole number"),
        ("POST", f"{WATCH}/save", b'{"fire": 1}', 400, "fire: 1 is not true or false"),
        ("POST", f"{WATCH}/save", b'{"changes": {"price": 1e400}}', 400, "price"),
        ("POST", f"{WATCH}/save", b" " * 1_100_000, 413, "larger than 1048576 bytes"),
        ("POST", "/_store/products/none/save", b"{}", 404, "doesn't exist"),
        ("POST", "/_store/products", b"{}", 400, "needs sku, name, price"),
        ("POST", "/_store/products", b'{"sku":"24-UG01","changes":{"name":"x","price":1}}', 409, "is taken"),
        ("POST", f"{WATCH}/stock", b"{}", 400, "Stock is changed by"),
        ("POST", "/_store/mass-update", b'{"skus": [], "attributes": {}}', 400, "at least one product"),
        ("POST", "/_store/mass-update", b'{"skus": [1]}', 400, "a list of texts"),
        ("POST", "/_store/mass-update", b'{"skus":["1"],"attributes":{"qty":1}}', 400, "'qty'"),
        ("POST", "/_store/mass-websites", b'{"skus":["24-WG01"],"action":"move"}', 400, "neither add nor"),
        ("PUT", "/_store/targets", b"{}", 400, "not a list of targets"),
        ("POST", "/_store/webhooks/msg_none/redeliver", b"", 400, "No webhook has the id"),
        ("POST", "/_store/burst", b'{"saves": 0}', 400, "saves: 0 is not from 1"),
        ("POST", "/_store/burst", b'{"products": 5000}', 400, "the store has"),
        ("GET", "/_store/ledger?after=-1", b"", 400, "not a whole number"),
        ("DELETE", f"{WATCH}?fire=maybe", b"", 400, "neither true nor false"),
        ("GET", "/_store/nowhere", b"", 404, "Nothing is at /_store/nowhere"),
        ("PATCH", WATCH, b"", 405, "PATCH is not what"),
    ],
)
def test_every_no_is_a_sentence_in_json_and_changes_nothing(
    client: FlaskClient, store: Store, method: str, address: str, body: bytes, status: int, says: str
) -> None:
    before: list[Any] = store.products()
    answer = client.open(address, method=method, data=body)
    assert answer.status_code == status
    assert answer.get_json().keys() == {"message"}
    assert says in answer.get_json()["message"]
    assert store.products() == before


def test_a_mistake_of_the_store_shows_no_trace(client: FlaskClient, store: Store) -> None:
    with store._database.transaction() as connection:
        connection.execute("UPDATE products SET body = '{}' WHERE entity_id = 1")
    answer = client.get(WATCH)
    assert (answer.status_code, answer.get_json()) == (
        500,
        {"message": "The store made a mistake: see its log."},
    )


@pytest.mark.parametrize(
    ("origin", "status"), [("http://localhost", 200), ("http://evil.example", 403), ("null", 403)]
)
def test_a_page_of_another_site_may_not_save_here(client: FlaskClient, origin: str, status: int) -> None:
    answer = client.post(f"{WATCH}/save", json={}, headers={"Origin": origin})
    assert answer.status_code == status
