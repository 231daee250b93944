"""Driven: a system taken through all that a shop goes through, well and unwell, and what it said on the way."""

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
from tests.whole.at_the_window import Window
from tests.whole.canaries import Canaries
from tests.whole.echoing import Echo
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
"""Parts of screens, exports, and addresses that no link of a screen leads to."""


@dataclass
class Driven:
    """A system that was driven through everything, and what it said on the way."""

    system: System
    canaries: Canaries
    echo: Echo
    window: Window
    forked: ForkedCommands
    answers: dict[str, str] = field(default_factory=dict)
    commands: dict[str, str] = field(default_factory=dict)

    @property
    def door(self) -> str:
        return f"http://127.0.0.1:{self.system.settings.door_port}"

    @property
    def consumer(self) -> str:
        return f"http://127.0.0.1:{self.system.settings.consumer_port}"

    def ask(self, name: str, method: str, url: str, **how: Any) -> int:
        """One request; the whole answer is kept."""
        answer = requests.request(method, url, timeout=20, **how)
        self.answers[name] = f"{answer.headers} {answer.text}"
        return answer.status_code

    def m2t(self, *arguments: str, **variables: str) -> int:
        """One command, as a shell runs it; all that it prints is kept."""
        code, output = self.forked.run(arguments, {**self.system.environment, **variables}, 120)
        self.commands[f"m2t {' '.join(arguments)} #{len(self.commands)}"] = output
        return code

    def save(self, sku: str, price: str, also: str) -> None:
        """Save a product's price; TikTok has it in the end."""
        self.system.store.save(sku, {"price": price})
        eventually(f"TikTok has the price {price}, {also}", lambda: self.amount(sku) == price)

    def amount(self, sku: str) -> str | None:
        found = self.system.listing(sku)
        return found["skus"][0]["price"]["amount"] if found else None

    def shop_file(self, name: str, change: Callable[[dict[str, Any]], None]) -> Path:
        """The shop as a file that holds its secrets in the clear, changed."""
        document = self.system.shop_document("http://127.0.0.1:9")
        document["magento"]["token"] = self.canaries.planted["magento_token"]
        change(document)
        file = self.system.folder / f"{name}.yaml"
        file.write_text(yaml.safe_dump({"shops": [document]}))
        return file


def drive(driven: Driven) -> None:
    """Everything that a shop goes through, well and unwell; the end of its authorization comes last."""
    system = driven.system
    declare(driven)
    system.store.create("CANARY-1", dict(SHIRT))
    eventually("the listing is live", lambda: (system.listing("CANARY-1") or {}).get("status") == "ACTIVATE")
    knock(driven)
    unwell(driven)
    for name, url in (("door", driven.door), ("consumer", driven.consumer)):
        driven.ask(f"{name} metrics", "GET", f"{url}/metrics")
        driven.ask(f"{name} readyz", "GET", f"{url}/readyz?verbose")
        driven.ask(f"{name} livez", "GET", f"{url}/livez")
    withdrawn(driven)
    ask_by_hand(driven)
    misdeclare(driven)
    look_through(driven)
    for name, url in (("door", driven.door), ("consumer", driven.consumer)):
        driven.ask(f"{name} metrics at the end", "GET", f"{url}/metrics")
        driven.ask(f"{name} readyz at the end", "GET", f"{url}/readyz?verbose")


def held_shop(system: System) -> Shop:
    """The shop with its secrets, as the consumer has it."""
    with system.database.read() as connection:
        return shops.load_all(connection, SecretBox(*system.settings.secret_keys))["demo"]


def plant_renewed(driven: Driven) -> None:
    """The tokens that TikTok gave in the place of the planted ones are to be looked for too."""
    tiktok = held_shop(driven.system).tiktok
    assert tiktok.access_token.reveal() != driven.canaries.planted["access_token"]
    driven.canaries.planted |= {
        "renewed access token": tiktok.access_token.reveal(),
        "renewed refresh token": tiktok.refresh_token.reveal(),
    }


def declare(driven: Driven, **tiktok: str) -> None:
    """`m2t apply` of the shop with all its secrets in the clear."""
    called = held_shop(driven.system).tiktok
    urls = {"api_url": called.api_url, "auth_url": called.auth_url}
    file = driven.shop_file("whole", lambda document: document["tiktok"].update(urls | tiktok))
    assert driven.m2t("apply", str(file), "--replace-tokens") == 0


def consent_anew(driven: Driven) -> None:
    """The seller consents once more; the tokens that this gives are to be looked for too."""
    (shop,) = driven.system.sandbox.shops
    given = consented_tokens(driven.system.sandbox.url, shop.app_key, shop.app_secret, shop.shop_cipher)
    number = len(driven.canaries.planted)
    driven.canaries.planted |= {f"consented {name} {number}": token for name, token in given.items()}
    declare(driven, **given)


def knock(driven: Driven) -> None:
    """At the door: a stranger, somebody who shows the secret instead of using it, an unknown shop, no JSON."""
    secret = driven.canaries.planted["webhook_secret"]
    hooks, json_type = f"{driven.door}/webhooks/magento", {"content-type": "application/json"}
    stranger = {"webhook-id": "a", "webhook-timestamp": "1", "webhook-signature": "v1,aaaa"}
    assert driven.ask("stranger", "POST", f"{hooks}/demo", data="{}", headers=json_type | stranger) == 401
    shown = {"authorization": f"Bearer {secret}", "x-webhook-signature": secret, "webhook-id": secret}
    sent = {"data": "{}", "headers": json_type | shown, "params": {"secret": secret}}
    assert driven.ask("shown", "POST", f"{hooks}/demo", **sent) == 401
    assert driven.ask("unknown shop", "POST", f"{hooks}/nobody", **sent) == 404
    body, now = "{not json", datetime.now(UTC)
    signed = {
        "webhook-id": "unreadable-1",
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(secret).sign("unreadable-1", now, body),
    }
    assert driven.ask("no json", "POST", f"{hooks}/demo", data=body, headers=json_type | signed) in (202, 400)


def unwell(driven: Driven) -> None:
    """TikTok is down, garbles, ends a token; and what stands before it quotes all that it was sent."""
    system = driven.system
    for number, kind in enumerate(("fault", "garbage", "token_expired"), start=1):
        fault(driven, operation="*", kind=kind)
        driven.save("CANARY-1", f"3{number}.00", f"after {kind}")
    plant_renewed(driven)
    driven.echo.arm("html", "/prices/update")
    driven.save("CANARY-1", "41.00", "after a page that quotes the call")
    driven.echo.arm("json", "/prices/update")
    system.store.save("CANARY-1", {"price": "42.00"})
    eventually(
        "the quoting no is noted", lambda: driven.echo.echoed == 2 and last_outcome(system) == "rejected"
    )
    driven.save("CANARY-1", "43.00", "after a no that quotes the call")
    consent_anew(driven)
    driven.echo.arm("json", "/token/refresh")
    fault(driven, operation="*", kind="token_expired")
    system.store.save("CANARY-1", {"price": "44.00"})
    eventually("the quoting refresh is noted", lambda: driven.echo.echoed == 3)


def last_outcome(system: System) -> str | None:
    with system.database.read() as connection:
        (product,) = products.by_sku(connection, "demo", "CANARY-1")
        table = metadata.tables["listings"]
        query = select(table.c.last_outcome).where(table.c.product_id == product.id)
        return connection.execute(query).scalar()


def withdrawn(driven: Driven) -> None:
    """The seller withdraws their consent: the shop stops."""
    system = driven.system
    consent_anew(driven)
    eventually("TikTok has the price again", lambda: driven.amount("CANARY-1") == "44.00")
    fault(driven, operation="*", kind="token_revoked")
    system.store.save("CANARY-1", {"price": "45.00"})

    def has_stopped() -> bool:
        with system.database.read() as connection:
            table = metadata.tables["shops"]
            return connection.execute(select(table.c.stopped)).scalar() is not None

    eventually("the shop has stopped", has_stopped)


def ask_by_hand(driven: Driven) -> None:
    """What people ask; each command answers, well or not."""
    for command in (
        *(("export",), ("doctor",), ("doctor", "--json"), ("lag",), ("pending",), ("pending", "--json")),
        *(("explain", "CANARY-1"), ("explain", "CANARY-1", "--json"), ("explain", "NOBODY-1")),
        *(("activity",), ("activity", "--json"), ("feeds",), ("feeds", "--json")),
        *(("policy", "list"), ("template", "list"), ("topics", "check"), ("db", "upgrade")),
        *(("trigger", "--sku", "CANARY-1"), ("trigger", "--wrong-signature"), ("trigger", "--print")),
        ("tail", "events", "--from", "start", "--count", "1", "--full"),
        ("sync", "CANARY-1"),
    ):
        driven.m2t(*command)
    password = driven.canaries.planted["kafka_sasl_password"]
    sasl = {
        "M2T_KAFKA_SECURITY_PROTOCOL": "SASL_PLAINTEXT",
        "M2T_KAFKA_SASL_MECHANISM": "PLAIN",
        "M2T_KAFKA_SASL_USERNAME": "m2t",
        "M2T_KAFKA_SASL_PASSWORD": password,
    }
    assert driven.m2t("doctor", **sasl) == 1
    assert driven.m2t("doctor", M2T_SECRET_KEY=driven.canaries.planted["app_secret"]) == 1
    instead = {"M2T_SECRET_KEY": "", "M2T_SECRET_KEY_FILE": driven.canaries.planted["M2T_SECRET_KEY"]}
    assert driven.m2t("doctor", **instead) == 1
    assert driven.m2t("export", **instead) == 3


def misdeclare(driven: Driven) -> None:
    """Files whose fault lies beside a secret, or in it."""
    planted = driven.canaries.planted
    tiktok, magento = planted["app_secret"], planted["magento_token"]
    plain = planted["plain_secret"]
    changes: Mapping[str, Callable[[dict[str, Any]], Any]] = {
        "region": lambda one: one["tiktok"].update(region="XX"),
        "list": lambda one: one["tiktok"].update(app_secret=[tiktok]),
        "mapping": lambda one: one["magento"].update(token={"value": magento}),
        "no list": lambda one: one["magento"].update(secrets=planted["webhook_secret"]),
        "misspelt": lambda one: one["tiktok"].update(app_secert=tiktok),
        "misspelt list": lambda one: one["magento"].update(secrts=[magento]),
        "misplaced": lambda one: one.update(password=magento),
        "no file": lambda one: one["tiktok"].update(app_secret=f"file:{tiktok}"),
        "title": lambda one: one.update(title=""),
    }
    for name, change in changes.items():
        assert driven.m2t("apply", str(driven.shop_file(name, change))) == 1, name
    texts = {
        "no space": f"shops:\n- tiktok: {{app_secret:{tiktok}, region: US}}\n",
        "alias": f"shops:\n- tiktok:\n    app_secret: *{plain}\n",
        "tag": f"shops:\n- tiktok:\n    app_secret: !{plain}\n",
        "plain key": f"shops:\n- {plain}: 1\n",
        "key": f"shops:\n- {tiktok}: 1\n- {{'{tiktok}': 1, '{tiktok}': 2}}\n",
        "quote": f'shops:\n- tiktok:\n    app_secret: "{tiktok}\n    region: US\n',
    }
    for name, text in texts.items():
        file = driven.system.folder / f"{name}.yaml"
        file.write_text(text)
        assert driven.m2t("apply", str(file)) == 1, name


def look_through(driven: Driven) -> None:
    """Every page of the console and every form, before and after; with a dead letter that a stranger wrote."""
    system, window = driven.system, driven.window
    producer = KafkaProducer(bootstrap_servers=list(system.settings.kafka_bootstrap_servers))
    event = ProductEvent("evt-strange", "demo", EventKind.SAVED, datetime.now(UTC), sku="STRANGE")
    key, value, headers = to_record(event, system.settings.signatures())
    bare = [(name, raw) for name, raw in headers if name != HEADER]
    producer.send(system.settings.events_topic, value, key, bare).get(timeout=10)
    producer.close()
    eventually("the stranger's record is a dead letter", lambda: letters_of(system) == 1)
    for name in ("console_password", "consent_code"):
        driven.canaries.plant(name)
    window.come_in(link_of(system.database, system.settings, "Ada", create=True))
    screens = [path for paths in PATHS.values() for path in paths]
    window.get(f"/setup/tiktok/callback?{urlencode({'code': driven.canaries.planted['consent_code']})}")
    window.send_all([*screens, *OTHERS])
    eventually("a reviewed document was counted", lambda: counted_by(system) is not None)
    window.get(f"/policies/counted/{counted_by(system)}")
    window.sign_in("Ada")
    window.take_a_second_factor("Ada")
    window.look_at([*screens, *OTHERS])


def counted_by(system: System) -> int | None:
    """The newest job that has counted what would be due."""
    with system.database.read() as connection:
        done = [one for one in jobs.latest(connection, "count_due", 9) if "due" in (one.result or {})]
    return done[0].id if done else None


def letters_of(system: System) -> int:
    with system.database.read() as connection:
        return len(dead_letters.page(connection, limit=9, reason="unsigned"))


def fault(driven: Driven, **wish: Any) -> None:
    answer = requests.post(f"{driven.system.sandbox.url}/_sandbox/faults", json=wish, timeout=10)
    answer.raise_for_status()
