"""`m2t doctor`: a line for each check, with the next step for each fault."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from datetime import timedelta
from typing import Any

import pytest

from config.settings import Settings
from operations.health.checks import FAULT, NOTE, OK, one_line
from policies.events.store_clock import AheadClock
from records.log import store_clocks
from records.rules import shops
from sandbox.kafka import Broker
from tests.commands import cluster
from tests.commands.conftest import Desk
from tests.commands.examples import SECRETS, declaration, policy, saved, shop, template
from tests.commands.store_front import Received, answering
from tests.policies.examples import NOON
from topics import admin as topics
from topics import clients

CIPHER = "GCP_9fX"


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Notice a missing Kafka after 300 ms."""
    monkeypatch.setattr(clients, "REACH_MS", 300)


def found(desk: Desk, **environ: str) -> dict[str, dict[str, str]]:
    """Return the findings by name; the first finding of a repeated name."""
    result = desk.m2t("doctor", "--json", **environ)
    document = json.loads(result.stdout)
    states = {check["state"] for check in document["checks"]}
    assert document["ok"] is (FAULT not in states)
    assert result.exit_code == (1 if FAULT in states else 0)
    return {check["name"]: check for check in reversed(document["checks"])}


def answered(document: Mapping[str, Any]) -> Callable[[Received], tuple[int, bytes]]:
    return lambda _: (200, json.dumps({"request_id": "r1", **document}).encode())


def shops_of_the_token(*ciphers: str, seller_type: str = "LOCAL") -> Callable[[Received], tuple[int, bytes]]:
    """Return the answer of TikTok's Get Authorized Shops."""
    opened = [
        {"id": str(number), "cipher": cipher, "seller_type": seller_type}
        for number, cipher in enumerate(ciphers)
    ]
    return answered({"code": 0, "message": "Success", "data": {"shops": opened}})


def observing(*attributes: str) -> dict[str, Any]:
    return policy(only_specific_attributes=True, observed_attributes=list(attributes))


def ready(request: Received) -> tuple[int, bytes]:
    assert request.path == "/readyz?verbose"
    return 200, b"[+]kafka ok\nready\n"


@pytest.mark.parametrize(
    ("name", "next_step"),
    [
        ("database", "m2t db upgrade"),
        ("kafka", "m2t sandbox kafka"),
        ("webhook endpoint", "start it: m2t webhooks"),
        ("consumer", "start it: m2t consumer"),
    ],
)
def test_each_fault_names_its_next_step_while_nothing_runs(desk: Desk, name: str, next_step: str) -> None:
    finding = found(desk)[name]
    assert finding["state"] == FAULT
    assert next_step in finding["next_step"]


def test_doctor_creates_no_database(desk: Desk) -> None:
    found(desk)
    assert list(desk.folder.iterdir()) == []


def test_invalid_settings_are_the_only_finding(desk: Desk) -> None:
    findings = found(desk, M2T_DOOR_PORT="many", M2T_SECRET_KEY="short")
    assert list(findings) == ["settings"]
    assert "M2T_DOOR_PORT" in findings["settings"]["words"]
    assert "M2T_SECRET_KEY" in findings["settings"]["words"]


def test_an_outdated_database_is_a_fault(desk: Desk) -> None:
    with desk.database.engine.connect():
        pass
    assert found(desk)["database"]["next_step"] == "m2t db upgrade"


def test_a_wrong_secret_key_is_a_fault(shop_desk: Desk) -> None:
    other = found(shop_desk, M2T_SECRET_KEY="an-Other-Key-0f-Th1rty-Two-Characters")
    assert other["database"]["state"] == OK
    assert other["secret key"]["state"] == FAULT
    assert "M2T_SECRET_KEY" in other["secret key"]["next_step"]


# TikTok


@pytest.mark.parametrize(
    ("answer", "state", "says"),
    [
        (shops_of_the_token("GCP_other", CIPHER), OK, "the token is for this shop"),
        (shops_of_the_token("GCP_other"), FAULT, "not for this shop_cipher"),
        (shops_of_the_token(CIPHER, seller_type="CROSS_BORDER"), FAULT, "can't be synced yet"),
        (answered({"code": 105002, "message": "Expired credentials"}), FAULT, "Expired credentials"),
        (lambda _: (500, b"oops"), FAULT, "http://127.0.0.1"),
    ],
)
def test_each_shop_is_checked_on_tiktok(
    shop_desk: Desk, answer: Callable[[Received], tuple[int, bytes]], state: str, says: str
) -> None:
    with answering(answer) as tiktok:
        shop_desk.apply(declaration(shops=[shop(tiktok={"api_url": tiktok.url})]))
        finding = found(shop_desk)["tiktok demo"]
    assert finding["state"] == state
    assert says in finding["words"]
    assert bool(finding["next_step"]) is (state == FAULT)


def test_a_shop_that_the_consumer_stopped_says_why_and_what_to_do(shop_desk: Desk) -> None:
    with shop_desk.database.write() as connection:
        shops.stop(connection, "demo", "the refresh token has expired", now=NOON)
    finding = found(shop_desk)["tiktok demo"]
    assert finding["words"].endswith("the refresh token has expired")
    assert "--replace-tokens" in finding["next_step"]


def test_an_unreachable_tiktok_is_shown_with_its_address(shop_desk: Desk) -> None:
    finding = found(shop_desk)["tiktok demo"]
    assert finding["state"] == FAULT
    assert finding["words"].startswith("http://127.0.0.1:9: ")


# The door and the consumer


def test_a_server_that_is_not_ready_says_what_it_waits_for(shop_desk: Desk) -> None:
    with answering(lambda _: (503, b"[-]kafka no broker answers\n[+]database ok\nnot ready\n")) as door:
        finding = found(shop_desk, M2T_DOOR_PORT=str(door.port))["webhook endpoint"]
    assert finding["state"] == FAULT
    assert "kafka no broker answers" in finding["words"]
    assert "database" not in finding["words"]


def test_a_consumer_without_a_port_is_not_checked(shop_desk: Desk) -> None:
    assert found(shop_desk, M2T_CONSUMER_PORT="0")["consumer"]["state"] == OK


# What is allowed, and may not be meant


@pytest.mark.parametrize(
    ("parts", "name", "says"),
    [
        (
            {"synchronization_policies": [observing("price")]},
            "policy 'Default'",
            "Quantity is not observed: stock changes alone will not reach TikTok",
        ),
        (
            {"synchronization_policies": [observing("quantity")]},
            "policy 'Default'",
            "Price is not observed: price changes alone will not reach TikTok",
        ),
        (
            {"synchronization_policies": [policy(paused=True)]},
            "policy 'Default'",
            "nothing is delivered for demo",
        ),
        (
            {"listing_templates": [template(query={"match": "all", "rows_are": True, "conditions": []})]},
            "template 'Shirts'",
            "an empty group matches nothing",
        ),
        (
            {
                "listing_templates": [
                    template(attributes=[{"tiktok_attribute_id": "1", "magento_attribute": "fit"}])
                ]
            },
            "template 'Shirts'",
            "No product with an attribute 'fit' was received from Magento yet.",
        ),
    ],
)
def test_rules_that_may_not_be_intended_are_noted_and_are_no_fault(
    shop_desk: Desk, parts: dict[str, Any], name: str, says: str
) -> None:
    assert shop_desk.apply(declaration(**parts)).exit_code == 0
    note = found(shop_desk)[name]
    assert note["state"] == "note"
    assert says in note["words"]


def test_stored_rules_that_would_be_refused_now_are_noted(shop_desk: Desk) -> None:
    observed = observing("colour", "quantity", "price")
    assert shop_desk.apply(declaration(synchronization_policies=[observed])).exit_code == 0
    shop_desk.take(saved())
    note = found(shop_desk)["policy 'Default'"]
    assert note["state"] == "note"
    assert "has an attribute 'colour'. Did you mean 'color'?" in note["words"]
    assert "m2t apply" in note["next_step"]


def test_a_store_whose_clock_is_ahead_is_noted(shop_desk: Desk) -> None:
    assert "clock of demo" not in found(shop_desk)
    clock = AheadClock(timedelta(hours=2), NOON, NOON)
    with shop_desk.database.write() as connection:
        store_clocks.save(connection, {"demo": clock})
    finding = found(shop_desk)["clock of demo"]
    assert finding["state"] == NOTE
    assert "Magento's clock is 2 h ahead" in finding["words"]


def test_accepting_unsigned_events_is_noted(shop_desk: Desk) -> None:
    assert "event signatures" not in found(shop_desk)
    note = found(shop_desk, M2T_EVENT_SIGNATURES="accept_unsigned")["event signatures"]
    assert (note["state"], note["next_step"]) == ("note", "remove M2T_EVENT_SIGNATURES once the lag is 0")


def test_a_consistent_policy_is_not_noted(shop_desk: Desk) -> None:
    assert not [name for name in found(shop_desk) if name.startswith(("policy", "template"))]


def test_without_shops_the_next_step_is_to_declare_one(desk: Desk) -> None:
    desk.database.upgrade()
    next_step = "connect one in the console's set-up (m2t console), or m2t apply FILE.yaml"
    assert found(desk)["shops"]["next_step"] == next_step


def test_a_missing_listing_template_is_noted(desk: Desk) -> None:
    desk.database.upgrade()
    assert desk.apply(declaration(listing_templates=[])).exit_code == 0
    assert "no product is uploaded" in found(desk)["listing templates"]["words"]


# Limits and secrets


def test_no_secret_is_shown(shop_desk: Desk) -> None:
    value = shop_desk.m2t("doctor").output
    assert "tiktok demo" in value
    assert not [secret for secret in SECRETS if secret in value]


# Everything there, with a real broker


@pytest.fixture
def house(
    shop_desk: Desk, broker: Broker, topic_prefix: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[dict[str, str]]:
    """Start a broker, and an endpoint, consumer and TikTok that answer; return the settings with their addresses."""
    monkeypatch.setattr(clients, "REACH_MS", 5_000)
    with ExitStack() as stack:
        door, consumer = stack.enter_context(answering(ready)), stack.enter_context(answering(ready))
        tiktok = stack.enter_context(answering(shops_of_the_token(CIPHER)))
        shop_desk.apply(declaration(shops=[shop(tiktok={"api_url": tiktok.url})]))
        yield {
            "M2T_KAFKA_BOOTSTRAP_SERVERS": broker.bootstrap_servers,
            "M2T_TOPIC_PREFIX": topic_prefix,
            "M2T_DOOR_PORT": str(door.port),
            "M2T_CONSUMER_PORT": str(consumer.port),
        }


def test_every_check_passes_once_the_topics_exist(shop_desk: Desk, house: dict[str, str]) -> None:
    before = found(shop_desk, **house)
    for name in ("kafka", "kafka round trip"):
        assert before.pop(name)["next_step"] == "m2t topics ensure"
    assert {check["state"] for check in before.values()} == {OK}
    assert shop_desk.m2t("topics", "ensure", "--partitions", "2", **house).exit_code == 0
    after = shop_desk.m2t("doctor", **house)
    assert after.exit_code == 0
    assert "ok     kafka: reachable; 3 topics with 2 partitions each" in after.stdout
    there_and_back = f"a record went to {house['M2T_TOPIC_PREFIX']}tiktok.sync.outcomes and came back"
    assert f"ok     kafka round trip: {there_and_back}" in after.stdout


def test_topics_with_unequal_partitions_are_a_fault(shop_desk: Desk, house: dict[str, str]) -> None:
    opened = Settings.from_environ({**shop_desk.environ, **house}, dotenv=None)
    with topics.reaching(opened.kafka()) as admin:
        for name, partitions in zip(opened.topics, (1, 2, 2), strict=True):
            cluster.create(admin, name, partitions)
    finding = found(shop_desk, **house)["kafka"]
    assert "differ in their number of partitions" in finding["words"]
    assert "M2T_TOPIC_PREFIX" in finding["next_step"]


def test_topics_with_a_short_retention_are_a_fault(shop_desk: Desk, house: dict[str, str]) -> None:
    assert shop_desk.m2t("topics", "ensure", "--partitions", "2", **house).exit_code == 0
    with topics.reaching(Settings.from_environ({**shop_desk.environ, **house}, dotenv=None).kafka()) as admin:
        cluster.keep_for(admin, f"{house['M2T_TOPIC_PREFIX']}tiktok.sync.outcomes", 60_000)
    finding = found(shop_desk, **house)["kafka"]
    assert finding["next_step"] == "m2t topics ensure"
    assert "tiktok.sync.outcomes: retention.ms is below" in finding["words"]


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (
            "It is invalid.\n  KEY: is missing.\n\nSee the file.",
            "It is invalid. KEY: is missing. See the file.",
        ),
        ("a\nb", "a; b"),
        ("", ""),
    ],
)
def test_a_message_of_several_lines_is_one_line_with_one_stop_after_each(words: str, line: str) -> None:
    assert one_line(words) == line
