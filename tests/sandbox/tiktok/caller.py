"""A client of the sandbox with its own signing, written from TikTok's documentation alone."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import requests

APP_KEY = "sandboxapp"
APP_SECRET = "sandbox-app-secret-0123456789"
TOKEN = "TTP_sandbox_access"
CIPHER = "GCP_sandbox_demo"
WAREHOUSE = "7068517275539719942"

SEARCH = "/product/202502/products/search"
PRODUCTS = "/product/202309/products"
SHOPS = "/authorization/202309/shops"

SHIRT: dict[str, Any] = {
    "save_mode": "LISTING",
    "title": "Men's Sports Shirt",
    "description": "<p>Breathable cotton.</p>",
    "category_id": "600001",
    "category_version": "v1",
    "main_images": [{"uri": "tos-sandbox/main-1"}],
    "package_weight": {"value": "0.3", "unit": "KILOGRAM"},
    "product_attributes": [{"id": "100392", "values": [{"name": "Red"}]}],
    "skus": [
        {
            "seller_sku": "SHIRT-1",
            "price": {"amount": "10.00", "currency": "USD"},
            "inventory": [{"warehouse_id": WAREHOUSE, "quantity": 5}],
        }
    ],
}


def shirt(**changes: Any) -> dict[str, Any]:
    """Return a valid product with these top-level fields changed; None removes a field."""
    body = {**deepcopy(SHIRT), **changes}
    return {name: value for name, value in body.items() if value is not None}


def sku(name: str = "SHIRT-1", amount: str = "10.00", quantity: int = 5, **more: Any) -> dict[str, Any]:
    """Return a SKU with a price, and stock in one warehouse."""
    return {
        "seller_sku": name,
        "price": {"amount": amount, "currency": "USD"},
        "inventory": [{"warehouse_id": WAREHOUSE, "quantity": quantity}],
        **more,
    }


def axis(name: str, value: str, **more: Any) -> dict[str, Any]:
    """Return a custom sales attribute."""
    return {"name": name, "value_name": value, **more}


def sign(path: str, query: Mapping[str, str], body: str = "", secret: str = APP_SECRET) -> str:
    """Sign secret + path + sorted keys and values + body + secret: HMAC-SHA256 under the secret, lower-case hex."""
    joined = "".join(f"{key}{query[key]}" for key in sorted(query) if key not in ("sign", "access_token"))
    wrapped = f"{secret}{path}{joined}{body}{secret}"
    return hmac.new(secret.encode(), wrapped.encode(), hashlib.sha256).hexdigest()


class Clock:
    """Unix seconds that only `pass_by` moves."""

    def __init__(self) -> None:
        self.seconds = 1_795_000_000.0

    def __call__(self) -> float:
        return self.seconds

    def pass_by(self, seconds: float) -> None:
        self.seconds += seconds


@dataclass(frozen=True)
class Reply:
    """A response of TikTok: the HTTP status and the envelope."""

    http: int
    code: int
    message: str
    data: dict[str, Any]
    request_id: str
    headers: Mapping[str, str]

    @property
    def http_and_code(self) -> tuple[int, int]:
        return self.http, self.code


@dataclass(frozen=True)
class Caller:
    """An app that calls for one shop."""

    url: str
    clock: Clock
    secret: str = APP_SECRET
    token: str = TOKEN
    cipher: str | None = CIPHER

    def call(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        query: Mapping[str, str] | None = None,
        *,
        without: tuple[str, ...] = (),
        changed: Mapping[str, str] | None = None,
    ) -> Reply:
        """Make a signed call; `changed` parameters are set before signing, `sign` after it."""
        text = "" if body is None else json.dumps(body)
        parameters = {"app_key": APP_KEY, "timestamp": str(int(self.clock())), **(query or {})}
        if self.cipher is not None:
            parameters["shop_cipher"] = self.cipher
        parameters = {
            name: value for name, value in {**parameters, **(changed or {})}.items() if name not in without
        }
        parameters.setdefault("sign", sign(path, parameters, text, self.secret))
        if "sign" in without:
            del parameters["sign"]
        return self.send(method, path, parameters, text)

    def send(self, method: str, path: str, query: Mapping[str, str], text: str) -> Reply:
        """Send a request without signing it."""
        encoded = "&".join(f"{name}={quote(value, safe='')}" for name, value in query.items())
        headers = {"x-tts-access-token": self.token, "content-type": "application/json"}
        response = requests.request(
            method, f"{self.url}{path}?{encoded}", data=text.encode(), headers=headers, timeout=20
        )
        parameters = response.json()
        return Reply(
            response.status_code,
            parameters["code"],
            parameters["message"],
            parameters["data"] or {},
            parameters["request_id"],
            response.headers,
        )

    def create(self, **changes: Any) -> Reply:
        return self.call("POST", PRODUCTS, shirt(**changes))

    def created(self, **changes: Any) -> str:
        """Return the id of a new product that is being audited."""
        return str(self.create(**changes).data["product_id"])

    def live(self, **changes: Any) -> str:
        """Return the id of a new product that has passed its audit."""
        product_id = self.created(**changes)
        self.clock.pass_by(60)
        return product_id

    def get(self, product_id: str, **query: str) -> Reply:
        return self.call("GET", f"{PRODUCTS}/{product_id}", query=query)

    def status(self, product_id: str) -> tuple[str, str]:
        parameters = self.get(product_id).data
        return parameters["status"], parameters["audit"]["status"]

    def sku_ids(self, product_id: str) -> list[str]:
        return [entry["id"] for entry in self.get(product_id).data["skus"]]

    def partial_edit(self, product_id: str, **body: Any) -> Reply:
        return self.call("POST", f"/product/202509/products/{product_id}/partial_edit", body)

    def edit(self, product_id: str, body: Mapping[str, Any]) -> Reply:
        return self.call("PUT", f"/product/202509/products/{product_id}", body)

    def price(self, product_id: str, amount: str, **changed: Any) -> Reply:
        skus = [
            {"id": sku_id, "price": {"amount": amount, "currency": "USD"}, **changed}
            for sku_id in self.sku_ids(product_id)
        ]
        return self.call("POST", f"{PRODUCTS}/{product_id}/prices/update", {"skus": skus})

    def stock(self, product_id: str, quantities: Mapping[str, int], sku_id: str | None = None) -> Reply:
        entries = [
            {"warehouse_id": warehouse, "quantity": quantity} for warehouse, quantity in quantities.items()
        ]
        skus = [{"id": sku_id or self.sku_ids(product_id)[0], "inventory": entries}]
        return self.call("POST", f"{PRODUCTS}/{product_id}/inventory/update", {"skus": skus})

    def move(self, operation: str, *product_ids: str) -> Reply:
        method, path = ("DELETE", "") if operation == "delete" else ("POST", f"/{operation}")
        return self.call(method, f"{PRODUCTS}{path}", {"product_ids": list(product_ids)})

    def search(self, body: Mapping[str, Any] | None = None, **query: str) -> Reply:
        return self.call("POST", SEARCH, body or {}, {"page_size": "100", **query})

    def admin(self, method: str, path: str, body: Any = None) -> Any:
        """Call ``/_sandbox`` and return the JSON of the response, whose status must be 200."""
        response = requests.request(method, f"{self.url}/_sandbox/{path}", json=body, timeout=20)
        assert response.status_code == 200, response.text
        return response.json()

    def effects(self, **query: Any) -> list[dict[str, Any]]:
        parameters = "&".join(f"{name}={value}" for name, value in {"writes": 1, **query}.items())
        return list(self.admin("GET", f"effects?{parameters}")["effects"])
