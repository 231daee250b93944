"""A consumer process with a database, a broker and a sink of its own."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.processes import free_port
from bench.shops import KEY, open_shop, stock
from bench.sinks import sink
from commands.demo_world.processes import Child
from config.settings import Settings
from records.db.database import Database
from sandbox.kafka import Broker
from topics import admin as topics


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a consumer needs; `url` is that of the sink."""

    folder: Path
    url: str
    database: Database
    environment: dict[str, str]
    settings: Settings

    def consumer(self, name: str = "consumer") -> Child:
        """Start a consumer, without waiting until it is ready."""
        child = Child(name, ["consumer"], self.environment, self.folder / f"{name}.log")
        child.start()
        return child


@contextmanager
def surroundings(
    listings: int, call_seconds: float, *, due: bool, calls_per_second: int = 0
) -> Iterator[Surroundings]:
    """Yield the surroundings with so many live listings, all `due` or none; a call takes `call_seconds`.

    The shop may be called at most `calls_per_second`, as often as one likes if that is 0.
    """
    with (
        tempfile.TemporaryDirectory() as opened,
        Broker(Path(opened) / "kafka") as broker,
        sink(call_seconds) as url,
    ):
        path = Path(opened) / "bench.db"
        database = open_shop(path, url)
        stock(database, listings, due=due)
        environment = {
            **os.environ,
            "M2T_SECRET_KEY": KEY.reveal(),
            "M2T_DATABASE_URL": f"sqlite:///{path}",
            "M2T_KAFKA_BOOTSTRAP_SERVERS": broker.bootstrap_servers,
            "M2T_CONSUMER_PORT": str(free_port()),
            "M2T_CALLS_PER_SECOND": str(calls_per_second),
            "M2T_LOG_LEVEL": "WARNING",
        }
        settings = Settings.from_environ(environment, dotenv=None)
        with topics.reaching(settings.kafka()) as admin:
            topics.ensure(admin, settings.topics, partitions=4)
        try:
            yield Surroundings(Path(opened), url, database, environment, settings)
        finally:
            database.close()
