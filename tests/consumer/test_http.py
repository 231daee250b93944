"""The consumer's metrics: stopped shops, and how long the shops are authorized."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest
from flask import Flask

from consumer.http import HealthServer, Metrics, create_app
from tests.ports import free_port


@dataclass
class Watched:
    """A consumer with these shops."""

    shops: Mapping[str, bool] = field(default_factory=dict)
    authorized: Mapping[str, float] = field(default_factory=dict)

    def lag(self) -> Mapping[int, int]:
        return {0: 3}

    def pending(self) -> int:
        return 5

    def in_progress(self) -> int:
        return 2

    def stopped(self) -> Mapping[str, bool]:
        return self.shops

    def authorization_seconds(self) -> Mapping[str, float]:
        return self.authorized


def scraped(watched: Watched) -> list[str]:
    client = create_app(Metrics(), {}, watched).test_client()
    return client.get("/metrics").get_data(as_text=True).splitlines()


def test_each_shop_has_a_gauge_that_says_whether_it_stands_still() -> None:
    lines = scraped(Watched(shops={"demo": False, "other": True}))
    assert 'm2t_shop_stopped{shop="demo"} 0.0' in lines
    assert 'm2t_shop_stopped{shop="other"} 1.0' in lines


def test_the_end_of_an_authorization_is_shown_where_it_is_known() -> None:
    lines = scraped(Watched(shops={"demo": False, "other": False}, authorized={"demo": 86_400.0}))
    assert 'm2t_shop_authorization_seconds{shop="demo"} 86400.0' in lines
    assert not any("authorization" in line and "other" in line for line in lines)


def test_what_waits_is_shown() -> None:
    lines = scraped(Watched())
    assert {"m2t_pending_syncs 5.0", "m2t_syncs_in_hand 2.0", 'm2t_consumer_lag{partition="0"} 3.0'} <= set(
        lines
    )


@pytest.mark.parametrize(
    ("why", "status", "says"),
    [(None, 200, "ok"), ("demo: Authorize the shop again.", 503, "[-]shops demo: Authorize the shop again.")],
)
def test_a_shop_that_stands_still_makes_the_consumer_unready_and_says_why(
    why: str | None, status: int, says: str
) -> None:
    value = create_app(Metrics(), {"shops": lambda: why}, Watched()).test_client().get("/readyz")
    assert (value.status_code, value.get_data(as_text=True).strip()) == (status, says)


@pytest.mark.parametrize("started", [True, False])
def test_the_health_server_stops_within_a_second_started_or_not(started: bool) -> None:
    server = HealthServer(Flask("pages"), "127.0.0.1", free_port())
    if started:
        server.start()
    began = time.monotonic()
    assert server.stop()
    assert time.monotonic() - began < 2
