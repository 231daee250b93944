"""`Sender`: how one kind of webhook module signs, wraps and expects answers to its webhooks."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import ClassVar, Final, Protocol

import orjson

from magento.payloads import strict_json
from schemas.shop import MagentoConnection

CONNECTION_KEYS: Final = frozenset(field.name for field in fields(MagentoConnection))
FIRST_ERROR: Final = 400


class Headers(Protocol):
    """Request headers, looked up by lower-case name."""

    def get(self, name: str, /) -> str | None:
        """Return the value of a header, None if the request does not have it."""


class Unverified(Exception):
    """Raised when a signature is missing or wrong. `reason` is for our log only, never for the answer."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"The webhook's signature can't be verified. ({reason})")
        self.reason = reason


class CannotSign(Exception):
    """Only the store has the key with which this sender signs, so a sample can't be signed here."""


@dataclass(frozen=True, slots=True)
class Payload:
    """One event of a body, as a JSON document.

    `event` is the event's name if the document does not contain it. `event_id` is the event's own id (at most 150
    printable ASCII characters), None if only the delivery has an id.
    """

    document: object
    event: str | None = None
    event_id: str | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """The result of a delivery: `code` is ``accepted``, ``quarantined`` or a problem's code.

    `status` is the HTTP status of the standard answer, `reason` the reason code of a quarantined delivery.
    """

    code: str
    status: int
    event_id: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """The HTTP response to a webhook."""

    status: int
    body: bytes
    content_type: str = "application/json"


@dataclass(frozen=True, slots=True)
class FormField:
    """A field that a sender adds to the forms of a shop. `name` is unique among all senders.

    `options` are the (value, label) pairs to choose from. Without options the field is a text of at most `max_length`
    characters, in a box of `lines` lines. The value is stored in the attribute of `MagentoConnection` with the field's
    name, or else in its `sender_settings`.
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
        """Whether the value is stored in `sender_settings`."""
        return self.name not in CONNECTION_KEYS

    def value(self, connection: MagentoConnection) -> str:
        """Return the stored value, "" if there is none."""
        if self.is_setting:
            return (connection.sender_settings or {}).get(self.name, "")
        return str(getattr(connection, self.name) or "")


class Sender(ABC):
    """Everything that differs between kinds of webhooks.

    A new kind is a subclass in its own file and a line in `SENDERS`. The methods are pure, except that `verify` may
    fetch a public key.
    """

    name: ClassVar[str]
    summary: ClassVar[str]
    """Shown beside the name in the forms of a shop."""
    """The name in shop declarations: a-z, 0-9 and -, at most 40 characters. It is stored, so it never changes."""
    fields: ClassVar[tuple[FormField, ...]] = ()

    @abstractmethod
    def verify(
        self, connection: MagentoConnection, headers: Headers, raw: bytes, now: datetime
    ) -> str | None:
        """Return the delivery's id, None if the sender sent none. Raises `Unverified`."""

    def has_plausible_headers(self, connection: MagentoConnection, headers: Headers, now: datetime) -> bool:
        """Return whether `verify` may accept some body with these headers. Costs little: nothing is signed.

        Only such requests may have a large body. A sender without this method takes small ones only.
        """
        return False

    def unwrap(self, raw: bytes) -> tuple[Payload, ...]:
        """Return the events of a verified body: by default one event, the body itself.

        Raises `strict_json.Unreadable` or `product_identity.NotAProduct`. The headers are not available here, because
        a quarantined webhook is unwrapped again without them.
        """
        return (Payload(strict_json.read(raw)),)

    def answer(self, result: Result) -> Reply | None:
        """Return the response that the sender expects, None to let the endpoint send a problem document (RFC 9457)."""
        if result.status >= FIRST_ERROR:
            return None
        body = {"event_id": result.event_id}
        if result.reason is not None:
            body["quarantined"] = result.reason
        return Reply(result.status, orjson.dumps(body))

    def challenge(self, connection: MagentoConnection, query: Mapping[str, str]) -> Reply | None:
        """Return the response to the GET with which a sender confirms an endpoint when it is registered.

        Return None if this is not such a request, or if the sender never confirms endpoints.
        """
        return None

    @abstractmethod
    def sample(self, event: str, product: Mapping[str, object], delivery_id: str, at: datetime) -> bytes:
        """Return a body for this event (``product.saved`` for example) and product, as sent at this time."""

    def sign(
        self, connection: MagentoConnection, raw: bytes, delivery_id: str, at: datetime
    ) -> Mapping[str, str]:
        """Return headers that `verify` accepts for this body, signed with the newest secret. Raises `CannotSign`."""
        raise CannotSign(CannotSign.__doc__)
