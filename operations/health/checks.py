"""The checks of a whole set-up, one by one, and what to do about each fault. No secret is told."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import requests
from kafka.admin import ConfigResource, ConfigResourceType

from policies.observed_attributes import QUANTITY
from policies.rulebook import Rulebooks
from records.accounts.key_rotation import Sealing
from records.rules.shops import NOT_CONNECTED_YET
from records.rules.tokens import StoredTokens
from schemas.query_condition import Condition, Group
from schemas.shop import Shop
from schemas.synchronization_policy import SynchronizationPolicy
from tiktok.client.client import TikTokShop
from tiktok.client.errors import ShopStopped, TikTokError
from tiktok.client.rate_limit import RateLimiter
from topics import admin as topics
from topics.errors import OutOfReach, Refused

LIMIT_SECONDS = 12.0
"""For each check, all of them at once."""

PROBE_SECONDS = (2.0, 8.0)
AUTHORISE = "authorise the app for the shop again in the console, or m2t apply FILE.yaml --replace-tokens"
CONNECT = "go on with the set-up in the console, or say the shop's tiktok in a file for m2t apply"
CONNECT_ONE = "connect one in the console's set-up (m2t console), or m2t apply FILE.yaml"
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
    """One check: it returns what it saw, or raises `Refused`. Nothing that it says holds a secret."""

    name: str
    look: Callable[[], str]


def examined(probes: Sequence[Probe], limit: float = LIMIT_SECONDS) -> Iterator[Finding]:
    """What each probe found; all look at the same time, and one that has no answer within the limit is a fault."""
    found: dict[str, Finding] = {}

    def look(probe: Probe) -> None:
        try:
            found[probe.name] = Finding(probe.name, OK, probe.look())
        except Refused as error:
            found[probe.name] = Finding(probe.name, FAULT, one_line(str(error)), error.next_step)
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


def lint(rulebooks: Rulebooks) -> Iterator[Finding]:
    """What is allowed, and may not be what the merchant means."""
    if not rulebooks.shops:
        yield Finding("shops", NOTE, "there is none yet, so every webhook is refused", CONNECT_ONE)
    elif not rulebooks.templates:
        words = "there is no listing template, so no product goes up"
        yield Finding(
            "listing templates", NOTE, words, "make one in the console, or declare it and m2t apply FILE.yaml"
        )
    for template in rulebooks.templates:
        if _has_empty_group(template.query):
            words = "a group of its query is empty, and an empty group matches nothing"
            yield Finding(f"template {template.title!r}", NOTE, words, "give it conditions, or take it out")
    used: dict[str, list[str]] = {}
    for key, shop in sorted(rulebooks.shops.items()):
        used.setdefault(shop.synchronization_policy, []).append(key)
    for title, keys in used.items():
        yield from _lint_policy(rulebooks.policies[title].policy, keys)


def _lint_policy(policy: SynchronizationPolicy, shops: Sequence[str]) -> Iterator[Finding]:
    name = f"policy {policy.title!r}"
    if policy.paused:
        words = f"paused: nothing is delivered for {', '.join(shops)}; what is due waits"
        yield Finding(
            name, NOTE, words, "resume it in the console, or say paused: false and m2t apply FILE.yaml"
        )
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


def sealed_by_earlier_keys(value: Sealing) -> Iterator[Finding]:
    """What stands in the way of letting an earlier secret key go, or that nothing does."""
    if value.unopened:
        words = f"no key that is set opens what stands in {', '.join(value.unopened)}"
        yield Finding(
            "sealed secrets", NOTE, words, "add its key to M2T_SECRET_KEY_FALLBACKS, or give it anew"
        )
    if value.of_earlier:
        words = f"{value.of_earlier} of {value.secrets} secrets are still sealed by an earlier key"
        yield Finding("sealed secrets", NOTE, words, "m2t db reseal, then take M2T_SECRET_KEY_FALLBACKS away")
    elif value.earlier_keys and not value.unopened:
        words = "every secret is sealed by the key of now; the earlier ones are not needed for them"
        yield Finding(
            "sealed secrets", NOTE, words, "take M2T_SECRET_KEY_FALLBACKS away, and start every process anew"
        )


def authorizations(fields: Mapping[str, StoredTokens], now: datetime) -> Iterator[Finding]:
    """The shops that TikTok gives no new tokens, or soon will give none."""
    for key, tokens_of in sorted(fields.items()):
        if tokens_of.refused is not None:
            yield Finding(f"authorization {key}", FAULT, tokens_of.refused, AUTHORISE)
        elif (warning := tokens_of.pair.warning(now)) is not None:
            yield Finding(f"authorization {key}", NOTE, warning, AUTHORISE)


def kafka(connection: Mapping[str, Any], wanted: Sequence[str]) -> str:
    """The brokers answer, and the wanted topics are as they must be."""
    with topics.reaching(connection) as admin:
        found = topics.existing(admin, wanted)
        missing = [name for name in wanted if name not in found]
        if missing:
            raise Refused(f"topics are missing: {', '.join(missing)}", "m2t topics ensure")
        counts = {topic.partitions for topic in found.values()}
        if len(counts) > 1:
            uneven = ", ".join(f"{topic.name} {topic.partitions}" for topic in found.values())
            raise Refused(
                f"the topics differ in their number of partitions ({uneven})",
                "choose fresh topics with M2T_TOPIC_PREFIX, then m2t topics ensure",
            )
        for name in wanted:
            resource = ConfigResource(ConfigResourceType.TOPIC, name)
            (configs,) = next(iter(admin.describe_configs([resource], config_filter="all").values())).values()
            for config, least in topics.MINIMUM_LIMITS.items():
                if 0 <= int(configs[config]["value"]) < least:
                    raise Refused(f"{name}: {config} is below {least}", "m2t topics ensure")
    return f"reachable; {len(wanted)} topics with {counts.pop()} partitions each"


def ready(url: str, start: str) -> str:
    """A process of ours is ready; `start` is the command that starts it."""
    try:
        with requests.Session() as session:
            session.trust_env = False
            answer = session.get(f"{url}/readyz?verbose", timeout=PROBE_SECONDS, allow_redirects=False)
    except requests.RequestException as error:
        raise OutOfReach(f"{url} does not answer ({type(error).__name__})", f"start it: {start}") from error
    if answer.status_code == 200:
        return f"ready on {url}"
    waits = [line.removeprefix("[-]") for line in answer.text.splitlines() if line.startswith("[-]")]
    words = "; ".join(waits)[:300] or f"HTTP {answer.status_code}"
    raise Refused(f"not ready on {url}: {words}", f"mend what it names; its log says more ({start})")


def tiktok(shop: Shop, stopped: str | None) -> str:
    """TikTok answers, and the token is for this shop; `stopped` is why the consumer has stopped it."""
    if not shop.tiktok.connected:
        raise Refused(NOT_CONNECTED_YET, CONNECT)
    if stopped is not None:
        raise Refused(f"the consumer has stopped the shop: {stopped}", AUTHORISE)
    try:
        opened = TikTokShop(shop, RateLimiter(0)).authorized_shops(lambda exchange: None)
    except ShopStopped as error:
        raise Refused(
            f"TikTok refuses us: {error.message}",
            f"an expired token is renewed by the consumer; where this stays, {AUTHORISE}",
        ) from error
    except TikTokError as error:
        raise OutOfReach(
            f"{shop.tiktok.api_url}: {error.message}", "check tiktok.api_url and the network, then try again"
        ) from error
    if shop.tiktok.shop_cipher not in {one.cipher for one in opened}:
        raise Refused(
            f"TikTok answers, but the token is for {len(opened)} other shops and not for this shop_cipher",
            "set tiktok.shop_cipher to one of Get Authorized Shops, and m2t apply FILE.yaml",
        )
    return "TikTok answers, and the token is for this shop"


def one_line(words: str) -> str:
    """The lines of a message as one."""
    return "; ".join(line.strip() for line in words.splitlines() if line.strip())
