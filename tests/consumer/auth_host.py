"""Answers of TikTok's auth host: new tokens, a refusal, and slow ones."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from typing import Any

from schemas.secret import Secret
from tests.tiktok.answering import Reply, failure, success

OLD, NEW = Secret("TTP_old_access"), Secret("TTP_new_access")
REFUSED = failure(36004001, "The refresh token is invalid or has expired.")


def given(number: str = "new", *, now: datetime | None = None) -> Reply:
    until = int((now or datetime.now(UTC)).timestamp())
    return success(
        access_token=f"TTP_{number}_access",
        access_token_expire_in=until + 7 * 86_400,
        refresh_token=f"TTP_{number}_refresh",
        refresh_token_expire_in=until + 365 * 86_400,
    )


def slowly(reply: Reply, seconds: float = 0.3) -> Reply:
    def answer(handler: Any, over: threading.Event) -> None:
        over.wait(seconds)
        reply(handler, over)

    return answer
