"""A shop, bodies signed as a store signs them, and stand-ins for the database and Kafka."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import orjson

from schemas.secret import Secret
from schemas.shop import STANDARD_SENDER, MagentoConnection, Shop, SignatureScheme, TikTokConnection
from topics.producer import NotPublished, OutgoingRecord

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
KEY = b"twenty-four random bytes"
SECRET = f"whsec_{base64.b64encode(KEY).decode()}"
NEW_ID = UUID("019ab5a1-0c00-7abc-8def-0123456789ab")
TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

MAGENTO = MagentoConnection(STANDARD_SENDER, (Secret(SECRET),))
SHOP = Shop(
    "demo",
    "Demo shop",
    "Default",
    MAGENTO,
    TikTokConnection(
        "key",
        Secret("app-secret-of-tiktok"),
        Secret("access-token"),
        Secret("refresh-token"),
        "cipher",
        "US",
        "USD",
        ("7001",),
        "http://127.0.0.1:9",
        "http://127.0.0.1:9/auth",
    ),
)
HMAC_HEADER = replace(
    MAGENTO,
    secrets=(Secret("a plain text shared secret"),),
    signature_scheme=SignatureScheme.HMAC_HEADER,
    signature_header="X-Magic-Signature",
)


def with_connection(connection: MagentoConnection) -> Shop:
    """Return the shop with another connection to Magento."""
    return replace(SHOP, magento=connection)


def signed(raw: bytes, *, id_: str = "msg_1", sent: datetime = NOW, key: bytes = KEY) -> dict[str, str]:
    """Return the three headers of Standard Webhooks, computed as its specification describes."""
    timestamp = str(int(sent.timestamp()))
    digest = hmac.digest(key, f"{id_}.{timestamp}.".encode() + raw, hashlib.sha256)
    return {
        "webhook-id": id_,
        "webhook-timestamp": timestamp,
        "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
    }


def body(document: object) -> bytes:
    """Return the document as a store sends it."""
    return orjson.dumps(document)


class BrokenPublisher:
    """A publisher with a defect: its error message contains a secret."""

    def publish(self, records: Sequence[OutgoingRecord]) -> None:
        raise RuntimeError(f"{len(records)} records, and the secret is {SECRET}")


class RecordingPublisher:
    """A Kafka that records what is published, and accepts nothing while it is `down`."""

    def __init__(self) -> None:
        self.records: list[OutgoingRecord] = []
        self.down = False

    def on(self, topic: str) -> list[OutgoingRecord]:
        """Return the records of a topic."""
        return [record for record in self.records if record.topic == topic]

    def publish(self, records: Sequence[OutgoingRecord]) -> None:
        if self.down:
            raise NotPublished("down")
        self.records.extend(records)


class ShopTable:
    """The shops in the database, which may be `down`."""

    def __init__(self, *shops: Shop) -> None:
        self.stored: Mapping[str, Shop] = {shop.key: shop for shop in shops}
        self.down = False

    def load(self) -> Mapping[str, Shop]:
        if self.down:
            raise ConnectionError("the database is down")
        return self.stored
