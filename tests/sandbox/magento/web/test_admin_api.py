"""`/_store`: the actions of Magento Admin as JSON."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from sandbox.magento import Store
from tests.sandbox.magento.webhook_receiver import SECRET, Receiver

WATCH = "/_store/products/24-WG01"


@pytest.mark.parametrize("key", ["24-WG01", "1"])
def test_a_save_by_sku_or_entity_id_returns_the_product_and_the_webhook(
    client: FlaskClient, receiver: Receiver, key: str
) -> None:
    response = client.post(f"/_store/products/{key}/save", json={"changes": {"color": "Red", "qty": 5}})
    document = response.get_json()
    assert (
        response.status_code,
        document["product"]["labels"]["color"],
        document["product"]["stock"]["qty"],
    ) == (
        200,
        "Red",
        "5",
    )
    (delivery,) = receiver.wait_for(1)
    assert [(webhook["id"], webhook["status"]) for webhook in document["webhooks"]] == [(delivery.id, 202)]


def test_a_sku_takes_precedence_over_an_entity_id(client: FlaskClient) -> None:
    client.post("/_store/products", json={"sku": "2", "changes": {"name": "Two", "price": 2}})
    assert client.get("/_store/products/2").get_json()["values"]["name"] == "Two"


def test_every_option_of_a_save_reaches_the_webhook(client: FlaskClient, receiver: Receiver) -> None:
    options = {"changes": {"name": "Here"}, "store_id": 1, "shape": "rest", "with_original": True}
    client.post(f"{WATCH}/save", json=options)
    (delivery,) = receiver.wait_for(1)
    assert delivery.payload.keys() == {"event", "product", "store_id", "is_new", "original"}
    assert (delivery.payload["store_id"], delivery.payload["product"]["name"]) == (1, "Here")


def test_a_save_can_skip_the_webhook(client: FlaskClient, receiver: Receiver) -> None:
    assert client.post(f"{WATCH}/save", json={"fire": False}).get_json()["webhooks"] == []
    assert client.delete(f"{WATCH}?fire=false").get_json()["webhooks"] == []
    assert receiver.deliveries == []


def test_a_product_is_created_and_deleted(client: FlaskClient, receiver: Receiver) -> None:
    created = client.post("/_store/products", json={"sku": "a/b", "changes": {"name": "New", "price": 2}})
    assert (created.status_code, created.get_json()["product"]["sku"]) == (201, "a/b")
    assert client.delete("/_store/products/a%2Fb").status_code == 200
    assert client.get("/_store/products/a%2Fb").status_code == 404
    assert [delivery.payload["event"] for delivery in receiver.wait_for(2)] == [
        "catalog_product_save_commit_after",
        "catalog_product_delete_commit_after",
    ]


def test_stock_attributes_and_websites_can_be_changed(client: FlaskClient, receiver: Receiver) -> None:
    client.post(f"{WATCH}/stock", json={"qty": 3})
    client.post("/_store/mass-update", json={"skus": ["24-WG01"], "attributes": {"status": 2}})
    client.post("/_store/mass-websites", json={"skus": ["24-WG01"], "website_ids": [1], "action": "remove"})
    assert [delivery.payload["event"] for delivery in receiver.wait_for(3)] == [
        "cataloginventory_stock_item_save_commit_after",
        "catalog_product_attribute_update_before",
        "catalog_product_to_website_change",
    ]
    product = client.get(WATCH).get_json()
    assert (product["stock"]["qty"], product["values"]["status"], product["website_ids"]) == ("3", "2", [])


def test_acts_that_usual_hooks_do_not_see_send_no_webhook(
    client: FlaskClient, store: Store, receiver: Receiver
) -> None:
    client.post("/_store/mass-inventory", json={"skus": ["24-WG01"], "stock": {"qty": 9}})
    assert client.post("/_store/orders", json={"sku": "24-WG01", "qty": 2}).status_code == 201
    shipped = client.post("/_store/orders/000000001/ship").get_json()
    client.post("/_store/import", json={"rows": [{"sku": "24-WG01", "name": "Imported"}]})
    product = store.product("24-WG01")
    assert (shipped["webhooks"], product.stock.qty, product.values["name"]) == ([], "7", "Imported")
    deleted = client.post("/_store/import-delete", json={"skus": ["24-WG01"]}).get_json()
    assert (deleted["webhooks"], client.get(WATCH).status_code) == ([], 404)
    assert receiver.deliveries == []


def test_a_save_with_the_quantities_of_its_sources_sends_the_old_quantity(
    client: FlaskClient, receiver: Receiver
) -> None:
    client.post(f"{WATCH}/stock", json={"qty": 7, "fire": False})
    sources = {"default": {"quantity": 9}, "wh2": {"quantity": 41, "in_stock": True}}
    saved = client.post(f"{WATCH}/save", json={"sources": sources}).get_json()["product"]
    (delivery,) = receiver.wait_for(1)
    assert delivery.payload["product"]["stock_data"]["qty"] == "7"
    assert (saved["stock"]["qty"], saved["sources"]["wh2"]["quantity"]) == ("9", "41")


def test_a_configurable_made_in_admin_sends_its_children_first(
    client: FlaskClient, receiver: Receiver
) -> None:
    body = {
        "sku": "TEE",
        "changes": {"name": "Tee", "price": 9},
        "variations": {"TEE-S": {"size": "S", "qty": 3}, "TEE-M": {"size": "M", "qty": 4}},
    }
    assert client.post("/_store/configurables", json=body).status_code == 201
    assert [delivery.payload["product"]["sku"] for delivery in receiver.wait_for(3)] == [
        "TEE-S",
        "TEE-M",
        "TEE",
    ]
    client.post("/_store/mass-delete", json={"skus": ["TEE-S", "TEE-M"]})
    assert len(receiver.wait_for(5)) == 5


def test_the_list_contains_every_product(client: FlaskClient, store: Store) -> None:
    listed = client.get("/_store/products").get_json()
    assert listed["total_count"] == len(listed["items"]) == len(store.products())
    assert listed["items"][0]["sku"] == "24-WG01"


def test_the_ledger_can_be_read_from_a_sequence_number(client: FlaskClient) -> None:
    client.post(f"{WATCH}/save", json={})
    first = client.get("/_store/ledger").get_json()
    client.post(f"{WATCH}/save", json={})
    second = client.get(f"/_store/ledger?after={first['last_seq']}").get_json()
    assert [entry["version"] for entry in first["entries"] + second["entries"]] == [2, 3]
    assert second["waiting"] == 0


def test_a_webhook_can_be_redelivered(client: FlaskClient, receiver: Receiver) -> None:
    webhook_id = client.post(f"{WATCH}/save", json={}).get_json()["webhooks"][0]["id"]
    client.post(f"/_store/webhooks/{webhook_id}/redeliver")
    assert [delivery.id for delivery in receiver.wait_for(2)] == [webhook_id, webhook_id]


def test_targets_are_returned_without_their_secret(client: FlaskClient, receiver: Receiver) -> None:
    target = {"url": receiver.url, "secret": "hush-hush", "scheme": "hmac_header", "header": "x-proof"}
    response = client.put("/_store/targets", json=[target])
    assert response.get_json() == client.get("/_store/targets").get_json()
    assert "hush-hush" not in response.text
    client.post(f"{WATCH}/save", json={})
    (delivery,) = receiver.wait_for(1)
    assert len(bytes.fromhex(delivery.headers["x-proof"])) == 32


def test_a_target_without_its_secret_is_rejected(client: FlaskClient) -> None:
    response = client.put("/_store/targets", json=client.get("/_store/targets").get_json())
    assert (response.status_code, "secret: it is missing" in response.get_json()["message"]) == (400, True)
    assert SECRET not in response.text


@pytest.mark.parametrize(
    ("method", "address", "body", "status", "message"),
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
        ("POST", f"{WATCH}/save", b'{"sources": {"attic": {"quantity": 1}}}', 400, "not one of default, wh2"),
        ("POST", "/_store/products/none/save", b"{}", 404, "doesn't exist"),
        ("POST", "/_store/products", b"{}", 400, "needs sku, name, price"),
        ("POST", "/_store/products", b'{"sku":"24-UG01","changes":{"name":"x","price":1}}', 409, "is taken"),
        ("POST", f"{WATCH}/stock", b"{}", 400, "Stock has the keys"),
        ("POST", "/_store/mass-update", b'{"skus": [], "attributes": {}}', 400, "at least one product"),
        ("POST", "/_store/mass-update", b'{"skus": [1]}', 400, "not a list of texts"),
        ("POST", "/_store/mass-update", b'{"skus":["1"],"attributes":{"qty":1}}', 400, "'qty'"),
        ("POST", "/_store/mass-websites", b'{"skus":["24-WG01"],"action":"move"}', 400, "neither add nor"),
        ("PUT", "/_store/targets", b"{}", 400, "not a list of targets"),
        ("POST", "/_store/orders", b'{"sku":"24-WG01","qty":5000}', 400, "qty is not available"),
        ("POST", "/_store/orders/9/ship", b"", 404, "doesn't exist"),
        ("POST", "/_store/import", b'{"rows": [{"color": "Red"}]}', 400, "The body has no color"),
        ("POST", "/_store/import", b'{"rows": [{"sku": "X"}]}', 400, "needs name, price"),
        ("POST", "/_store/mass-inventory", b'{"skus": []}', 400, "at least one product"),
        (
            "POST",
            "/_store/configurables",
            b'{"sku":"T","changes":{"name":"T","price":1}}',
            400,
            "two children",
        ),
        ("POST", "/_store/webhooks/msg_none/redeliver", b"", 400, "There is no webhook"),
        ("POST", "/_store/burst", b'{"saves": 0}', 400, "saves: 0 is not between 1"),
        ("POST", "/_store/burst", b'{"products": 5000}', 400, "but the store has"),
        ("GET", "/_store/ledger?after=-1", b"", 400, "not a whole number"),
        ("DELETE", f"{WATCH}?fire=maybe", b"", 400, "neither true nor false"),
        ("GET", "/_store/nowhere", b"", 404, "/_store/nowhere does not exist"),
        ("PATCH", WATCH, b"", 405, "does not accept PATCH"),
    ],
)
def test_every_error_is_a_json_message_and_changes_nothing(
    client: FlaskClient, store: Store, method: str, address: str, body: bytes, status: int, message: str
) -> None:
    before: list[Any] = store.products()
    response = client.open(address, method=method, data=body)
    assert response.status_code == status
    assert response.get_json().keys() == {"message"}
    assert message in response.get_json()["message"]
    assert store.products() == before


def test_an_internal_error_shows_no_traceback(client: FlaskClient, store: Store) -> None:
    with store._database.transaction() as connection:
        connection.execute("UPDATE products SET body = '{}' WHERE entity_id = 1")
    response = client.get(WATCH)
    assert (response.status_code, response.get_json()) == (
        500,
        {"message": "Internal error of the store: see its log."},
    )


@pytest.mark.parametrize(
    ("origin", "status"), [("http://localhost", 200), ("http://evil.example", 403), ("null", 403)]
)
def test_a_page_of_another_site_can_not_save(client: FlaskClient, origin: str, status: int) -> None:
    response = client.post(f"{WATCH}/save", json={}, headers={"Origin": origin})
    assert response.status_code == status
