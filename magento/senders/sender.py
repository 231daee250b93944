"""A sender: one way in which Magento stores sign, wrap and expect answers to webhooks, as one object."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, ClassVar, Final, Protocol

import orjson

from magento.payloads import strict_json
from schemas.shop import MagentoConnection

CONNECTION_KEYS: Final = frozenset(field.name for field in fields(MagentoConnection))
FIRST_ERROR: Final = 400


class Headers(Protocol):
    """The request's headers, looked up by their names in lower case."""

    def get(self, name: str, /) -> str | None:
        """Return the value, None if there is none."""


class Unverified(Exception):
    """Nothing proves that the store sent this. The reason is for our log only, never for the answer."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"{self.__doc__} ({reason})")
        self.reason = reason


class CannotSign(Exception):
    """Only the store has the key that this sender signs with, so no sample of it can be signed here."""


@dataclass(frozen=True, slots=True)
class Payload:
    """One event of a body, as its JSON document.

    `event` names the event where the document doesn't. `event_id` is the event's own id (at most 150 printable ASCII
    characters), None where only the delivery has one.
    """

    document: Any
    event: str | None = None
    event_id: str | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a delivery: `code` is ``accepted``, ``quarantined`` or a problem's code.

    `status` is the HTTP status of the standard answer; `reason` is why it was quarantined.
    """

    code: str
    status: int
    event_id: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP answer."""

    status: int
    body: bytes
    content_type: str = "application/json"


@dataclass(frozen=True, slots=True)
class FormField:
    """A field of a sender's own in the forms of a shop. `name` is unique among all senders.

    `options` are the (value, label) pairs to choose from; without them it is a text of at most `max_length` characters,
    in a box of so many `lines`.
    A name that the `magento` part of a shop has as a key is stored there, any other one in its `sender_settings`.
    """

    name: str
    label: str
    help: str = ""
    options: tuple[tuple[str, str], ...] = ()
    max_length: int = 2_000
    lines: int = 1
    required: bool = False

    @property
    def is_setting(self) -> bool:
        """Whether it is stored in `sender_settings`."""
        return self.name not in CONNECTION_KEYS

    def value(self, connection: MagentoConnection) -> str:
        """Return the stored value, "" where there is none."""
        if self.is_setting:
            return (connection.sender_settings or {}).get(self.name, "")
        return str(getattr(connection, self.name) or "")


class Sender(ABC):
    """All that differs between kinds of webhooks; a new kind is a subclass in its own file and a line in `SENDERS`.

    The methods are pure but for `verify`, which may fetch a public key.
    """

    name: ClassVar[str]
    """As shops declare it: a-z, 0-9 and -; at most 40 characters. It is stored, so it never changes."""
    fields: ClassVar[tuple[FormField, ...]] = ()

    @abstractmethod
    def verify(
        self, connection: MagentoConnection, headers: Headers, raw: bytes, now: datetime
    ) -> str | None:
        """Return the delivery's id, None if the sender gave none. Raises `Unverified`."""

    def unwrap(self, raw: bytes) -> tuple[Payload, ...]:
        """Return the events of a verified body: by default one, the body itself.

        Raises `strict_json.Unreadable` or `product_identity.NotAProduct`. Nothing but the body counts: a quarantined
        webhook is unwrapped once more, without its headers.
        """
        return (Payload(strict_json.read(raw)),)

    def answer(self, result: Result) -> Reply | None:
        """Return what the endpoint answers; None leaves it to the endpoint, which explains a problem (RFC 9457)."""
        if result.status >= FIRST_ERROR:
            return None
        body = {"event_id": result.event_id}
        if result.reason is not None:
            body["quarantined"] = result.reason
        return Reply(result.status, orjson.dumps(body))

    def challenge(self, connection: MagentoConnection, query: Mapping[str, str]) -> Reply | None:
        """Answer a GET by which the sender asks, on registration, whether the endpoint wants its webhooks.

        None where this is no such request, or the sender makes none.
        """
        return None

    @abstractmethod
    def sample(self, event: str, product: Mapping[str, Any], delivery_id: str, at: datetime) -> bytes:
        """Return a body that tells of this event (``product.saved`` and so on) and product, sent at this time."""

    def sign(
        self, connection: MagentoConnection, raw: bytes, delivery_id: str, at: datetime
    ) -> Mapping[str, str]:
        """Return the headers that `verify` accepts for this body, by the newest secret. Raises `CannotSign`."""
        raise CannotSign(CannotSign.__doc__)
