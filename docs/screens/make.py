"""`make screens`: a picture of every screen of the console, light and dark, from the demo's own data.

A whole world is started in a temporary folder, every rule of the policy is tried in it, and Chromium looks. What is
reached only by doing something (a second factor, a review, a simulation) is done first. What is empty is shown too,
over a database of its own.
"""

from __future__ import annotations

import re
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyotp
import requests
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from sqlalchemy import select
from werkzeug.serving import make_server

sys.path.insert(0, str(Path(__file__).parents[2]))

from commands.console import link_of
from commands.demo import run_name
from commands.demo_world.demo_life import liven
from commands.demo_world.demo_shops import declaration
from commands.demo_world.trial import try_all
from commands.demo_world.world import World, world
from commands.trigger import signed
from console.accounts.passwords import hashed
from console.app import create_app
from console.web.access import COOKIE
from console.web.context import Desk, Kafka
from records.accounts import users
from records.accounts.users import Role
from records.db.database import Database
from records.db.secret_box import SecretBox
from records.log import dead_letters
from records.log.dead_letters import DeadLetter
from records.log.tables import activity, feeds
from records.log.tables import dead_letters as letters
from records.rules import shops
from records.rules.load_rulebook import GoverningRecords
from schemas.event_signature import EventSignatures
from schemas.product_event import EventKind, ProductEvent, to_record
from schemas.secret import Secret
from tests.browser import FLAGS, chromium

HERE = Path(__file__).parent
SIZE = (1280, 860)
SCREENS: Mapping[str, str] = {
    "overview": "/?shop=demo&window=1h",
    "policies": "/policies",
    "synchronization-policy": "/policies/synchronization/edit?title=Default",
    "inventory-policy": "/policies/inventory/new",
    "pricing-policy": "/policies/pricing/new",
    "image-policy": "/policies/image/new",
    "listing-templates": "/listing-templates",
    "listing-template": "/listing-templates/edit?title=Shirts",
    "products": "/products?shop=demo",
    "product": "/products/{product}",
    "dry-run": "/products/{product}/dry-run",
    "activity": "/activity?shop=demo",
    "feed": "/feed?shop=demo",
    "feed-row": "/feed/{feed}",
    "pending": "/pending?shop=demo",
    "dead-letters": "/dead-letters",
    "dead-letter-reason": "/dead-letters/reason/unknown_shop",
    "dead-letter": "/dead-letters/{letter}",
    "quarantined-webhooks": "/dead-letters/reason/names_no_product",
    "quarantined-webhook": "/dead-letters/{webhook}",
    "simulate": "/simulate?shop=demo",
    "topics": "/topics",
    "topic": "/topics/magento.product.events",
    "settings": "/settings",
    "shop": "/settings/shops/demo",
    "people": "/people",
    "your-account": "/me",
    "person": "/people/1",
    "set-up-kafka": "/setup/kafka",
    "set-up-magento": "/setup/magento",
    "set-up-tiktok": "/setup/tiktok",
    "set-up-policies": "/setup/policies",
    "set-up-template": "/setup/template",
    "set-up-summary": "/setup/summary",
}
EMPTY: Mapping[str, str] = {
    "empty-overview": "/",
    "empty-policies": "/policies",
    "empty-listing-templates": "/listing-templates",
    "empty-products": "/products",
    "empty-activity": "/activity",
    "empty-feed": "/feed",
    "empty-pending": "/pending",
    "empty-dead-letters": "/dead-letters",
    "sign-in": "/sign-in",
}


PASSWORD = "correct horse battery staple"  # noqa: S105


def main() -> None:
    """Make them all anew."""
    for old in HERE.glob("*.png"):
        old.unlink()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=[*FLAGS, "--no-sandbox"])
        with _empty() as (url, token), _signed_in(browser, url, token) as context:
            _shoot(context, EMPTY)
        with tempfile.TemporaryDirectory(prefix="m2t-screens-") as folder, _demo(Path(folder)) as held:
            with _signed_in(browser, held.console_url, _token(held)) as context:
                _shoot(context, _filled(held))
                _review_and_simulate(context.new_page())
            with _signed_in(browser, held.console_url, None) as context:
                _second_factor(context.new_page())
        browser.close()


@contextmanager
def _demo(folder: Path) -> Iterator[World]:
    def progress(words: str) -> None:
        print(words, file=sys.stderr)  # noqa: T201

    with world(folder, declaration, progress, any_ports=True) as held:
        try_all(held, lambda result: progress(result.rule), run_name())
        liven(held)
        with held.database.write() as connection:
            dead_letters.put(
                connection, [_letter(held.settings.signatures(), number) for number in range(1, 4)]
            )
            users.add(connection, "Ada", Role.ADMIN, hashed(PASSWORD), now=datetime.now(UTC))
        _unreadable_webhooks(held)
        link_of(held.database, held.settings, "demo", create=True)
        yield held


def _unreadable_webhooks(held: World) -> None:
    """Two that the store signed and that name no product; kept as dead letters once the consumer has read them."""
    with held.database.read() as connection:
        magento = shops.load_all(connection, held.box)["demo"].magento
    for number in range(2):
        raw = b'{"event": "product.saved", "product": {"name": "Linen shirt", "price": "19.90"}}'
        headers = signed(magento, raw, f"msg_nameless_{number}", datetime.now(UTC))
        answer = requests.post(
            f"{held.door_url}/webhooks/magento/demo",
            raw,
            headers={**headers, "content-type": "application/json"},
            timeout=5,
        )
        answer.raise_for_status()
    deadline = time.monotonic() + 20
    while _letter_of(held, "names_no_product") is None and time.monotonic() < deadline:
        time.sleep(0.2)


def _letter_of(held: World, reason: str) -> int | None:
    with held.database.read() as connection:
        return connection.execute(
            select(letters.c.id).where(letters.c.reason == reason).limit(1)
        ).scalar_one_or_none()


def _letter(signatures: EventSignatures, number: int) -> DeadLetter:
    now = datetime.now(UTC) - timedelta(minutes=10 * number)
    event = ProductEvent(f"msg_{number}", "outlet", EventKind.SAVED, now, entity_id="7", sku=f"MUG-{number}")
    key, value, headers = to_record(event, signatures)
    place = ("magento.product.events", 0, 1_000 + number, int(now.timestamp() * 1000))
    words = "no shop 'outlet'"
    return DeadLetter("outlet", *place, key, value, tuple(headers), "unknown_shop", "LookupError", words, now)


def _token(held: World) -> str:
    with held.database.write() as connection:
        user = users.by_name(connection, "demo")
        assert user is not None  # noqa: S101
        return users.open_session(connection, user.id, now=datetime.now(UTC))


def _filled(held: World) -> Mapping[str, str]:
    """The addresses, with a product that has a story and a call that was refused."""
    with held.database.read() as connection:
        product = (
            connection.execute(
                select(activity.c.product_id).where(activity.c.shop == "demo", activity.c.kind == "outcome")
            )
            .scalars()
            .first()
        )
        feed = (
            connection.execute(select(feeds.c.id).where(feeds.c.failed, feeds.c.code > 0)).scalars().first()
        )
    found = {
        "product": product or 1,
        "feed": feed or 1,
        "letter": _letter_of(held, "unknown_shop"),
        "webhook": _letter_of(held, "names_no_product"),
    }
    return {name: path.format_map(found) for name, path in SCREENS.items()}


@contextmanager
def _empty() -> Iterator[tuple[str, str]]:
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{folder}/m2t.db")
        database.upgrade()
        key = Secret("a key of the pictures alone, 40 signs long")
        box, signatures = SecretBox(key), EventSignatures((key,))
        nowhere = Kafka({"bootstrap_servers": ["127.0.0.1:9"]}, "events", "events.dlq", "outcomes", "group")
        here = "http://127.0.0.1:9"
        desk = Desk(database, box, GoverningRecords(box), nowhere, signatures, here, here)
        with database.write() as connection:
            now = datetime.now(UTC)
            user = users.add(connection, "Ada", Role.ADMIN, None, now=now)
            token = users.open_session(connection, user, now=now)
        server = make_server("127.0.0.1", 0, create_app(desk, Secret("pictures" * 5)), threaded=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", token
        server.shutdown()
        database.close()


@contextmanager
def _signed_in(browser: Browser, url: str, token: str | None) -> Iterator[BrowserContext]:
    context = browser.new_context(
        base_url=url, viewport={"width": SIZE[0], "height": SIZE[1]}, reduced_motion="reduce"
    )
    if token is not None:
        context.add_cookies([{"name": COOKIE, "value": token, "url": url}])
    yield context
    context.close()


def _shoot(context: BrowserContext, screens: Mapping[str, str]) -> None:
    for name, path in screens.items():
        if name == "sign-in":
            context.clear_cookies()
        page = context.new_page()
        answer = page.goto(path)
        if answer is None or not answer.ok:
            raise RuntimeError(f"{path} answers {answer.status if answer else 'nothing'}")
        _picture(page, name)
        page.close()


def _picture(page: Page, name: str) -> None:
    page.wait_for_load_state("networkidle")
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        page.screenshot(path=HERE / f"{name}-{scheme}.png")


def _review_and_simulate(page: Page) -> None:
    """A policy with a fault, and on its way to be stored; a draft on the week's events; and who did all that."""
    page.goto("/policies/synchronization/edit?title=Default")
    page.get_by_label("Only Specific Attributes Syncing").check()
    page.get_by_role("button", name="Review the change").click()
    _picture(page, "fault")
    page.get_by_label("Only Specific Attributes Syncing").uncheck()
    page.get_by_label("Sync Not Visible Individually Products").check()
    page.get_by_role("button", name="Review the change").click()
    _picture(page, "review")
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_load_state("networkidle")
    page.goto("/policies/synchronization/history?title=Default")
    _picture(page, "policy-history")
    page.goto("/simulate?shop=demo")
    draft = page.get_by_label("Draft")
    off = re.sub(r"(product_update|inventory_price_sync): true", r"\1: false", draft.input_value())
    draft.fill(off)
    page.get_by_role("button", name="Simulate", exact=True).click()
    page.get_by_text("would have fared otherwise").wait_for(timeout=60_000)
    _picture(page, "simulated")
    page.goto("/people/audit")
    _picture(page, "audit")


def _second_factor(page: Page) -> None:
    """Switched on by somebody with a password, and asked for at the next sign-in."""
    _sign_in(page)
    page.goto("/me")
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Switch it on").click()
    _picture(page, "second-factor-key")
    code = pyotp.TOTP(page.locator("#second-factor-key").inner_text()).now()
    page.get_by_role("textbox", name="Code").fill(code)
    page.get_by_role("button", name="Switch it on").click()
    _picture(page, "recovery-codes")
    page.goto("/me")
    _picture(page, "your-account-with-second-factor")
    page.context.clear_cookies()
    _sign_in(page)
    _picture(page, "sign-in-code")


def _sign_in(page: Page) -> None:
    page.goto("/sign-in")
    page.get_by_label("Name").fill("Ada")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_load_state("networkidle")


if __name__ == "__main__":
    main()
