"""Ingest with acks=all: our endpoint, the same app on another server, and the obvious stack, all on one broker."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from bench.processes import free_port, peak_megabytes, seconds_of_cpu
from bench.shops import KEY, open_shop
from commands.demo_world.processes import Child
from config.settings import Settings
from sandbox.kafka import Broker
from topics import admin as topics

WARM_SECONDS, SECONDS = 2.0, 6.0
GTHREAD = ("gunicorn", "-k", "gthread", "-w", "2", "--threads", "32", "--log-level", "error")
GRANIAN = (
    "granian",
    "--interface",
    "wsgi",
    "--workers",
    "2",
    "--blocking-threads",
    "16",
    "--log-level",
    "error",
)
STACKS = ("ours", "ours without Kafka", "ours on gthread", "obvious")


@contextmanager
def world() -> Iterator[Mapping[str, str]]:
    """Yield the environment of every stack: a broker, its topics, and a database with the shop."""
    with tempfile.TemporaryDirectory() as folder, Broker(Path(folder) / "kafka") as broker:
        path = Path(folder) / "bench.db"
        open_shop(path, "http://127.0.0.1:9").close()
        environment = {
            **os.environ,
            "M2T_SECRET_KEY": KEY.reveal(),
            "M2T_DATABASE_URL": f"sqlite:///{path}",
            "M2T_KAFKA_BOOTSTRAP_SERVERS": broker.bootstrap_servers,
            "M2T_LOG_LEVEL": "WARNING",
            "BENCH_KAFKA": broker.bootstrap_servers,
            "BENCH_LOGS": folder,
        }
        settings = Settings.from_environ(environment, dotenv=None)
        environment["BENCH_TOPIC"] = settings.events_topic
        with topics.reaching(settings.kafka()) as admin:
            topics.ensure(admin, settings.topics, partitions=4)
        yield environment


def run(stack: str, size: int, environment: Mapping[str, str]) -> dict[str, float]:
    """Run a stack once. Return its rate, latencies, CPU for each request, and peak memory of its processes."""
    port = free_port()
    arguments = {
        "ours": ("webhooks",),
        "ours without Kafka": (*GRANIAN, "--factory", "--port", str(port), "bench.without_kafka:app"),
        "ours on gthread": (*GTHREAD, "-b", f"127.0.0.1:{port}", "webhooks.serve:app()"),
        "obvious": (*GTHREAD, "-b", f"127.0.0.1:{port}", "bench.obvious:app"),
    }[stack]
    url = f"http://127.0.0.1:{port}"
    child = Child(
        stack,
        arguments,
        {**environment, "M2T_DOOR_PORT": str(port)},
        Path(environment["BENCH_LOGS"]) / "stack.log",
    )
    child.start()
    try:
        child.wait_until_ready(url)
        _load(url, size, WARM_SECONDS)
        cpu = seconds_of_cpu(child.pid)
        found = _load(url, size, SECONDS)
        found["cpu_microseconds"] = (seconds_of_cpu(child.pid) - cpu) / found["requests"] * 1e6
        found["peak_megabytes"] = peak_megabytes(child.pid)
    finally:
        child.stop()
    return found


def _load(url: str, size: int, seconds: float) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-m", "bench.loader", url, str(size), str(seconds)],
        capture_output=True,
        text=True,
        check=True,
    )
    document: dict[str, float] = json.loads(done.stdout)
    if document["others"]:
        raise RuntimeError(f"{document['others']} responses were not 202")
    return document


if __name__ == "__main__":
    with world() as surroundings:
        for name in sys.argv[2:] or STACKS:
            print(name, json.dumps(run(name, int(sys.argv[1]), surroundings)))
            time.sleep(0.5)
