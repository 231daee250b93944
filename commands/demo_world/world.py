"""The world on one machine: a real Kafka broker, both sandboxes, the endpoint and the consumer, started in order.

Its settings stand in ``env`` of its folder, so that `m2t` in another shell finds it.
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
from typing import IO

from dotenv import dotenv_values

from commands.demo_world.processes import Child, ReservedPorts
from config.settings import Settings
from operations.rules.apply import apply
from records.db.database import Database
from records.db.secret_box import SecretBox
from schemas.apply_file import load_declaration
from topics import admin as topics

Progress = Callable[[str], None]
WEBHOOK_SECRET = "M2T_DEMO_WEBHOOK_SECRET"  # noqa: S105
DOOR_PORT, CONSUMER_PORT, CONSOLE_PORT, TIKTOK_PORT, MAGENTO_PORT = 8080, 9102, 8090, 7310, 7320


class WorldInUse(Exception):
    """Another `m2t up` works on this folder."""


@dataclass(frozen=True, slots=True)
class World:
    """Where everything is. `environment` is what processes of ours are started with."""

    folder: Path
    environment: Mapping[str, str]
    settings: Settings
    database: Database
    box: SecretBox
    webhook_secret: str
    door_url: str
    consumer_url: str
    console_url: str
    tiktok_url: str
    magento_url: str
    children: tuple[Child, ...]

    def ended(self) -> Child | None:
        """The part that ended by itself, if one did."""
        return next((child for child in self.children if child.exit_code is not None), None)


@contextmanager
def world(
    folder: Path,
    declaration: Callable[[str, str, str], Mapping[str, object]],
    progress: Progress,
    *,
    any_ports: bool = False,
    audit_seconds: float = 1.5,
    products: int = 300,
) -> Iterator[World]:
    """Start it all, and stop it in reverse order at the end.

    `declaration` gives the `apply` document, of the URLs of TikTok and of Magento and the webhook secret. Raises
    `WorldInUse`, `ChildFailed`.
    """
    folder = folder.resolve()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with ExitStack() as stack:
        stack.enter_context(_turn(folder))
        ports = stack.enter_context(ReservedPorts())
        found = _environment(folder, ports, any_ports=any_ports)
        environment = {**os.environ, **found}
        log = folder / "logs"

        def run(name: str, *arguments: str) -> Child:
            tells = arguments[0] == "sandbox"
            child = Child(name, arguments, environment, log / f"{name}.log", tells=tells)
            stack.callback(child.stop)
            child.start()
            return child

        begun = time.monotonic()

        def done(words: str) -> None:
            progress(f"{time.monotonic() - begun:5.1f} s  {words}")

        port = ("--port", "0") if any_ports else ()
        kafka = run("kafka", "sandbox", "kafka", "--data", str(folder / "kafka"), *port)
        progress("   …     Kafka is starting (the first time its jars are fetched: 45 MB)")
        servers = str(kafka.first_line()["bootstrap_servers"])
        found["M2T_KAFKA_BOOTSTRAP_SERVERS"] = environment["M2T_KAFKA_BOOTSTRAP_SERVERS"] = servers
        done(f"Kafka answers on {servers}")
        settings = Settings.from_environ(environment, dotenv=None)
        with topics.reaching(settings.kafka()) as admin:
            topics.ensure(admin, settings.topics)
        tiktok = run(
            "tiktok",
            *("sandbox", "tiktok", "--data", str(folder / "tiktok")),
            *("--audit-seconds", str(audit_seconds)),
            *("--port", str(ports.hold(0 if any_ports else TIKTOK_PORT))),
        )
        tiktok_url = str(tiktok.first_line()["url"])
        done(f"the sandbox TikTok Shop answers on {tiktok_url}")
        database = Database(settings.database_url)
        stack.callback(database.close)
        database.upgrade()
        box = SecretBox(*settings.secret_keys)
        door_url = f"http://127.0.0.1:{settings.door_port}"
        magento = run(
            "magento",
            *("sandbox", "magento", "--data", str(folder / "magento"), "--products", str(products)),
            *("--webhook-url", f"{door_url}/webhooks/magento/demo", "--secret-env", WEBHOOK_SECRET),
            *("--port", str(ports.hold(0 if any_ports else MAGENTO_PORT))),
        )
        ready = magento.first_line()
        magento_url = str(ready["url"])
        done(f"the sandbox Magento store has {ready['products']} products, on {magento_url}")
        document = declaration(tiktok_url, magento_url, found[WEBHOOK_SECRET])
        with database.write() as connection:
            apply(
                connection,
                lambda known, _: load_declaration(document, known),
                box,
                now=datetime.now(UTC),
                author="m2t up",
                replace_tokens=True,
            )
        done("database, topics, shops, policies and listing templates are there")
        _write_env(folder, found)
        consumer = run("consumer", "consumer")
        webhooks = run("webhooks", "webhooks")
        console = run("console", "console")
        consumer_url = f"http://127.0.0.1:{settings.consumer_port}"
        consumer.wait_until_ready(consumer_url)
        webhooks.wait_until_ready(door_url)
        done(f"the webhook endpoint answers on {door_url}, the consumer on {consumer_url}")
        console_url = f"http://127.0.0.1:{settings.console_port}"
        console.wait_until_ready(console_url)
        done(f"the console answers on {console_url}")
        yield World(
            folder,
            environment,
            settings,
            database,
            box,
            found[WEBHOOK_SECRET],
            door_url,
            consumer_url,
            console_url,
            tiktok_url,
            magento_url,
            (kafka, tiktok, consumer, webhooks, console, magento),
        )


@contextmanager
def _turn(folder: Path) -> Iterator[IO[str]]:
    with (folder / "up.lock").open("a+") as turn:
        try:
            fcntl.flock(turn, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            turn.seek(0)
            owner = turn.read().strip() or "?"
            raise WorldInUse(
                f"{folder} is in use by process {owner}; stop it, or choose another folder with --data"
            ) from None
        turn.truncate(0)
        turn.write(str(os.getpid()))
        turn.flush()
        yield turn


def _environment(folder: Path, ports: ReservedPorts, *, any_ports: bool) -> dict[str, str]:
    """The settings of this world: its secrets are made at the first start and kept."""
    kept = dotenv_values(folder / "env") if (folder / "env").is_file() else {}
    own = {
        "M2T_SECRET_KEY": secrets.token_urlsafe(48),
        WEBHOOK_SECRET: "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode(),
    }
    return {
        **own,
        **{name: value for name, value in kept.items() if name in own and value},
        "M2T_DATABASE_URL": f"sqlite:///{folder / 'm2t.db'}",
        "M2T_DOOR_PORT": str(ports.hold(0 if any_ports else DOOR_PORT)),
        "M2T_CONSUMER_PORT": str(ports.hold(0 if any_ports else CONSUMER_PORT)),
        "M2T_CONSOLE_PORT": str(ports.hold(0 if any_ports else CONSOLE_PORT)),
        "M2T_CONSOLE_DEMO": "true",
        "M2T_CALLS_PER_SECOND": "50",
        "M2T_AUDIT_LOOK": "0.3",
        "M2T_CAP_LOOK": "2",
        "M2T_ALLOW_PRIVATE_MEDIA": "true",
    }


def _write_env(folder: Path, fields: Mapping[str, str]) -> None:
    file = folder / "env"
    file.touch(mode=0o600)
    file.write_text("".join(f"{name}={value}\n" for name, value in fields.items()))
