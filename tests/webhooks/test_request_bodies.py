"""Bodies: how large they may be, and what is published or quarantined of large ones."""

from __future__ import annotations

import hashlib
import io
import threading
from concurrent.futures import ThreadPoolExecutor

import orjson
import pytest

from schemas import quarantined
from schemas.product_event import from_record
from schemas.quarantined import Kept
from tests.records.examples import SIGNATURES
from tests.webhooks.conftest import ExampleEndpoint
from tests.webhooks.examples import body, signed
from tests.webhooks.posting import SAVE, URL, is_problem, post
from webhooks.request_bodies import LARGEST_BODY, SMALL_BODY

NO_MATCH = "v1,AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="


class Unread(io.RawIOBase):
    """A body that counts what is read of it."""

    read_bytes = 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        self.read_bytes += max(size, 1)
        return b"x" * max(size, 1)


class Waiting(io.BytesIO):
    """A body whose sender stops until it may `go` on."""

    def __init__(self, raw: bytes, started: threading.Semaphore, go: threading.Event) -> None:
        super().__init__(raw)
        self._started, self._go = started, go

    def read(self, size: int | None = -1, /) -> bytes:
        self._started.release()
        self._go.wait(10)
        return super().read(size)


@pytest.mark.parametrize(
    "size, headers, status",
    [
        (SMALL_BODY, {}, 202),
        (SMALL_BODY, {"webhook-timestamp": "1500000000"}, 401),
        (SMALL_BODY + 1, {}, 202),
        (SMALL_BODY + 1, {"webhook-timestamp": "1500000000"}, 413),
        (SMALL_BODY + 1, {"webhook-signature": ""}, 413),
        (SMALL_BODY + 1, {"webhook-signature": "v1,AAAA"}, 413),
        (SMALL_BODY + 1, {"webhook-signature": NO_MATCH}, 401),
        (LARGEST_BODY, {}, 202),
        (LARGEST_BODY + 1, {}, 413),
    ],
)
def test_a_body_over_768_kib_is_read_up_to_16_mib_if_its_signature_may_be_right(
    endpoint: ExampleEndpoint, size: int, headers: dict[str, str], status: int
) -> None:
    raw = SAVE + b" " * (size - len(SAVE))
    response = post(endpoint, raw, headers)
    assert response.status_code == status
    assert status != 413 or is_problem(response, 413, "body_too_large")
    # One of 16 MiB without files is accepted too, and quarantined.
    assert len(endpoint.kafka.on("events")) == (status == 202 and size < LARGEST_BODY)


def test_a_large_body_of_an_unknown_shop_is_not_read(endpoint: ExampleEndpoint) -> None:
    unread = Unread()
    environ = {"wsgi.input": unread, "CONTENT_LENGTH": str(LARGEST_BODY), "CONTENT_TYPE": "application/json"}
    client = endpoint.app().test_client()
    response = client.post("/webhooks/magento/nowhere", headers=signed(b""), environ_overrides=environ)
    assert (response.status_code, unread.read_bytes) == (404, 0)


def test_while_two_large_bodies_are_read_a_third_is_asked_to_come_again_and_small_ones_pass(
    endpoint: ExampleEndpoint,
) -> None:
    app, started, go = endpoint.app(), threading.Semaphore(0), threading.Event()
    large = SAVE + b" " * SMALL_BODY

    def send() -> int:
        environ = {"wsgi.input": Waiting(large, started, go), "CONTENT_LENGTH": str(len(large))}
        response = app.test_client().post(URL, data=large, headers=signed(large), environ_overrides=environ)
        return response.status_code

    with ThreadPoolExecutor(2) as threads:
        waiting = [threads.submit(send) for _ in range(2)]
        assert all(started.acquire(timeout=10) for _ in waiting)
        third = app.test_client().post(URL, data=large, headers=signed(large))
        small = app.test_client().post(URL, data=SAVE, headers=signed(SAVE))
        go.set()
        assert [future.result(10) for future in waiting] == [202, 202]
    assert is_problem(third, 503, "too_many_large_bodies")
    assert third.headers["Retry-After"] == "2"
    assert small.status_code == 202
    assert app.test_client().post(URL, data=large, headers=signed(large)).status_code == 202
    value = app.test_client().get("/metrics").text
    assert 'm2t_webhook_requests_total{result="too_many_large_bodies",shop="demo"} 1.0' in value


IMAGE = "iVBORw0KGgo\\/" * 500_000
"""Six megabytes, as PHP writes base64."""


def with_image(sku: object, event: str = "product.saved") -> bytes:
    """Return a body as a create by REST with an image has it: the content is in it twice."""
    entry = f'{{"media_type":"image","content":{{"base64_encoded_data":"{IMAGE}","type":"image/png"}}}}'
    images = f'{{"images":[{{"file":"/m/u/mug.png","content":{{"base64_encoded_data" : "{IMAGE}"}}}}]}}'
    gallery = f'"media_gallery":{images},"media_gallery_entries":[{entry}]'
    product = f'{{"sku":{orjson.dumps(sku).decode()},"name":"Mug",{gallery}}}'
    return f'{{"event":"{event}","product":{product}}}'.encode()


def test_a_save_with_an_image_in_it_is_published_without_the_image(endpoint: ExampleEndpoint) -> None:
    raw = with_image("MUG-01")
    assert len(raw) > 10 * 2**20
    assert post(endpoint, raw).status_code == 202
    (record,) = endpoint.kafka.records
    event = from_record(record.key, record.value, record.headers, SIGNATURES)
    assert (event.sku, event.attributes["media_gallery"]) == (
        "MUG-01",
        {"images": [{"file": "/m/u/mug.png"}]},
    )
    assert len(record.value) < 1_000


@pytest.mark.parametrize(
    "raw, reason",
    [
        (with_image(17.5), "invalid_sku"),
        (with_image("MUG-01", "order.placed"), "unknown_event"),
        (with_image("MUG-01")[:-1], "not_json"),
        (with_image("MUG-01")[: 8 * 2**20], "not_json"),
    ],
    ids=["a SKU that is a number", "another event", "without its end", "cut off in an image"],
)
def test_a_body_with_an_image_is_quarantined_without_the_image_and_says_so(
    endpoint: ExampleEndpoint, raw: bytes, reason: str
) -> None:
    assert post(endpoint, raw).get_json()["quarantined"] == reason
    (record,) = endpoint.kafka.records
    webhook = quarantined.read(record.headers)
    assert webhook is not None
    assert (webhook.kept, webhook.size) == (Kept.WITHOUT_FILES, len(raw))
    assert webhook.digest == hashlib.sha256(raw).hexdigest()
    assert b"iVBOR" not in record.value and record.value.startswith(raw[:50])
    quarantined.verify(record.key, record.value, record.headers, SIGNATURES)


@pytest.mark.parametrize(
    "raw",
    [
        body({"sku": "MUG-01", "description": "x" * 5 * 2**20}),
        b"{" + b"x" * 5 * 2**20,
        b'{"sku":"MUG-01","sizes":[' + b"1e15," * 400_000 + b"1]}",
    ],
    ids=["one product", "no JSON", "an event that is larger than its body"],
)
def test_of_a_body_that_no_record_can_hold_the_start_is_quarantined_with_size_and_digest(
    endpoint: ExampleEndpoint, raw: bytes
) -> None:
    assert post(endpoint, raw).get_json() == {"event_id": "msg_1", "quarantined": "record_too_large"}
    (record,) = endpoint.kafka.records
    webhook = quarantined.read(record.headers)
    assert webhook is not None
    assert (webhook.kept, webhook.size, webhook.sender) == (Kept.START, len(raw), "standard")
    assert webhook.digest == hashlib.sha256(raw).hexdigest()
    assert record.value == raw[: 64 * 1024]
    quarantined.verify(record.key, record.value, record.headers, SIGNATURES)
