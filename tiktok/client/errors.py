"""The errors of TikTok calls, divided by what the caller should do.

TikTokError
├── Transient          try again later, with jitter
│   └── Throttled      ... and not before `wait` has passed
├── ShopStopped        every call of this shop would fail: stop the shop until a person acts
│   └── NotAuthorized  the access token is expired or revoked
├── Rejected           TikTok rejected this listing: an outcome, with TikTok's message and a hint
│   ├── NotFound       the product is not on TikTok, or no longer
│   └── WrongStatus    the product's status forbids the call: read the status, then plan again
├── NotNow             not now: the daily limit, or a promotion that locks price or stock
└── Unknown            a write may or may not have taken effect: read the product before repeating it
"""

from __future__ import annotations

from datetime import timedelta


class TikTokError(Exception):
    """A call that failed.

    `operation` is the name of the call, `message` TikTok's message or ours, `code` TikTok's error code, `hint` what the
    merchant can do, and `wait` how long to wait before the next attempt.
    """

    def __init__(
        self,
        operation: str,
        message: str,
        *,
        code: int | None = None,
        http_status: int | None = None,
        request_id: str | None = None,
        hint: str | None = None,
        wait: timedelta | None = None,
    ) -> None:
        super().__init__(f"{operation}: {message}" + (f" (code {code})" if code is not None else ""))
        self.operation = operation
        self.message = message
        self.code = code
        self.http_status = http_status
        self.request_id = request_id
        self.hint = hint
        self.wait = wait


class Transient(TikTokError):
    """A temporary failure of TikTok or the network: repeat the same call later."""


class Throttled(Transient):
    """Too many requests. `wait` is how long TikTok asks us to wait, None if it does not say."""


class ShopStopped(TikTokError):
    """Every call of this shop would fail until a person repairs its connection."""


class NotAuthorized(ShopStopped):
    """The shop's access token is expired or revoked."""


class Rejected(TikTokError):
    """TikTok rejected this listing."""


class NotFound(Rejected):
    """The product is not on TikTok, or does not belong to this shop."""


class WrongStatus(Rejected):
    """The product's status does not allow the operation."""


class NotNow(TikTokError):
    """TikTok can't do this now. `wait` is when another attempt makes sense."""


class Unknown(TikTokError):
    """A write may or may not have taken effect."""
