"""The feed log's row of a received event says what its sender was answered, if a webhook brought it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from schemas.product_event import Origin
from tests.consumer.engine import Engine


@pytest.mark.parametrize(
    ("brought_by", "http_status"),
    [
        ({"origin": Origin.WEBHOOK}, 202),
        ({"origin": Origin.SWEEP}, None),
        ({"origin": Origin.READ}, None),
        ({"origin": Origin.REPLAY}, None),
        ({"origin": Origin.WEBHOOK, "replay_of": "evt-0"}, None),
    ],
    ids=["a webhook", "a sweep", "a read of Magento", "a replay", "a webhook's event, replayed"],
)
@pytest.mark.both_databases
def test_only_a_webhook_was_answered(
    engine: Engine, brought_by: dict[str, Any], http_status: int | None
) -> None:
    engine.take(replace(engine.saved(), **brought_by))
    [row] = engine.feed()
    assert (row.direction, row.http_status) == ("in", http_status)
