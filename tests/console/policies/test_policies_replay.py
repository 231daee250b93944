"""What a policy would have done with the saves recorded in Kafka; and a Kafka that doesn't answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest
from kafka import KafkaProducer

from console.policies import replay
from console.web.context import Kafka
from records.accounts.users import Role
from sandbox.kafka import Broker
from schemas.product_event import ProductEvent, to_record
from tests.console.conftest import Visitor
from tests.console.policy_pages import change, fill_in, hidden, read, text
from tests.consumer.engine import Engine
from tests.records.examples import SIGNATURES
from topics.admin import ensure, reaching

Sign = Callable[..., Visitor]
ON = {"title": "Default", "fixed": "1", "product_upload": "true", "product_update": "true"}
COLOR = {**ON, "only_specific_attributes": "true", "observed_attributes": ["color"]}


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
            ensure(admin, [made.events_topic], partitions=2)
        return made

    @pytest.fixture
    def put(self, kafka: Kafka) -> Callable[..., None]:
        """Return a function that writes events to the topic."""

        def send(*events: ProductEvent) -> None:
            producer = KafkaProducer(**kafka.connection, acks="all")
            for event in events:
                key, value, headers = to_record(event, SIGNATURES)
                producer.send(kafka.events_topic, value, key, headers=headers).get(timeout=20)
            producer.close()

        return send

    @pytest.fixture
    def saves(self, engine: Engine, put: Callable[..., None]) -> None:
        """Upload a shirt, then change its size twice and its color once."""
        put(
            engine.saved(),
            engine.saved(size="L"),
            engine.saved(color="red"),
            engine.saved(size="M"),
        )

    def ask(self, visitor: Sign, fields: Mapping[str, object]) -> str:
        return read(visitor(Role.EDITOR).get("/policies/synchronization/replay", query_string=fields))

    def test_the_draft_is_shown_beside_todays_policy(self, saves: None, visitor: Sign) -> None:
        response = self.ask(visitor, COLOR)
        assert "this would have synced 2 of 4 saves (today's policy: 4)." in response
        assert (
            "Shop demo, with the form as it was when the preview was requested. Nothing was sent to TikTok."
            in response
        )

    def test_the_current_policy_replays_what_it_did(self, saves: None, visitor: Sign) -> None:
        assert "synced 4 of 4 saves (today's policy: 4)." in self.ask(visitor, ON)

    def test_a_new_policy_is_replayed_in_place_of_the_shops_policy(self, saves: None, visitor: Sign) -> None:
        response = self.ask(visitor, {**COLOR, "title": "", "fixed": ""})
        assert "synced 2 of 4 saves (today's policy: 4)." in response

    def test_without_javascript_the_button_shows_it_in_the_form_and_keeps_what_was_filled_in(
        self, saves: None, visitor: Sign
    ) -> None:
        ada = visitor(Role.EDITOR)
        page = fill_in(ada, "synchronization", {**COLOR, "base": "1", "step": "replay"})
        assert "synced 2 of 4 saves (today's policy: 4)." in read(page)
        assert 'value="color" checked' in page.get_data(as_text=True)

    def test_a_partial_replay_says_so(
        self, saves: None, visitor: Sign, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(replay, "MOST_RECORDS", 1)
        monkeypatch.setattr(replay, "MOST_POLLED", 2)
        response = self.ask(visitor, COLOR)
        assert "Only the first part was read: 2 saves of 4 recorded events" in response
        assert "Simulate reads them all." in response

    def test_with_nothing_recorded_there_is_nothing_to_compare(self, engine: Engine, visitor: Sign) -> None:
        assert "Kafka has recorded no event in the last 7 days" in self.ask(visitor, COLOR)

    def test_other_shops_and_unreadable_records_are_not_counted(
        self, engine: Engine, put: Callable[..., None], visitor: Sign
    ) -> None:
        put(engine.saved(), engine.saved("X", shop="other"))
        assert "synced 1 of 1 save (today's policy: 1)." in self.ask(visitor, ON)


def test_where_kafka_does_not_answer_that_is_stated_and_saving_goes_on(engine: Engine, visitor: Sign) -> None:
    ada = visitor(Role.EDITOR)
    page = read(ada.get("/policies/synchronization/replay", query_string=ON))
    assert "The preview is not available now." in page
    assert "Kafka at 127.0.0.1:9" in page
    assert "You can save without it." in page
    fields = change(ada, "synchronization", "Default", product_update="true", step="review")
    review = fill_in(ada, "synchronization", fields)
    assert ada.post("/policies/save", dict(hidden(review.get_data(as_text=True)))).status_code == 303


def test_before_there_is_a_shop_there_is_nothing_to_compare(visitor: Sign) -> None:
    page = visitor(Role.EDITOR).get("/policies/synchronization/replay").get_data(as_text=True)
    assert "There is no shop yet, so nothing was saved." in text(page)
