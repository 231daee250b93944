"""`make screens`: a picture of every screen of the console, light and dark, from the demo's own data.

A whole world is started in a temporary folder, every rule of the policy is tried in it, and Chromium looks. What is
empty is shown too, over a database of its own.
"""

from __future__ import annotations

import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright
from sqlalchemy import select
from werkzeug.serving import make_server

sys.path.insert(0, str(Path(__file__).parents[2]))

from commands.console import link_of
from commands.demo import run_name
from commands.demo_life import liven
from commands.demo_shops import declaration
from commands.trial import try_all
from commands.world import World, world
from console.access import COOKIE
from console.app import create_app
from console.desk import Desk, Kafka
from records import console_users, dead_letters
from records.console_users import Role
from records.database import Database
from records.dead_letters import DeadLetter
from records.governing import GoverningRecords
from records.secret_box import SecretBox
from records.tables import activity, feeds
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
    "policy-history": "/policies/synchronization/history?title=Default",
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
    "dead-letter": "/dead-letters/1",
    "simulate": "/simulate?shop=demo",
    "topics": "/topics",
    "topic": "/topics/magento.product.events",
    "settings": "/settings",
    "shop": "/settings/shops/demo",
    "people": "/people",
    "audit": "/people/audit",
    "your-password": "/me",
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


def main() -> None:
    """Make them all."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=[*FLAGS, "--no-sandbox"])
        with _empty() as (url, token):
            _shoot(browser, url, token, EMPTY)
        with tempfile.TemporaryDirectory(prefix="m2t-screens-") as folder, _demo(Path(folder)) as held:
            _shoot(browser, held.console_url, _token(held), _filled(held))
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
        link_of(held.database, held.settings, "demo", create=True)
        yield held


def _letter(signatures: EventSignatures, number: int) -> DeadLetter:
    now = datetime.now(UTC) - timedelta(minutes=10 * number)
    event = ProductEvent(f"msg_{number}", "outlet", EventKind.SAVED, now, entity_id="7", sku=f"MUG-{number}")
    key, value, headers = to_record(event, signatures)
    place = ("magento.product.events", 0, 1_000 + number, int(now.timestamp() * 1000))
    words = "no shop 'outlet'"
    return DeadLetter("outlet", *place, key, value, tuple(headers), "unknown_shop", "LookupError", words, now)


def _token(held: World) -> str:
    with held.database.write() as connection:
        user = console_users.by_name(connection, "demo")
        assert user is not None  # noqa: S101
        return console_users.open_session(connection, user.id, now=datetime.now(UTC))


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
    return {name: path.format(product=product or 1, feed=feed or 1) for name, path in SCREENS.items()}


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
            user = console_users.add(connection, "Ada", Role.ADMIN, None, now=now)
            token = console_users.open_session(connection, user, now=now)
        server = make_server("127.0.0.1", 0, create_app(desk, Secret("pictures" * 5)), threaded=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", token
        server.shutdown()
        database.close()


def _shoot(browser: Browser, url: str, token: str, screens: Mapping[str, str]) -> None:
    for scheme in ("light", "dark"):
        context = browser.new_context(
            base_url=url,
            color_scheme="dark" if scheme == "dark" else "light",
            viewport={"width": SIZE[0], "height": SIZE[1]},
            reduced_motion="reduce",
        )
        for name, path in screens.items():
            if name != "sign-in":
                context.add_cookies([{"name": COOKIE, "value": token, "url": url}])
            else:
                context.clear_cookies()
            page = context.new_page()
            page.goto(path)
            page.wait_for_load_state("networkidle")
            page.screenshot(path=HERE / f"{name}-{scheme}.png")
            page.close()
        context.close()


if __name__ == "__main__":
    main()
