"""The consumer's health and metrics pages: /livez, /readyz and /metrics, on a port of their own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

import structlog
from flask import Flask, Response, request
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from background.worker import Worker
from consumer.intake.intake import BatchResult
from policies.events.event_order import clock_is_ahead
from tiktok.client.exchange import Exchange

log = structlog.get_logger(__name__)

LOOK_SECONDS = 0.5
"""How often the server checks for a stop request."""

Check = Callable[[], str | None]
"""Returns None if the check passes, else what is wrong, for people."""


class Watch(Protocol):
    """The values that the gauges read at each scrape."""

    def lag(self) -> Mapping[int, int]:
        """Return the number of records not yet processed, by partition."""

    def pending(self) -> int:
        """Return the number of listings in the sync queue."""

    def in_progress(self) -> int:
        """Return the number of listings that are being synced."""

    def stopped(self) -> Mapping[str, bool]:
        """Return whether sync is stopped until a person acts, for each shop that is delivered to."""

    def authorization_seconds(self) -> Mapping[str, float]:
        """Return the seconds until each shop's authorization ends, for shops where that is known."""


class Gauges:
    """The gauges, whose values a `Watch` reads at each scrape."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.lag = Gauge("m2t_consumer_lag", "Records not yet processed.", ["partition"], registry=registry)
        self.pending = Gauge("m2t_pending_syncs", "Listings in the sync queue.", registry=registry)
        self.stopped = Gauge(
            "m2t_shop_stopped",
            "1 if sync is stopped for the shop until a person acts.",
            ["shop"],
            registry=registry,
        )
        self.authorization = Gauge(
            "m2t_shop_authorization_seconds",
            "Seconds until the authorization of the shop ends.",
            ["shop"],
            registry=registry,
        )
        self.in_progress = Gauge("m2t_syncs_in_hand", "Listings that are being synced.", registry=registry)


class Metrics:
    """The metrics, in a registry of their own. No label contains a SKU or a URL, so their number stays small."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.decisions = Counter(
            "m2t_decisions", "Decisions, by action and reason.", ["action", "reason"], registry=self.registry
        )
        self.duplicates = Counter(
            "m2t_duplicate_events", "Events whose id was stored before.", registry=self.registry
        )
        self.reused_ids = Counter(
            "m2t_reused_webhook_ids",
            "Events dropped because their id was received before, though their webhook had another body.",
            registry=self.registry,
        )
        self.dead_letters = Counter(
            "m2t_dlq_records", "Records that became dead letters in intake.", registry=self.registry
        )
        self.clock_ahead = Counter(
            "m2t_store_clock_ahead_events",
            "Events whose updated_at is later than when they were received: the store's clock is ahead.",
            ["shop"],
            registry=self.registry,
        )
        self.event_age = Histogram(
            "m2t_event_age_seconds",
            "Seconds from the webhook to the decision.",
            buckets=(0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 3600),
            registry=self.registry,
        )
        self.calls = Histogram(
            "m2t_tiktok_request_seconds",
            "Seconds per call to TikTok.",
            ["op", "code"],
            buckets=(0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 8, 15),
            registry=self.registry,
        )
        self.gauges = Gauges(self.registry)

    def count_batch(self, result: BatchResult, now: float) -> None:
        """Count a processed batch. `now` is in seconds since 1970."""
        for decided in result.decided:
            decision = decided.event_decision.decision
            self.decisions.labels(decision.action.value, decision.reason.value).inc()
            self.event_age.observe(max(0.0, now - decided.event.received_at.timestamp()))
            if clock_is_ahead(decided.event):
                self.clock_ahead.labels(decided.event.shop).inc()
        self.duplicates.inc(result.duplicates)
        self.reused_ids.inc(result.reused_ids)
        self.dead_letters.inc(result.dead_lettered)

    def exchanged(self, exchange: Exchange) -> None:
        """Count a call to TikTok."""
        code = str(exchange.code) if exchange.code is not None else "none"
        self.calls.labels(exchange.operation, code).observe(exchange.milliseconds / 1000)


def create_app(metrics: Metrics, checks: Mapping[str, Check], watch: Watch) -> Flask:
    """Return the Flask application with the three pages."""
    app = Flask("consumer")

    @app.get("/livez")
    @app.get("/healthz")
    def livez() -> Response:
        return Response("ok\n", mimetype="text/plain")

    @app.get("/readyz")
    def readyz() -> Response:
        fields = {name: check() for name, check in checks.items()}
        ready = not any(fields.values())
        lines = [f"[{'-' if why else '+'}]{name} {why or 'ok'}" for name, why in fields.items()]
        text = "\n".join(lines) if "verbose" in request.args or not ready else "ok"
        return Response(f"{text}\n", status=200 if ready else 503, mimetype="text/plain")

    @app.get("/metrics")
    def scrape() -> Response:
        for partition, lag in watch.lag().items():
            metrics.gauges.lag.labels(str(partition)).set(lag)
        metrics.gauges.pending.set(watch.pending())
        metrics.gauges.in_progress.set(watch.in_progress())
        for shop, stopped in watch.stopped().items():
            metrics.gauges.stopped.labels(shop).set(stopped)
        for shop, seconds in watch.authorization_seconds().items():
            metrics.gauges.authorization.labels(shop).set(seconds)
        return Response(generate_latest(metrics.registry), content_type=CONTENT_TYPE_LATEST)

    return app


class _SilentHandler(WSGIRequestHandler):
    """A request handler that logs nothing, because every scrape and probe would be a line."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Log nothing."""


class HealthServer(Worker):
    """Serves the pages, each request on a thread of its own. With port 0 there is no server."""

    def __init__(self, app: Flask, host: str, port: int) -> None:
        super().__init__("health server")
        self._server: BaseWSGIServer | None = (
            make_server(host, port, app, threaded=True, request_handler=_SilentHandler) if port else None
        )
        if self._server is not None:
            self._server.timeout = LOOK_SECONDS

    def start(self) -> None:
        """Start, unless the port is 0."""
        if self._server is not None:
            super().start()

    def run_round(self) -> None:
        """Accept one request, or return after `LOOK_SECONDS` without one."""
        if self._server is not None:
            self._server.handle_request()

    def after_error(self, error: Exception) -> float:
        """Log the error and accept the next request."""
        log.exception("health_server_failed")
        return LOOK_SECONDS

    def finish(self) -> None:
        """Stop listening."""
        if self._server is not None:
            self._server.server_close()
