"""The store as a process: its output, how it stops, what survives it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event

import pytest
import requests

from tests.sandbox.magento.webhook_receiver import SECRET, Delivery, Receiver

ROOT = Path(__file__).parents[3]
TIMEOUT_SECONDS = 30.0
MAIN = "import sys; from sandbox.magento.serve import main; sys.exit(main(sys.argv[1:]))"
Process = subprocess.Popen[str]


@pytest.fixture
def start_store(tmp_path: Path) -> Iterator[Callable[..., Process]]:
    """Start the store on this test's folder and a free port; kill what still runs at the end."""
    processes: list[Process] = []

    def start(*arguments: str) -> Process:
        command = [sys.executable, "-c", MAIN, "--port", "0", "--data", str(tmp_path / "magento"), *arguments]
        environment = {**os.environ, "STORE_SECRET": SECRET, "STORE_TOKEN": "env-token", "EMPTY": ""}
        pipe = subprocess.PIPE
        process = subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, cwd=ROOT, env=environment)
        processes.append(process)
        return process

    yield start
    for process in processes:
        process.kill()
        process.communicate(timeout=TIMEOUT_SECONDS)


def url_of(process: Process) -> str:
    assert process.stdout is not None
    ready = json.loads(process.stdout.readline())
    assert ready.keys() == {"sandbox", "url", "products"}
    url: str = ready["url"]
    return url


def test_the_process_prints_one_line_when_it_listens(start_store: Callable[..., Process]) -> None:
    process = start_store()
    assert process.stdout is not None
    ready = json.loads(process.stdout.readline())
    assert (ready["sandbox"], ready["products"]) == ("magento", 302)
    assert requests.get(ready["url"], timeout=TIMEOUT_SECONDS).status_code == 200


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_process_stops_on_a_signal_without_further_output(
    start_store: Callable[..., Process], number: signal.Signals
) -> None:
    process = start_store("--products", "3")
    url_of(process)
    process.send_signal(number)
    assert process.communicate(timeout=TIMEOUT_SECONDS) == ("", "")
    assert process.returncode == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--webhook-url", "http://127.0.0.1:9/"], "--webhook-url needs --secret-env"),
        (["--webhook-url", "http://127.0.0.1:9/", "--secret-env", "NO_SUCH"], "variable NO_SUCH is not set"),
        (["--secret-env", "EMPTY"], "or empty"),
        (["--webhook-url", "127.0.0.1:9", "--secret-env", "STORE_SECRET"], "is not an http or https address"),
        (["--products", "many"], "invalid"),
    ],
)
def test_invalid_options_end_the_process_with_a_message(
    start_store: Callable[..., Process], arguments: list[str], message: str
) -> None:
    process = start_store(*arguments)
    out, errors = process.communicate(timeout=TIMEOUT_SECONDS)
    assert (process.returncode, out) == (2, "")
    assert message in errors
    assert "Traceback" not in errors
    assert SECRET not in errors


def test_a_second_store_on_the_folder_does_not_start(start_store: Callable[..., Process]) -> None:
    url_of(start_store("--products", "3"))
    second = start_store("--products", "3")
    _, errors = second.communicate(timeout=TIMEOUT_SECONDS)
    assert (second.returncode, "in use by another store" in errors) == (2, True)


def test_rest_takes_its_token_from_the_environment_or_the_folder(
    start_store: Callable[..., Process], tmp_path: Path
) -> None:
    def status(url: str, token: str) -> int:
        headers = {"Authorization": f"Bearer {token}"}
        return requests.get(
            f"{url}/rest/V1/products/24-WG01", headers=headers, timeout=TIMEOUT_SECONDS
        ).status_code

    first = start_store("--products", "3")
    url = url_of(first)
    file = tmp_path / "magento" / "access-token"
    assert (status(url, file.read_text()), status(url, "env-token"), status(url, "")) == (200, 401, 401)
    assert file.stat().st_mode & 0o077 == 0
    first.terminate()
    first.wait(TIMEOUT_SECONDS)
    assert status(url_of(start_store("--token-env", "STORE_TOKEN")), "env-token") == 200


def test_the_webhook_of_a_killed_store_is_sent_after_the_next_start(
    start_store: Callable[..., Process], receiver: Receiver
) -> None:
    killed = Event()

    def answer(delivery: Delivery) -> int:
        killed.wait(TIMEOUT_SECONDS)
        return 202

    receiver.answer = answer
    store = start_store("--products", "3", "--webhook-url", receiver.url, "--secret-env", "STORE_SECRET")
    url = url_of(store)
    saver = subprocess.Popen(
        [sys.executable, "-c", f"import requests; requests.post('{url}/_store/products/1/save', json={{}})"],
        stderr=subprocess.DEVNULL,
    )
    receiver.wait_for(1)
    store.kill()
    saver.wait(TIMEOUT_SECONDS)
    killed.set()
    url = url_of(start_store())
    first, again = receiver.wait_for(2)
    assert (first.id, first.payload) == (again.id, again.payload)
    assert requests.get(f"{url}/_store/products/1", timeout=TIMEOUT_SECONDS).json()["version"] == 2
