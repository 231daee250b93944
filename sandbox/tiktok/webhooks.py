"""Webhooks: notices on their way to the app's URL: signed, at least once, in no promised order.

Source: *TTS webhooks overview*. Off until there is a URL. What waits ends with the process, as TikTok too promises
neither that all comes nor in which order.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

import requests

from sandbox.tiktok.shops import Shop
from sandbox.tiktok.webhook_events import Notice

RETRY_AFTER: Final = (120.0, 1800.0, 10_800.0, 43_200.0)
"""Seconds to wait after each try that was not answered with 200; after the last it is dropped."""
ANSWER_SECONDS: Final = 3.0
MOST_TRIES_TOLD: Final = 10_000
_WORKERS: Final = 4
_TICK: Final = 0.05


@dataclass(frozen=True, slots=True)
class Wanted:
    """Where webhooks go, None is nowhere; how many times each is sent, and the waits before the retries."""

    url: str | None = None
    copies: int = 1
    retry_after: tuple[float, ...] = RETRY_AFTER


@dataclass(frozen=True, slots=True)
class Sending:
    """One webhook on its way: due at a moment of the stand-in's clock, after so many tries."""

    app_key: str
    app_secret: str
    notification_id: str
    body: bytes
    due: float
    tries: int = 0


@dataclass(frozen=True, slots=True)
class Try:
    """One request, and the HTTP status that it was answered with; None where no answer came in time."""

    at: float
    tts_notification_id: str
    number: int
    status: int | None


def signature(app_key: str, app_secret: str, body: bytes) -> str:
    """`Authorization`: lower-case hex HMAC-SHA256 over the app key and the raw body."""
    return hmac.new(app_secret.encode(), app_key.encode() + body, hashlib.sha256).hexdigest()


class Webhooks:
    """Sends while it is started. Thread safe, with a lock of its own: who is slow to answer holds up no call."""

    def __init__(self, shops: Sequence[Shop], clock: Callable[[], float], url: str | None = None) -> None:
        self._shops = {shop.shop_cipher: shop for shop in shops}
        self._clock = clock
        self._first = Wanted(url)
        self._wanted = self._first
        self._news = threading.Condition()
        self._closing = False
        self._waiting: list[Sending] = []
        self._tries: deque[Try] = deque(maxlen=MOST_TRIES_TOLD)
        self._threads: list[threading.Thread] = []
        self._count = 0

    def start(self, settle: Callable[[], None]) -> None:
        """Send from now on; `settle` ends the audits that are over, for nobody may be asking."""
        self._threads = [threading.Thread(target=self._work, daemon=True) for _ in range(_WORKERS)]
        self._threads.append(threading.Thread(target=self._tick, args=(settle,), daemon=True))
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """Send no more; a try on its way is waited for."""
        with self._news:
            self._closing = True
            self._news.notify_all()
        for thread in self._threads:
            thread.join()

    @property
    def wanted(self) -> Wanted:
        """What holds now."""
        return self._wanted

    def want(self, wanted: Wanted) -> None:
        """From now on this holds; without a URL nothing waits any more."""
        with self._news:
            self._wanted = wanted
            if wanted.url is None:
                self._waiting.clear()
            self._news.notify_all()

    def reset(self) -> None:
        """As at the start."""
        with self._news:
            self._waiting.clear()
            self._tries.clear()
            self._wanted = self._first

    def tell(self, notices: Sequence[Notice]) -> None:
        """Send these, each so many times as is wanted."""
        if not notices or self._wanted.url is None:
            return
        now = self._clock()
        with self._news:
            for notice in notices:
                self._waiting += [self._sending(notice, now)] * self._wanted.copies
            self._news.notify_all()

    def described(self) -> dict[str, Any]:
        """What holds, what waits and the newest tries, as a JSON object."""
        with self._news:
            tries = [asdict(one) for one in self._tries]
            return {**asdict(self._wanted), "waiting": len(self._waiting), "tries": tries}

    def _sending(self, notice: Notice, now: float) -> Sending:
        self._count += 1
        shop = self._shops[notice.shop_cipher]
        named = f"73{int(now * 1000):013d}{self._count % 10_000:04d}"
        body = {
            "type": int(notice.kind),
            "tts_notification_id": named,
            "shop_id": shop.id,
            "timestamp": int(now),
            "data": notice.data,
        }
        raw = json.dumps(body, separators=(",", ":")).encode()
        return Sending(shop.app_key, shop.app_secret, named, raw, now)

    def _tick(self, settle: Callable[[], None]) -> None:
        while not self._closing:
            if self._wanted.url is not None:
                settle()
            with self._news:
                if not self._closing:
                    self._news.wait(_TICK)

    def _work(self) -> None:
        # The clock may be anybody's, so it is looked at and not waited for.
        session = requests.Session()
        session.trust_env = False
        while True:
            with self._news:
                if self._closing:
                    return
                url, sending = self._wanted.url, self._take_due()
                if url is None or sending is None:
                    self._news.wait(_TICK)
                    continue
            self._sent(sending, _status(session, url, sending))

    def _take_due(self) -> Sending | None:
        now = self._clock()
        for place, sending in enumerate(self._waiting):
            if sending.due <= now:
                return self._waiting.pop(place)
        return None

    def _sent(self, sending: Sending, status: int | None) -> None:
        now, tries = self._clock(), sending.tries + 1
        with self._news:
            self._tries.append(Try(now, sending.notification_id, tries, status))
            waits = self._wanted.retry_after
            if status != 200 and tries <= len(waits) and self._wanted.url is not None:
                self._waiting.append(replace(sending, due=now + waits[tries - 1], tries=tries))
            self._news.notify_all()


def _status(session: requests.Session, url: str, sending: Sending) -> int | None:
    signed = signature(sending.app_key, sending.app_secret, sending.body)
    headers = {"content-type": "application/json", "authorization": signed}
    try:
        answer = session.post(
            url, data=sending.body, headers=headers, timeout=ANSWER_SECONDS, allow_redirects=False
        )
    except requests.RequestException:
        return None
    return answer.status_code
