"""The progress of the set-up, by the database and by what the console remembers of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from console.web import audit, current_shop
from console.web.context import console_context
from policies.rulebook import Rulebooks
from records.accounts import console_state
from records.catalog import first_event as heard
from records.catalog.first_event import Heard
from schemas.shop import Shop

DOCUMENT: Final = "setup"
DONE, WAITING, SKIPPED, OPEN = "done", "waiting", "skipped", "open"
LEVELS: Final = {DONE: "success", WAITING: "waiting", SKIPPED: "off", OPEN: "off"}


@dataclass(frozen=True, slots=True)
class Step:
    """One of the seven steps; `status` is its state in a few words."""

    number: int
    name: str
    words: str
    endpoint: str
    state: str
    status: str

    @property
    def level(self) -> str:
        """The level of the step's icon."""
        return LEVELS[self.state]

    @property
    def settled(self) -> bool:
        """Whether the set-up may continue after this step."""
        return self.state in (DONE, SKIPPED)


@dataclass(frozen=True, slots=True)
class Progress:
    """The steps, the shop that is set up, and the first webhook of its Magento store; None if there is none yet."""

    steps: tuple[Step, ...]
    shop: Shop | None
    heard: Heard | None
    remembered: Mapping[str, Any]

    @property
    def next_step(self) -> Step:
        """The first step that isn't settled; the last step if all are."""
        return next((step for step in self.steps if not step.settled), self.steps[-1])

    def step(self, name: str) -> Step:
        """Return the step of this name."""
        return next(step for step in self.steps if step.name == name)


@dataclass(frozen=True, slots=True)
class Seen:
    """The facts that the steps' states follow from."""

    shop: Shop | None
    heard: Heard | None
    knows_products: bool
    templates: int
    remembered: Mapping[str, Any]


def progress() -> Progress:
    """Return the current progress."""
    rulebooks = current_shop.rulebooks()
    with console_context().database.read() as connection:
        remembered = console_state.get(connection, DOCUMENT)
        shop = the_shop(rulebooks, remembered)
        first = heard.heard(connection, shop.key) if shop is not None else None
        products = shop is not None and heard.knows_products(connection, shop.key)
    seen = Seen(shop, first, products, len(rulebooks.templates), remembered)
    return Progress(tuple(judged(seen)), shop, first, remembered)


def the_shop(rulebooks: Rulebooks, remembered: Mapping[str, Any]) -> Shop | None:
    """Return the shop that is being set up; else the first shop; None without shops."""
    named = rulebooks.shops.get(remembered.get("shop", ""))
    return named or next((rulebooks.shops[key] for key in sorted(rulebooks.shops)), None)


def remember(**changes: object) -> None:
    """Store these values of the set-up; None deletes a value."""
    with console_context().database.write() as connection:
        before = console_state.get(connection, DOCUMENT)
        kept = {name: value for name, value in {**before, **changes}.items() if value is not None}
        console_state.put(connection, DOCUMENT, kept)
    for name in changes:
        if before.get(name) != kept.get(name):
            audit.record(f"set-up {name}", before.get(name), kept.get(name))


def skip(name: str) -> None:
    """Mark the step as skipped. It can be done later at any time."""
    with console_context().database.read() as connection:
        skipped = console_state.get(connection, DOCUMENT).get("skipped", [])
    remember(skipped=sorted({*skipped, name}))


def judged(seen: Seen) -> Iterator[Step]:
    """Yield the steps with their states. Pure."""
    skipped, shop = set(seen.remembered.get("skipped", ())), seen.shop

    def step(number: int, name: str, words: str, state: tuple[str, str]) -> Step:
        if name in skipped and state[0] != DONE:
            state = (SKIPPED, "skipped for now")
        return Step(number, name, words, f"{ENDPOINTS[name]}", *state)

    by_wizard = seen.remembered.get("shop") is not None
    yield step(1, "register", "Registration", (DONE, "signed in"))
    yield step(2, "kafka", "Kafka", _kafka(seen))
    yield step(3, "magento", "Magento", _magento(seen))
    connected = shop is not None and shop.tiktok.connected
    yield step(4, "tiktok", "TikTok Shop", (DONE, "connected") if connected else (OPEN, "not connected yet"))
    chosen = shop is not None and (not by_wizard or seen.remembered.get("policy") == shop.key)
    yield step(5, "policies", "Default policies", (DONE, "chosen") if chosen else (OPEN, "not chosen yet"))
    template = (DONE, "there is one") if seen.templates else (OPEN, "none yet")
    yield step(6, "template", "First listing template", template)
    ended = seen.remembered.get("finished") or (connected and not by_wizard)
    yield step(
        7, "summary", "Summary and preview", (DONE, "finished") if ended else (OPEN, "not reviewed yet")
    )


def _kafka(seen: Seen) -> tuple[str, str]:
    if seen.remembered.get("kafka"):
        return DONE, "checked"
    # A received product has come through Kafka.
    return (DONE, "events arrive") if seen.knows_products else (OPEN, "not checked yet")


def _magento(seen: Seen) -> tuple[str, str]:
    if seen.shop is None:
        return OPEN, "not connected yet"
    if seen.heard is not None or seen.knows_products:
        return DONE, "webhooks arrive"
    return WAITING, "no webhook received yet"


ENDPOINTS: Final = {
    "register": "account.mine",
    "kafka": "setup.kafka",
    "magento": "setup_magento.index",
    "tiktok": "connecting.index",
    "policies": "setup_rules.policies",
    "template": "setup_rules.template",
    "summary": "setup_summary.index",
}
