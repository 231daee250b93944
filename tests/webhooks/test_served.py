"""The app behind real servers: bodies of 50 MB, declared or chunked, and a stop that finishes running requests."""

from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection, HTTPResponse, RemoteDisconnected
from pathlib import Path

import pytest
from werkzeug.serving import make_server

from config.serving import port_fault
from records.db.database import Database
from records.db.secret_box import SecretBox
from records.rules import shops
from schemas.secret import Secret
from tests.ports import free_port
from tests.webhooks.conftest import ExampleEndpoint
from tests.webhooks.examples import NOW, SHOP, signed

FIFTY_MB = 50 * 1000 * 1000
CHUNK = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
SAVE = b'{"sku":"MUG-01","name":"Mug"}'
SECRET_KEY = "k8Jq2vX9wLr4TzB7nYc3DfGh6MsPaEuQ"
TIMEOUT_SECONDS = 30.0


def on_granian(folder: Path, port: int) -> subprocess.Popen[bytes]:
    """Start `python -m webhooks` with a database that holds the shop, and without Kafka."""
    url = f"sqlite:///{folder / 'm2t.db'}"
    database = Database(url)
    database.upgrade()
    with database.write() as connection:
        shops.save(connection, SHOP, SecretBox(Secret(SECRET_KEY)), now=NOW)
    database.close()
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("M2T_")},
        "M2T_SECRET_KEY": SECRET_KEY,
        "M2T_DATABASE_URL": url,
        "M2T_KAFKA_BOOTSTRAP_SERVERS": f"127.0.0.1:{free_port()}",
        "M2T_DOOR_PORT": str(port),
        "M2T_DOOR_PROCESSES": "1",
    }
    root = Path(__file__).parents[2]
    return subprocess.Popen(
        [sys.executable, "-m", "webhooks"], cwd=root, env=environment, stderr=(folder / "log").open("wb")
    )


@contextmanager
def granian(folder: Path) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """The running process, once it answers, and its port."""
    port = free_port()
    process = on_granian(folder, port)
    try:
        wait_until_alive(TIMEOUT_SECONDS, process, port)
        yield process, port
    finally:
        process.terminate()
        process.wait(TIMEOUT_SECONDS)


def wait_until_alive(seconds: float, process: subprocess.Popen[bytes], port: int) -> None:
    """Wait until the process answers. Raises `AssertionError` if it does not answer in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with closing(HTTPConnection("127.0.0.1", port, timeout=5)) as connection:
                connection.request("GET", "/livez")
                if connection.getresponse().status == 200:
                    return
        except (OSError, RemoteDisconnected):
            time.sleep(0.05)
    raise AssertionError(f"the endpoint did not answer within {seconds} s (exit code {process.poll()})")


@pytest.fixture(scope="module")
def granian_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with granian(tmp_path_factory.mktemp("granian")) as (_, port):
        yield port


@pytest.fixture
def werkzeug_port(endpoint: ExampleEndpoint) -> Iterator[int]:
    server = make_server("127.0.0.1", 0, endpoint.app(), threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join(TIMEOUT_SECONDS)
    server.server_close()


@pytest.fixture(params=["werkzeug", "granian"])
def port(request: pytest.FixtureRequest) -> int:
    """The port of the app, behind each server in turn."""
    listening: int = request.getfixturevalue(f"{request.param}_port")
    return listening


def post(port: int, raw: bytes, headers: Mapping[str, str], key: str = "demo") -> tuple[int, HTTPResponse]:
    """Post these bytes, and return the status and the response."""
    with closing(HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_SECONDS)) as connection:
        connection.request("POST", f"/webhooks/magento/{key}", raw, dict(headers))
        response = connection.getresponse()
        response.read()
        return response.status, response


def status_of(connection: socket.socket) -> int:
    """Return the HTTP status of the response."""
    return int(connection.recv(12).split()[1])


def begin_request(port: int, *headers: str) -> socket.socket:
    """Return the connection of a request whose headers are sent and whose body is not."""
    connection = socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT_SECONDS)
    head = [
        "POST /webhooks/magento/demo HTTP/1.1",
        "Host: endpoint",
        "Content-Type: application/json",
        *headers,
    ]
    connection.sendall("\r\n".join([*head, "", ""]).encode())
    return connection


def test_a_declared_body_of_50_mb_is_refused_before_it_is_sent(port: int) -> None:
    with closing(begin_request(port, f"Content-Length: {FIFTY_MB}")) as connection:
        assert status_of(connection) == 413


def test_a_chunked_body_of_50_mb_is_refused_before_its_end(port: int) -> None:
    with closing(begin_request(port, "Transfer-Encoding: chunked")) as connection:
        sent = 0
        with suppress(BrokenPipeError, ConnectionResetError):
            while sent < FIFTY_MB and not select.select([connection], [], [], 0)[0]:
                connection.sendall(CHUNK)
                sent += 0x10000
        assert sent < FIFTY_MB
        answer = b""
        while b"body_too_large" not in answer and (more := connection.recv(4096)):
            answer += more
        assert answer.startswith(b"HTTP/1.1 413 ") and b"body_too_large" in answer


@pytest.mark.parametrize(("chunks", "status"), [(160, 401), (256, 401), (257, 413)])
def test_a_body_in_chunks_is_read_up_to_16_mib_if_its_signature_may_be_right(
    granian_port: int, chunks: int, status: int
) -> None:
    headers = [f"{name}: {value}" for name, value in signed(b"other", sent=datetime.now(UTC)).items()]
    with closing(begin_request(granian_port, "Transfer-Encoding: chunked", *headers)) as connection:
        with suppress(BrokenPipeError, ConnectionResetError):
            for _ in range(chunks):
                connection.sendall(CHUNK)
            connection.sendall(b"0\r\n\r\n")
        assert status_of(connection) == status


def test_a_small_body_in_chunks_is_read(port: int) -> None:
    with closing(begin_request(port, "Transfer-Encoding: chunked")) as connection:
        connection.sendall(b"2\r\n{}\r\n0\r\n\r\n")
        assert status_of(connection) == 401


@pytest.mark.parametrize(
    "headers, key, status",
    [
        (signed(b"other"), "demo", 401),
        (signed(SAVE, sent=datetime.now(UTC) - timedelta(days=1)), "demo", 401),
        ({}, "demo", 401),
        ({}, "nowhere", 404),
        ({"content-encoding": "gzip"}, "demo", 415),
    ],
)
def test_a_refusal_is_the_same_behind_every_server(
    port: int, headers: dict[str, str], key: str, status: int
) -> None:
    found, response = post(port, SAVE, {"content-type": "application/json", **headers}, key)
    assert (found, response.headers["content-type"]) == (status, "application/problem+json")


def test_granian_answers_503_with_retry_after_while_kafka_is_down(granian_port: int) -> None:
    headers = {"content-type": "application/json", **signed(SAVE, sent=datetime.now(UTC))}
    status, response = post(granian_port, SAVE, headers)
    assert (status, response.headers["retry-after"]) == (503, "2")


def test_granian_is_not_ready_while_kafka_is_down(granian_port: int) -> None:
    with closing(HTTPConnection("127.0.0.1", granian_port, timeout=TIMEOUT_SECONDS)) as connection:
        connection.request("GET", "/readyz?verbose")
        response = connection.getresponse()
        lines = response.read().decode().splitlines()
    assert response.status == 503
    assert lines[0].startswith("[-]kafka does not answer")
    assert lines[1:] == ["[+]database ok", "[+]shops ok", "not ready"]


def test_a_stop_signal_finishes_the_running_request(tmp_path: Path) -> None:
    """Without Kafka a signed request waits one second for it; the signal arrives within that second."""
    with granian(tmp_path) as (process, port):
        headers = [f"{name}: {value}" for name, value in signed(SAVE, sent=datetime.now(UTC)).items()]
        with closing(begin_request(port, f"Content-Length: {len(SAVE)}", *headers)) as connection:
            connection.sendall(SAVE)
            time.sleep(0.3)
            process.send_signal(signal.SIGTERM)
            assert status_of(connection) == 503
        assert process.wait(TIMEOUT_SECONDS) == 0
    assert "Traceback" not in (tmp_path / "log").read_text()


def test_the_workers_of_a_killed_process_end_and_its_port_is_free_again(tmp_path: Path) -> None:
    with granian(tmp_path) as (process, port):
        assert port_fault("127.0.0.1", port, "M2T_DOOR_PORT") is not None
        process.kill()
        process.wait(TIMEOUT_SECONDS)
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while port_fault("127.0.0.1", port, "M2T_DOOR_PORT") is not None:
            assert time.monotonic() < deadline, "a worker goes on serving"
            time.sleep(0.05)


def test_an_invalid_setting_is_named_and_nothing_starts() -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("M2T_")}
    command = [sys.executable, "-m", "webhooks"]
    environment |= {"M2T_SECRET_KEY": SECRET_KEY, "M2T_DOOR_PORT": "http"}
    ended = subprocess.run(
        command, cwd=Path(__file__).parents[2], env=environment, capture_output=True, timeout=60, check=False
    )
    assert ended.returncode == 3
    assert b"M2T_DOOR_PORT" in ended.stderr
    assert SECRET_KEY.encode() not in ended.stderr
