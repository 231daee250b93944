"""`m2t doctor`: what is needed, checked one by one; for each fault, what to do about it."""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import partial

import click
import requests
from kafka.admin import ConfigResource, ConfigResourceType

from commands import topics
from commands.exits import Exit, Failed, NotReachable
from commands.opening import database, settings
from commands.trigger import server_url
from config.settings import Settings
from policies.observed_attributes import QUANTITY
from records import shops, tokens
from records.database import Database
from records.governing import Governing, GoverningRecords
from records.secret_box import SecretBox
from records.tokens import HeldTokens
from schemas.query_condition import Condition, Group
from schemas.shop import Shop
from schemas.synchronization_policy import SynchronizationPolicy
from tiktok.errors import ShopStopped, TikTokError
from tiktok.pace import Pace
from tiktok.shop import TikTokShop

LIMIT_SECONDS = 12.0
"""For each check, all of them at once."""

PROBE_SECONDS = (2.0, 8.0)
_LEAST = {"retention.ms": topics.RETENTION_MS, "max.message.bytes": topics.MAX_MESSAGE_BYTES}
AUTHORISE = "authorise the app for the shop again, and m2t apply FILE.yaml --replace-tokens"
OK, NOTE, FAULT = "ok", "note", "FAULT"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: `state` is ok, FAULT, or note for what is allowed and worth knowing; `next_step` what to do."""

    name: str
    state: str
    words: str
    next_step: str = ""


@dataclass(frozen=True, slots=True)
class Probe:
    """One check: it returns what it saw, or raises `Failed`. Nothing that it says holds a secret."""

    name: str
    look: Callable[[], str]


@click.command("doctor")
@click.option(
    "--json", "as_json", is_flag=True, help='Print {"ok": …, "checks": [{"name", "state", …}]} alone.'
)
def command(as_json: bool) -> None:
    """Check settings, database, Kafka, TikTok and the door; say what to do about each fault.

    Every check has a time limit, and none prints a secret. A note is allowed and worth knowing. Exits with 1 where
    there is a fault.
    """
    findings = list(findings_of())
    fine = all(finding.state != FAULT for finding in findings)
    if as_json:
        click.echo(json.dumps({"ok": fine, "checks": [asdict(one) for one in findings]}, ensure_ascii=False))
    else:
        for one in findings:
            todo = f"  -> {one.next_step}" if one.next_step else ""
            click.echo(f"{one.state:<5}  {one.name}: {one.words}{todo}")
    sys.exit(Exit.FINE if fine else Exit.FAILED)


def findings_of() -> Iterator[Finding]:
    """Every finding, in the order in which one would mend them."""
    try:
        opened = settings()
    except Failed as error:
        yield Finding("settings", FAULT, _one_line(error.message), error.next_step)
        return
    yield Finding("settings", OK, "every one is allowed")
    yield from examined([Probe("database", partial(_database, opened))])
    governing: list[Governing] = []
    stopped: dict[str, str] = {}
    held: dict[str, HeldTokens] = {}
    yield from examined([Probe("secret key", partial(_governing, opened, governing, stopped, held))])
    known = governing[0] if governing else Governing({}, {}, ())
    yield from examined(
        [
            Probe("kafka", partial(_kafka, opened)),
            Probe("webhook endpoint", partial(_ready, opened.door_host, opened.door_port, "m2t webhooks")),
            Probe("consumer", partial(_ready, opened.consumer_host, opened.consumer_port, "m2t consumer")),
            *(
                Probe(f"tiktok {key}", partial(_tiktok, shop, stopped.get(key)))
                for key, shop in known.shops.items()
            ),
        ]
    )
    yield from authorizations(held, datetime.now(UTC))
    if governing:
        yield from lint(known)


def examined(probes: Sequence[Probe], limit: float = LIMIT_SECONDS) -> Iterator[Finding]:
    """What each probe found; all look at the same time, and one that has no answer within the limit is a fault."""
    found: dict[str, Finding] = {}

    def look(probe: Probe) -> None:
        try:
            found[probe.name] = Finding(probe.name, OK, probe.look())
        except Failed as error:
            found[probe.name] = Finding(probe.name, FAULT, _one_line(error.message), error.next_step)
        except Exception as error:
            # Its words might quote what they were given; its class can't.
            words = f"the check itself failed ({type(error).__name__})"
            found[probe.name] = Finding(probe.name, FAULT, words, "report this, with the version of m2t")

    threads = [threading.Thread(target=look, args=(probe,), daemon=True) for probe in probes]
    deadline = time.monotonic() + limit
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    late = f"no answer within {limit:.0f} s"
    for probe in probes:
        yield found.get(probe.name) or Finding(
            probe.name, FAULT, late, "check the network between here and it"
        )


def lint(governing: Governing) -> Iterator[Finding]:
    """What is allowed, and may not be what the merchant means."""
    if not governing.shops:
        yield Finding("shops", NOTE, "there is none yet, so every webhook is refused", "m2t apply FILE.yaml")
    elif not governing.templates:
        words = "there is no listing template, so no product goes up"
        yield Finding("listing templates", NOTE, words, "declare one, and m2t apply FILE.yaml")
    for template in governing.templates:
        if _has_empty_group(template.query):
            words = "a group of its query is empty, and an empty group matches nothing"
            yield Finding(f"template {template.title!r}", NOTE, words, "give it conditions, or take it out")
    used: dict[str, list[str]] = {}
    for key, shop in sorted(governing.shops.items()):
        used.setdefault(shop.synchronization_policy, []).append(key)
    for title, keys in used.items():
        yield from _lint_policy(governing.policies[title].policy, keys)


def _lint_policy(policy: SynchronizationPolicy, shops: Sequence[str]) -> Iterator[Finding]:
    name = f"policy {policy.title!r}"
    if policy.paused:
        words = f"paused: nothing is delivered for {', '.join(shops)}; what is due waits"
        yield Finding(name, NOTE, words, "paused: false, and m2t apply FILE.yaml")
    if not (policy.only_specific_attributes and policy.inventory_price_sync):
        return
    for attribute, words in (
        (QUANTITY, "Quantity is not observed: stock changes alone will not reach TikTok"),
        ("price", "Price is not observed: price changes alone will not reach TikTok"),
    ):
        if attribute not in policy.observed_attributes:
            yield Finding(name, NOTE, words, f"add {attribute} to observed_attributes, if that is not meant")


def _has_empty_group(condition: Condition) -> bool:
    if not isinstance(condition, Group):
        return False
    return not condition.conditions or any(_has_empty_group(inner) for inner in condition.conditions)


def _database(opened: Settings) -> str:
    path = Database(opened.database_url).path
    if path is not None and not path.is_file():
        raise Failed(f"there is no file {path} yet", "m2t db upgrade")
    with database(opened) as held:
        return f"reachable and current ({held.revision()})"


def authorizations(held: Mapping[str, HeldTokens], now: datetime) -> Iterator[Finding]:
    """The shops that TikTok gives no new tokens, or soon will give none."""
    for key, tokens_of in sorted(held.items()):
        if tokens_of.refused is not None:
            yield Finding(f"authorization {key}", FAULT, tokens_of.refused, AUTHORISE)
        elif (warning := tokens_of.pair.warning(now)) is not None:
            yield Finding(f"authorization {key}", NOTE, warning, AUTHORISE)


def _governing(
    opened: Settings, governing: list[Governing], stopped: dict[str, str], tokens_held: dict[str, HeldTokens]
) -> str:
    """Reads what governs, which opens every shop's secrets; why the consumer has stopped a shop; and its tokens."""
    path = Database(opened.database_url).path
    if path is not None and not path.is_file():
        raise Failed("not checked: there is no database yet", "m2t db upgrade")
    with database(opened) as held, held.read() as connection:
        tokens_held |= tokens.load_all(connection, SecretBox(opened.secret_key))
        stopped |= {key: why for key, (why, _) in shops.stopped(connection).items()}
        governing.append(GoverningRecords(SecretBox(opened.secret_key)).read(connection))
    number = len(governing[0].shops)
    return f"opens the secrets of {number} shops" if number else "not tried: there is no shop yet"


def _kafka(opened: Settings) -> str:
    wanted = topics.names(opened)
    with topics.reaching(opened) as admin:
        held = topics.standing(admin, wanted)
        missing = [name for name in wanted if name not in held]
        if missing:
            raise Failed(f"topics are missing: {', '.join(missing)}", "m2t topics ensure")
        counts = {topic.partitions for topic in held.values()}
        if len(counts) > 1:
            uneven = ", ".join(f"{topic.name} {topic.partitions}" for topic in held.values())
            raise Failed(
                f"the topics differ in their number of partitions ({uneven})",
                "choose fresh topics with M2T_TOPIC_PREFIX, then m2t topics ensure",
            )
        for name in wanted:
            resource = ConfigResource(ConfigResourceType.TOPIC, name)
            (configs,) = next(iter(admin.describe_configs([resource], config_filter="all").values())).values()
            for config, least in _LEAST.items():
                if 0 <= int(configs[config]["value"]) < least:
                    raise Failed(f"{name}: {config} is below {least}", "m2t topics ensure")
    return f"reachable; {len(wanted)} topics with {counts.pop()} partitions each"


def _ready(host: str, port: int, start: str) -> str:
    if port == 0:
        return "not asked: its port is 0, so none is known"
    url = server_url(host, port)
    try:
        with requests.Session() as session:
            session.trust_env = False
            answer = session.get(f"{url}/readyz?verbose", timeout=PROBE_SECONDS, allow_redirects=False)
    except requests.RequestException as error:
        raise NotReachable(f"{url} does not answer ({type(error).__name__})", f"start it: {start}") from error
    if answer.status_code == 200:
        return f"ready on {url}"
    waits = [line.removeprefix("[-]") for line in answer.text.splitlines() if line.startswith("[-]")]
    words = "; ".join(waits)[:300] or f"HTTP {answer.status_code}"
    raise Failed(f"not ready on {url}: {words}", f"mend what it names; its log says more ({start})")


def _tiktok(shop: Shop, stopped: str | None) -> str:
    if stopped is not None:
        raise Failed(f"the consumer has stopped the shop: {stopped}", AUTHORISE)
    try:
        ciphers = TikTokShop(shop, Pace(0)).check(lambda exchange: None)
    except ShopStopped as error:
        raise Failed(
            f"TikTok refuses us: {error.message}",
            f"an expired token is renewed by the consumer; where this stays, {AUTHORISE}",
        ) from error
    except TikTokError as error:
        raise NotReachable(
            f"{shop.tiktok.api_url}: {error.message}", "check tiktok.api_url and the network, then try again"
        ) from error
    if shop.tiktok.shop_cipher not in ciphers:
        raise Failed(
            f"TikTok answers, but the token is for {len(ciphers)} other shops and not for this shop_cipher",
            "set tiktok.shop_cipher to one of Get Authorized Shops, and m2t apply FILE.yaml",
        )
    return "TikTok answers, and the token is for this shop"


def _one_line(words: str) -> str:
    return "; ".join(line.strip() for line in words.splitlines() if line.strip())
