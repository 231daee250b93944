"""The effect log: what each call did, in order. Tests compare their expectations with it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime

from sandbox.tiktok.protocol.endpoints import READS, Operation
from sandbox.tiktok.unsaved_changes import Kind, UnsavedChanges


@dataclass(frozen=True, slots=True)
class Effect:
    """What a call did to one product. `code` is 0 for success, None if `fault` prevented it.

    `began` and `at` are Unix seconds: when the call arrived and when it was done; `status` is the product's afterwards.
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
    body: Mapping[str, object]
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


class EffectLog:
    """The log. Its caller holds the lock."""

    def __init__(self, changes: UnsavedChanges) -> None:
        self._log: list[Effect] = []
        self._changes = changes

    @property
    def next_seq(self) -> int:
        """The number of the next effect; the first is 1."""
        return len(self._log) + 1

    def append(self, effect: Effect) -> None:
        """Add an effect."""
        self._log.append(effect)
        self._changes.add(Kind.EFFECT, str(effect.seq), value=effect)

    def after(self, seq: int, *, writes: bool = False) -> list[dict[str, object]]:
        """Return the effects with a higher number, as JSON objects; `writes` omits reads."""
        return [asdict(effect) for effect in self._log[max(seq, 0) :] if not (writes and _is_read(effect))]

    def newest(self, count: int) -> Iterable[Effect]:
        """Return the newest effects, newest first."""
        return reversed(self._log[-count:])

    def of_product(self, product_id: str) -> list[Effect]:
        """Return the effects on one product, oldest first."""
        return [effect for effect in self._log if effect.product_id == product_id]


def _is_read(effect: Effect) -> bool:
    return effect.operation in {str(operation) for operation in READS}


def new_request_id(now: float, random_hex: str) -> str:
    """Return a request id in TikTok's form: 14 digits of time in UTC+8, then 20 hex digits."""
    moment = datetime.fromtimestamp(now + 8 * 3600, UTC)
    return f"{moment:%Y%m%d%H%M%S}{random_hex[:20].upper()}"


def operation_name(operation: Operation | None) -> str:
    """Return the operation's name in the log, `unknown` for an unknown path."""
    return operation.value if operation else "unknown"
