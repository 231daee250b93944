"""A whole system on one machine: a real Kafka broker, both sandboxes, the endpoint, the consumer and the console.

Its settings are written to ``env`` in its folder, where `m2t` in another shell finds them.
"""

from __future__ import annotations

import base64
import fcntl
import os
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from dotenv import dotenv_values

from commands.demo_world.processes import Child, ReservedPorts
from config.settings import Settings
from operations.rules.apply import apply
from records.db.database import Database
from records.db.secret_box import SecretBox
from schemas.apply_file import load_declaration
from topics import admin as topics

Progress = Callable[[str], None]
Declare = Callable[[str, str, str], Mapping[str, object]]
"""Returns the `apply` document, given TikTok's URL, Magento's URL and the webhook secret."""
WEBHOOK_SECRET = "M2T_DEMO_WEBHOOK_SECRET"  # noqa: S105
ENDPOINT_PORT, CONSUMER_PORT, CONSOLE_PORT, TIKTOK_PORT, MAGENTO_PORT = 8080, 9102, 8090, 7310, 7320


class WorldInUse(Exception):
    """Raised when another `m2t up` or `m2t demo` uses the folder."""


@dataclass(frozen=True, slots=True)
class World:
    """A running world: its folder, its records and the URLs of its parts.

    `environment` is what the processes were started with; `children` are in the order of their start.
    """

    folder: Path
    environment: Mapping[str, str]
    settings: Settings
    database: Database
    box: SecretBox
    webhook_secret: str
    endpoint_url: str
    consumer_url: str
    console_url: str
    tiktok_url: str
    magento_url: str
    children: tuple[Child, ...]

    def ended(self) -> Child | None:
        """Return a part that has ended, or None while all run."""
        return next((child for child in self.children if child.exit_code is not None), None)


@contextmanager
def world_folder(path: Path) -> Iterator[Path]:
    """Create the folder of a world and lock it for this process. Raises `WorldInUse`."""
    folder = path.resolve()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / "up.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            owner = lock.read().strip() or "?"
            raise WorldInUse(f"{folder} is in use by process {owner}.") from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield folder


@contextmanager
def world(
    folder: Path,
    declare: Declare,
    progress: Progress,
    *,
    any_ports: bool = False,
    audit_seconds: float = 1.5,
    products: int = 300,
) -> Iterator[World]:
    """Start every part in `folder`, a `world_folder`; stop them in reverse order at the end. Raises `ChildFailed`.

    With `any_ports` the parts get free ports instead of their usual ones. `audit_seconds` is how long the sandbox
    TikTok Shop audits a listing; `products` is how many products the sandbox Magento store starts with.
    """
    with ExitStack() as stack:
        start = _Start(folder, stack, progress, any_ports=any_ports)
        kafka, settings = start.kafka()
        tiktok, tiktok_url = start.tiktok(audit_seconds)
        endpoint_url, consumer_url, console_url = (
            f"http://127.0.0.1:{port}"
            for port in (settings.door_port, settings.consumer_port, settings.console_port)
        )
        magento, magento_url = start.magento(products, endpoint_url)
        database, box = Database(settings.database_url), SecretBox(*settings.secret_keys)
        stack.callback(database.close)
        webhook_secret = start.found[WEBHOOK_SECRET]
        _store(database, box, declare(tiktok_url, magento_url, webhook_secret))
        start.done("database, topics, shops, policies and listing templates are ready")
        _write_env(folder, start.found)
        processes = start.processes(endpoint_url, consumer_url, console_url)
        stack.callback(progress, "Stopping every part; this takes some seconds.")
        yield World(
            folder,
            start.environment,
            settings,
            database,
            box,
            webhook_secret,
            endpoint_url,
            consumer_url,
            console_url,
            tiktok_url,
            magento_url,
            (kafka, tiktok, magento, *processes),
        )


class _Start:
    """The start of a world: runs its parts, registers their stop with `stack`, and reports progress with the time."""

    def __init__(self, folder: Path, stack: ExitStack, progress: Progress, *, any_ports: bool) -> None:
        self._folder = folder
        self._stack = stack
        self._progress = progress
        self._any_ports = any_ports
        self._ports = stack.enter_context(ReservedPorts())
        self._begun = time.monotonic()
        self.found = _environment(folder, self._port)
        self.environment = {**os.environ, **self.found}

    def kafka(self) -> tuple[Child, Settings]:
        """Start the broker and create the topics; return the settings, which are complete now."""
        data = self._folder / "kafka"
        port = ("--port", "0") if self._any_ports else ()
        child = self.run("kafka", "sandbox", "kafka", "--data", str(data), *port)
        servers = str(
            child.announcement(lambda line: self._progress(f"   …     {line}"))["bootstrap_servers"]
        )
        for variables in (self.found, self.environment):
            variables["M2T_KAFKA_BOOTSTRAP_SERVERS"] = servers
        self.done(f"Kafka serves on {servers}")
        settings = Settings.from_environ(self.environment, dotenv=None)
        with topics.reaching(settings.kafka()) as admin:
            topics.ensure(admin, settings.topics)
        return child, settings

    def tiktok(self, audit_seconds: float) -> tuple[Child, str]:
        """Start the sandbox TikTok Shop; return its URL."""
        child = self.run(
            "tiktok",
            *("sandbox", "tiktok", "--data", str(self._folder / "tiktok")),
            *("--audit-seconds", str(audit_seconds)),
            *("--port", str(self._port(TIKTOK_PORT))),
        )
        url = str(child.announcement()["url"])
        self.done(f"the sandbox TikTok Shop serves on {url}")
        return child, url

    def magento(self, products: int, endpoint_url: str) -> tuple[Child, str]:
        """Start the sandbox Magento store, which sends its webhooks to the shop `demo`; return its URL."""
        child = self.run(
            "magento",
            *("sandbox", "magento", "--data", str(self._folder / "magento"), "--products", str(products)),
            *("--webhook-url", f"{endpoint_url}/webhooks/magento/demo", "--secret-env", WEBHOOK_SECRET),
            *("--port", str(self._port(MAGENTO_PORT))),
        )
        announced = child.announcement()
        url = str(announced["url"])
        self.done(f"the sandbox Magento store has {announced['products']} products, on {url}")
        return child, url

    def processes(self, endpoint_url: str, consumer_url: str, console_url: str) -> tuple[Child, Child, Child]:
        """Start consumer, endpoint and console, and wait until each is ready."""
        # All three start before the first wait, because each takes a second or more to import.
        consumer, webhooks, console = (self.run(name, name) for name in ("consumer", "webhooks", "console"))
        consumer.wait_until_ready(consumer_url)
        webhooks.wait_until_ready(endpoint_url)
        self.done(f"the webhook endpoint serves on {endpoint_url}, the consumer on {consumer_url}")
        console.wait_until_ready(console_url)
        self.done(f"the console serves on {console_url}")
        return consumer, webhooks, console

    def run(self, name: str, *arguments: str) -> Child:
        """Start `python -m` with these arguments; a sandbox announces its address on standard output."""
        log = self._folder / "logs" / f"{name}.log"
        child = Child(name, arguments, self.environment, log, announces=arguments[0] == "sandbox")
        self._stack.callback(child.stop)
        child.start()
        return child

    def done(self, words: str) -> None:
        """Report a step, after the seconds since the start."""
        self._progress(f"{time.monotonic() - self._begun:5.1f} s  {words}")

    def _port(self, usual: int) -> int:
        return self._ports.reserve(0 if self._any_ports else usual)


def _environment(folder: Path, port: Callable[[int], int]) -> dict[str, str]:
    """Return the settings of this world. Its secrets are generated at the first start and kept in ``env``."""
    kept = dotenv_values(folder / "env") if (folder / "env").is_file() else {}
    own = {
        "M2T_SECRET_KEY": secrets.token_urlsafe(48),
        WEBHOOK_SECRET: "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode(),
    }
    return {
        **own,
        **{name: value for name, value in kept.items() if name in own and value},
        "M2T_DATABASE_URL": f"sqlite:///{folder / 'm2t.db'}",
        "M2T_DOOR_PORT": str(port(ENDPOINT_PORT)),
        "M2T_CONSUMER_PORT": str(port(CONSUMER_PORT)),
        "M2T_CONSOLE_PORT": str(port(CONSOLE_PORT)),
        "M2T_CONSOLE_DEMO": "true",
        "M2T_CALLS_PER_SECOND": "50",
        "M2T_AUDIT_LOOK": "0.3",
        "M2T_CAP_LOOK": "2",
        "M2T_ALLOW_PRIVATE_MEDIA": "true",
    }


def _store(database: Database, box: SecretBox, document: Mapping[str, object]) -> None:
    database.upgrade()
    with database.write() as connection:
        apply(
            connection,
            lambda existing, _: load_declaration(document, existing),
            box,
            now=datetime.now(UTC),
            author="m2t up",
            replace_tokens=True,
        )


def _write_env(folder: Path, variables: Mapping[str, str]) -> None:
    file = folder / "env"
    file.touch(mode=0o600)
    file.write_text("".join(f"{name}={value}\n" for name, value in variables.items()))
