"""The single checks of a set-up, with what to do about each fault. No message contains a secret."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import requests
from kafka.admin import ConfigResource, ConfigResourceType

from operations.formatting import duration, moment, plural
from policies.events.store_clock import AheadClock
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
"""The time limit of each check; they run in parallel."""

PROBE_SECONDS = (2.0, 8.0)
AUTHORISE = "authorize the app for the shop again in the console, or m2t apply FILE.yaml --replace-tokens"
CONNECT = "continue the set-up in the console, or add the shop's tiktok to a file for m2t apply"
CONNECT_FIRST_SHOP = "connect one in the console's set-up (m2t console), or m2t apply FILE.yaml"
SET_THE_CLOCK = (
    "set the time of the Magento server (NTP); if it is right, check the time of the webhook endpoint's server, and "
    "that the sender writes updated_at in UTC"
)
OK, NOTE, FAULT = "ok", "note", "FAULT"


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of a check: `state` is ok, FAULT, or note for what is allowed; `next_step` is what to do."""

    name: str
    state: str
    words: str
    next_step: str = ""


@dataclass(frozen=True, slots=True)
class Probe:
    """One check: `check` returns what it found, or raises `Refused`, without secrets in either."""

    name: str
    check: Callable[[], str]


def run_probes(probes: Sequence[Probe], limit: float = LIMIT_SECONDS) -> Iterator[Finding]:
    """Run the probes in parallel and yield their findings in order; a probe without an answer in time is a fault."""
    found: dict[str, Finding] = {}

    def run(probe: Probe) -> None:
        try:
            found[probe.name] = Finding(probe.name, OK, probe.check())
        except Refused as error:
            found[probe.name] = Finding(probe.name, FAULT, one_line(str(error)), error.next_step)
        except Exception as error:
            # The message may quote a secret; the class name can't.
            words = f"the check itself failed ({type(error).__name__})"
            found[probe.name] = Finding(probe.name, FAULT, words, "report this, with the version of m2t")

    threads = [threading.Thread(target=run, args=(probe,), daemon=True) for probe in probes]
    deadline = time.monotonic() + limit
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    late = f"no answer within {limit:.0f} s"
    for probe in probes:
        yield found.get(probe.name) or Finding(
            probe.name, FAULT, late, "check the network between this machine and it"
        )


def lint(rulebooks: Rulebooks) -> Iterator[Finding]:
    """Yield what the rules allow, but may not be intended."""
    if not rulebooks.shops:
        yield Finding("shops", NOTE, "there are none yet, so every webhook is refused", CONNECT_FIRST_SHOP)
    elif not rulebooks.templates:
        words = "there is no listing template, so no product is uploaded"
        yield Finding("listing templates", NOTE, words, "add one in the console, or with m2t apply FILE.yaml")
    for template in rulebooks.templates:
        if _has_empty_group(template.query):
            words = "a group of its query is empty, and an empty group matches nothing"
            yield Finding(f"template {template.title!r}", NOTE, words, "add conditions to it, or remove it")
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
            name, NOTE, words, "resume it in the console, or set paused: false and m2t apply FILE.yaml"
        )
    if not (policy.only_specific_attributes and policy.inventory_price_sync):
        return
    for attribute, words in (
        (QUANTITY, "Quantity is not observed: stock changes alone will not reach TikTok"),
        ("price", "Price is not observed: price changes alone will not reach TikTok"),
    ):
        if attribute not in policy.observed_attributes:
            yield Finding(
                name, NOTE, words, f"add {attribute} to observed_attributes if this is not intended"
            )


def _has_empty_group(condition: Condition) -> bool:
    if not isinstance(condition, Group):
        return False
    return not condition.conditions or any(_has_empty_group(inner) for inner in condition.conditions)


def sealed_by_earlier_keys(value: Sealing) -> Iterator[Finding]:
    """Yield whether an earlier secret key is still needed."""
    if value.unopened:
        words = f"none of the configured keys opens {', '.join(value.unopened)}"
        yield Finding(
            "sealed secrets",
            NOTE,
            words,
            "add its key to M2T_SECRET_KEY_FALLBACKS, or enter the secret again",
        )
    if value.of_earlier:
        words = f"{value.of_earlier} of {value.secrets} secrets are still sealed by an earlier key"
        yield Finding("sealed secrets", NOTE, words, "m2t db reseal, then remove M2T_SECRET_KEY_FALLBACKS")
    elif value.earlier_keys and not value.unopened:
        words = "every secret is sealed by the current key; the earlier keys are not needed for them"
        yield Finding(
            "sealed secrets", NOTE, words, "remove M2T_SECRET_KEY_FALLBACKS, and restart every process"
        )


def authorizations(fields: Mapping[str, StoredTokens], now: datetime) -> Iterator[Finding]:
    """Yield the shops whose TikTok authorization has ended, or ends soon."""
    for key, tokens_of in sorted(fields.items()):
        if tokens_of.refused is not None:
            yield Finding(f"authorization {key}", FAULT, tokens_of.refused, AUTHORISE)
        elif (warning := tokens_of.pair.warning(now)) is not None:
            yield Finding(f"authorization {key}", NOTE, warning, AUTHORISE)


def ahead_clocks(clocks: Mapping[str, AheadClock]) -> Iterator[Finding]:
    """Yield the shops whose store has a clock that is ahead of the endpoint's."""
    for key, clock in sorted(clocks.items()):
        words = (
            f"Magento's clock is {duration(clock.ahead, 2)} ahead, since {moment(clock.since)} (last seen "
            f"{moment(clock.seen_at)}): its times are ignored, and events are ordered as they arrive"
        )
        yield Finding(f"clock of {key}", NOTE, words, SET_THE_CLOCK)


def kafka(connection: Mapping[str, object], wanted: Sequence[str]) -> str:
    """Check that Kafka answers and that the topics exist with the settings that they need."""
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
                "choose new topics with M2T_TOPIC_PREFIX, then m2t topics ensure",
            )
        for name in wanted:
            resource = ConfigResource(ConfigResourceType.TOPIC, name)
            (configs,) = next(iter(admin.describe_configs([resource], config_filter="all").values())).values()
            for config, least in topics.MINIMUM_LIMITS.items():
                if 0 <= int(configs[config]["value"]) < least:
                    raise Refused(f"{name}: {config} is below {least}", "m2t topics ensure")
    return f"reachable; {plural(len(wanted), 'topic')} with {plural(counts.pop(), 'partition')} each"


def ready(url: str, start: str) -> str:
    """Check that the process at this URL is ready; `start` is the command that starts it."""
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
    raise Refused(f"not ready on {url}: {words}", f"repair what it names; its log has the details ({start})")


def tiktok(shop: Shop, stopped: str | None) -> str:
    """Check that TikTok accepts the token, and that it is for this shop; `stopped` is why sync stopped for it."""
    if not shop.tiktok.connected:
        raise Refused(NOT_CONNECTED_YET, CONNECT)
    if stopped is not None:
        raise Refused(f"sync stopped for the shop: {stopped}", AUTHORISE)
    try:
        opened = TikTokShop(shop, RateLimiter(0)).authorized_shops(lambda exchange: None)
    except ShopStopped as error:
        raise Refused(
            f"TikTok rejects the access token: {error.message}",
            f"the consumer refreshes an expired token; if this stays, {AUTHORISE}",
        ) from error
    except TikTokError as error:
        raise OutOfReach(
            f"{shop.tiktok.api_url}: {error.message}", "check tiktok.api_url and the network, then try again"
        ) from error
    ours = next((found for found in opened if found.cipher == shop.tiktok.shop_cipher), None)
    if ours is None:
        raise Refused(
            f"TikTok answers, but the token is for {plural(len(opened), 'other shop')} and not for this shop_cipher",
            "set tiktok.shop_cipher to one of Get Authorized Shops, and m2t apply FILE.yaml",
        )
    if ours.unsupported is not None:
        raise Refused(ours.unsupported, "connect the shop of a local seller")
    return "TikTok answers, and the token is for this shop"


def one_line(words: str) -> str:
    """Return the lines of a message as one line; those that do not end a sentence are separated by semicolons."""
    lines = [line.strip() for line in words.splitlines() if line.strip()]
    return (
        "".join(line + (" " if line.endswith((".", ":")) else "; ") for line in lines)
        .removesuffix("; ")
        .strip()
    )
