"""The obvious stack: Flask, and one `send().get()` for each request, on gunicorn with 2 x 32 gthread workers."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
from typing import Any

from flask import Flask, jsonify, request
from kafka import KafkaProducer

from bench.shops import WEBHOOK_SECRET

app = Flask(__name__)
_KEY = base64.b64decode(WEBHOOK_SECRET.removeprefix("whsec_"))
_producers: dict[int, Any] = {}


def _producer() -> Any:
    if os.getpid() not in _producers:
        _producers[os.getpid()] = KafkaProducer(
            bootstrap_servers=os.environ["BENCH_KAFKA"],
            acks="all",
            value_serializer=lambda value: json.dumps(value).encode(),
        )
    return _producers[os.getpid()]


@app.post("/webhooks/magento/<shop>")
def receive(shop: str) -> Any:
    """Verify, parse, publish and wait."""
    value = request.headers
    signed = f"{value['webhook-id']}.{value['webhook-timestamp']}.".encode() + request.get_data()
    expected = base64.b64encode(hmac.digest(_KEY, signed, hashlib.sha256)).decode()
    if not hmac.compare_digest(f"v1,{expected}", value["webhook-signature"]):
        return jsonify(error="bad signature"), 401
    document = request.get_json()
    key = f"{shop}/{document['product']['sku']}".encode()
    _producer().send(os.environ["BENCH_TOPIC"], key=key, value=document).get(timeout=10)
    return jsonify(event_id=value["webhook-id"]), 202


@app.get("/readyz")
def readyz() -> Any:
    """Report that the server is up."""
    return "ok"
