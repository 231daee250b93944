"""A sender that is added to the table is verified, unwrapped, answered and challenged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
from werkzeug.test import TestResponse

from schemas import quarantined
from schemas.product_event import from_record
from schemas.secret import Secret
from schemas.shop import MagentoConnection
from tests.example_sender import ExampleSender, batch, example_sender, public_key
from tests.records.examples import SIGNATURES
from tests.webhooks.conftest import House
from tests.webhooks.examples import NOW, SECRET, SHOP

__all__ = ["example_sender"]

URL = "/webhooks/magento/batches"


@pytest.fixture
def connection(example_sender: ExampleSender, house: House) -> MagentoConnection:
    """A shop whose store sends in this way."""
    settings = {"example_public_key": public_key()}
    connection = MagentoConnection(example_sender.name, (Secret(SECRET),), sender_settings=settings)
    house.database.held = {
        **house.database.held,
        "batches": replace(SHOP, key="batches", magento=connection),
    }
    return connection


def post(
    house: House, connection: MagentoConnection, raw: bytes, signed: bytes | None = None
) -> TestResponse:
    headers: Mapping[str, str] = ExampleSender().sign(connection, raw if signed is None else signed, "", NOW)
    return house.app().test_client().post(URL, data=raw, headers={**headers})


def test_a_batch_becomes_an_event_for_each_of_its_own_and_is_answered_as_the_sender_expects(
    house: House, connection: MagentoConnection
) -> None:
    response = post(house, connection, batch("MUG-01", "MUG-02"))
    assert (response.status_code, response.content_type, response.data) == (
        200,
        "application/json",
        b'{"op":"success"}',
    )
    events = [from_record(one.key, one.value, one.headers, SIGNATURES) for one in house.kafka.records]
    assert [(event.id, event.sku, event.shop) for event in events] == [
        ("evt-MUG-01", "MUG-01", "batches"),
        ("evt-MUG-02", "MUG-02", "batches"),
    ]


def test_a_body_that_was_changed_is_refused(house: House, connection: MagentoConnection) -> None:
    response = post(house, connection, batch("MUG-02"), signed=batch("MUG-01"))
    assert (response.status_code, response.get_json(force=True)["code"]) == (401, "unverified")
    assert house.kafka.records == []


@pytest.mark.parametrize(
    ("raw", "reason"),
    [(b'{"sku":"MUG-01"}', "not_a_batch"), (b"[]", "names_no_product"), (b"[", "not_json")],
)
def test_what_cant_be_unwrapped_is_quarantined_with_its_sender(
    house: House, connection: MagentoConnection, raw: bytes, reason: str
) -> None:
    assert post(house, connection, raw).data == b'{"op":"success"}'
    (record,) = house.kafka.records
    webhook = quarantined.read(record.headers)
    assert webhook is not None
    assert (webhook.reason, webhook.sender, record.value) == (reason, "example", raw)
    quarantined.verify(record.key, record.value, record.headers, SIGNATURES)


def test_of_a_batch_with_an_unreadable_event_nothing_is_published(
    house: House, connection: MagentoConnection
) -> None:
    raw = batch("MUG-01", "x" * 500)
    post(house, connection, raw)
    (record,) = house.kafka.records
    assert (record.topic, record.value) == ("events.dlq", raw)


def test_a_challenge_is_answered_as_the_sender_expects(house: House, connection: MagentoConnection) -> None:
    response = house.app().test_client().get(f"{URL}?challenge=8ec8d794")
    assert (response.status_code, response.mimetype, response.text) == (200, "text/plain", "8ec8d794")


@pytest.mark.parametrize(
    "url", [URL, "/webhooks/magento/demo?challenge=8ec8d794", "/webhooks/magento/no?challenge=1"]
)
def test_any_other_get_is_refused(house: House, connection: MagentoConnection, url: str) -> None:
    response = house.app().test_client().get(url)
    assert (response.status_code, response.headers["Allow"]) == (405, "OPTIONS, POST")


def test_a_challenge_while_the_shops_are_not_read_is_to_be_sent_again(
    house: House, connection: MagentoConnection
) -> None:
    house.database.away = True
    assert house.app().test_client().get(f"{URL}?challenge=1").status_code == 503
