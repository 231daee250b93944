"""The topics' pages: records, lag, and a Kafka that doesn't answer, which the page says in time."""

from __future__ import annotations

import itertools
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.structs import OffsetAndMetadata
from playwright.sync_api import Page

from console.topics.tail import LONGEST_VALUE, MOST
from console.web.context import Kafka
from records.accounts.users import Role
from sandbox.kafka import Broker
from tests.browser import axe_faults
from tests.console.conftest import NOWHERE, Visitor
from tests.console.looks import LOOKS, looks
from topics.admin import ensure, reaching

PARTITIONS = 2


def text(html: str) -> str:
    """Return the text of a page, in one line."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


class TestOnARealBroker:
    @pytest.fixture
    def kafka(self, broker: Broker, topic_prefix: str) -> Kafka:
        made = Kafka(
            {"bootstrap_servers": [broker.bootstrap_servers]},
            f"{topic_prefix}events",
            f"{topic_prefix}dlq",
            f"{topic_prefix}outcomes",
            f"{topic_prefix}group",
        )
        with reaching(made.connection) as admin:
            ensure(admin, [made.events_topic, made.dead_letters_topic], partitions=PARTITIONS)
        return made

    @pytest.fixture
    def put(self, kafka: Kafka) -> Iterator[Callable[..., None]]:
        """Return a function that writes records to the topic of product events: `put("one", "two", partition=1)`."""
        producer = KafkaProducer(**kafka.connection, acks="all")
        # A millisecond of its own for each record: records of one millisecond have no order between partitions.
        milliseconds = itertools.count(int(time.time() * 1000))

        def send(*values: str, partition: int = 0) -> None:
            headers = [("ce_id", b"evt-1"), ("ce_type", b"com.magento.product.saved"), ("secret", b"hidden")]
            for value in values:
                producer.send(
                    kafka.events_topic,
                    value.encode(),
                    b"demo/S",
                    headers=headers,
                    partition=partition,
                    timestamp_ms=next(milliseconds),
                ).get(timeout=20)

        yield send
        producer.close()

    def commit(self, kafka: Kafka, partition: int, offset: int) -> None:
        consumer = KafkaConsumer(**kafka.connection, group_id=kafka.group, enable_auto_commit=False)
        place = TopicPartition(kafka.events_topic, partition)
        consumer.assign([place])
        consumer.commit({place: OffsetAndMetadata(offset)}, timeout_ms=20_000)
        consumer.close(autocommit=False)

    def test_each_topic_is_shown_with_its_groups_beside_it(
        self, kafka: Kafka, put: Callable[..., None], visitor: Callable[..., Visitor]
    ) -> None:
        put("{}", "{}", "{}")
        self.commit(kafka, 0, 1)
        found = text(visitor(Role.VIEWER).get("/topics").get_data(as_text=True))
        assert f"{kafka.events_topic} product events from Magento 2 1 copy 0.6 3 30 d {kafka.group}" in found
        assert "2 records behind , next record waiting for" in found
        assert "0 members, empty" in found
        assert "1 partition is stuck : 0 (no consumer)" in found
        assert f"{kafka.dead_letters_topic} records that could not be processed 2" in found
        assert "no consumer group" in found
        assert (
            f"{kafka.outcomes_topic} outcomes of TikTok calls ! Missing. Create the topics: m2t topics ensure"
            in found
        )

    def test_a_member_that_reads_everything_is_up_to_date(
        self, kafka: Kafka, put: Callable[..., None], visitor: Callable[..., Visitor]
    ) -> None:
        put("{}")
        consumer = KafkaConsumer(
            kafka.events_topic,
            **kafka.connection,
            group_id=kafka.group,
            client_id="reader",
            auto_offset_reset="earliest",
            enable_auto_commit=False,
        )
        try:
            while not consumer.poll(timeout_ms=200):
                pass
            consumer.commit()
            found = text(visitor(Role.VIEWER).get("/topics").get_data(as_text=True))
        finally:
            consumer.close(autocommit=False)
        assert "0 records behind 1 member, stable" in found
        assert "reader 127.0.0.1" in found
        assert "stand still" not in found

    def test_the_last_records_are_shown_newest_first_and_masked(
        self, kafka: Kafka, put: Callable[..., None], visitor: Callable[..., Visitor]
    ) -> None:
        put(*(f'{{"number": {number}}}' for number in range(MOST + 5)), partition=1)
        put('{"name": "<b>bold</b>"}')
        html = visitor(Role.VIEWER).get(f"/topics/{kafka.events_topic}").get_data(as_text=True)
        found = text(html)
        assert f"The last {MOST} records" in found
        assert "demo/S partition 0, offset 0" in found
        assert found.index("offset 0") < found.index(f"offset {MOST + 4}") < found.index(f"offset {MOST + 3}")
        assert "partition 1, offset 5 " not in found
        assert "com.magento.product.saved" in found
        assert "hidden" not in found
        assert "&lt;b&gt;bold" in html

    def test_the_record_of_a_place_is_shown_alone(
        self, kafka: Kafka, put: Callable[..., None], visitor: Callable[..., Visitor]
    ) -> None:
        put(*(f'{{"number": {number}}}' for number in range(MOST + 5)), partition=1)
        viewer = visitor(Role.VIEWER)
        found = text(viewer.get(f"/topics/{kafka.events_topic}?partition=1&offset=2").get_data(as_text=True))
        assert "demo/S partition 1, offset 2" in found
        assert "offset 3" not in found
        for place in ("partition=1&offset=999", "partition=9&offset=0"):
            gone = text(viewer.get(f"/topics/{kafka.events_topic}?{place}").get_data(as_text=True))
            assert "has no record at offset" in gone

    def test_a_long_value_is_cut(
        self, kafka: Kafka, put: Callable[..., None], visitor: Callable[..., Visitor]
    ) -> None:
        put("x" * (LONGEST_VALUE + 70))
        found = text(visitor(Role.VIEWER).get(f"/topics/{kafka.events_topic}").get_data(as_text=True))
        assert "70 further characters are left out." in found

    def test_an_empty_topic_and_a_missing_one_say_what_to_do(
        self, kafka: Kafka, visitor: Callable[..., Visitor]
    ) -> None:
        viewer = visitor(Role.VIEWER)
        assert "m2t trigger" in viewer.get(f"/topics/{kafka.events_topic}").get_data(as_text=True)
        assert "m2t topics ensure" in viewer.get(f"/topics/{kafka.outcomes_topic}").get_data(as_text=True)

    @pytest.mark.parametrize(("scheme", "width"), LOOKS)
    def test_the_pages_are_accessible(
        self, kafka: Kafka, put: Callable[..., None], page: Page, scheme: str, width: int
    ) -> None:
        put('{"sku": "S"}', partition=1)
        self.commit(kafka, 1, 0)
        for path in ("/topics", f"/topics/{kafka.events_topic}"):
            looks(page, scheme, width)
            page.goto(path)
            for details in page.locator("main details").all():
                details.evaluate("one => one.open = true")
            assert axe_faults(page) == []
            assert page.evaluate("document.documentElement.scrollWidth") <= width


class TestAKafkaThatIsAway:
    """Kafka's clients wait 5 s for a broker, as in production: the page's own time limit ends the wait."""

    @pytest.fixture
    def kafka(self) -> Kafka:
        return replace(NOWHERE, connection={"bootstrap_servers": ["127.0.0.1:9"]})

    @pytest.mark.parametrize("path", ["/topics", "/topics/magento.product.events"])
    def test_it_is_a_sentence_in_good_time(self, visitor: Callable[..., Visitor], path: str) -> None:
        viewer = visitor(Role.VIEWER)
        began = time.monotonic()
        answer = viewer.get(path)
        assert time.monotonic() - began < 5
        assert answer.status_code == 200
        page = answer.get_data(as_text=True)
        assert "Kafka at 127.0.0.1:9 does not" in page
        assert "m2t sandbox kafka" in page


def test_a_topic_of_someone_else_is_not_shown(visitor: Callable[..., Visitor]) -> None:
    assert visitor(Role.ADMIN).get("/topics/__consumer_offsets").status_code == 404


@pytest.mark.parametrize(("scheme", "width"), LOOKS)
def test_the_error_page_is_accessible(page: Page, scheme: str, width: int) -> None:
    looks(page, scheme, width)
    page.goto("/topics")
    assert axe_faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
