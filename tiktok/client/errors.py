"""What can go wrong at TikTok, split by what the caller should do.

TikTokError
├── Transient          later, with jitter, for as long as the shop is unwell
│   └── Throttled      ... and not before `retry_after`
├── ShopStopped        every call of this shop would fail: stop it, and say so
│   └── NotAuthorized  its access token is expired or revoked
├── Rejected           TikTok understood and said no to this listing: an outcome, with its words and a hint
│   ├── Gone           it says that the product is not there (any more)
│   └── WrongState     the product's status forbids it: look at the status, then plan again
├── Waiting            not now: the daily cap, or a promotion that locks price or stock
└── Unknown            a write may or may not have happened: look before repeating it
"""

from __future__ import annotations

from datetime import timedelta


class TikTokError(Exception):
    """TikTok did not do as asked."""

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
    """TikTok or the way to it is unwell: the same call later."""


class Throttled(Transient):
    """Too many requests; `wait` is how long TikTok asks for, where it says."""


class ShopStopped(TikTokError):
    """Every call of this shop would fail until somebody mends its connection."""


class NotAuthorized(ShopStopped):
    """The shop's access token is expired or revoked."""


class Rejected(TikTokError):
    """TikTok understood, and said no to this listing."""


class Gone(Rejected):
    """TikTok says that the product is not there, or not this shop's."""


class WrongState(Rejected):
    """The product's status does not allow the operation."""


class Waiting(TikTokError):
    """Not now: `wait` says when it is worth asking again."""


class Unknown(TikTokError):
    """A write may or may not have happened."""
