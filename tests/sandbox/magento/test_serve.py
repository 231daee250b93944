"""The store as a process: what it says, how it stops, what outlives it."""

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
PATIENCE = 30.0
MAIN = "import sys; from sandbox.magento.serve import main; sys.exit(main(sys.argv[1:]))"
Process = subprocess.Popen[str]


@pytest.fixture
def started(tmp_path: Path) -> Iterator[Callable[..., Process]]:
    """Starts the store on this test's folder and a free port; what still runs in the end is killed."""
    processes: list[Process] = []

    def start(*arguments: str) -> Process:
        command = [sys.executable, "-c", MAIN, "--port", "0", "--data", str(tmp_path / "magento"), *arguments]
        environment = {**os.environ, "STORE_SECRET": SECRET, "STORE_TOKEN": "told-token", "EMPTY": ""}
        pipe = subprocess.PIPE
        process = subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, cwd=ROOT, env=environment)
        processes.append(process)
        return process

    yield start
    for process in processes:
        process.kill()
        process.communicate(timeout=PATIENCE)


def url_of(process: Process) -> str:
    assert process.stdout is not None
    ready = json.loads(process.stdout.readline())
    assert ready.keys() == {"sandbox", "url", "products"}
    url: str = ready["url"]
    return url


def test_one_line_says_that_it_listens(started: Callable[..., Process]) -> None:
    process = started()
    assert process.stdout is not None
    ready = json.loads(process.stdout.readline())
    assert (ready["sandbox"], ready["products"]) == ("magento", 302)
    assert requests.get(ready["url"], timeout=PATIENCE).status_code == 200


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_when_told_and_says_nothing_more(
    started: Callable[..., Process], number: signal.Signals
) -> None:
    process = started("--products", "3")
    url_of(process)
    process.send_signal(number)
    assert process.communicate(timeout=PATIENCE) == ("", "")
    assert process.returncode == 0


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--webhook-url", "http://127.0.0.1:9/"], "--webhook-url needs --secret-env"),
        (["--webhook-url", "http://127.0.0.1:9/", "--secret-env", "NO_SUCH"], "no variable NO_SUCH"),
        (["--secret-env", "EMPTY"], "or it is empty"),
        (["--webhook-url", "127.0.0.1:9", "--secret-env", "STORE_SECRET"], "is not an http or https address"),
        (["--products", "many"], "invalid"),
    ],
)
def test_what_can_t_be_served_is_said_in_a_sentence(
    started: Callable[..., Process], arguments: list[str], says: str
) -> None:
    process = started(*arguments)
    out, said = process.communicate(timeout=PATIENCE)
    assert (process.returncode, out) == (2, "")
    assert says in said
    assert "Traceback" not in said
    assert SECRET not in said


def test_a_second_store_on_the_folder_is_refused(started: Callable[..., Process]) -> None:
    url_of(started("--products", "3"))
    second = started("--products", "3")
    _, said = second.communicate(timeout=PATIENCE)
    assert (second.returncode, "in use by another store" in said) == (2, True)


def test_rest_wants_the_token_of_the_environment_or_else_the_folder_s(
    started: Callable[..., Process], tmp_path: Path
) -> None:
    def status(url: str, token: str) -> int:
        headers = {"Authorization": f"Bearer {token}"}
        return requests.get(f"{url}/rest/V1/products/24-WG01", headers=headers, timeout=PATIENCE).status_code

    first = started("--products", "3")
    url = url_of(first)
    file = tmp_path / "magento" / "access-token"
    assert (status(url, file.read_text()), status(url, "told-token"), status(url, "")) == (200, 401, 401)
    assert file.stat().st_mode & 0o077 == 0
    first.terminate()
    first.wait(PATIENCE)
    assert status(url_of(started("--token-env", "STORE_TOKEN")), "told-token") == 200


def test_a_save_whose_store_was_killed_is_told_after_the_next_start(
    started: Callable[..., Process], receiver: Receiver
) -> None:
    killed = Event()

    def answer(delivery: Delivery) -> int:
        killed.wait(PATIENCE)
        return 202

    receiver.answer = answer
    store = started("--products", "3", "--webhook-url", receiver.url, "--secret-env", "STORE_SECRET")
    url = url_of(store)
    saver = subprocess.Popen(
        [sys.executable, "-c", f"import requests; requests.post('{url}/_store/products/1/save', json={{}})"],
        stderr=subprocess.DEVNULL,
    )
    receiver.wait_for(1)
    store.kill()
    saver.wait(PATIENCE)
    killed.set()
    url = url_of(started())
    first, again = receiver.wait_for(2)
    assert (first.id, first.told) == (again.id, again.told)
    assert requests.get(f"{url}/_store/products/1", timeout=PATIENCE).json()["version"] == 2
