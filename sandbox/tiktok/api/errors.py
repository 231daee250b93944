"""Refusals: a no of TikTok, with its code, its words and the HTTP status that goes with the code.

Statuses: business codes (12xxxxxx) come with 200; the gateway's as integrators observed them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

INVALID: Final = 36009004
"""Shared by about a dozen failures; the message's keyword tells them apart."""
THROTTLED: Final = 36009002
FAULT: Final = 36009003
CHECK_FAILED: Final = 12052990

HTTP_STATUS: Final[Mapping[int, int]] = {
    INVALID: 400,
    THROTTLED: 429,
    FAULT: 500,
    36009007: 408,
    36009009: 404,
    36009010: 405,
    36009014: 400,
    36009021: 413,
    36009022: 400,
    36009023: 400,
    36009033: 403,
    36009037: 429,
    36009043: 401,
    36009044: 401,
    101000: 401,
    105002: 401,
    105005: 403,
    106001: 401,
    106013: 400,
    98001004: 400,
}


class Refused(Exception):
    """TikTok says no to a call."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message

    @property
    def http_status(self) -> int:
        """What HTTP says of it."""
        return HTTP_STATUS.get(self.code, 200)


def is_required(name: str) -> Refused:
    """A field that is not there; named in TikTok's CamelCase."""
    words = "".join(word.capitalize() for word in name.split("_"))
    return Refused(INVALID, f"{words} is a required field and has not been provided.")


def is_invalid(name: str, expected: str) -> Refused:
    """A field of another shape than the reference says."""
    return Refused(INVALID, f"Invalid parameter '{name}': {expected} is expected.")


def item_error(
    code: int, message: str, extra: list[dict[str, Any]] | None = None, **named: str
) -> dict[str, Any]:
    """One entry of `data.errors`: a part of a call that failed inside a success."""
    detail: dict[str, Any] = dict(named)
    if extra:
        detail["extra_errors"] = extra
    return {"code": code, "message": message, "detail": detail}
