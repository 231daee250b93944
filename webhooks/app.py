"""The app: a thin view over `receive`, with its probes and metrics. Any WSGI server may serve it."""

from __future__ import annotations

import time

import structlog
from flask import Flask, Response, request
from flask.globals import request_ctx
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from webhooks.metrics import CONTENT_TYPE, Measures
from webhooks.problems import problem
from webhooks.receive import Answer, Door, challenge, receive

log = structlog.get_logger(__name__)


def create_app(door: Door) -> Flask:
    """Return the WSGI app of this endpoint."""
    app = Flask("webhooks", static_folder=None)
    measures = Measures()
    # Bound once: structlog's lazy logger would be built again at each call.
    bound_log = log.bind()

    def noted(shop: str, answer: Answer, began: float) -> Response:
        seconds = time.perf_counter() - began
        measures.note(answer.shop, answer.result, seconds)
        bound_log.info(
            "webhook",
            shop=shop[:60],
            status=answer.status,
            result=answer.result,
            milliseconds=round(seconds * 1000, 1),
            **answer.noted,
        )
        return _response(answer)

    @app.post("/webhooks/magento/<shop>")
    def magento(shop: str) -> Response:
        began = time.perf_counter()
        return noted(shop, _received(door, shop), began)

    @app.get("/webhooks/magento/<shop>")
    def magento_challenge(shop: str) -> Response:
        began = time.perf_counter()
        answer = challenge(door, shop, request.args)
        if answer is None:
            raise MethodNotAllowed(["OPTIONS", "POST"])
        return noted(shop, answer, began)

    @app.get("/livez")
    @app.get("/healthz")
    def livez() -> Response:
        return Response("ok\n", content_type="text/plain")

    @app.get("/readyz")
    def readyz() -> Response:
        faults = {name: probe() for name, probe in door.probes.items()}
        ready = not any(faults.values())
        lines = [f"[{'-' if fault else '+'}]{name} {fault or 'ok'}" for name, fault in faults.items()]
        shown = lines if "verbose" in request.args else []
        text = "\n".join([*shown, "ready" if ready else "not ready", ""])
        return Response(text, 200 if ready else 503, content_type="text/plain")

    @app.get("/metrics")
    def metrics() -> Response:
        return Response(measures.exposed(), content_type=CONTENT_TYPE)

    @app.errorhandler(HTTPException)
    def refused_by_flask(error: HTTPException) -> Response:
        answer = _refusal(error)
        measures.refused(answer.result)
        response = problem(answer.status, answer.result)
        response.headers.extend((name, value) for name, value in error.get_headers() if name == "Allow")
        return response

    return app


def _received(door: Door, shop: str) -> Answer:
    """Return the answer; a defect of ours is a 500 whose cause only the log has."""
    try:
        return receive(door, shop, request_ctx.request)
    except HTTPException as error:
        return _refusal(error)
    except Exception:
        log.exception("webhook_failed", shop=shop[:60])
        return Answer(500, "internal_server_error", {})


def _refusal(error: HTTPException) -> Answer:
    """Return Flask's own refusals as problems: no route, another method, a body that breaks off."""
    return Answer(error.code or 500, error.name.lower().replace(" ", "_"), {})


def _response(answer: Answer) -> Response:
    if answer.reply is None:
        return problem(answer.status, answer.result)
    return Response(answer.reply.body, answer.status, content_type=answer.reply.content_type)
