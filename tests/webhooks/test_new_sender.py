"""A sender that is added to `SENDERS` works at the endpoint: signature, unwrapping, answer and challenge."""

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
from tests.webhooks.conftest import ExampleEndpoint
from tests.webhooks.examples import NOW, SECRET, SHOP

__all__ = ["example_sender"]

URL = "/webhooks/magento/batches"


@pytest.fixture
def connection(example_sender: ExampleSender, endpoint: ExampleEndpoint) -> MagentoConnection:
    """The Magento connection of a shop that uses the example sender."""
    settings = {"example_public_key": public_key()}
    connection = MagentoConnection(example_sender.name, (Secret(SECRET),), sender_settings=settings)
    endpoint.database.stored = {
        **endpoint.database.stored,
        "batches": replace(SHOP, key="batches", magento=connection),
    }
    return connection


def post(
    endpoint: ExampleEndpoint, connection: MagentoConnection, raw: bytes, signed: bytes | None = None
) -> TestResponse:
    headers: Mapping[str, str] = ExampleSender().sign(connection, raw if signed is None else signed, "", NOW)
    return endpoint.app().test_client().post(URL, data=raw, headers={**headers})


def test_each_event_of_a_batch_is_published_and_the_answer_has_the_senders_format(
    endpoint: ExampleEndpoint, connection: MagentoConnection
) -> None:
    response = post(endpoint, connection, batch("MUG-01", "MUG-02"))
    assert (response.status_code, response.content_type, response.data) == (
        200,
        "application/json",
        b'{"op":"success"}',
    )
    events = [
        from_record(record.key, record.value, record.headers, SIGNATURES) for record in endpoint.kafka.records
    ]
    assert [(event.id, event.sku, event.shop) for event in events] == [
        ("evt-MUG-01", "MUG-01", "batches"),
        ("evt-MUG-02", "MUG-02", "batches"),
    ]


def test_a_tampered_body_is_refused(endpoint: ExampleEndpoint, connection: MagentoConnection) -> None:
    response = post(endpoint, connection, batch("MUG-02"), signed=batch("MUG-01"))
    assert (response.status_code, response.get_json(force=True)["code"]) == (401, "unverified")
    assert endpoint.kafka.on("events") == []


@pytest.mark.parametrize(
    ("raw", "reason"),
    [(b'{"sku":"MUG-01"}', "not_a_batch"), (b"[]", "names_no_product"), (b"[", "not_json")],
)
def test_a_body_that_cannot_be_unwrapped_is_quarantined_with_its_sender(
    endpoint: ExampleEndpoint, connection: MagentoConnection, raw: bytes, reason: str
) -> None:
    assert post(endpoint, connection, raw).data == b'{"op":"success"}'
    (record,) = endpoint.kafka.records
    webhook = quarantined.read(record.headers)
    assert webhook is not None
    assert (webhook.reason, webhook.sender, record.value) == (reason, "example", raw)
    quarantined.verify(record.key, record.value, record.headers, SIGNATURES)


def test_a_batch_with_an_unreadable_event_is_quarantined_as_a_whole(
    endpoint: ExampleEndpoint, connection: MagentoConnection
) -> None:
    raw = batch("MUG-01", "x" * 500)
    post(endpoint, connection, raw)
    (record,) = endpoint.kafka.records
    assert (record.topic, record.value) == ("events.dlq", raw)


def test_a_challenge_is_answered_in_the_senders_format(
    endpoint: ExampleEndpoint, connection: MagentoConnection
) -> None:
    response = endpoint.app().test_client().get(f"{URL}?challenge=8ec8d794")
    assert (response.status_code, response.mimetype, response.text) == (200, "text/plain", "8ec8d794")


@pytest.mark.parametrize(
    "url", [URL, "/webhooks/magento/demo?challenge=8ec8d794", "/webhooks/magento/no?challenge=1"]
)
def test_any_other_get_is_refused(endpoint: ExampleEndpoint, connection: MagentoConnection, url: str) -> None:
    response = endpoint.app().test_client().get(url)
    assert (response.status_code, response.headers["Allow"]) == (405, "OPTIONS, POST")


def test_a_challenge_before_the_shops_are_read_is_503(
    endpoint: ExampleEndpoint, connection: MagentoConnection
) -> None:
    endpoint.database.down = True
    assert endpoint.app().test_client().get(f"{URL}?challenge=1").status_code == 503
