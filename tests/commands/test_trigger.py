"""`m2t trigger`: webhooks that the reference library verifies and the endpoint accepts."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from commands.trigger import SAMPLE
from magento.delivery import Accepted, accept
from magento.senders.sender import Sender
from records.rules import shops
from schemas.product_event import EventKind, ProductEvent
from tests.commands.conftest import Desk
from tests.commands.examples import SECRETS, SKU, WEBHOOK_SECRET, declaration, saved, shop
from tests.commands.store_front import Received, Server, answering
from tests.example_sender import ExampleSender, example_sender, public_key

__all__ = ["example_sender"]


def verifying(request: Received) -> tuple[int, bytes]:
    """Answer as an endpoint that verifies with the reference library."""
    try:
        Webhook(WEBHOOK_SECRET).verify(request.body, dict(request.headers))
    except WebhookVerificationError:
        return 401, b'{"type": "about:blank", "code": "unverified"}'
    return 202, b'{"event_id": "evt"}'


@pytest.fixture
def endpoint() -> Iterator[Server]:
    with answering(verifying) as server:
        yield server


def url(server: Server) -> tuple[str, str]:
    return "--url", f"{server.url}/webhooks/magento/demo"


def product(server: Server) -> dict[str, Any]:
    value = json.loads(server.received[-1].body)["product"]
    assert isinstance(value, dict)
    return value


def understood(desk: Desk, request: Received) -> ProductEvent:
    """Return the event that the endpoint creates from the request."""
    with desk.database.read() as connection:
        shop = shops.load_all(connection, desk.box)["demo"]
    answer = accept(request.body, request.headers, shop, datetime.now(UTC), uuid4)
    assert isinstance(answer, Accepted), answer
    (event,) = answer.events
    return event


def test_the_reference_library_accepts_the_signature(shop_desk: Desk, endpoint: Server) -> None:
    result = shop_desk.m2t("trigger", *url(endpoint))
    assert result.exit_code == 0, result.output
    assert result.stdout == '202 {"event_id": "evt"}\nNext: m2t explain SAMPLE-1 --shop demo\n'


def test_it_finds_the_endpoint_by_the_settings(shop_desk: Desk, endpoint: Server) -> None:
    result = shop_desk.m2t("trigger", M2T_DOOR_HOST="0.0.0.0", M2T_DOOR_PORT=str(endpoint.port))
    assert result.exit_code == 0, result.output
    assert [request.path for request in endpoint.received] == ["/webhooks/magento/demo"]


@pytest.mark.parametrize("option", ["--wrong-signature", "--old-timestamp"])
def test_a_wrong_signature_or_old_timestamp_is_refused(
    shop_desk: Desk, endpoint: Server, option: str
) -> None:
    result = shop_desk.m2t("trigger", *url(endpoint), option)
    assert result.exit_code == 1
    assert result.stdout.startswith("401 ")
    assert "Next: check that the endpoint has the same secret" in result.stderr


@pytest.mark.parametrize(
    ("event", "kind"),
    [
        ("product.saved", EventKind.SAVED),
        ("product.created", EventKind.SAVED),
        ("product.deleted", EventKind.DELETED),
        ("stock.changed", EventKind.STOCK_CHANGED),
        ("attributes.updated", EventKind.ATTRIBUTES_UPDATED),
        ("websites.changed", EventKind.WEBSITES_CHANGED),
    ],
)
@pytest.mark.parametrize("named", [("--sku", SKU), ("--sku", SKU, "--entity-id", "41", "--store-id", "1")])
def test_the_endpoint_understands_every_event(
    shop_desk: Desk, endpoint: Server, event: str, kind: EventKind, named: Sequence[str]
) -> None:
    assert shop_desk.m2t("trigger", *url(endpoint), "--event", event, *named).exit_code == 0
    received = understood(shop_desk, endpoint.received[0])
    assert (received.kind, received.sku) == (kind, SKU)
    assert received.entity_id == ("41" if "--entity-id" in named else None)
    assert received.store_id == (1 if "--store-id" in named else 0)
    assert received.is_new is (True if event == "product.created" else None)


def test_set_and_unset_change_the_sample(shop_desk: Desk, endpoint: Server) -> None:
    changes = ("--set", "color=Blue", "--set", "website_ids=[1, 2]", "--set", "ean=0012", "--unset", "size")
    shop_desk.m2t("trigger", *url(endpoint), *changes)
    found = product(endpoint)
    assert (found["color"], found["website_ids"], found["ean"]) == ("Blue", [1, 2], "0012")
    assert "size" not in found
    assert found["name"] == SAMPLE["name"]


def test_a_stored_product_is_sent_as_stored(shop_desk: Desk, endpoint: Server) -> None:
    shop_desk.take(saved(name="Linen shirt", color="green"))
    shop_desk.m2t("trigger", *url(endpoint), "--sku", SKU, "--set", "size=L")
    found = product(endpoint)
    assert (found["name"], found["color"], found["size"]) == ("Linen shirt", "green", "L")


def test_a_file_is_sent_unchanged(shop_desk: Desk, endpoint: Server) -> None:
    body = shop_desk.file("body.json", '{"sku":   "MUG-01", "price": 9.900}\n')
    result = shop_desk.m2t("trigger", *url(endpoint), "--file", str(body))
    assert endpoint.received[0].body == body.read_bytes()
    assert result.stdout.endswith("Next: m2t explain MUG-01 --shop demo\n")


@pytest.mark.parametrize("text", ["not JSON", "[1]", '{"product": {"sku": 7}}'])
def test_a_file_without_a_product_is_sent_too(shop_desk: Desk, text: str) -> None:
    with answering(lambda _: (202, b"{}")) as endpoint:
        result = shop_desk.m2t("trigger", *url(endpoint), "--file", str(shop_desk.file("body.json", text)))
    assert endpoint.received[0].body == text.encode()
    assert result.stdout.endswith("Next: m2t explain SKU --shop demo\n")


def test_the_same_id_can_be_sent_again(shop_desk: Desk, endpoint: Server) -> None:
    for _ in range(2):
        assert shop_desk.m2t("trigger", *url(endpoint), "--id", "msg_again").exit_code == 0
    shop_desk.m2t("trigger", *url(endpoint))
    ids = [request.headers["webhook-id"] for request in endpoint.received]
    assert ids[:2] == ["msg_again", "msg_again"]
    assert ids[2] != "msg_again"


def test_the_signature_uses_the_shop_s_own_header(shop_desk: Desk, endpoint: Server) -> None:
    secret = "a plain text secret of the shop"
    own = {
        "signature_scheme": "hmac_header",
        "signature_header": "X-Magic-Signature",
        "secrets": [secret],
    }
    applied = shop_desk.apply(declaration(shops=[shop(magento=own)]))
    assert applied.exit_code == 0, applied.output
    shop_desk.m2t("trigger", *url(endpoint))
    request = endpoint.received[0]
    digest = hmac.digest(secret.encode(), request.body, hashlib.sha256).hex()
    assert request.headers["x-magic-signature"] == digest
    assert understood(shop_desk, request).sku == "SAMPLE-1"


def test_a_shop_with_a_new_sender_gets_its_sample(
    shop_desk: Desk, endpoint: Server, example_sender: ExampleSender
) -> None:
    own = {"sender": "example", "sender_settings": {"example_public_key": public_key()}}
    applied = shop_desk.apply(declaration(shops=[shop(magento=own)]))
    assert applied.exit_code == 0, applied.output
    shop_desk.m2t("trigger", *url(endpoint), "--id", "evt-1")
    event = understood(shop_desk, endpoint.received[0])
    assert (event.id, event.sku, event.kind) == ("evt-1", "SAMPLE-1", EventKind.SAVED)


def test_a_sender_whose_key_only_the_store_has_cant_be_sampled(
    shop_desk: Desk, endpoint: Server, example_sender: ExampleSender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ExampleSender, "sign", Sender.sign)
    own = {"sender": "example", "sender_settings": {"example_public_key": public_key()}}
    shop_desk.apply(declaration(shops=[shop(magento=own)]))
    result = shop_desk.m2t("trigger", *url(endpoint))
    assert result.exit_code == 1
    assert "only the store has the key" in result.stderr
    assert endpoint.received == []


def test_a_plain_text_secret_is_used_as_its_bytes(shop_desk: Desk, endpoint: Server) -> None:
    plain = shop(magento={"secrets": ["a plain text secret, with blanks"]})
    assert shop_desk.apply(declaration(shops=[plain])).exit_code == 0
    shop_desk.m2t("trigger", *url(endpoint))
    assert understood(shop_desk, endpoint.received[0]).sku == "SAMPLE-1"


def test_print_shows_a_curl_command_and_sends_nothing(shop_desk: Desk, endpoint: Server) -> None:
    result = shop_desk.m2t("trigger", *url(endpoint), "--print")
    assert result.exit_code == 0
    assert result.stdout.startswith(f"curl -i {endpoint.url}/webhooks/magento/demo")
    assert "-H 'webhook-signature: v1," in result.stdout
    assert endpoint.received == []


@pytest.mark.parametrize("status", [302, 404, 503])
def test_any_status_except_2xx_is_a_failure(shop_desk: Desk, status: int) -> None:
    with answering(lambda _: (status, b"no")) as server:
        result = shop_desk.m2t("trigger", *url(server))
        assert len(server.received) == 1
    assert result.exit_code == 1
    assert result.stdout == f"{status} no\n"
    assert "Next: " in result.stderr


def test_an_unreachable_endpoint_is_an_error_with_the_next_step(shop_desk: Desk) -> None:
    result = shop_desk.m2t("trigger")
    assert result.exit_code == 4
    assert "Next: start it (m2t webhooks)" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "exit_code", "says"),
    [
        (["--shop", "elsewhere"], 1, "choose one with --shop: demo"),
        (["--set", "color"], 2, "'color' is not ATTRIBUTE=VALUE"),
        (["--file", "shop.yaml", "--set", "color=Red"], 2, "omit --set and --unset"),
        (["--event", "product.painted"], 2, "product.painted"),
    ],
)
def test_a_usage_error_sends_nothing(
    shop_desk: Desk, endpoint: Server, arguments: list[str], exit_code: int, says: str
) -> None:
    result = shop_desk.m2t("trigger", *url(endpoint), *arguments)
    assert result.exit_code == exit_code
    assert says in result.stderr
    assert endpoint.received == []


def test_no_secret_is_shown(shop_desk: Desk, endpoint: Server) -> None:
    text = shop_desk.m2t("trigger", *url(endpoint)).output + shop_desk.m2t("trigger", "--print").output
    assert not [secret for secret in SECRETS if secret in text]


def test_the_next_step_after_a_quarantined_body_is_the_dead_letters(shop_desk: Desk, tmp_path: Path) -> None:
    body = tmp_path / "body"
    body.write_bytes(b"not json")
    with answering(lambda request: (202, b'{"event_id": "evt", "quarantined": "not_json"}')) as endpoint:
        result = shop_desk.m2t("trigger", *url(endpoint), "--file", str(body))
    assert result.exit_code == 0, result.output
    assert result.stdout.endswith("Next: look under Dead letters in the console, or m2t tail dead-letters\n")
