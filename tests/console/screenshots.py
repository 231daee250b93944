"""Take a picture of every screen of the console, light and dark: `make screens`.

The demo world starts in a temporary folder. Screens that only an action shows (a
second factor, a review, a simulation) follow that action. The empty screens come from a database of their own.

All pictures go to `docs/screens/all/`, which Git ignores. `docs/screens/` has only the pictures that a document
links, and a run replaces those. A screen that can't be shown ends the run with an exception, so with exit status 1.
"""

from __future__ import annotations

import re
import shutil
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

from commands.console import link_of
from commands.demo_world.demo_life import demo_world
from commands.demo_world.world import World
from commands.trigger import signed
from console.accounts.passwords import hashed
from console.app import create_app
from console.web.access import COOKIE
from console.web.context import ConsoleContext, Kafka
from records.accounts import users
from records.accounts.users import Role
from records.db.database import Database
from records.db.secret_box import SecretBox
from records.log import dead_letters
from records.log.dead_letters import DeadLetter
from records.log.tables import activity, feeds
from records.log.tables import dead_letters as letters
from records.rules import shops
from records.rules.load_rulebook import RulebookReader
from schemas.event_signature import EventSignatures
from schemas.product_event import EventKind, ProductEvent, to_record
from schemas.secret import Secret
from tests.browser import FLAGS, chromium

LINKED = Path(__file__).parents[2] / "docs" / "screens"
"""The pictures that a document links; they are in the repository."""
ALL = LINKED / "all"
"""Every picture; ignored by Git."""
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


PASSWORD = "correct horse battery staple"


def main() -> None:
    """Take every picture again, and replace those that a document links."""
    shutil.rmtree(ALL, ignore_errors=True)
    ALL.mkdir(parents=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=[*FLAGS, "--no-sandbox"])
        with _empty() as (url, token), _signed_in(browser, url, token) as context:
            _shoot(context, EMPTY)
        with tempfile.TemporaryDirectory(prefix="m2t-screens-") as folder, _demo(Path(folder)) as demo:
            with _signed_in(browser, demo.console_url, _token(demo)) as context:
                _shoot(context, _filled(demo))
                _review_and_simulate(context.new_page())
            with _signed_in(browser, demo.console_url, None) as context:
                _second_factor(context.new_page())
        browser.close()
    for picture in LINKED.glob("*.png"):
        shutil.copyfile(ALL / picture.name, picture)


@contextmanager
def _demo(folder: Path) -> Iterator[World]:
    def progress(line: str) -> None:
        print(line, file=sys.stderr)  # noqa: T201

    with demo_world(folder, progress, any_ports=True) as demo:
        with demo.database.write() as connection:
            dead_letters.put(
                connection, [_letter(demo.settings.signatures(), number) for number in range(1, 4)]
            )
            users.add(connection, "Ada", Role.ADMIN, hashed(PASSWORD), now=datetime.now(UTC))
        _unreadable_webhooks(demo)
        link_of(demo.database, demo.settings, "demo", create=True)
        yield demo


def _unreadable_webhooks(demo: World) -> None:
    """Send two webhooks that are signed and name no product; wait until the consumer has made dead letters of them."""
    with demo.database.read() as connection:
        magento = shops.load_all(connection, demo.box)["demo"].magento
    for number in range(2):
        raw = b'{"event": "product.saved", "product": {"name": "Linen shirt", "price": "19.90"}}'
        headers = signed(magento, raw, f"msg_nameless_{number}", datetime.now(UTC))
        answer = requests.post(
            f"{demo.endpoint_url}/webhooks/magento/demo",
            raw,
            headers={**headers, "content-type": "application/json"},
            timeout=5,
        )
        answer.raise_for_status()
    deadline = time.monotonic() + 20
    while _letter_of(demo, "names_no_product") is None:
        if time.monotonic() > deadline:
            raise TimeoutError("no dead letter came of the unreadable webhooks within 20 s")
        time.sleep(0.2)


def _letter_of(demo: World, reason: str) -> int | None:
    with demo.database.read() as connection:
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


def _token(demo: World) -> str:
    with demo.database.write() as connection:
        user = users.by_name(connection, "demo")
        assert user is not None
        return users.open_session(connection, user.id, now=datetime.now(UTC))


def _filled(demo: World) -> Mapping[str, str]:
    """Return the paths of `SCREENS` for a product with outcomes, a call that TikTok rejected, and two dead letters."""
    with demo.database.read() as connection:
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
        "letter": _letter_of(demo, "unknown_shop"),
        "webhook": _letter_of(demo, "names_no_product"),
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
        closed_port = "http://127.0.0.1:9"
        console_context = ConsoleContext(
            database, box, RulebookReader(box), nowhere, signatures, closed_port, closed_port
        )
        with database.write() as connection:
            now = datetime.now(UTC)
            user = users.add(connection, "Ada", Role.ADMIN, None, now=now)
            token = users.open_session(connection, user, now=now)
        server = make_server(
            "127.0.0.1", 0, create_app(console_context, Secret("pictures" * 5)), threaded=True
        )
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
        _open(page, path)
        _picture(page, name)
        page.close()


def _open(page: Page, path: str) -> None:
    """Go to this path. Raises `RuntimeError` where the console answers with an error."""
    answer = page.goto(path)
    if answer is None or not answer.ok:
        raise RuntimeError(f"{path} answers {answer.status if answer else 'nothing'}")


def _picture(page: Page, name: str) -> None:
    page.wait_for_load_state("networkidle")
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        page.screenshot(path=ALL / f"{name}-{scheme}.png")


def _review_and_simulate(page: Page) -> None:
    """Picture an invalid policy, its review, its history, a simulation of a draft, and the audit log of all that."""
    _open(page, "/policies/synchronization/edit?title=Default")
    page.get_by_label("Only Specific Attributes Syncing").check()
    page.get_by_role("button", name="Review changes").click()
    _picture(page, "fault")
    page.get_by_label("Only Specific Attributes Syncing").uncheck()
    page.get_by_label("Sync Not Visible Individually Products").check()
    page.get_by_role("button", name="Review changes").click()
    _picture(page, "review")
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_load_state("networkidle")
    _open(page, "/policies/synchronization/history?title=Default")
    _picture(page, "policy-history")
    _open(page, "/simulate?shop=demo")
    draft = page.get_by_label("Draft")
    off = re.sub(r"(product_update|inventory_price_sync): true", r"\1: false", draft.input_value())
    draft.fill(off)
    page.get_by_role("button", name="Simulate", exact=True).click()
    page.get_by_text("would change").first.wait_for(timeout=60_000)
    _picture(page, "simulated")
    _open(page, "/people/audit")
    _picture(page, "audit")


def _second_factor(page: Page) -> None:
    """Switch on a second factor for a user with a password, then sign in with it."""
    _sign_in(page)
    _open(page, "/me")
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Switch it on").click()
    _picture(page, "second-factor-key")
    code = pyotp.TOTP(page.locator("#second-factor-key").inner_text()).now()
    page.get_by_role("textbox", name="Code").fill(code)
    page.get_by_role("button", name="Switch it on").click()
    _picture(page, "recovery-codes")
    _open(page, "/me")
    _picture(page, "your-account-with-second-factor")
    page.context.clear_cookies()
    _sign_in(page)
    _picture(page, "sign-in-code")


def _sign_in(page: Page) -> None:
    _open(page, "/sign-in")
    page.get_by_label("Name").fill("Ada")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_load_state("networkidle")


if __name__ == "__main__":
    main()
