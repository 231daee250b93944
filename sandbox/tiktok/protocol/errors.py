"""The errors of TikTok's API: code, message and the HTTP status of the code.

Business codes (12xxxxxx) come with status 200; the gateway's statuses are as integrators observed them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, TypedDict, Unpack

INVALID: Final = 36009004
"""A code of about a dozen failures; a keyword in the message tells them apart."""
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


class ApiError(Exception):
    """TikTok rejects a call."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message

    @property
    def http_status(self) -> int:
        """The HTTP status of the code."""
        return HTTP_STATUS.get(self.code, 200)


def missing_field(name: str) -> ApiError:
    """Return the error for a missing field, with its name in TikTok's CamelCase."""
    words = "".join(word.capitalize() for word in name.split("_"))
    return ApiError(INVALID, f"{words} is a required field and has not been provided.")


def invalid_field(name: str, expected: str) -> ApiError:
    """Return the error for a field whose value is not what the reference describes."""
    return ApiError(INVALID, f"Invalid parameter '{name}': {expected} is expected.")


class ExtraError(TypedDict, total=False):
    """A reason within an entry of `data.errors`."""

    warehouse_id: str
    code: int
    message: str


class ErrorDetail(TypedDict, total=False):
    """What an entry of `data.errors` is about."""

    product_id: str
    sku_id: str
    extra_errors: list[ExtraError]


class ItemError(TypedDict):
    """An entry of `data.errors`: a part of a successful call that failed."""

    code: int
    message: str
    detail: ErrorDetail


def item_error(code: int, message: str, **detail: Unpack[ErrorDetail]) -> ItemError:
    """Build an entry of `data.errors`."""
    return {"code": code, "message": message, "detail": detail}
