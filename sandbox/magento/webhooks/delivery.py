"""Sending webhooks: once while the save waits, then again in the background until it is accepted or given up.

2xx is accepted. 429, 5xx and no answer are tried again after 1, 2, 4, 8 ... seconds, ten times in all, under the same
webhook id with a fresh timestamp. Any other answer is a refusal for good, as for every sender that means it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from threading import Condition, Thread, local
from typing import Any

import requests

from sandbox.magento.database import Database
from sandbox.magento.webhooks import outbox
from sandbox.magento.webhooks.outbox import Attempt, Webhook
from sandbox.magento.webhooks.signing import Target, signed_headers

RETRY_AFTER: tuple[float, ...] = tuple(float(2**n) for n in range(9))
"""Seconds to wait after each failed try; after the last of them comes the tenth and last try."""
TIMEOUT_SECONDS = 5.0
LONGEST_ANSWER = 2000
RETRY_WORKERS = 4
Clock = Callable[[], datetime]


def after(webhook: Webhook, status: int | None, retry_after: Sequence[float]) -> tuple[str, float]:
    """The state after a try that got this status (None: no answer), and the seconds until the next one."""
    if status is not None and 200 <= status < 300:
        return "accepted", 0.0
    if status is not None and status != 429 and status < 500:
        return "refused", 0.0
    if webhook.tries >= len(retry_after):
        return "given_up", 0.0
    return "due", retry_after[webhook.tries]


class Delivery:
    """Sends what is in the outbox. Create it with the targets' source; `close` waits for the try on its way."""

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
        self._news = Condition()
        self._closing = False
        with database.transaction() as connection:
            outbox.release(connection)
        self._workers = [Thread(target=self._retry, daemon=True) for _ in range(RETRY_WORKERS)]
        for worker in self._workers:
            worker.start()

    def send(self, webhook: Webhook) -> dict[str, Any]:
        """One try, noted. The answer: id, event, HTTP status (None: no answer), body, what follows."""
        target = next((target for target in self._targets() if target.url == webhook.url), None)
        attempt = self._try(target, webhook) if target else self._no_target(webhook)
        state, wait = after(webhook, attempt.status, self._retry_after) if target else ("given_up", 0.0)
        with self._database.transaction() as connection:
            outbox.note(connection, webhook, attempt, state=state, due_at=time.time() + wait)
        with self._news:
            self._news.notify_all()
        return {
            "id": webhook.id,
            "event": webhook.event,
            "url": webhook.url,
            "status": attempt.status,
            "body": attempt.answer,
            "state": state,
            "will_retry": state == "due",
        }

    def settled(self, timeout: float) -> bool:
        """Wait until nothing is on its way or waits for a retry; False where that takes longer."""
        deadline = time.monotonic() + timeout
        with self._news:
            while self._waiting():
                left = deadline - time.monotonic()
                if left <= 0:
                    return False
                self._news.wait(min(left, 0.2))
        return True

    def close(self) -> None:
        """Stop retrying; what waits stays in the outbox for the next start."""
        with self._news:
            self._closing = True
            self._news.notify_all()
        for worker in self._workers:
            worker.join()

    def _waiting(self) -> int:
        with self._database.transaction() as connection:
            return outbox.waiting(connection)

    def _retry(self) -> None:
        while not self._closing:
            with self._database.transaction() as connection:
                webhook = outbox.take_due(connection, time.time())
                due_at = outbox.next_due_at(connection)
            if webhook is not None:
                self.send(webhook)
                continue
            with self._news:
                if not self._closing:
                    self._news.wait(1.0 if due_at is None else min(1.0, max(0.005, due_at - time.time())))

    def _try(self, target: Target, webhook: Webhook) -> Attempt:
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
            return Attempt(None, "unknown", f"no answer: {type(error).__name__}", at)
        outcome = "accepted" if answer.ok and answer.status_code < 300 else "refused"
        return Attempt(answer.status_code, outcome, answer.text[:LONGEST_ANSWER], at)

    def _no_target(self, webhook: Webhook) -> Attempt:
        at = self._clock().astimezone(UTC).isoformat(timespec="milliseconds")
        return Attempt(None, "unsent", f"not sent: {webhook.url} is no longer in the settings", at)

    def _session(self) -> requests.Session:
        # One a thread: a Session is not promised to be shared. No proxy and no .netrc, for the world is this machine.
        if not hasattr(self._sessions, "session"):
            self._sessions.session = requests.Session()
            self._sessions.session.trust_env = False
        session: requests.Session = self._sessions.session
        return session
