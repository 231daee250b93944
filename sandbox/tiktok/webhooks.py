"""Webhooks to the app's URL: signed, at least once, in no guaranteed order.

Source: *TTS webhooks overview*. Off without a URL. Waiting webhooks are lost with the process: TikTok does not
guarantee delivery or order either.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Final

import requests

from sandbox.tiktok.catalog.webhook_events import WebhookEvent
from sandbox.tiktok.shops import Shop

RETRY_AFTER: Final = (120.0, 1800.0, 10_800.0, 43_200.0)
"""Seconds to wait after each attempt without a 200; after the last retry the webhook is dropped."""
RESPONSE_SECONDS: Final = 3.0
MAX_ATTEMPTS_SHOWN: Final = 10_000
_WORKERS: Final = 4
_TICK: Final = 0.05


@dataclass(frozen=True, slots=True)
class WebhookSettings:
    """The webhook settings: the URL, None for none; the copies of each webhook; the waits before the retries."""

    url: str | None = None
    copies: int = 1
    retry_after: tuple[float, ...] = RETRY_AFTER


@dataclass(frozen=True, slots=True)
class PendingWebhook:
    """A webhook to send; `due` by the sandbox's clock, after `tries` attempts."""

    app_key: str
    app_secret: str
    notification_id: str
    body: bytes
    due: float
    tries: int = 0


@dataclass(frozen=True, slots=True)
class Attempt:
    """An attempt and the HTTP status of its response; None if there was none in time."""

    at: float
    tts_notification_id: str
    number: int
    status: int | None


def signature(app_key: str, app_secret: str, body: bytes) -> str:
    """Return the `Authorization` header: lower-case hex HMAC-SHA256 over the app key and the raw body."""
    return hmac.new(app_secret.encode(), app_key.encode() + body, hashlib.sha256).hexdigest()


class Webhooks:
    """Sends webhooks while started. Thread-safe, with its own lock: a slow receiver blocks no call."""

    def __init__(self, shops: Sequence[Shop], clock: Callable[[], float], url: str | None = None) -> None:
        self._shops = {shop.shop_cipher: shop for shop in shops}
        self._clock = clock
        self._initial_settings = WebhookSettings(url)
        self._settings = self._initial_settings
        self._changed = threading.Condition()
        self._closing = False
        self._pending: list[PendingWebhook] = []
        self._attempts: deque[Attempt] = deque(maxlen=MAX_ATTEMPTS_SHOWN)
        self._threads: list[threading.Thread] = []
        self._count = 0

    def start(self, end_due_audits: Callable[[], None]) -> None:
        """Start sending. `end_due_audits` ends the audits that are due, even if no call comes in."""
        self._threads = [threading.Thread(target=self._work, daemon=True) for _ in range(_WORKERS)]
        self._threads.append(threading.Thread(target=self._end_audits, args=(end_due_audits,), daemon=True))
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """Stop sending, after the attempts in progress."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        for thread in self._threads:
            thread.join()

    @property
    def settings(self) -> WebhookSettings:
        """The current settings."""
        return self._settings

    def change_settings(self, settings: WebhookSettings) -> None:
        """Replace the settings; without a URL, waiting webhooks are dropped."""
        with self._changed:
            self._settings = settings
            if settings.url is None:
                self._pending.clear()
            self._changed.notify_all()

    def reset(self) -> None:
        """Restore the initial settings and forget all webhooks and attempts."""
        with self._changed:
            self._pending.clear()
            self._attempts.clear()
            self._settings = self._initial_settings

    def enqueue(self, events: Sequence[WebhookEvent]) -> None:
        """Queue webhooks for these events, as many copies as configured."""
        if not events or self._settings.url is None:
            return
        now = self._clock()
        with self._changed:
            for event in events:
                self._pending += [self._pending_webhook(event, now)] * self._settings.copies
            self._changed.notify_all()

    def to_json(self) -> dict[str, object]:
        """Return the settings, the number of waiting webhooks and the newest attempts, as a JSON object."""
        with self._changed:
            tries = [asdict(attempt) for attempt in self._attempts]
            return {**asdict(self._settings), "waiting": len(self._pending), "tries": tries}

    def _pending_webhook(self, event: WebhookEvent, now: float) -> PendingWebhook:
        self._count += 1
        shop = self._shops[event.shop_cipher]
        notification_id = f"73{int(now * 1000):013d}{self._count % 10_000:04d}"
        body = {
            "type": int(event.kind),
            "tts_notification_id": notification_id,
            "shop_id": shop.id,
            "timestamp": int(now),
            "data": event.data,
        }
        raw = json.dumps(body, separators=(",", ":")).encode()
        return PendingWebhook(shop.app_key, shop.app_secret, notification_id, raw, now)

    def _end_audits(self, end_due_audits: Callable[[], None]) -> None:
        while not self._closing:
            if self._settings.url is not None:
                end_due_audits()
            with self._changed:
                if not self._closing:
                    self._changed.wait(_TICK)

    def _work(self) -> None:
        # The clock may be a test's, so poll it instead of sleeping until a webhook is due.
        session = requests.Session()
        session.trust_env = False
        while True:
            with self._changed:
                if self._closing:
                    return
                url, webhook = self._settings.url, self._take_due()
                if url is None or webhook is None:
                    self._changed.wait(_TICK)
                    continue
            self._record_attempt(webhook, _status(session, url, webhook))

    def _take_due(self) -> PendingWebhook | None:
        now = self._clock()
        for index, webhook in enumerate(self._pending):
            if webhook.due <= now:
                return self._pending.pop(index)
        return None

    def _record_attempt(self, webhook: PendingWebhook, status: int | None) -> None:
        now, tries = self._clock(), webhook.tries + 1
        with self._changed:
            self._attempts.append(Attempt(now, webhook.notification_id, tries, status))
            retry_waits = self._settings.retry_after
            if status != 200 and tries <= len(retry_waits) and self._settings.url is not None:
                self._pending.append(replace(webhook, due=now + retry_waits[tries - 1], tries=tries))
            self._changed.notify_all()


def _status(session: requests.Session, url: str, webhook: PendingWebhook) -> int | None:
    authorization = signature(webhook.app_key, webhook.app_secret, webhook.body)
    headers = {"content-type": "application/json", "authorization": authorization}
    try:
        response = session.post(
            url, data=webhook.body, headers=headers, timeout=RESPONSE_SECONDS, allow_redirects=False
        )
    except requests.RequestException:
        return None
    return response.status_code
