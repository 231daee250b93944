"""A server whose port is not free names it and ends; the workers of one that is killed end, too."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from config.serving import port_fault
from records.db.database import Database
from tests.ports import free_port

ROOT = Path(__file__).parents[2]
SECRET_KEY = "k8Jq2vX9wLr4TzB7nYc3DfGh6MsPaEuQ"


@pytest.fixture
def used_port() -> Iterator[int]:
    """The port of a server that shares it, as granian's do."""
    with socket.socket() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server.getsockname()[1]


@pytest.mark.parametrize(
    ("program", "setting"),
    [("webhooks", "M2T_DOOR_PORT"), ("console", "M2T_CONSOLE_PORT"), ("consumer", "M2T_CONSUMER_PORT")],
)
def test_a_server_refuses_a_port_in_use(program: str, setting: str, used_port: int, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'm2t.db'}"
    with closing(Database(url)) as database:
        database.upgrade()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("M2T_")}
    environment |= {
        "M2T_SECRET_KEY": SECRET_KEY,
        "M2T_DATABASE_URL": url,
        "M2T_KAFKA_BOOTSTRAP_SERVERS": f"127.0.0.1:{free_port()}",
        setting: str(used_port),
    }
    ended = subprocess.run(
        [sys.executable, "-m", program],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 1
    assert ended.stderr.splitlines() == [
        f"Port {used_port} of 127.0.0.1 is in use. Stop the process that uses it, or set {setting} to another."
    ]


def test_every_address_includes_the_one_in_use(used_port: int) -> None:
    fault = port_fault("0.0.0.0", used_port, "M2T_DOOR_PORT")
    assert fault is not None and "is in use" in fault


def test_a_free_port_has_no_fault_though_it_is_reserved() -> None:
    assert port_fault("127.0.0.1", free_port(), "M2T_DOOR_PORT") is None


def test_an_address_of_another_machine_is_named() -> None:
    fault = port_fault("192.0.2.1", free_port(), "M2T_DOOR_PORT")
    assert fault is not None and fault.startswith("Port ") and "192.0.2.1 can't be used: " in fault
