"""The whole system on one machine, each part in its own process, with sandboxes of TikTok Shop and Magento."""

from __future__ import annotations

import base64
import os
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests

from commands.demo_world.demo_shops import shop_document, template_document
from commands.demo_world.processes import Child
from commands.demo_world.rule import EVERYTHING
from config.settings import Settings
from operations.rules.apply import apply
from records.db.database import Database
from records.db.secret_box import SecretBox
from sandbox.kafka import Broker
from sandbox.magento import Store
from sandbox.tiktok import Sandbox, Shop
from schemas.apply_file import load_declaration
from tests.ports import free_port
from topics import admin as topics

SECRET = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
SANDBOX_SHOP = Shop()


@dataclass
class System:
    """The parts of the system."""

    folder: Path
    environment: Mapping[str, str]
    settings: Settings
    database: Database
    sandbox: Sandbox
    store: Store
    secret: str = SECRET
    children: list[Child] = field(default_factory=list)

    def start(self, name: str, called: str = "") -> Child:
        """Start `consumer` or `webhooks` and wait until it is ready; with a name `called`, start a further consumer."""
        environment = dict(self.environment)
        port = self.settings.consumer_port if name == "consumer" else self.settings.door_port
        if called:
            port = free_port()
            environment["M2T_CONSUMER_PORT"] = str(port)
        child = Child(name, [name], environment, self.log(called or name))
        child.start()
        self.children.append(child)
        child.wait_until_ready(f"http://127.0.0.1:{port}")
        return child

    def log(self, called: str) -> Path:
        """Return the log file of a process."""
        return self.folder / f"{called}.log"

    def apply(self, **switches: Any) -> None:
        """Change switches of the shop's policy."""
        self.declare({"synchronization_policies": [{"title": "Default", **EVERYTHING, **switches}]})

    def declare(self, document: Mapping[str, Any], now: datetime | None = None) -> None:
        """Apply a document as `m2t apply` does, at another time than the present if `now` is given."""
        with self.database.write() as connection:
            apply(
                connection,
                lambda titles, _: load_declaration(document, titles),
                SecretBox(*self.settings.secret_keys),
                now=now or datetime.now(UTC),
                author="test",
                replace_tokens=True,
            )

    def begin(self, tiktok_url: str) -> None:
        """Create topics, tables, and a shop whose policy has everything on."""
        with topics.reaching(self.settings.kafka()) as admin:
            topics.ensure(admin, self.settings.topics, partitions=4)
        self.database.upgrade()
        self.declare(
            {
                "synchronization_policies": [{"title": "Default", **EVERYTHING}],
                "listing_templates": [template_document("Shirts", "9")],
                "shops": [self.shop_document(tiktok_url)],
            }
        )

    def shop_document(self, tiktok_url: str) -> dict[str, Any]:
        """Return the shop as in an apply file, with the keys and tokens of the sandbox's shop."""
        document: dict[str, Any] = {**shop_document("demo", "Demo", "Default", tiktok_url, self.secret)}
        (shop,) = self.sandbox.shops
        rows = ("app_secret", "access_token", "refresh_token")
        document["tiktok"] |= {name: getattr(shop, name) for name in rows}
        return document

    def tiktok(self, path: str, **query: str) -> Any:
        """Return the response of a `/_sandbox` route of the TikTok sandbox."""
        answer = requests.get(f"{self.sandbox.url}/_sandbox/{path}", params=query, timeout=10)
        answer.raise_for_status()
        return answer.json()

    def listing(self, sku: str) -> Mapping[str, Any] | None:
        """Return the listing with this SKU, None if there is none. Two fail the test."""
        found = self.tiktok("products", seller_sku=sku)["products"]
        assert len(found) <= 1, f"{sku} is listed {len(found)} times"
        return found[0] if found else None


@contextmanager
def running(
    broker: Broker,
    folder: Path,
    prefix: str,
    proxy: Callable[[Sandbox, Store], Any] | None = None,
    *,
    audit_seconds: float = 0.2,
    products: int = 0,
    shop: Shop = SANDBOX_SHOP,
    secret: str = SECRET,
    variables: Mapping[str, str] | None = None,
) -> Iterator[System]:
    """Yield a system whose processes are not started. `proxy` yields the URL of a proxy to the TikTok sandbox."""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("M2T_")},
        "M2T_SECRET_KEY": secrets.token_urlsafe(48),
        "M2T_DATABASE_URL": f"sqlite:///{folder / 'm2t.db'}",
        "M2T_KAFKA_BOOTSTRAP_SERVERS": broker.bootstrap_servers,
        "M2T_TOPIC_PREFIX": prefix,
        "M2T_CONSUMER_GROUP": f"{prefix}consumer",
        "M2T_DOOR_PORT": str(free_port()),
        "M2T_DOOR_PROCESSES": "1",
        "M2T_CONSUMER_PORT": str(free_port()),
        "M2T_CALLS_PER_SECOND": "0",
        "M2T_AUDIT_LOOK": "0.2",
        **(variables or {}),
    }
    settings = Settings.from_environ(environment, dotenv=None)
    target = f"http://127.0.0.1:{settings.door_port}/webhooks/magento/demo"
    with (
        Sandbox(audit_seconds=audit_seconds, shops=[shop]) as sandbox,
        Store(folder / "magento", webhook_url=target, secret=secret, products=products) as store,
    ):
        system = System(
            folder, environment, settings, Database(settings.database_url), sandbox, store, secret
        )
        try:
            if proxy is None:
                system.begin(sandbox.url)
                yield system
            else:
                with proxy(sandbox, store) as url:
                    system.begin(url)
                    yield system
        finally:
            for child in reversed(system.children):
                child.stop()
            system.database.close()


def eventually(what: str, holds: Callable[[], bool], seconds: float = 60.0) -> None:
    """Wait until the condition is true. Fail, naming it, if it is not in time."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            pytest.fail(f"still not true after {seconds:.0f} s: {what}")
        time.sleep(0.05)
