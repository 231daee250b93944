"""Heartbeats: the last one of each process is stored."""

from __future__ import annotations

from datetime import timedelta

from records.db.database import Database
from records.log import heartbeats
from records.log.heartbeats import KEPT, Heartbeat
from tests.policies.examples import NOON, at


def test_the_last_heartbeat_of_each_process_is_stored(database: Database) -> None:
    with database.write() as connection:
        heartbeats.beat(connection, "consumer a 1", {"in_hand": 1}, now=NOON)
        heartbeats.beat(connection, "consumer a 1", {"in_hand": 2}, now=at(5))
        heartbeats.beat(connection, "consumer b 1", {"in_hand": 3}, now=at(1))
        assert heartbeats.load_all(connection) == [
            Heartbeat("consumer a 1", at(5), {"in_hand": 2}),
            Heartbeat("consumer b 1", at(1), {"in_hand": 3}),
        ]


def test_a_heartbeat_older_than_a_day_is_deleted_at_the_next_heartbeat(database: Database) -> None:
    with database.write() as connection:
        heartbeats.beat(connection, "consumer a 1", {}, now=NOON)
        heartbeats.beat(connection, "consumer b 1", {}, now=NOON + KEPT)
        assert len(heartbeats.load_all(connection)) == 2
        heartbeats.beat(connection, "consumer b 1", {}, now=NOON + KEPT + timedelta(seconds=1))
        assert [beat.process for beat in heartbeats.load_all(connection)] == ["consumer b 1"]
