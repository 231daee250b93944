"""The app as granian loads it, with settings from the environment. Nothing is connected before the first request."""

from __future__ import annotations

from dataclasses import fields
from datetime import timedelta
from multiprocessing.util import Finalize
from typing import Final
from zoneinfo import ZoneInfo

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from config import logs
from config.serving import end_with_parent
from config.settings import PREFIX, Settings
from console.app import create_app
from console.web.context import ConsoleContext, Kafka, Switch
from console.web.job_runner import NAME as JOB_RUNNER
from records.db.database import Database
from records.db.secret_box import SecretBox
from records.rules.load_rulebook import RulebookReader
from schemas.secret import Secret

STOP_SECONDS: Final = 2.0
"""How long the process waits for the running job when it ends: well below the time after which granian kills it."""


def app() -> Flask:
    """Return the app for the settings of this process."""
    end_with_parent()
    settings = Settings.from_environ()
    logs.configure(settings.log_level, settings.log_format)
    keys = map(session_key, settings.secret_keys)
    made = create_app(console_context(settings), *keys, trusted_hosts=settings.trusted_hosts)
    if settings.console_behind_proxy:
        made.wsgi_app = ProxyFix(made.wsgi_app, x_for=1, x_proto=1, x_host=1)  # type: ignore[method-assign]
    # granian serves in a child process of multiprocessing, which ends with its finalizers, not with those of atexit.
    Finalize(None, made.extensions[JOB_RUNNER].stop, kwargs={"seconds": STOP_SECONDS}, exitpriority=0)
    return made


def console_context(settings: Settings) -> ConsoleContext:
    """Return the console's context for these settings."""
    box = SecretBox(*settings.secret_keys)
    return ConsoleContext(
        database=Database(settings.database_url),
        box=box,
        rulebooks=RulebookReader(box),
        kafka=Kafka(
            settings.kafka(),
            settings.events_topic,
            settings.dead_letters_topic,
            settings.outcomes_topic,
            settings.consumer_group,
        ),
        signatures=settings.signatures(),
        webhooks_url=settings.webhooks_url,
        consumer_url=f"http://{settings.consumer_host}:{settings.consumer_port}",
        door_url=f"http://{settings.door_host}:{settings.door_port}",
        switches=switches(settings),
        read_delay=timedelta(seconds=settings.read_delay),
        allow_private_media=settings.allow_private_media,
        calls_per_second=settings.calls_per_second,
        read_only=settings.console_read_only,
        demo=settings.console_demo,
        zone=ZoneInfo(settings.console_timezone),
    )


def switches(settings: Settings) -> tuple[Switch, ...]:
    """Return every setting, with whether it differs from the default, and without its value."""
    usual = Settings.from_environ({f"{PREFIX}SECRET_KEY": settings.secret_key.reveal()}, dotenv=None)
    return tuple(
        Switch(
            f"{PREFIX}{field.name.upper()}",
            " ".join(str(field.metadata["doc"]).split()),
            field.name == "secret_key" or getattr(settings, field.name) != getattr(usual, field.name),
        )
        for field in fields(Settings)
    )


def session_key(key: Secret) -> Secret:
    """Derive the key that signs sessions, so that a cookie reveals nothing about the key that encrypts secrets."""
    made = HKDF(SHA256(), 32, salt=None, info=b"m2t console sessions").derive(key.reveal().encode())
    return Secret(made.hex())
