"""`m2t simulate`: what a draft of a policy or template would have meant for the events that were recorded."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import click

from commands.apply import declared
from commands.declaration import parse
from commands.exits import Failed, reaching_kafka
from commands.moments import Span, moment
from commands.named import shops_named
from commands.opening import database, settings
from config.settings import Settings
from consumer.recorded_events import RecordedEvents
from consumer.ruling import Governed
from consumer.simulation import Life, Origin, Simulation, Tally
from consumer.topics import Record
from records import listings, products
from records.database import Database
from records.governing import Governing, GoverningRecords
from records.products import ProductKey
from records.secret_box import SecretBox
from schemas.apply_file import Declaration, Fault, InvalidDocument, load_declaration
from schemas.product_event import ProductEvent, UnreadableEvent, from_record
from schemas.template_policies import KINDS

SHOWN: Final = 20
TOLD_EVERY: Final = 5_000
_OF_TEMPLATES: Final = ("listing_templates", *(kind.listed for kind in KINDS))


@dataclass(slots=True)
class Comparison:
    """The same events under the rules in force and under the draft; and what was left out."""

    before: Simulation
    after: Simulation
    shops: frozenset[str]
    events: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    _seen: set[tuple[str, str]] = field(default_factory=set)

    def readable(self, records: Iterable[Record]) -> Iterator[ProductEvent]:
        """The events that count: of these shops, each once."""
        for record in records:
            try:
                event = from_record(record.value, record.headers)
            except UnreadableEvent:
                self.left_out["unreadable"] += 1
                continue
            if event.shop not in self.shops:
                self.left_out["of other shops"] += 1
            elif (event.shop, event.id) in self._seen:
                self.left_out["duplicates"] += 1
            else:
                self._seen.add((event.shop, event.id))
                yield event

    def take(self, event: ProductEvent, origin: Origin) -> None:
        """Rule the event under both."""
        self.before.take(event, origin)
        self.after.take(event, origin)
        self.events += 1

    def different(self) -> list[tuple[Life, Life]]:
        """The products of which something else would have become."""
        both = zip(self.before.lives, self.after.lives, strict=True)
        return [(old, new) for old, new in both if old.actions != new.actions]


@click.command("simulate")
@click.option("--policy", "policy", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--template", "template", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--shop", metavar="KEY", help="Only this shop. Default: every shop.")
@click.option("--since", type=Span(), default="7d", show_default=True, metavar="SPAN", help="From when on.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON alone.")
def command(
    policy: Path | None, template: Path | None, shop: str | None, since: timedelta, as_json: bool
) -> None:
    """Say what a draft of a policy or of templates would have decided, event by event, and what is decided today.

    The files are those that m2t apply takes, or one policy or template by itself: --policy takes the synchronization
    policies, --template the listing templates and the policies that these name. The events come from the Kafka topic.
    Nobody is called and nothing is written: TikTok is imagined to take everything at once.

    With --shop, a single policy of another title stands in for that shop's own.
    """
    if policy is None and template is None:
        raise click.UsageError("say --policy FILE, --template FILE, or both")
    opened = settings()
    began = datetime.now(UTC) - since
    with database(opened) as held:
        with held.read() as connection:
            governing = GoverningRecords(SecretBox(opened.secret_key)).read(connection)
        keys = frozenset(shops_named(governing.shops, shop))
        draft = _drafted(governing, _declaration(governing, policy, template), shop, began)
        comparison = Comparison(
            _simulation(governing, opened, began), _simulation(draft, opened, began), keys
        )
        with reaching_kafka(", ".join(opened.kafka_bootstrap_servers)):
            topic = RecordedEvents(opened.events_topic, since=began, connection=opened.kafka())
            try:
                compare(topic, held, comparison)
            finally:
                topic.close()
    document = told(comparison, began)
    click.echo(json.dumps(document) if as_json else report(document))


def compare(topic: RecordedEvents, held: Database, comparison: Comparison) -> None:
    """Read the topic through; how far it is goes to standard error."""
    read = shown = 0
    for batch in topic.batches():
        events = list(comparison.readable(batch))
        origins = _origins(held, events)
        for event in events:
            comparison.take(event, origins.get(_key(event), Origin()))
        read += len(batch)
        if read - shown >= TOLD_EVERY:
            shown = read
            click.echo(f"{read} of {topic.total} records …", err=True)


def told(comparison: Comparison, since: datetime) -> dict[str, Any]:
    """What came out, as data."""
    different = comparison.different()
    return {
        "since": since.isoformat(),
        "events": comparison.events,
        "left_out": dict(comparison.left_out),
        "products": len(comparison.before.lives),
        "before": _tally(comparison.before.tally),
        "after": _tally(comparison.after.tally),
        "different": len(different),
        "examples": [
            {
                "shop": old.known.product.shop,
                "sku": old.known.product.sku or f"#{old.known.product.entity_id}",
                "before": dict(sorted(old.actions.items())),
                "after": dict(sorted(new.actions.items())),
            }
            for old, new in different[:SHOWN]
        ],
    }


def report(document: Mapping[str, Any]) -> str:
    """The same for a person."""
    left_out = ", ".join(f"{number} {what}" for what, number in document["left_out"].items())
    since = moment(datetime.fromisoformat(document["since"]))
    lines = [
        f"{document['events']} events of {document['products']} products since {since}"
        + (f" (left out: {left_out})." if left_out else "."),
        "",
        f"{'decision':<45} {'in force':>9} {'draft':>9}",
    ]
    before, after = document["before"], document["after"]
    for name in dict.fromkeys([*before["decisions"], *after["decisions"]]):
        lines.append(f"{name:<45} {before['decisions'].get(name, 0):>9} {after['decisions'].get(name, 0):>9}")
    lines += ["", f"{'TikTok calls, at most':<45} {before['calls_total']:>9} {after['calls_total']:>9}"]
    for name in sorted({*before["calls"], *after["calls"]}):
        lines.append(f"  {name:<43} {before['calls'].get(name, 0):>9} {after['calls'].get(name, 0):>9}")
    lines += ["", f"{document['different']} products would have fared otherwise."]
    for one in document["examples"]:
        lines.append(f"  {one['shop']}/{one['sku']}: {_times(one['before'])} -> {_times(one['after'])}")
    if document["different"] > len(document["examples"]):
        lines.append(f"  … and {document['different'] - len(document['examples'])} more")
    return "\n".join(lines)


def _times(actions: Mapping[str, int]) -> str:
    return ", ".join(f"{number} {action}" for action, number in actions.items())


def _tally(tally: Tally) -> dict[str, Any]:
    named = {f"{action} {reason}": number for (action, reason), number in tally.decisions.items()}
    return {
        "decisions": dict(sorted(named.items())),
        "calls": {str(operation): number for operation, number in sorted(tally.calls.items())},
        "calls_total": tally.calls.total(),
    }


def _simulation(governing: Governing, opened: Settings, since: datetime) -> Simulation:
    delay = timedelta(seconds=opened.read_delay)
    governed = {
        key: Governed(shop, governing.policy_of(key), governing.templates, delay, governing.template_policies)
        for key, shop in governing.shops.items()
    }
    return Simulation(governed.__getitem__, since)


def _drafted(governing: Governing, declaration: Declaration, shop: str | None, since: datetime) -> Governing:
    """What would govern. A Product Upload that the draft switches on was on from the beginning of the events."""
    draft = declared(governing, declaration, since)
    titles = [policy.title for policy in declaration.synchronization_policies]
    in_use = {one.synchronization_policy for one in governing.shops.values()}
    if not titles or in_use & set(titles):
        return draft
    if shop is None or len(titles) > 1:
        raise Failed(
            f"No shop is under {' or '.join(map(repr, titles))}.",
            "say with --shop which one the policy is meant for",
        )
    own = replace(draft.shops[shop], synchronization_policy=titles[0])
    return replace(draft, shops={**draft.shops, shop: own})


def _declaration(governing: Governing, policy: Path | None, template: Path | None) -> Declaration:
    document: dict[str, Any] = {}
    files = ((policy, ("synchronization_policies",)), (template, _OF_TEMPLATES))
    known = {kind.listed: sorted(getattr(governing.template_policies, kind.listed)) for kind in KINDS}
    for file, kinds in files:
        if file is None:
            continue
        try:
            part = _part(parse(file), kinds)
            load_declaration(part, {**known, "synchronization_policies": sorted(governing.policies)})
        except InvalidDocument as invalid:
            raise Failed(f"{file}: {invalid}", "mend the file, and run m2t simulate again") from invalid
        document |= part
    return load_declaration(document, known)


def _part(document: Any, kinds: Sequence[str]) -> dict[str, Any]:
    """What counts of a file: these lists; or the one thing that it is."""
    if isinstance(document, Mapping) and "title" in document:
        return {kinds[0]: [document]}
    found = {kind: document[kind] for kind in kinds if isinstance(document, Mapping) and kind in document}
    if not found:
        raise InvalidDocument([Fault("file", f"has nothing of: {', '.join(kinds)}")])
    return found


def _origins(held: Database, events: Sequence[ProductEvent]) -> dict[ProductKey, Origin]:
    with held.read() as connection:
        found = products.find(connection, [_key(event) for event in events])
        of = listings.load(connection, {product.id for product in found.values()})
    return {
        key: Origin(of[product.id], product.is_child, existed=not (product.is_new or of[product.id].listed))
        for key, product in found.items()
    }


def _key(event: ProductEvent) -> ProductKey:
    return ProductKey(event.shop, event.entity_id, event.sku)
