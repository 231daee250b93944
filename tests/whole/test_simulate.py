"""`m2t simulate` on a real broker decides as real intake does on the same records."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from commands.m2t import m2t
from consumer.intake.intake import Intake
from consumer.intake.write_decisions import DecidedEvent
from policies.decision import Action
from records.catalog import listings, products
from records.catalog.products import ProductKey
from records.db.database import Database
from records.db.secret_box import SecretBox
from records.every_table import metadata
from sandbox.kafka import Broker
from schemas.event_signature import EventSignatures
from schemas.listing import FirstAudit, Listing, ListingStatus
from schemas.secret import Secret
from tests.commands.examples import declaration, policy, template
from tests.whole.recorded_saves import LISTED, OLD, fire, saves, sku
from topics.event_consumer import Record
from topics.replay_reader import RecordedEvents

KEY = "simulate-0123456789-abcdefghijklmnopqrstuv"
SIGNATURES = EventSignatures((Secret(KEY),))
COLOR = policy(only_specific_attributes=True, observed_attributes=["color"])
ANY = policy()
SAVES = 10_000


@dataclass
class Merchant:
    """A database with a policy in force, and with the products that are on TikTok already."""

    folder: Path
    environ: dict[str, str]

    @property
    def database(self) -> Database:
        return Database(self.environ["M2T_DATABASE_URL"])

    def m2t(self, *arguments: str) -> Result:
        found = CliRunner().invoke(m2t, list(arguments), env=self.environ, prog_name="m2t")
        assert found.exit_code == 0, found.output
        return found

    def file(self, name: str, document: Any) -> str:
        path = self.folder / name
        path.write_text(yaml.safe_dump(document))
        return str(path)

    def begin(self, in_force: dict[str, Any]) -> None:
        self.m2t("db", "upgrade")
        document = declaration(synchronization_policies=[in_force])
        self.m2t("apply", self.file("shop.yaml", document))
        database = self.database
        with database.write() as connection:
            keys = [ProductKey("demo", str(number), sku(number)) for number in (*LISTED, *OLD)]
            located = products.locate(connection, keys)
            stored = listings.load(connection, [located[key].id for key in keys[: len(LISTED)]])
            listings.save_delivered(connection, [on_tiktok(listing) for listing in stored.values()])
        database.close()

    def rows(self) -> dict[str, int]:
        """Return the number of rows of each table."""
        database = self.database
        with database.read() as connection:
            counted = {
                table.name: len(connection.execute(table.select()).all()) for table in metadata.sorted_tables
            }
        database.close()
        return counted


def on_tiktok(listing: Listing) -> Listing:
    """Return the listing as it is after TikTok accepted it."""
    return replace(
        listing,
        tiktok_product_id=f"1729{listing.product_id}",
        status=ListingStatus.ACTIVATE,
        first_audit=FirstAudit.PASSED,
    )


def split_repeated(batch: Sequence[Record]) -> Iterator[list[Record]]:
    """Yield the records in order, in parts that have no product twice."""
    part: list[Record] = []
    for record in batch:
        if any(other.key == record.key for other in part):
            yield part
            part = []
        part.append(record)
    yield part


def accept(database: Database, decided: Sequence[DecidedEvent]) -> None:
    """Write what delivery would, if TikTok accepted everything at once."""
    uploads = [
        event.event_decision for event in decided if event.event_decision.decision.action is Action.UPLOAD
    ]
    syncs = [event.event_decision for event in decided if event.event_decision.decision.action is Action.SYNC]
    with database.write() as connection:
        listings.save_delivered(connection, [on_tiktok(ruling.context.listing) for ruling in uploads])
        products.settle_novelty(connection, [ruling.context.product.id for ruling in uploads])
        for ruling in syncs:
            listing = ruling.context.listing
            if listing.ineligible_since is not None:
                listings.clear_ineligible(connection, listing.product_id, listing.ineligible_since)


def intake_decisions(merchant: Merchant, broker: Broker, topic: str) -> Counter[str]:
    """Return how often real intake decides each action and reason."""
    database = merchant.database
    intake = Intake(database, SecretBox(Secret(KEY)), SIGNATURES, read_delay=timedelta(seconds=2))
    recorded = RecordedEvents(
        topic,
        since=datetime.now(UTC) - timedelta(hours=1),
        connection={"bootstrap_servers": broker.bootstrap_servers},
    )
    counted: Counter[str] = Counter()
    for batch in recorded.batches():
        for part in split_repeated(batch):
            decided = intake.take(part).decided
            accept(database, decided)
            counted.update(
                f"{event.event_decision.decision.action} {event.event_decision.decision.reason}"
                for event in decided
            )
    recorded.close()
    database.close()
    return counted


@pytest.fixture
def merchants(broker: Broker, topic_prefix: str, tmp_path: Path) -> tuple[Merchant, Merchant]:
    """Return a merchant for each policy; the saves are on the topic."""

    def merchant(name: str) -> Merchant:
        folder = tmp_path / name
        folder.mkdir()
        environ = {
            "M2T_SECRET_KEY": KEY,
            "M2T_DATABASE_URL": f"sqlite:///{folder / 'm2t.db'}",
            "M2T_KAFKA_BOOTSTRAP_SERVERS": broker.bootstrap_servers,
            "M2T_TOPIC_PREFIX": topic_prefix,
        }
        return Merchant(folder, environ)

    both = merchant("color"), merchant("any")
    both[0].m2t("topics", "ensure", "--partitions", "4")
    both[0].begin(COLOR)
    both[1].begin(ANY)
    fire(broker.bootstrap_servers, f"{topic_prefix}magento.product.events", saves(SAVES), SIGNATURES)
    return both


def test_ten_thousand_saves_are_decided_as_real_intake_decides_them(
    merchants: tuple[Merchant, Merchant], broker: Broker, topic_prefix: str
) -> None:
    color, any_ = merchants
    topic = f"{topic_prefix}magento.product.events"
    under_color, under_any = intake_decisions(color, broker, topic), intake_decisions(any_, broker, topic)
    rows = color.rows()
    draft = color.file("draft.yaml", {"synchronization_policies": [ANY]})
    result = color.m2t("simulate", "--policy", draft, "--since", "1h", "--json")
    document = json.loads(result.stdout)
    assert (document["events"], document["left_out"]) == (SAVES, {"duplicates": 10, "unsigned": 1})
    assert document["before"]["decisions"] == dict(under_color)
    assert document["after"]["decisions"] == dict(under_any)
    assert under_color["sync observed_attribute_changed"] < under_any["sync attribute_changed"]
    assert "skip no_observed_attribute_changed" in under_color
    assert document["before"]["calls_total"] < document["after"]["calls_total"]
    assert (
        document["after"]["seconds"]
        == document["after"]["calls_total"] / document["pace"]["calls_per_second"]
    )
    assert f"Records: {SAVES} of {SAVES + 11} …" in result.stderr
    assert color.rows() == rows


def test_a_narrower_template_is_simulated_for_the_requested_shop(
    merchants: tuple[Merchant, Merchant],
) -> None:
    color, _ = merchants
    draft = color.file("draft.yaml", template(attribute_set="11"))
    output = color.m2t("simulate", "--template", draft, "--shop", "demo", "--since", "1h").stdout
    assert f"{SAVES:,} events of 500 products since " in output
    assert "(left out: 10 duplicates, 1 unsigned)." in output
    counted = re.findall(r"^(\w+ \w+) +(\d+) +(\d+)$", output, re.MULTILINE)
    decided = {decision for decision, _, draft in counted if draft != "0"}
    assert decided == {
        "skip no_listing_template_matches",
        "skip not_visible_individually",
        "skip product_disabled",
        "take_down product_disabled",
    }
    assert re.search(r"TikTok calls, at most +1\d{3} +\d{3}\n", output)
    assert re.search(
        r"^At [0-9.]+ calls per second, the draft's calls take about .+; those of the ", output, re.MULTILINE
    )
    (otherwise,) = re.findall(r"([\d,]+) products would have a different result", output)
    assert output.splitlines()[-1] == f"  … and {int(otherwise.replace(',', '')) - 20} more"
