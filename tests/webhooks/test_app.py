"""The webhook endpoint: the answer to each request, the published records, and the log."""

from __future__ import annotations

import hashlib
import hmac
import re

import pytest
from structlog.testing import capture_logs

from schemas.product_event import from_record
from tests.records.examples import SIGNATURES
from tests.webhooks.conftest import ExampleEndpoint
from tests.webhooks.examples import HMAC_HEADER, NOW, SECRET, SHOP, TRACE, BrokenPublisher, body, signed
from tests.webhooks.posting import SAVE, URL, is_problem, post

BROKEN_OFF = {"CONTENT_LENGTH": str(len(SAVE) + 1), "CONTENT_TYPE": "application/json"}
"""The WSGI environment of a connection that ends one byte too early."""


def test_a_signed_save_is_published_and_answered_202(endpoint: ExampleEndpoint) -> None:
    response = post(endpoint)
    assert (response.status_code, response.get_json()) == (202, {"event_id": "msg_1"})
    (record,) = endpoint.kafka.records
    event = from_record(record.key, record.value, record.headers, SIGNATURES)
    assert (record.topic, record.key, event.sku, event.received_at) == (
        "events",
        b"demo/MUG-01",
        "MUG-01",
        NOW,
    )


def test_the_record_carries_the_senders_trace(endpoint: ExampleEndpoint) -> None:
    post(endpoint, headers={"traceparent": TRACE})
    assert dict(endpoint.kafka.records[0].headers)["traceparent"] == TRACE.encode()


def test_a_delivery_without_a_trace_gets_a_new_trace(endpoint: ExampleEndpoint) -> None:
    post(endpoint)
    trace = dict(endpoint.kafka.records[0].headers)["traceparent"].decode()
    assert re.fullmatch(r"00-[0-9a-f]{32}-[0-9a-f]{16}-01", trace)


def test_a_mass_update_is_published_as_a_record_per_product(endpoint: ExampleEndpoint) -> None:
    post(endpoint, body({"product_ids": [7, 8], "attributes_data": {"status": "2"}}))
    assert [record.key for record in endpoint.kafka.records] == [b"demo/#7", b"demo/#8"]


def test_a_delivery_with_an_hmac_header_gets_a_sortable_id(endpoint: ExampleEndpoint) -> None:
    secret = HMAC_HEADER.secrets[0].reveal().encode()
    headers = {"x-magic-signature": hmac.digest(secret, SAVE, hashlib.sha256).hex()}
    response = endpoint.app().test_client().post("/webhooks/magento/magic", data=SAVE, headers=headers)
    assert response.status_code == 202
    (record,) = endpoint.kafka.records
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
def test_a_signed_body_that_cannot_be_read_is_accepted_and_quarantined_unchanged(
    endpoint: ExampleEndpoint, raw: bytes, reason: str
) -> None:
    response = post(endpoint, raw)
    assert (response.status_code, response.get_json()) == (202, {"event_id": "msg_1", "quarantined": reason})
    (record,) = endpoint.kafka.records
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
def test_an_unverified_webhook_is_401_with_the_same_detail_whatever_is_wrong(
    endpoint: ExampleEndpoint, headers: dict[str, str]
) -> None:
    response = post(endpoint, headers=headers)
    assert is_problem(response, 401, "unverified")
    assert response.get_json(force=True)["detail"].startswith(
        "The signature can't be verified. Check the shop's"
    )
    assert endpoint.kafka.on("events") == []


@pytest.mark.parametrize("key", ["nowhere", "DEMO", "x" * 5000, "%00", "..%2fdemo", "demo%20"])
def test_an_unknown_shop_is_404(endpoint: ExampleEndpoint, key: str) -> None:
    assert post(endpoint, url=f"/webhooks/magento/{key}").status_code == 404


def test_the_answer_for_an_unknown_shop_says_what_to_do(endpoint: ExampleEndpoint) -> None:
    response = post(endpoint, url="/webhooks/magento/nowhere")
    assert is_problem(response, 404, "unknown_shop")
    assert "No shop has this key" in response.get_json(force=True)["detail"]


@pytest.mark.parametrize(
    "headers, status",
    [
        ({"content-type": "application/json; charset=utf-8"}, 202),
        ({"content-type": "application/cloudevents+json"}, 202),
        ({"content-type": ""}, 202),
        ({"content-encoding": "identity"}, 202),
        ({"content-type": "application/x-www-form-urlencoded"}, 415),
        ({"content-type": "text/html"}, 415),
        ({"content-encoding": ""}, 202),
        ({"content-encoding": "gzip"}, 415),
        ({"content-encoding": "br, gzip"}, 415),
    ],
)
def test_only_unencoded_json_is_accepted(
    endpoint: ExampleEndpoint, headers: dict[str, str], status: int
) -> None:
    response = post(endpoint, headers=headers)
    assert response.status_code == status
    assert status == 202 or is_problem(response, 415, response.get_json(force=True)["code"])


def test_an_incomplete_body_is_400_before_its_signature_is_checked(endpoint: ExampleEndpoint) -> None:
    client = endpoint.app().test_client()
    response = client.post(URL, data=SAVE, headers=signed(SAVE), environ_overrides=BROKEN_OFF)
    assert is_problem(response, 400, "bad_request")
    assert endpoint.kafka.records == []


def test_while_kafka_is_down_the_sender_is_asked_to_retry(endpoint: ExampleEndpoint) -> None:
    endpoint.kafka.down = True
    response = post(endpoint)
    assert is_problem(response, 503, "not_published")
    assert response.headers["Retry-After"] == "2"


def test_the_log_names_the_product_that_was_not_published(endpoint: ExampleEndpoint) -> None:
    endpoint.kafka.down = True
    with capture_logs() as lines:
        post(endpoint)
    assert (lines[0]["sku"], lines[0]["result"], lines[0]["reason"]) == ("MUG-01", "not_published", "down")


def test_an_unreadable_body_needs_kafka_as_well(endpoint: ExampleEndpoint) -> None:
    endpoint.kafka.down = True
    assert is_problem(post(endpoint, b"{"), 503, "not_published")


def test_a_retried_delivery_keeps_its_event_id(endpoint: ExampleEndpoint) -> None:
    endpoint.kafka.down = True
    post(endpoint)
    endpoint.kafka.down = False
    assert post(endpoint).get_json() == {"event_id": "msg_1"}


def test_before_the_shops_are_read_the_answer_is_503_not_404(endpoint: ExampleEndpoint) -> None:
    endpoint.database.down = True
    assert is_problem(post(endpoint), 503, "shops_not_read")


def test_webhooks_are_accepted_while_the_database_is_down(endpoint: ExampleEndpoint) -> None:
    endpoint.shops.read()
    endpoint.database.down = True
    with pytest.raises(ConnectionError):
        endpoint.shops.read()
    assert post(endpoint).status_code == 202


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
def test_other_methods_than_post_are_405(endpoint: ExampleEndpoint, method: str) -> None:
    response = endpoint.app().test_client().open(URL, method=method)
    assert is_problem(response, 405, "method_not_allowed")
    assert "POST" in response.headers["Allow"]


def test_another_path_is_404(endpoint: ExampleEndpoint) -> None:
    assert is_problem(endpoint.app().test_client().get("/admin"), 404, "not_found")


def test_an_unexpected_error_is_a_500_without_details(endpoint: ExampleEndpoint) -> None:
    endpoint.publisher = BrokenPublisher()
    with capture_logs() as lines:
        response = post(endpoint)
    assert is_problem(response, 500, "internal_server_error")
    assert SECRET not in response.text
    assert [line["event"] for line in lines] == ["webhook_failed", "webhook"]


def test_each_delivery_is_logged_in_one_line(endpoint: ExampleEndpoint) -> None:
    with capture_logs() as lines:
        post(endpoint)
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
def test_the_log_says_why_a_webhook_is_unverified(
    endpoint: ExampleEndpoint, headers: dict[str, str], reason: str
) -> None:
    with capture_logs() as lines:
        post(endpoint, headers=headers)
    assert (lines[0]["result"], lines[0]["reason"]) == ("unverified", reason)


@pytest.mark.parametrize("raw", [SAVE, b'{"price": 9.90', body({"sku": "x" * 500})])
def test_log_answer_and_metrics_contain_neither_body_nor_secret(
    endpoint: ExampleEndpoint, raw: bytes
) -> None:
    app = endpoint.app()
    with capture_logs() as lines:
        response = app.test_client().post(URL, data=raw, headers=signed(raw))
    everything = f"{lines}{response.text}{app.test_client().get('/metrics').text}"
    for hidden in (SECRET, signed(raw)["webhook-signature"], "9.90", "x" * 100, SHOP.tiktok.app_key + "="):
        assert hidden not in everything


def test_answers_are_counted_by_shop_and_result(endpoint: ExampleEndpoint) -> None:
    client = endpoint.app().test_client()
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
def test_the_process_is_alive_while_its_dependencies_fail(endpoint: ExampleEndpoint, path: str) -> None:
    endpoint.faults["kafka"] = "does not answer"
    assert endpoint.app().test_client().get(path).status_code == 200


def test_the_endpoint_is_ready_when_its_dependencies_are(endpoint: ExampleEndpoint) -> None:
    response = endpoint.app().test_client().get("/readyz")
    assert (response.status_code, response.text) == (200, "ready\n")


def test_the_endpoint_names_the_dependency_that_is_not_ready(endpoint: ExampleEndpoint) -> None:
    endpoint.faults["kafka"] = "does not answer (NoBrokersAvailable)"
    response = endpoint.app().test_client().get("/readyz?verbose")
    assert response.status_code == 503
    assert response.text.splitlines() == [
        "[-]kafka does not answer (NoBrokersAvailable)",
        "[+]database ok",
        "not ready",
    ]
