"""Webhook delivery: once during the save, then in the background until accepted or given up.

2xx means accepted. 429, 5xx and no response are tried again after 1, 2, 4, 8 ... seconds, ten times in all, with the
same webhook id and a new timestamp. Any other response refuses the webhook for good.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from threading import Condition, Thread, local
from typing import TypedDict

import requests

from sandbox.magento.database import Database
from sandbox.magento.webhooks import outbox
from sandbox.magento.webhooks.outbox import Attempt, Webhook
from sandbox.magento.webhooks.signing import Target, signed_headers

RETRY_AFTER: tuple[float, ...] = tuple(float(2**n) for n in range(9))
"""Seconds to wait after each failed attempt; the last wait comes before the tenth and last attempt."""
TIMEOUT_SECONDS = 5.0
MAX_ANSWER_CHARACTERS = 2000
RETRY_WORKERS = 4
Clock = Callable[[], datetime]


def next_state(webhook: Webhook, status: int | None, retry_after: Sequence[float]) -> tuple[str, float]:
    """Return the webhook's state after an attempt with this status (None: no response), and the wait in seconds."""
    if status is not None and 200 <= status < 300:
        return "accepted", 0.0
    if status is not None and status != 429 and status < 500:
        return "refused", 0.0
    if webhook.tries >= len(retry_after):
        return "given_up", 0.0
    return "due", retry_after[webhook.tries]


class SentWebhook(TypedDict):
    """The result of an attempt: the HTTP status and the body of the response, None and "" for no response."""

    id: str
    event: str
    url: str
    status: int | None
    body: str
    state: str
    will_retry: bool


class Delivery:
    """Sends the webhooks in the outbox. `targets` returns the current targets."""

    def __init__(
        self,
        database: Database,
        targets: Callable[[], Sequence[Target]],
        clock: Clock,
        retry_after: Sequence[float] = RETRY_AFTER,
    ) -> None:
        self._database = database
        self._targets = targets
        self._clock = clock
        self._retry_after = tuple(retry_after)
        self._sessions = local()
        self._changed = Condition()
        self._closing = False
        with database.transaction() as connection:
            outbox.release(connection)
        self._workers = [Thread(target=self._retry, daemon=True) for _ in range(RETRY_WORKERS)]
        for worker in self._workers:
            worker.start()

    def send(self, webhook: Webhook) -> SentWebhook:
        """Try once, record the attempt, and return its result."""
        target = next((target for target in self._targets() if target.url == webhook.url), None)
        attempt = self._attempt(target, webhook) if target else self._no_target(webhook)
        state, wait = next_state(webhook, attempt.status, self._retry_after) if target else ("given_up", 0.0)
        with self._database.transaction() as connection:
            outbox.record_attempt(connection, webhook, attempt, state=state, due_at=time.time() + wait)
        with self._changed:
            self._changed.notify_all()
        return {
            "id": webhook.id,
            "event": webhook.event,
            "url": webhook.url,
            "status": attempt.status,
            "body": attempt.answer,
            "state": state,
            "will_retry": state == "due",
        }

    def wait_until_idle(self, timeout: float) -> bool:
        """Wait until no webhook is being sent or waits for a retry. Return False after `timeout` seconds."""
        deadline = time.monotonic() + timeout
        with self._changed:
            while self._count_waiting():
                remaining = deadline - time.monotonic()
                if remaining <= 0:
                    return False
                self._changed.wait(min(remaining, 0.2))
        return True

    def close(self) -> None:
        """Stop retrying, after the attempts in progress; the outbox waits for the next start."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        for worker in self._workers:
            worker.join()

    def _count_waiting(self) -> int:
        with self._database.transaction() as connection:
            return outbox.count_waiting(connection)

    def _retry(self) -> None:
        while not self._closing:
            with self._database.transaction() as connection:
                webhook = outbox.lease_due(connection, time.time())
                due_at = outbox.next_due_at(connection)
            if webhook is not None:
                self.send(webhook)
                continue
            with self._changed:
                if not self._closing:
                    self._changed.wait(1.0 if due_at is None else min(1.0, max(0.005, due_at - time.time())))

    def _attempt(self, target: Target, webhook: Webhook) -> Attempt:
        now = self._clock()
        headers = {
            "content-type": "application/json",
            "user-agent": "Magento-Sandbox/1.0",
            **signed_headers(target, webhook.id, int(now.timestamp()), webhook.body),
        }
        at = now.astimezone(UTC).isoformat(timespec="milliseconds")
        try:
            answer = self._session().post(
                target.url, data=webhook.body, headers=headers, timeout=TIMEOUT_SECONDS, allow_redirects=False
            )
        except requests.RequestException as error:
            return Attempt(None, "unknown", f"no response: {type(error).__name__}", at)
        outcome = "accepted" if answer.ok and answer.status_code < 300 else "refused"
        return Attempt(answer.status_code, outcome, answer.text[:MAX_ANSWER_CHARACTERS], at)

    def _no_target(self, webhook: Webhook) -> Attempt:
        at = self._clock().astimezone(UTC).isoformat(timespec="milliseconds")
        return Attempt(None, "unsent", f"not sent: {webhook.url} is no longer a target", at)

    def _session(self) -> requests.Session:
        # One per thread: Session is not documented as thread-safe. No proxy or .netrc: receivers are on this machine.
        if not hasattr(self._sessions, "session"):
            self._sessions.session = requests.Session()
            self._sessions.session.trust_env = False
        session: requests.Session = self._sessions.session
        return session
