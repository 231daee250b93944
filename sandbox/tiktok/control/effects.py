"""Effects: the log of what each call did, in the order in which it was done; what an oracle reads."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

from sandbox.tiktok.api.endpoints import READS, Operation
from sandbox.tiktok.unsaved_changes import Changes, Kind


@dataclass(frozen=True, slots=True)
class Effect:
    """One product of one call. `code` is 0 where it was done, None where `fault` kept the call from being judged.

    `began` and `at` are Unix seconds: when the call came, and when it was done; `status` is the product's after it.
    """

    seq: int
    at: float
    began: float
    shop: str | None
    operation: str
    product_id: str | None
    seller_skus: tuple[str, ...]
    code: int | None
    http_status: int | None
    message: str
    request_id: str
    status: str | None
    body: Mapping[str, Any]
    fault: str | None = None
    replay: bool = False
    fields: list[str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "fields", list(self.body))

    @property
    def when(self) -> str:
        """`at`, for people."""
        return datetime.fromtimestamp(self.at, UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]

    @property
    def body_text(self) -> str:
        """The body, for people."""
        return json.dumps(self.body, ensure_ascii=False, indent=2)


class Effects:
    """The log. Its caller holds the lock."""

    def __init__(self, changes: Changes) -> None:
        self._log: list[Effect] = []
        self._changes = changes

    @property
    def next_seq(self) -> int:
        """The number of the next effect; the first is 1."""
        return len(self._log) + 1

    def append(self, effect: Effect) -> None:
        """Note one."""
        self._log.append(effect)
        self._changes.note(Kind.EFFECT, str(effect.seq), value=effect)

    def after(self, seq: int, *, writes: bool = False) -> list[dict[str, Any]]:
        """Those with a higher number, as JSON objects; `writes` leaves reads out."""
        return [asdict(one) for one in self._log[max(seq, 0) :] if not (writes and _is_read(one))]

    def last(self, count: int) -> Iterable[Effect]:
        """The newest, newest first."""
        return reversed(self._log[-count:])

    def of_product(self, product_id: str) -> list[Effect]:
        """Those of one product, oldest first."""
        return [one for one in self._log if one.product_id == product_id]


def _is_read(effect: Effect) -> bool:
    return effect.operation in {str(operation) for operation in READS}


def request_id(now: float, random: str) -> str:
    """TikTok's form: 14 digits of time in UTC+8, then 20 hex digits."""
    moment = datetime.fromtimestamp(now + 8 * 3600, UTC)
    return f"{moment:%Y%m%d%H%M%S}{random[:20].upper()}"


def operation_name(operation: Operation | None) -> str:
    """What the log calls it; a path that is none of TikTok's is `unknown`."""
    return operation.value if operation else "unknown"
