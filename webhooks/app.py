"""The Flask app of the webhook endpoint: a thin layer over `receive`, with health probes and metrics.

Any WSGI server can serve it.
"""

from __future__ import annotations

import time

import structlog
from flask import Flask, Request, Response, request
from flask.globals import request_ctx
from flask.sessions import NullSession, SessionInterface
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from webhooks.metrics import CONTENT_TYPE, RequestMetrics
from webhooks.problems import problem
from webhooks.receive import Endpoint, WebhookAnswer, challenge, receive

log = structlog.get_logger(__name__)


class _NoSessions(SessionInterface):
    """Gives every request the same empty session. Flask would look for a secret key, and make one for each request."""

    def __init__(self) -> None:
        self._session = NullSession()

    def open_session(self, app: Flask, request: Request) -> NullSession:
        """Return the session that can't be written to."""
        return self._session


def create_app(endpoint: Endpoint) -> Flask:
    """Return the WSGI app that serves this endpoint."""
    app = Flask("webhooks", static_folder=None)
    app.session_interface = _NoSessions()
    metrics = RequestMetrics()
    _add_webhook_routes(app, endpoint, metrics)
    _add_health_routes(app, endpoint)
    _add_metrics_route(app, metrics)
    _add_error_handler(app, metrics)
    return app


def _add_webhook_routes(app: Flask, endpoint: Endpoint, metrics: RequestMetrics) -> None:
    # Bound once, because structlog builds a lazy logger again at every call.
    bound_log = log.bind()

    def respond(shop: str, answer: WebhookAnswer, started: float) -> Response:
        seconds = time.perf_counter() - started
        metrics.count_webhook(answer.shop, answer.result, seconds)
        if answer.shop is not None and answer.refused is not None:
            metrics.count_refused(answer.shop, answer.refused)
        bound_log.info(
            "webhook",
            shop=shop[:60],
            status=answer.status,
            result=answer.result,
            milliseconds=round(seconds * 1000, 1),
            **answer.log_fields,
        )
        return _response(answer)

    @app.post("/webhooks/magento/<shop>")
    def magento(shop: str) -> Response:
        started = time.perf_counter()
        return respond(shop, _receive(endpoint, shop), started)

    @app.get("/webhooks/magento/<shop>")
    def magento_challenge(shop: str) -> Response:
        started = time.perf_counter()
        answer = challenge(endpoint, shop, request.args)
        if answer is None:
            raise MethodNotAllowed(["OPTIONS", "POST"])
        return respond(shop, answer, started)


def _add_health_routes(app: Flask, endpoint: Endpoint) -> None:
    @app.get("/livez")
    @app.get("/healthz")
    def livez() -> Response:
        return Response("ok\n", content_type="text/plain")

    @app.get("/readyz")
    def readyz() -> Response:
        faults = {name: probe() for name, probe in endpoint.probes.items()}
        ready = not any(faults.values())
        lines = [f"[{'-' if fault else '+'}]{name} {fault or 'ok'}" for name, fault in faults.items()]
        shown = lines if "verbose" in request.args else []
        text = "\n".join([*shown, "ready" if ready else "not ready", ""])
        return Response(text, 200 if ready else 503, content_type="text/plain")


def _add_metrics_route(app: Flask, metrics: RequestMetrics) -> None:
    @app.get("/metrics")
    def expose_metrics() -> Response:
        return Response(metrics.exposition(), content_type=CONTENT_TYPE)


def _add_error_handler(app: Flask, metrics: RequestMetrics) -> None:
    @app.errorhandler(HTTPException)
    def refuse(error: HTTPException) -> Response:
        answer = _refusal(error)
        metrics.count_refusal(answer.result)
        response = problem(answer.status, answer.result)
        response.headers.extend((name, value) for name, value in error.get_headers() if name == "Allow")
        return response


def _receive(endpoint: Endpoint, shop: str) -> WebhookAnswer:
    """Return the answer to the current request. An unexpected error becomes a 500 and is described in the log only."""
    try:
        return receive(endpoint, shop, request_ctx.request)
    except HTTPException as error:
        return _refusal(error)
    except Exception:
        log.exception("webhook_failed", shop=shop[:60])
        return WebhookAnswer(500, "internal_server_error", {})


def _refusal(error: HTTPException) -> WebhookAnswer:
    """Return the answer to a request that Flask itself refuses: unknown path, wrong method, incomplete body."""
    return WebhookAnswer(error.code or 500, error.name.lower().replace(" ", "_"), {})


def _response(answer: WebhookAnswer) -> Response:
    if answer.reply is None:
        return problem(answer.status, answer.result)
    return Response(answer.reply.body, answer.status, content_type=answer.reply.content_type)
