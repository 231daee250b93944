"""An exchange: one HTTP call to TikTok and its answer, as they may be shown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from schemas.secret import Secret

SHORTEST_MASKED: Final = 8
"""A shorter secret may stand in an answer by chance."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One HTTP exchange with TikTok, fit to be shown: no token, no signature, no app secret."""

    operation: str
    at: datetime
    milliseconds: int
    product_id: str | None
    request: str
    http_status: int | None
    code: int | None
    message: str
    request_id: str | None
    response: str


@dataclass(frozen=True, slots=True)
class Request:
    """One call that is to be made. `shown` stands for a body that no one should read; `deadline` is in seconds, None
    the usual one.
    """

    operation: str
    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    product_id: str | None = None
    content_type: str = "application/json"
    shown: str | None = None
    deadline: float | None = None


def masked(raw: bytes, secrets: Iterable[Secret]) -> bytes:
    """The answer without our secrets, should it quote one."""
    for secret in secrets:
        if len(secret.reveal()) >= SHORTEST_MASKED:
            raw = raw.replace(secret.reveal().encode(), repr(secret).encode())
    return raw


def lost(error: Exception) -> str:
    """Why there is no answer. The error's own words might quote the URL; its class can't."""
    return f"no answer ({type(error).__name__})"


def moment(seconds: float) -> datetime:
    """Unix seconds as aware UTC."""
    return datetime.fromtimestamp(seconds, UTC)
