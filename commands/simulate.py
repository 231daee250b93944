"""`m2t simulate`: what a draft of a policy or template would have decided about the recorded events."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import click

from commands.cli.arguments import shops_named
from commands.cli.context import database, settings
from commands.cli.declaration import parse
from commands.cli.durations import Span
from commands.cli.errors import Failed
from magento import senders
from operations.formatting import moment, plural
from operations.rules.call_duration import pace_words
from operations.rules.simulate import Comparison, compare, comparison_document, drafted, simulation
from policies.rulebook import Rulebooks
from records.db.secret_box import SecretBox
from records.rules.load_rulebook import RulebookReader
from schemas.apply_file import Declaration, Fault, InvalidDocument, load_declaration
from schemas.template_policies import KINDS
from topics.errors import reaching_kafka
from topics.reader import brokers
from topics.replay_reader import RecordedEvents

PROGRESS_EVERY: Final = 5_000
_OF_TEMPLATES: Final = ("listing_templates", *(kind.listed for kind in KINDS))


@click.command("simulate")
@click.option(
    "--policy",
    "policy",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="A file with the draft of synchronization policies.",
)
@click.option(
    "--template",
    "template",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="A file with the draft of listing templates and their policies.",
)
@click.option("--shop", metavar="KEY", help="Simulate only this shop. Default: all shops.")
@click.option(
    "--since", type=Span(), default="7d", show_default=True, metavar="SPAN", help="How far back to begin."
)
@click.option("--json", "as_json", is_flag=True, help="Print only JSON.")
def command(
    policy: Path | None, template: Path | None, shop: str | None, since: timedelta, as_json: bool
) -> None:
    """Decide the recorded events under a draft of policies or templates, and compare with the rules in force.

    A file has the format of m2t apply, or is a single policy or template. Events are read from the Kafka topic. TikTok
    is not called and nothing is stored: every call is assumed to succeed at once.

    With --shop, a single policy with a new title replaces the shop's own.
    """
    if policy is None and template is None:
        raise click.UsageError("give --policy FILE, --template FILE, or both")
    opened = settings()
    began = datetime.now(UTC) - since
    with database(opened) as open_database:
        with open_database.read() as connection:
            rulebooks = RulebookReader(SecretBox(*opened.secret_keys)).read(connection)
        keys = frozenset(shops_named(rulebooks.shops, shop))
        draft = drafted(rulebooks, _declaration(rulebooks, policy, template), shop, began)
        delay = timedelta(seconds=opened.read_delay)
        comparison = Comparison(
            simulation(rulebooks, delay, began), simulation(draft, delay, began), keys, opened.signatures()
        )
        with reaching_kafka(brokers(opened.kafka())):
            topic = RecordedEvents(opened.events_topic, since=began, connection=opened.kafka())
            try:
                compare(topic, open_database, comparison, _progress())
            finally:
                topic.close()
    document = comparison_document(comparison, began, opened.calls_per_second)
    click.echo(json.dumps(document) if as_json else report(document))


def _progress() -> Callable[[int, int], bool]:
    """Return a callback that prints progress on standard error every `PROGRESS_EVERY` records."""
    shown = 0

    def show(read: int, total: int) -> bool:
        nonlocal shown
        if read - shown >= PROGRESS_EVERY:
            shown = read
            click.echo(f"Records: {read} of {total} …", err=True)
        return True

    return show


def report(document: Mapping[str, Any]) -> str:
    """Return the document of a comparison as text."""
    left_out = ", ".join(f"{number} {what}" for what, number in document["left_out"].items())
    since = moment(datetime.fromisoformat(document["since"]))
    lines = [
        f"{plural(document['events'], 'event')} of {plural(document['products'], 'product')} since {since}"
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
    lines += [
        pace_words(document),
        "",
        f"{plural(document['different'], 'product')} would have a different result.",
    ]
    for example in document["examples"]:
        change = f"{_times(example['before'])} -> {_times(example['after'])}"
        lines.append(f"  {example['shop']}/{example['sku']}: {change}")
    if document["different"] > len(document["examples"]):
        lines.append(f"  … and {document['different'] - len(document['examples'])} more")
    return "\n".join(lines)


def _times(actions: Mapping[str, int]) -> str:
    return ", ".join(f"{number} {action}" for action, number in actions.items())


def _declaration(rulebooks: Rulebooks, policy: Path | None, template: Path | None) -> Declaration:
    document: dict[str, object] = {}
    files = ((policy, ("synchronization_policies",)), (template, _OF_TEMPLATES))
    titles = {kind.listed: sorted(getattr(rulebooks.template_policies, kind.listed)) for kind in KINDS}
    for file, kinds in files:
        if file is None:
            continue
        try:
            part = _part(parse(file), kinds)
            load_declaration(part, {**titles, "synchronization_policies": sorted(rulebooks.policies)})
        except InvalidDocument as invalid:
            raise Failed(f"{file}: {invalid}", "correct the file, and run m2t simulate again") from invalid
        document |= part
    return load_declaration(document, titles, senders.settings())


def _part(document: object, kinds: Sequence[str]) -> dict[str, object]:
    """Return these lists of a file; a file that is a single policy or template is a list of one."""
    if isinstance(document, Mapping) and "title" in document:
        return {kinds[0]: [document]}
    found = {kind: document[kind] for kind in kinds if isinstance(document, Mapping) and kind in document}
    if not found:
        raise InvalidDocument([Fault("file", f"contains none of: {', '.join(kinds)}")])
    return found
