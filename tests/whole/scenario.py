"""The scenario of the leak tests: a whole system does normal work and fails in every way, and its output is kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import requests
import yaml
from kafka import KafkaProducer
from sqlalchemy import select
from standardwebhooks import Webhook

from commands.console import link_of
from commands.demo_world.rule import SHIRT
from commands.demo_world.sandbox_client import consented_tokens
from records.catalog import products
from records.db.secret_box import SecretBox
from records.every_table import metadata
from records.jobs import jobs
from records.log import dead_letters
from records.rules import shops
from schemas.event_signature import HEADER
from schemas.product_event import EventKind, ProductEvent, to_record
from schemas.shop import Shop
from tests.console.every_screen import PATHS
from tests.whole.canaries import Canaries
from tests.whole.console_crawler import ConsoleCrawler
from tests.whole.echo_proxy import EchoProxy
from tests.whole.forked_commands import ForkedCommands
from tests.whole.system import System, eventually

OTHERS = (
    *(
        "/activity/newer/0",
        "/feed/newer/0",
        "/setup",
        "/setup/register",
        "/sign-in",
        "/sign-in/code",
        "/livez",
        "/readyz?verbose",
    ),
    *(
        "/policies/synchronization/explanation?title=Default",
        "/policies/synchronization/replay?title=Default",
    ),
    "/setup/magento/demo/first-webhook",
    *(
        "/activity?format=csv",
        "/activity?format=json",
        "/feed?format=csv",
        "/feed?format=json",
        "/feed?failed=1",
    ),
    *("/products?format=csv", "/products?format=json", "/pending?format=csv", "/dead-letters?format=csv"),
    *("/policies?format=csv", "/listing-templates?format=csv", "/people/audit?format=csv"),
    "/dead-letters/reason/unsigned",
)
"""Partial pages, exports, and addresses that no page links to."""


@dataclass
class Scenario:
    """A running system, and its output: HTTP `answers` and output of `commands`, by what was asked."""

    system: System
    canaries: Canaries
    echo: EchoProxy
    crawler: ConsoleCrawler
    forked: ForkedCommands
    answers: dict[str, str] = field(default_factory=dict)
    commands: dict[str, str] = field(default_factory=dict)

    @property
    def endpoint_url(self) -> str:
        return f"http://127.0.0.1:{self.system.settings.door_port}"

    @property
    def consumer_url(self) -> str:
        return f"http://127.0.0.1:{self.system.settings.consumer_port}"

    def ask(self, name: str, method: str, url: str, **how: Any) -> int:
        """Send a request and keep the whole response. Return its status."""
        answer = requests.request(method, url, timeout=20, **how)
        self.answers[name] = f"{answer.headers} {answer.text}"
        return answer.status_code

    def m2t(self, *arguments: str, **variables: str) -> int:
        """Run a command as a shell would and keep its output. Return its exit code."""
        code, output = self.forked.run(arguments, {**self.system.environment, **variables}, 120)
        self.commands[f"m2t {' '.join(arguments)} #{len(self.commands)}"] = output
        return code

    def save(self, sku: str, price: str, when: str) -> None:
        """Save a product's price and wait until TikTok has it."""
        self.system.store.save(sku, {"price": price})
        eventually(f"TikTok has the price {price}, {when}", lambda: self.amount(sku) == price)

    def amount(self, sku: str) -> str | None:
        found = self.system.listing(sku)
        return found["skus"][0]["price"]["amount"] if found else None

    def shop_file(self, name: str, change: Callable[[dict[str, Any]], None]) -> Path:
        """Write an apply file of the shop, with its secrets in plain text and this change."""
        document = self.system.shop_document("http://127.0.0.1:9")
        document["magento"]["token"] = self.canaries.planted["magento_token"]
        change(document)
        file = self.system.folder / f"{name}.yaml"
        file.write_text(yaml.safe_dump({"shops": [document]}))
        return file


def run_scenario(scenario: Scenario) -> None:
    """Run everything that a shop goes through, failures included; its authorization ends last."""
    system = scenario.system
    declare(scenario)
    system.store.create("CANARY-1", dict(SHIRT))
    eventually("the listing is live", lambda: (system.listing("CANARY-1") or {}).get("status") == "ACTIVATE")
    send_invalid_webhooks(scenario)
    fail_calls(scenario)
    for name, url in (("door", scenario.endpoint_url), ("consumer", scenario.consumer_url)):
        scenario.ask(f"{name} metrics", "GET", f"{url}/metrics")
        scenario.ask(f"{name} readyz", "GET", f"{url}/readyz?verbose")
        scenario.ask(f"{name} livez", "GET", f"{url}/livez")
    withdraw_consent(scenario)
    run_commands(scenario)
    apply_invalid_files(scenario)
    crawl_console(scenario)
    for name, url in (("door", scenario.endpoint_url), ("consumer", scenario.consumer_url)):
        scenario.ask(f"{name} metrics at the end", "GET", f"{url}/metrics")
        scenario.ask(f"{name} readyz at the end", "GET", f"{url}/readyz?verbose")


def stored_shop(system: System) -> Shop:
    """Return the shop with its secrets, as the consumer reads it."""
    with system.database.read() as connection:
        return shops.load_all(connection, SecretBox(*system.settings.secret_keys))["demo"]


def plant_refreshed_tokens(scenario: Scenario) -> None:
    """Search also for the tokens that TikTok issued in place of the planted ones."""
    tiktok = stored_shop(scenario.system).tiktok
    assert tiktok.access_token.reveal() != scenario.canaries.planted["access_token"]
    scenario.canaries.planted |= {
        "refreshed access token": tiktok.access_token.reveal(),
        "refreshed refresh token": tiktok.refresh_token.reveal(),
    }


def declare(scenario: Scenario, **tiktok: str) -> None:
    """Run `m2t apply` for the shop, with all its secrets in plain text."""
    current = stored_shop(scenario.system).tiktok
    urls = {"api_url": current.api_url, "auth_url": current.auth_url}
    file = scenario.shop_file("whole", lambda document: document["tiktok"].update(urls | tiktok))
    assert scenario.m2t("apply", str(file), "--replace-tokens") == 0


def consent_again(scenario: Scenario) -> None:
    """Let the seller consent again, and search also for the tokens that this issues."""
    (shop,) = scenario.system.sandbox.shops
    tokens = consented_tokens(scenario.system.sandbox.url, shop.app_key, shop.app_secret, shop.shop_cipher)
    number = len(scenario.canaries.planted)
    scenario.canaries.planted |= {f"consented {name} {number}": token for name, token in tokens.items()}
    declare(scenario, **tokens)


def send_invalid_webhooks(scenario: Scenario) -> None:
    """Send webhooks with a wrong signature, with the secret itself, for an unknown shop, and without JSON."""
    secret = scenario.canaries.planted["webhook_secret"]
    hooks, json_type = f"{scenario.endpoint_url}/webhooks/magento", {"content-type": "application/json"}
    stranger = {"webhook-id": "a", "webhook-timestamp": "1", "webhook-signature": "v1,aaaa"}
    assert scenario.ask("stranger", "POST", f"{hooks}/demo", data="{}", headers=json_type | stranger) == 401
    shown = {"authorization": f"Bearer {secret}", "x-webhook-signature": secret, "webhook-id": secret}
    sent = {"data": "{}", "headers": json_type | shown, "params": {"secret": secret}}
    assert scenario.ask("shown", "POST", f"{hooks}/demo", **sent) == 401
    assert scenario.ask("unknown shop", "POST", f"{hooks}/nobody", **sent) == 404
    body, now = "{not json", datetime.now(UTC)
    signed = {
        "webhook-id": "unreadable-1",
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(secret).sign("unreadable-1", now, body),
    }
    assert scenario.ask("no json", "POST", f"{hooks}/demo", data=body, headers=json_type | signed) in (
        202,
        400,
    )


def fail_calls(scenario: Scenario) -> None:
    """Let TikTok fail, send garbage and expire a token, and let a proxy quote everything that it was sent."""
    system = scenario.system
    for number, kind in enumerate(("fault", "garbage", "token_expired"), start=1):
        fault(scenario, operation="*", kind=kind)
        scenario.save("CANARY-1", f"3{number}.00", f"after {kind}")
    plant_refreshed_tokens(scenario)
    scenario.echo.arm("html", "/prices/update")
    scenario.save("CANARY-1", "41.00", "after an HTML page that quotes the call")
    scenario.echo.arm("json", "/prices/update")
    system.store.save("CANARY-1", {"price": "42.00"})
    eventually(
        "the quoting rejection is recorded",
        lambda: scenario.echo.echoed == 2 and last_outcome(system) == "rejected",
    )
    scenario.save("CANARY-1", "43.00", "after a rejection that quotes the call")
    consent_again(scenario)
    scenario.echo.arm("json", "/token/refresh")
    fault(scenario, operation="*", kind="token_expired")
    system.store.save("CANARY-1", {"price": "44.00"})
    eventually("the quoting refresh is recorded", lambda: scenario.echo.echoed == 3)


def last_outcome(system: System) -> str | None:
    with system.database.read() as connection:
        (product,) = products.by_sku(connection, "demo", "CANARY-1")
        table = metadata.tables["listings"]
        query = select(table.c.last_outcome).where(table.c.product_id == product.id)
        return connection.execute(query).scalar()


def withdraw_consent(scenario: Scenario) -> None:
    """Let the seller withdraw their consent, which stops the shop."""
    system = scenario.system
    consent_again(scenario)
    eventually("TikTok has the price again", lambda: scenario.amount("CANARY-1") == "44.00")
    fault(scenario, operation="*", kind="token_revoked")
    system.store.save("CANARY-1", {"price": "45.00"})

    def has_stopped() -> bool:
        with system.database.read() as connection:
            table = metadata.tables["shops"]
            return connection.execute(select(table.c.stopped)).scalar() is not None

    eventually("the shop has stopped", has_stopped)


def run_commands(scenario: Scenario) -> None:
    """Run what people run; some of the commands fail."""
    for command in (
        *(("export",), ("doctor",), ("doctor", "--json"), ("lag",), ("pending",), ("pending", "--json")),
        *(("explain", "CANARY-1"), ("explain", "CANARY-1", "--json"), ("explain", "NOBODY-1")),
        *(("activity",), ("activity", "--json"), ("feeds",), ("feeds", "--json")),
        *(("policy", "list"), ("template", "list"), ("topics", "check"), ("db", "upgrade")),
        *(("trigger", "--sku", "CANARY-1"), ("trigger", "--wrong-signature"), ("trigger", "--print")),
        ("tail", "events", "--from", "start", "--count", "1", "--full"),
        ("sync", "CANARY-1"),
    ):
        scenario.m2t(*command)
    password = scenario.canaries.planted["kafka_sasl_password"]
    sasl = {
        "M2T_KAFKA_SECURITY_PROTOCOL": "SASL_PLAINTEXT",
        "M2T_KAFKA_SASL_MECHANISM": "PLAIN",
        "M2T_KAFKA_SASL_USERNAME": "m2t",
        "M2T_KAFKA_SASL_PASSWORD": password,
    }
    assert scenario.m2t("doctor", **sasl) == 1
    assert scenario.m2t("doctor", M2T_SECRET_KEY=scenario.canaries.planted["app_secret"]) == 1
    instead = {"M2T_SECRET_KEY": "", "M2T_SECRET_KEY_FILE": scenario.canaries.planted["M2T_SECRET_KEY"]}
    assert scenario.m2t("doctor", **instead) == 1
    assert scenario.m2t("export", **instead) == 3


def apply_invalid_files(scenario: Scenario) -> None:
    """Apply files with an error beside a secret, or in it."""
    planted = scenario.canaries.planted
    tiktok, magento = planted["app_secret"], planted["magento_token"]
    plain = planted["plain_secret"]
    changes: Mapping[str, Callable[[dict[str, Any]], Any]] = {
        "region": lambda shop: shop["tiktok"].update(region="XX"),
        "list": lambda shop: shop["tiktok"].update(app_secret=[tiktok]),
        "mapping": lambda shop: shop["magento"].update(token={"value": magento}),
        "no list": lambda shop: shop["magento"].update(secrets=planted["webhook_secret"]),
        "misspelt": lambda shop: shop["tiktok"].update(app_secert=tiktok),
        "misspelt list": lambda shop: shop["magento"].update(secrts=[magento]),
        "misplaced": lambda shop: shop.update(password=magento),
        "no file": lambda shop: shop["tiktok"].update(app_secret=f"file:{tiktok}"),
        "title": lambda shop: shop.update(title=""),
    }
    for name, change in changes.items():
        assert scenario.m2t("apply", str(scenario.shop_file(name, change))) == 1, name
    texts = {
        "no space": f"shops:\n- tiktok: {{app_secret:{tiktok}, region: US}}\n",
        "alias": f"shops:\n- tiktok:\n    app_secret: *{plain}\n",
        "tag": f"shops:\n- tiktok:\n    app_secret: !{plain}\n",
        "plain key": f"shops:\n- {plain}: 1\n",
        "key": f"shops:\n- {tiktok}: 1\n- {{'{tiktok}': 1, '{tiktok}': 2}}\n",
        "quote": f'shops:\n- tiktok:\n    app_secret: "{tiktok}\n    region: US\n',
    }
    for name, text in texts.items():
        file = scenario.system.folder / f"{name}.yaml"
        file.write_text(text)
        assert scenario.m2t("apply", str(file)) == 1, name


def crawl_console(scenario: Scenario) -> None:
    """Visit every page of the console and submit every form, with a foreign record among the dead letters."""
    system, crawler = scenario.system, scenario.crawler
    producer = KafkaProducer(bootstrap_servers=list(system.settings.kafka_bootstrap_servers))
    event = ProductEvent("evt-strange", "demo", EventKind.SAVED, datetime.now(UTC), sku="STRANGE")
    key, value, headers = to_record(event, system.settings.signatures())
    bare = [(name, raw) for name, raw in headers if name != HEADER]
    producer.send(system.settings.events_topic, value, key, bare).get(timeout=10)
    producer.close()
    eventually("the foreign record is a dead letter", lambda: letters_of(system) == 1)
    for name in ("console_password", "consent_code"):
        scenario.canaries.plant(name)
    crawler.open_link(link_of(system.database, system.settings, "Ada", create=True))
    screens = [path for paths in PATHS.values() for path in paths]
    crawler.get(f"/setup/tiktok/callback?{urlencode({'code': scenario.canaries.planted['consent_code']})}")
    crawler.submit_every_form([*screens, *OTHERS])
    eventually("a reviewed document was counted", lambda: counted_by(system) is not None)
    crawler.get(f"/policies/counted/{counted_by(system)}")
    crawler.sign_in("Ada")
    crawler.use_second_factor("Ada")
    crawler.visit([*screens, *OTHERS])


def counted_by(system: System) -> int | None:
    """Return the id of the newest job that has counted what would be due."""
    with system.database.read() as connection:
        done = [job for job in jobs.latest(connection, "count_due", 9) if "due" in (job.result or {})]
    return done[0].id if done else None


def letters_of(system: System) -> int:
    with system.database.read() as connection:
        return len(dead_letters.page(connection, limit=9, reason="unsigned"))


def fault(scenario: Scenario, **request: Any) -> None:
    answer = requests.post(f"{scenario.system.sandbox.url}/_sandbox/faults", json=request, timeout=10)
    answer.raise_for_status()
