"""Prometheus metrics of the webhook endpoint. Each app has a registry of its own, for this process alone."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4
_BUCKETS_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)


class RequestMetrics:
    """Count requests by shop and result, and measure how long webhooks take.

    Every unknown shop is counted under the label ``unknown``: otherwise anyone could create labels without limit.
    """

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "m2t_webhook_requests", "Webhooks answered.", ("shop", "result"), registry=self.registry
        )
        self._seconds = Histogram(
            "m2t_webhook_seconds", "From request to answer.", buckets=_BUCKETS_SECONDS, registry=self.registry
        )
        self._refused = Counter(
            "m2t_webhook_refused",
            "Webhooks of a shop that were refused: not verified, or too large.",
            ("shop", "reason"),
            registry=self.registry,
        )
        self._counters: dict[tuple[str | None, str], Counter] = {}

    def count_webhook(self, shop: str | None, result: str, seconds: float) -> None:
        """Count a webhook that was answered after so many seconds. `shop` is None if the shop is unknown."""
        self._count(shop, result)
        self._seconds.observe(seconds)

    def count_refusal(self, result: str) -> None:
        """Count a request that Flask refused before any shop was looked up."""
        self._count(None, result)

    def count_refused(self, shop: str, reason: str) -> None:
        """Count a webhook of a shop that exists by the reason code of its refusal, beside `count_webhook`."""
        self._refused.labels(shop, reason).inc()

    def _count(self, shop: str | None, result: str) -> None:
        counter = self._counters.get((shop, result))
        if counter is None:
            counter = self._counters[shop, result] = self._requests.labels(shop or "unknown", result)
        counter.inc()

    def exposition(self) -> bytes:
        """Return every metric in Prometheus's text format."""
        return generate_latest(self.registry)
