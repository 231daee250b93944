"""The same app, responding 202 without Kafka: the cost of everything but publishing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from flask import Flask

from config import logs
from config.settings import Settings
from topics.producer import OutgoingRecord
from webhooks.app import create_app
from webhooks.serve import endpoint


class _Nowhere:
    def publish(self, records: Sequence[OutgoingRecord]) -> None:
        """Publish nothing."""


def app() -> Flask:
    """Return the webhook endpoint with a publisher that does nothing."""
    settings = Settings.from_environ()
    logs.configure(settings.log_level, settings.log_format)
    return create_app(replace(endpoint(settings), publisher=_Nowhere()))
