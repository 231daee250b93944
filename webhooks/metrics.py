"""Measures: what Prometheus is told of the door. One registry for each app, of this process alone."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)


class Measures:
    """Requests by shop and result, and their seconds. A shop that is not known has no label of its own."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "m2t_webhook_requests", "Webhooks answered.", ("shop", "result"), registry=self._registry
        )
        self._seconds = Histogram(
            "m2t_webhook_seconds", "From request to answer.", buckets=_SECONDS, registry=self._registry
        )
        self._of: dict[tuple[str | None, str], Counter] = {}

    def note(self, shop: str | None, result: str, seconds: float) -> None:
        """One webhook was answered."""
        self._count(shop, result)
        self._seconds.observe(seconds)

    def refused(self, result: str) -> None:
        """A request was refused before it was a webhook."""
        self._count(None, result)

    def _count(self, shop: str | None, result: str) -> None:
        requests = self._of.get((shop, result))
        if requests is None:
            requests = self._of[shop, result] = self._requests.labels(shop or "unknown", result)
        requests.inc()

    def exposed(self) -> bytes:
        """All of it in Prometheus's text format."""
        return generate_latest(self._registry)
