"""Each test has a folder with settings and a SQLite database, and runs `m2t` as a shell would."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
import yaml
from click.testing import CliRunner, Result

from commands.m2t import m2t
from config.settings import Settings
from consumer.intake.intake import BatchResult, Intake
from records.catalog import products
from records.db.database import Database
from records.db.secret_box import SecretBox
from records.log import dead_letters
from records.log.dead_letters import DeadLetter
from records.rules import policies
from schemas.event_signature import EventSignatures
from schemas.product import Product
from schemas.product_event import ProductEvent, to_record
from schemas.secret import Secret
from tests.broker import NO_BROKER
from tests.commands.examples import declaration
from tests.policies.examples import at as after_noon
from topics.event_consumer import Record

DATABASE_FILE = "m2t.db"
NOBODY_LISTENS = 9
"""The port of the discard service, on which nothing listens."""
HEAVY = ("kafka", "sqlalchemy", "flask", "requests", "alembic", "marshmallow", "rich")
"""Packages that are slow to import; help and completion work without them."""


@dataclass
class Desk:
    """The folder, settings and database with which a test runs `m2t`; the machine's own settings are not used."""

    folder: Path
    environ: dict[str, str]
    database: Database
    offset: int = field(default=0)

    @property
    def box(self) -> SecretBox:
        return SecretBox(Secret(self.environ["M2T_SECRET_KEY"]))

    @property
    def signatures(self) -> EventSignatures:
        return EventSignatures((Secret(self.environ["M2T_SECRET_KEY"]),))

    def m2t(self, *arguments: str, **environ: str) -> Result:
        """Run the command; `.output` of the result includes standard error."""
        fields = {**self.environ, **environ}
        return CliRunner().invoke(m2t, list(arguments), env=fields, prog_name="m2t")

    def file(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path

    def apply(self, document: Mapping[str, Any], *options: str) -> Result:
        """Run `m2t apply` on this document."""
        return self.m2t("apply", str(self.file("shop.yaml", yaml.safe_dump(document))), *options)

    def take(self, *value: ProductEvent, at: float = 0) -> BatchResult:
        """Run intake on these events, `at` seconds after noon."""
        intake = Intake(
            self.database,
            self.box,
            self.signatures,
            read_delay=timedelta(seconds=2),
            clock=lambda: after_noon(at),
        )
        return intake.take([self._record(event) for event in value])

    def bury(self, event: ProductEvent, reason: str) -> None:
        """Store the event as a dead letter of intake."""
        record = self._record(event)
        letter = DeadLetter(
            shop=event.shop,
            origin_topic=record.topic,
            origin_partition=record.partition,
            origin_offset=record.offset,
            origin_timestamp=record.timestamp_ms,
            key=record.key,
            value=record.value,
            headers=record.headers,
            reason=reason,
            error_class="ValueError",
            error_message="it can't be handled",
            first_failed_at=event.received_at,
        )
        with self.database.write() as connection:
            dead_letters.put(connection, [letter])

    def logs_activity(self) -> bool:
        with self.database.read() as connection:
            return policies.load_all(connection)["Default"].policy.activity_log

    def product(self, sku: str, shop: str = "demo") -> Product:
        with self.database.read() as connection:
            (found,) = products.by_sku(connection, shop, sku)
        return found

    def _record(self, event: ProductEvent) -> Record:
        key, value, headers = to_record(event, self.signatures)
        self.offset += 1
        return Record("magento.product.events", 0, self.offset, 0, key, value, tuple(headers))


@pytest.fixture(scope="session")
def secret_key() -> str:
    """Return the secret key of every desk, so that each can open a copied database."""
    return secrets.token_urlsafe(48)


@contextmanager
def desk_in(folder: Path, secret_key: str) -> Iterator[Desk]:
    environ = {
        "M2T_SECRET_KEY": secret_key,
        "M2T_DATABASE_URL": f"sqlite:///{folder / DATABASE_FILE}",
        "M2T_KAFKA_BOOTSTRAP_SERVERS": f"127.0.0.1:{NOBODY_LISTENS}",
        "M2T_DOOR_PORT": str(NOBODY_LISTENS),
        "M2T_CONSUMER_PORT": str(NOBODY_LISTENS),
    }
    database = Database(environ["M2T_DATABASE_URL"])
    with time_machine.travel(after_noon(3600)):
        yield Desk(folder, environ, database)
    database.close()


@pytest.fixture(scope="session")
def declared(upgraded: Path, secret_key: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Create a database file with one shop, its policy and a template. It takes 0.3 s, so each test copies it."""
    folder = tmp_path_factory.mktemp("declared")
    shutil.copy(upgraded, folder / DATABASE_FILE)
    with desk_in(folder, secret_key) as desk:
        applied = desk.apply(declaration())
        assert applied.exit_code == 0, applied.output
    return folder / DATABASE_FILE


@pytest.fixture
def desk(tmp_path: Path, secret_key: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """Provide settings without a database, an hour after noon. A missing broker is noticed at once."""
    monkeypatch.chdir(tmp_path)
    connection = Settings.kafka

    def without_patience(settings: Settings) -> dict[str, Any]:
        away = settings.kafka_bootstrap_servers == (f"127.0.0.1:{NOBODY_LISTENS}",)
        return {**connection(settings), **(NO_BROKER if away else {})}

    monkeypatch.setattr(Settings, "kafka", without_patience)
    with desk_in(tmp_path, secret_key) as opened:
        yield opened


@pytest.fixture
def shop_desk(desk: Desk, declared: Path) -> Desk:
    """Provide a database with one shop, its policy and a template, which `shop.yaml` declares."""
    shutil.copy(declared, desk.folder / DATABASE_FILE)
    desk.file("shop.yaml", yaml.safe_dump(declaration()))
    return desk
