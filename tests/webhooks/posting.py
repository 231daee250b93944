"""Post signed webhooks to the example endpoint, and look at its refusals."""

from __future__ import annotations

from collections.abc import Mapping

from werkzeug.test import TestResponse

from tests.webhooks.conftest import ExampleEndpoint
from tests.webhooks.examples import body, signed

URL = "/webhooks/magento/demo"
SAVE = body({"event": "product.saved", "product": {"entity_id": 7, "sku": "MUG-01", "price": "9.90"}})


def post(
    endpoint: ExampleEndpoint, raw: bytes = SAVE, headers: Mapping[str, str] | None = None, url: str = URL
) -> TestResponse:
    """Post signed bytes; `headers` override those of the signature."""
    every = {"content-type": "application/json", **signed(raw), **(headers or {})}
    return endpoint.app().test_client().post(url, data=raw, headers=every)


def is_problem(response: TestResponse, status: int, code: str) -> bool:
    """Return whether this is a problem with this status and code, and only with fields that a sender may see."""
    found = response.get_json(force=True)
    assert response.content_type == "application/problem+json"
    assert found.keys() <= {"type", "title", "status", "code", "detail"}
    assert "Traceback" not in response.text
    return response.status_code == status == found["status"] and bool(found["code"] == code)
