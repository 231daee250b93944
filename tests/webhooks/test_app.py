"""The endpoint: what each request is answered, what is published, and what the log may say."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping

import pytest
from structlog.testing import capture_logs
from werkzeug.test import TestResponse

from schemas.product_event import from_record
from tests.records.examples import SIGNATURES
from tests.webhooks.conftest import House
from tests.webhooks.examples import HMAC_HEADER, NOW, SECRET, SHOP, TRACE, BrokenPublisher, body, signed
from webhooks.receive import LARGEST_BODY

URL = "/webhooks/magento/demo"
SAVE = body({"event": "product.saved", "product": {"entity_id": 7, "sku": "MUG-01", "price": "9.90"}})
BROKEN_OFF = {"CONTENT_LENGTH": str(len(SAVE) + 1), "CONTENT_TYPE": "application/json"}
"""Of an environment in which the connection ends a byte too early."""


def post(
    house: House, raw: bytes = SAVE, headers: Mapping[str, str] | None = None, url: str = URL
) -> TestResponse:
    """Post signed bytes; `headers` stand over those of the signature."""
    every = {"content-type": "application/json", **signed(raw), **(headers or {})}
    return house.app().test_client().post(url, data=raw, headers=every)


def is_problem(response: TestResponse, status: int, code: str) -> bool:
    """A problem of this status and code, and nothing that a sender should not see."""
    found = response.get_json(force=True)
    assert response.content_type == "application/problem+json"
    assert found.keys() <= {"type", "title", "status", "code", "detail"}
    assert "Traceback" not in response.text
    return response.status_code == status == found["status"] and bool(found["code"] == code)


def test_a_signed_save_is_published_and_answered_202(house: House) -> None:
    response = post(house)
    assert (response.status_code, response.get_json()) == (202, {"event_id": "msg_1"})
    (record,) = house.kafka.records
    event = from_record(record.key, record.value, record.headers, SIGNATURES)
    assert (record.topic, record.key, event.sku, event.received_at) == (
        "events",
        b"demo/MUG-01",
        "MUG-01",
        NOW,
    )


def test_the_senders_trace_is_on_the_record(house: House) -> None:
    post(house, headers={"traceparent": TRACE})
    assert dict(house.kafka.records[0].headers)["traceparent"] == TRACE.encode()


def test_without_a_trace_of_the_sender_one_begins_here(house: House) -> None:
    post(house)
    trace = dict(house.kafka.records[0].headers)["traceparent"].decode()
    assert re.fullmatch(r"00-[0-9a-f]{32}-[0-9a-f]{16}-01", trace)


def test_a_mass_update_is_published_record_by_record(house: House) -> None:
    post(house, body({"product_ids": [7, 8], "attributes_data": {"status": "2"}}))
    assert [record.key for record in house.kafka.records] == [b"demo/#7", b"demo/#8"]


def test_a_shop_that_signs_in_its_own_header_gets_a_sortable_id(house: House) -> None:
    secret = HMAC_HEADER.secrets[0].reveal().encode()
    headers = {"x-magic-signature": hmac.digest(secret, SAVE, hashlib.sha256).hex()}
    response = house.app().test_client().post("/webhooks/magento/magic", data=SAVE, headers=headers)
    assert response.status_code == 202
    (record,) = house.kafka.records
    assert (
        from_record(record.key, record.value, record.headers, SIGNATURES).id
        == response.get_json()["event_id"]
    )
    assert re.fullmatch(
        r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}",
        response.get_json()["event_id"],
    )


@pytest.mark.parametrize(
    "raw, reason",
    [
        (b"{", "not_json"),
        (b'{"sku":"MUG-01","price":NaN}', "not_json"),
        (b'{"sku":"MUG-01","price":1e400}', "not_json"),
        (b"[" * 100_000, "not_json"),
        (b'{"name":"\\ud800"}', "not_json"),
        (body({"sku": "x" * 500}), "invalid_sku"),
        (b'{"ean":99999999999999999999}', "number_too_large"),
    ],
)
def test_a_signed_body_that_cannot_be_read_is_taken_and_kept_as_it_came(
    house: House, raw: bytes, reason: str
) -> None:
    response = post(house, raw)
    assert (response.status_code, response.get_json()) == (202, {"event_id": "msg_1", "quarantined": reason})
    (record,) = house.kafka.records
    assert (record.topic, record.value) == ("events.dlq", raw)
    assert dict(record.headers)["m2t-dlq-reason"] == reason.encode()


@pytest.mark.parametrize(
    "headers",
    [
        {"webhook-signature": "v1,AAAA"},
        {"webhook-timestamp": "1500000000"},
        {"webhook-timestamp": str(int(NOW.timestamp()) - 301)},
        {"webhook-id": ""},
    ],
)
def test_what_is_not_proven_is_401_without_detail(house: House, headers: dict[str, str]) -> None:
    response = post(house, headers=headers)
    assert is_problem(response, 401, "unverified")
    assert "detail" not in response.get_json(force=True)
    assert house.kafka.records == []


@pytest.mark.parametrize("key", ["nowhere", "DEMO", "x" * 5000, "%00", "..%2fdemo", "demo%20"])
def test_an_unknown_shop_is_404(house: House, key: str) -> None:
    assert post(house, url=f"/webhooks/magento/{key}").status_code == 404


def test_an_unknown_shop_is_shown_what_to_do(house: House) -> None:
    response = post(house, url="/webhooks/magento/nowhere")
    assert is_problem(response, 404, "unknown_shop")
    assert "no shop of this key" in response.get_json(force=True)["detail"]


@pytest.mark.parametrize(
    "size, status", [(LARGEST_BODY, 202), (LARGEST_BODY + 1, 413), (2 * LARGEST_BODY, 413)]
)
def test_a_body_may_be_768_kib(house: House, size: int, status: int) -> None:
    raw = SAVE + b" " * (size - len(SAVE))
    response = post(house, raw)
    assert response.status_code == status
    assert status == 202 or is_problem(response, 413, "body_too_large")


@pytest.mark.parametrize(
    "headers, status",
    [
        ({"content-type": "application/json; charset=utf-8"}, 202),
        ({"content-type": "application/cloudevents+json"}, 202),
        ({"content-type": ""}, 202),
        ({"content-encoding": "identity"}, 202),
        ({"content-type": "application/x-www-form-urlencoded"}, 415),
        ({"content-type": "text/html"}, 415),
        ({"content-encoding": "gzip"}, 415),
        ({"content-encoding": "br, gzip"}, 415),
    ],
)
def test_only_plain_json_is_read(house: House, headers: dict[str, str], status: int) -> None:
    response = post(house, headers=headers)
    assert response.status_code == status
    assert status == 202 or is_problem(response, 415, response.get_json(force=True)["code"])


def test_a_body_that_breaks_off_is_400_and_no_matter_of_signatures(house: House) -> None:
    client = house.app().test_client()
    response = client.post(URL, data=SAVE, headers=signed(SAVE), environ_overrides=BROKEN_OFF)
    assert is_problem(response, 400, "bad_request")
    assert house.kafka.records == []


def test_while_kafka_is_away_the_sender_is_asked_to_come_again(house: House) -> None:
    house.kafka.away = True
    response = post(house)
    assert is_problem(response, 503, "not_published")
    assert response.headers["Retry-After"] == "2"


def test_the_log_names_the_product_that_was_not_published(house: House) -> None:
    house.kafka.away = True
    with capture_logs() as lines:
        post(house)
    assert (lines[0]["sku"], lines[0]["result"], lines[0]["reason"]) == ("MUG-01", "not_published", "away")


def test_what_cannot_be_read_waits_for_kafka_too(house: House) -> None:
    house.kafka.away = True
    assert is_problem(post(house, b"{"), 503, "not_published")


def test_a_delivery_that_comes_again_keeps_its_event_id(house: House) -> None:
    house.kafka.away = True
    post(house)
    house.kafka.away = False
    assert post(house).get_json() == {"event_id": "msg_1"}


def test_shops_that_were_never_read_are_503_and_not_404(house: House) -> None:
    house.database.away = True
    assert is_problem(post(house), 503, "shops_not_read")


def test_a_database_that_goes_away_later_stops_nothing(house: House) -> None:
    house.shops.read()
    house.database.away = True
    house.shops.read()
    assert post(house).status_code == 202


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
def test_webhooks_are_posted(house: House, method: str) -> None:
    response = house.app().test_client().open(URL, method=method)
    assert is_problem(response, 405, "method_not_allowed")
    assert "POST" in response.headers["Allow"]


def test_another_path_is_404(house: House) -> None:
    assert is_problem(house.app().test_client().get("/admin"), 404, "not_found")


def test_a_fault_of_ours_is_a_500_that_says_nothing_of_it(house: House) -> None:
    house.publisher = BrokenPublisher()
    with capture_logs() as lines:
        response = post(house)
    assert is_problem(response, 500, "internal_server_error")
    assert SECRET not in response.text
    assert [line["event"] for line in lines] == ["webhook_failed", "webhook"]


def test_one_line_in_the_log_tells_a_delivery(house: House) -> None:
    with capture_logs() as lines:
        post(house)
    (line,) = lines
    assert line.pop("milliseconds") >= 0
    assert line == {
        "event": "webhook",
        "log_level": "info",
        "shop": "demo",
        "status": 202,
        "result": "accepted",
        "event_id": "msg_1",
        "kind": "saved",
        "events": 1,
        "sku": "MUG-01",
    }


@pytest.mark.parametrize(
    "headers, reason",
    [({"webhook-signature": "v1,AAAA"}, "no_match"), ({"webhook-timestamp": "1500000000"}, "outside_window")],
)
def test_the_log_says_why_nothing_was_proven(house: House, headers: dict[str, str], reason: str) -> None:
    with capture_logs() as lines:
        post(house, headers=headers)
    assert (lines[0]["result"], lines[0]["reason"]) == ("unverified", reason)


@pytest.mark.parametrize("raw", [SAVE, b'{"price": 9.90', body({"sku": "x" * 500})])
def test_neither_log_nor_answer_nor_measure_holds_body_or_secret(house: House, raw: bytes) -> None:
    app = house.app()
    with capture_logs() as lines:
        response = app.test_client().post(URL, data=raw, headers=signed(raw))
    everything = f"{lines}{response.text}{app.test_client().get('/metrics').text}"
    for hidden in (SECRET, signed(raw)["webhook-signature"], "9.90", "x" * 100, SHOP.tiktok.app_key + "="):
        assert hidden not in everything


def test_answers_are_counted_by_shop_and_result(house: House) -> None:
    client = house.app().test_client()
    client.post(URL, data=SAVE, headers=signed(SAVE))
    client.post(URL, data=SAVE, headers=signed(SAVE))
    client.post(URL, data=SAVE)
    client.post("/webhooks/magento/nowhere", data=SAVE)
    client.post(URL, data=SAVE, headers=signed(SAVE), environ_overrides=BROKEN_OFF)
    client.get(URL)
    value = client.get("/metrics").text
    assert 'm2t_webhook_requests_total{result="accepted",shop="demo"} 2.0' in value
    assert 'm2t_webhook_requests_total{result="unverified",shop="demo"} 1.0' in value
    assert 'm2t_webhook_requests_total{result="unknown_shop",shop="unknown"} 1.0' in value
    assert 'm2t_webhook_requests_total{result="bad_request",shop="unknown"} 1.0' in value
    assert 'm2t_webhook_requests_total{result="method_not_allowed",shop="unknown"} 1.0' in value
    assert "m2t_webhook_seconds_count 5.0" in value
    assert "nowhere" not in value


@pytest.mark.parametrize("path", ["/livez", "/healthz"])
def test_the_process_lives_whatever_its_neighbours_do(house: House, path: str) -> None:
    house.faults["kafka"] = "does not answer"
    assert house.app().test_client().get(path).status_code == 200


def test_the_door_is_ready_when_all_its_neighbours_are(house: House) -> None:
    response = house.app().test_client().get("/readyz")
    assert (response.status_code, response.text) == (200, "ready\n")


def test_the_door_says_which_neighbour_it_waits_for(house: House) -> None:
    house.faults["kafka"] = "does not answer (NoBrokersAvailable)"
    response = house.app().test_client().get("/readyz?verbose")
    assert response.status_code == 503
    assert response.text.splitlines() == [
        "[-]kafka does not answer (NoBrokersAvailable)",
        "[+]database ok",
        "not ready",
    ]
