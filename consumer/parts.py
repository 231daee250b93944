"""The consumer's parts, wired from the settings. `Consumer` in `__main__` starts and stops them."""

from __future__ import annotations

from datetime import timedelta

from config.settings import Settings
from consumer.delivery.dispatcher import Delivery
from consumer.delivery.token_refresh import Authorization
from consumer.http import Metrics
from consumer.intake.intake import Intake
from consumer.outbox.outcome_relay import OutcomeRelay
from consumer.outbox.quarantine_reader import QuarantineReader
from consumer.resync_worker import ResyncWorker
from consumer.retention_worker import RetentionWorker
from records.db.database import Database
from records.db.secret_box import SecretBox


class Parts:
    """Intake, delivery and the workers beside them. Nothing is started here."""

    def __init__(self, settings: Settings, database: Database, box: SecretBox, metrics: Metrics) -> None:
        self.relay = OutcomeRelay(
            database,
            settings.kafka(),
            outcomes_topic=settings.outcomes_topic,
            dead_letters_topic=settings.dead_letters_topic,
            group_id=settings.consumer_group,
        )
        self.quarantine = QuarantineReader(
            database,
            settings.kafka(),
            settings.signatures(),
            dead_letters_topic=settings.dead_letters_topic,
            group_id=settings.consumer_group,
        )
        self.authorization = Authorization(database, box, exchanged=metrics.exchanged)
        self.delivery = Delivery(
            database,
            box,
            calls_in_flight=settings.calls_in_flight,
            calls_per_second=settings.calls_per_second,
            audit_look=timedelta(seconds=settings.audit_look),
            allow_private_media=settings.allow_private_media,
            cap_look=timedelta(seconds=settings.cap_look),
            authorization=self.authorization,
            noted=self.relay.wake,
            exchanged=metrics.exchanged,
        )
        self.intake = Intake(
            database,
            box,
            settings.signatures(),
            read_delay=timedelta(seconds=settings.read_delay),
            dispatch=self.delivery,
        )
        self.resync = ResyncWorker(database, box)
        self.retention = RetentionWorker(database)
