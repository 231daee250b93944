"""A sender for tests: an RSA signature over the body, batches, and its own answer and challenge."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any

import orjson
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from magento.payloads import strict_json
from magento.payloads.product_identity import NotAProduct
from magento.senders import SENDERS
from magento.senders.sender import FormField, Headers, Payload, Reply, Result, Sender, Unverified
from schemas.shop import MagentoConnection

SIGNATURE = "x-example-signature"


class ExampleSender(Sender):
    """Signs with the store's private key; the public key is one of the shop's settings."""

    name = "example"
    summary = "an app that sends batches"
    fields = (FormField("example_public_key", "Public key", "In PEM.", lines=6, required=True),)

    def verify(
        self, connection: MagentoConnection, headers: Headers, raw: bytes, now: datetime
    ) -> str | None:
        public = load_pem_public_key((connection.sender_settings or {})["example_public_key"].encode())
        assert isinstance(public, RSAPublicKey)
        try:
            public.verify(b64decode(headers.get(SIGNATURE) or ""), raw, PKCS1v15(), SHA256())
        except InvalidSignature:
            raise Unverified("no_match") from None
        return None

    def unwrap(self, raw: bytes) -> tuple[Payload, ...]:
        batch = strict_json.read(raw)
        if not isinstance(batch, list):
            raise NotAProduct("not_a_batch", "The body is not a list of events.")
        return tuple(Payload(event["data"], event["type"], event["id"]) for event in batch)

    def answer(self, result: Result) -> Reply | None:
        return Reply(200, b'{"op":"success"}') if result.status < 400 else None

    def challenge(self, connection: MagentoConnection, query: Mapping[str, str]) -> Reply | None:
        challenge = query.get("challenge")
        return Reply(200, challenge.encode(), "text/plain") if challenge else None

    def sample(self, event: str, product: Mapping[str, Any], delivery_id: str, at: datetime) -> bytes:
        return orjson.dumps([{"id": delivery_id, "type": event, "data": dict(product)}])

    def sign(
        self, connection: MagentoConnection, raw: bytes, delivery_id: str, at: datetime
    ) -> Mapping[str, str]:
        return {SIGNATURE: b64encode(private_key().sign(raw, PKCS1v15(), SHA256())).decode()}


@cache
def private_key() -> RSAPrivateKey:
    """Return the store's key."""
    return generate_private_key(public_exponent=65537, key_size=2048)


def public_key() -> str:
    """Return the key that the merchant copies from the store, in PEM."""
    return private_key().public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def batch(*skus: str) -> bytes:
    """Return a body with a `product.saved` event for each of these products."""
    events = [
        {"id": f"evt-{sku}", "type": "product.saved", "data": {"sku": sku, "name": sku}} for sku in skus
    ]
    return orjson.dumps(events)


@pytest.fixture
def example_sender(monkeypatch: pytest.MonkeyPatch) -> ExampleSender:
    """Register the sender for the time of the test: the line in `SENDERS` is all that it takes."""
    sender = ExampleSender()
    monkeypatch.setitem(SENDERS, sender.name, sender)
    return sender
