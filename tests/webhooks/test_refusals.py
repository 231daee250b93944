"""Refused webhooks are counted by shop and reason, and reported at most once a minute for each shop."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.records.examples import SIGNATURES
from tests.webhooks.conftest import ExampleEndpoint
from tests.webhooks.examples import NOW
from tests.webhooks.posting import SAVE, URL, is_problem, post
from topics import refused_webhooks
from topics.producer import OutgoingRecord
from topics.refused_webhooks import RefusedWebhooks
from webhooks.refusals import REPORT_EVERY, RefusalReports, Refusals, refuse
from webhooks.request_bodies import LARGEST_BODY


def reports(refused: Sequence[tuple[float, str]]) -> list[tuple[float, dict[str, int]]]:
    """Return the reports, as (second, reasons), of webhooks that were refused at these seconds."""
    state, found = Refusals(), []
    for second, reason in refused:
        state, due = refuse("demo", state, reason, NOW + timedelta(seconds=second))
        if due is not None:
            found.append(((due.until - NOW).total_seconds(), dict(due.reasons)))
    return found


@pytest.mark.parametrize(
    "refused, reported",
    [
        ([(0, "no_match")], [(0, {"no_match": 1})]),
        ([(0, "no_match"), (1, "no_match"), (59.9, "no_match")], [(0, {"no_match": 1})]),
        (
            [(0, "no_match"), (1, "no_match"), (2, "missing_header"), (60, "no_match")],
            [(0, {"no_match": 1}), (60, {"no_match": 2, "missing_header": 1})],
        ),
        (
            [(0, "no_match"), (60, "no_match"), (119, "no_match")],
            [(0, {"no_match": 1}), (60, {"no_match": 1})],
        ),
        ([(0, "no_match"), (3_600, "no_match")], [(0, {"no_match": 1}), (3_600, {"no_match": 1})]),
        ([(0, "no_match"), (-3_600, "no_match")], [(0, {"no_match": 1}), (-3_600, {"no_match": 1})]),
    ],
    ids=["the first", "a minute", "the next minute", "from report to report", "a pause", "a clock set back"],
)
def test_refused_webhooks_are_reported_together_once_a_minute(
    refused: list[tuple[float, str]], reported: list[tuple[float, dict[str, int]]]
) -> None:
    assert reports(refused) == reported


@given(st.lists(st.floats(0, 1_000).map(lambda second: (second, "no_match")), max_size=40).map(sorted))
def test_however_many_are_refused_reports_are_a_minute_apart(refused: list[tuple[float, str]]) -> None:
    moments = [second for second, _ in reports(refused)]
    assert all(after - before > REPORT_EVERY.total_seconds() - 1e-5 for before, after in pairwise(moments))


def test_shops_are_reported_each_by_itself() -> None:
    refusals = RefusalReports()
    assert refusals.add("demo", "no_match", NOW) is not None
    assert refusals.add("demo", "no_match", NOW) is None
    assert refusals.add("other", "no_match", NOW) == RefusedWebhooks("other", NOW, NOW, {"no_match": 1})


def read(record: OutgoingRecord) -> RefusedWebhooks | None:
    return refused_webhooks.from_record(record.key, record.value, record.headers, SIGNATURES)


def test_an_unverified_webhook_is_reported_on_the_dead_letter_topic(endpoint: ExampleEndpoint) -> None:
    app = endpoint.app().test_client()
    for _ in range(3):
        assert app.post(URL, data=SAVE).status_code == 401
    (record,) = endpoint.kafka.records
    assert record.topic == "events.dlq"
    assert read(record) == RefusedWebhooks("demo", NOW, NOW, {"missing_header": 1})


def test_a_body_that_is_too_large_is_reported(endpoint: ExampleEndpoint) -> None:
    post(endpoint, b" " * (LARGEST_BODY + 1))
    (record,) = endpoint.kafka.records
    assert read(record) == RefusedWebhooks("demo", NOW, NOW, {"body_too_large": 1})


def test_without_kafka_the_answer_is_the_same(endpoint: ExampleEndpoint) -> None:
    endpoint.kafka.down = True
    assert is_problem(post(endpoint, headers={"webhook-id": ""}), 401, "unverified")


def test_refusals_are_counted_by_shop_and_reason_and_unknown_shops_are_neither_counted_so_nor_reported(
    endpoint: ExampleEndpoint,
) -> None:
    client = endpoint.app().test_client()
    for number in range(5):
        client.post(f"/webhooks/magento/nowhere-{number}", data=SAVE)
    for _ in range(3):
        client.post(URL, data=SAVE)
    value = client.get("/metrics").text
    assert 'm2t_webhook_refused_total{reason="missing_header",shop="demo"} 3.0' in value
    assert "nowhere" not in value
    assert len(endpoint.kafka.records) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"headers": ()},
        {"headers": (("ce_type", b"magento.webhooks.refused"),)},
        {"value": b"{}"},
        {"key": b"other"},
    ],
    ids=["no headers", "no signature", "another value", "another key"],
)
def test_a_record_that_the_endpoint_did_not_write_is_no_report(
    endpoint: ExampleEndpoint, change: dict[str, object]
) -> None:
    endpoint.app().test_client().post(URL, data=SAVE)
    (record,) = endpoint.kafka.records
    assert read(record) is not None
    parts = {"key": record.key, "value": record.value, "headers": record.headers, **change}
    assert refused_webhooks.from_record(**parts, signatures=SIGNATURES) is None  # type: ignore[arg-type]
