"""`m2t topics ensure`, on a real broker."""

from __future__ import annotations

import json
from typing import Any

import pytest

from config.settings import Settings
from sandbox.kafka import Broker
from tests.commands import cluster
from tests.commands.conftest import Desk
from topics import admin as topics

NAMES = ("magento.product.events", "magento.product.events.dlq", "tiktok.sync.outcomes")


@pytest.fixture
def kafka_desk(desk: Desk, broker: Broker, topic_prefix: str) -> Desk:
    """Provide a desk with the broker's address and topic names of its own."""
    desk.environ |= {
        "M2T_KAFKA_BOOTSTRAP_SERVERS": broker.bootstrap_servers,
        "M2T_TOPIC_PREFIX": topic_prefix,
    }
    return desk


def ensured(desk: Desk, *options: str) -> list[dict[str, Any]]:
    result = desk.m2t("topics", "ensure", "--json", *options)
    assert result.exit_code == 0, result.output
    listed: list[dict[str, Any]] = json.loads(result.stdout)
    return listed


def settings(desk: Desk) -> Settings:
    return Settings.from_environ(desk.environ, dotenv=None)


def test_missing_topics_are_created_with_equal_partitions(kafka_desk: Desk) -> None:
    prefix = kafka_desk.environ["M2T_TOPIC_PREFIX"]
    created = ensured(kafka_desk, "--partitions", "3")
    assert [(topic["name"], topic["partitions"], topic["changes"]) for topic in created] == [
        (f"{prefix}{name}", 3, ["created"]) for name in NAMES
    ]


def test_topics_with_correct_settings_stay_unchanged(kafka_desk: Desk) -> None:
    ensured(kafka_desk, "--partitions", "3")
    again = ensured(kafka_desk)
    assert [(topic["partitions"], topic["changes"]) for topic in again] == [(3, [])] * 3


def test_the_number_of_partitions_is_never_changed(kafka_desk: Desk) -> None:
    ensured(kafka_desk, "--partitions", "3")
    result = kafka_desk.m2t("topics", "ensure", "--partitions", "5")
    assert result.exit_code == 1
    assert "has 3 partitions, not 5" in result.stderr
    assert "M2T_TOPIC_PREFIX" in result.stderr


def test_topics_with_unequal_partitions_are_refused(kafka_desk: Desk) -> None:
    first, second, _ = settings(kafka_desk).topics
    with topics.reaching(settings(kafka_desk).kafka()) as admin:
        for name, partitions in ((first, 3), (second, 5)):
            cluster.create(admin, name, partitions)
    result = kafka_desk.m2t("topics", "ensure")
    assert result.exit_code == 1
    assert "differ in their number of partitions" in result.stderr


def test_low_limits_are_raised_and_larger_limits_stay(kafka_desk: Desk) -> None:
    ensured(kafka_desk, "--partitions", "1")
    low, high, _ = settings(kafka_desk).topics
    with topics.reaching(settings(kafka_desk).kafka()) as admin:
        cluster.keep_for(admin, low, 60_000)
        cluster.keep_for(admin, high, -1)
    again = {topic["name"]: topic["changes"] for topic in ensured(kafka_desk)}
    assert again[low] == [f"retention.ms raised to {30 * 24 * 60 * 60 * 1000}"]
    assert again[high] == []
