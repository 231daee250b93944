"""One Kafka broker for all workers of a run: the controller of pytest-xdist starts it when the first worker wants it.

A broker takes 3.5 s of CPU to start and 25 ms in each second that it is idle. Without workers, the session has its own.
"""

from __future__ import annotations

import shutil
import tempfile
import threading
import time
from functools import cache
from pathlib import Path
from typing import Final, Protocol

import pytest

from sandbox.kafka import Broker

INPUT: Final = "m2t_broker_folder"
"""The key under which pytest-xdist gives a worker the folder of the broker."""
START_SECONDS: Final = 90
LOOK_SECONDS: Final = 0.05


class Node(Protocol):
    """A worker as pytest-xdist's controller sees it."""

    workerinput: dict[str, str]


class SharedBroker:
    """A broker that starts when the file `wanted` is in its folder, and then writes its port to the file `port`."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="m2t-kafka-"))
        self._ended = threading.Event()
        # The broker ends with the thread that starts it, so that thread lives as long as the broker is needed.
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._ended.set()
        self._thread.join()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _serve(self) -> None:
        while not (self.folder / "wanted").exists():
            if self._ended.wait(LOOK_SECONDS):
                return
        with Broker(self.folder / "data") as broker:
            written = self.folder / "port.new"
            written.write_text(str(broker.port))
            written.rename(self.folder / "port")
            self._ended.wait()


@cache
def _shared() -> SharedBroker:
    return SharedBroker()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Node) -> None:
    """In the controller: give a new worker the folder of the broker. pytest-xdist calls this."""
    node.workerinput[INPUT] = str(_shared().folder)


def pytest_unconfigure() -> None:
    """In the controller: stop the broker at the end of the run."""
    if _shared.cache_info().currsize:
        _shared().stop()


def shared_broker(folder: Path) -> Broker:
    """In a worker: return the broker of this folder, which another process starts and stops."""
    (folder / "wanted").touch()
    deadline = time.monotonic() + START_SECONDS
    while not (folder / "port").exists():
        if time.monotonic() > deadline:
            raise TimeoutError(f"the shared broker did not start within {START_SECONDS} s: see {folder}")
        time.sleep(LOOK_SECONDS)
    broker = Broker(folder / "data")
    broker.port = int((folder / "port").read_text())
    return broker
