"""The set-up: registration, every step, leaving and continuing; no secret is shown twice."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
from flask import Flask
from werkzeug.test import TestResponse

from console.app import create_app
from console.setup import connection_draft
from console.web.context import ConsoleContext
from records.accounts import console_state, users
from records.accounts.users import Role
from records.db.database import Database
from records.db.secret_box import SecretBox
from records.rules import shops, tokens
from records.rules.load_rulebook import RulebookReader
from sandbox.tiktok import Sandbox
from schemas.secret import Secret
from schemas.shop import Shop
from tests.console.conftest import Visitor, csrf_of
from tests.console.wizard import APP_SECRET, MAGENTO, TEMPLATE, ticket
from tests.consumer.engine import Engine, connected_to
from tests.example_sender import ExampleSender, example_sender, public_key
from tests.records.examples import BOX
from topics import clients

__all__ = ["example_sender"]

Sign = Callable[..., Visitor]
PASSWORD = "correct horse battery staple"


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait 300 ms only for a Kafka that isn't there."""
    monkeypatch.setattr(clients, "REACH_MS", 300)


@pytest.fixture
def tiktok() -> Iterator[Sandbox]:
    with Sandbox(audit_seconds=0.1) as started:
        yield started


def body(answer: TestResponse) -> str:
    return html.unescape(answer.get_data(as_text=True))


def words(page: str) -> str:
    """Return the page's text, without tags."""
    return re.sub("<[^>]+>", "", page)


def stored_shop(database: Database, key: str = "main") -> Shop:
    with database.read() as connection:
        return shops.load_all(connection, BOX)[key]


def next_step(ada: Visitor) -> str:
    return ada.get("/setup").headers["Location"]


def secret_in(page: str) -> str:
    found = re.search(r'<code id="webhook-secret">(whsec_[^<]+)</code>', page)
    assert found is not None, "no secret is shown"
    return html.unescape(found[1])


def connect_magento(ada: Visitor, **changed: str) -> TestResponse:
    return ada.post("/setup/magento", {**MAGENTO, **changed})


class TestRegistration:
    def register(self, app: Flask, ticket: str, name: str = "Ada", password: str = PASSWORD) -> Any:
        client = app.test_client()
        page = client.get(f"/setup/register?ticket={ticket}").get_data(as_text=True)
        data = {"csrf_token": csrf_of(page), "ticket": ticket, "name": name, "password": password}
        return client, client.post("/setup/register", data=data)

    def test_the_registration_link_creates_the_first_admin(self, app: Flask, database: Database) -> None:
        client, answer = self.register(app, ticket(database))
        assert (answer.status_code, answer.headers["Location"]) == (303, "/setup")
        assert client.get("/setup").headers["Location"] == "/setup/kafka"
        assert client.get("/people").status_code == 200

    def test_without_a_link_the_page_says_where_to_get_it(self, app: Flask) -> None:
        answer = app.test_client().get("/setup/register")
        assert "m2t console" in body(answer)
        assert "<form" not in body(answer)

    def test_an_expired_or_used_link_cant_register(self, app: Flask, database: Database) -> None:
        late = ticket(database, timedelta(hours=-1))
        assert app.test_client().get(f"/setup/register?ticket={late}").status_code == 403
        client = app.test_client()
        csrf = csrf_of(client.get(f"/setup/register?ticket={ticket(database)}").get_data(as_text=True))
        data = {"csrf_token": csrf, "ticket": late, "name": "Eve", "password": PASSWORD}
        assert client.post("/setup/register", data=data).status_code == 403
        with database.read() as connection:
            assert users.count(connection) == 0

    def test_once_someone_is_registered_a_link_is_worth_nothing(
        self, app: Flask, database: Database, visitor: Sign
    ) -> None:
        token = ticket(database)
        page = app.test_client().get(f"/setup/register?ticket={token}")
        assert "first user" in body(page)
        visitor(Role.VIEWER)
        assert app.test_client().get(f"/setup/register?ticket={token}").headers["Location"] == "/sign-in"

    def test_a_read_only_console_refuses_registration(
        self, console_context: ConsoleContext, database: Database
    ) -> None:
        app = create_app(
            replace(console_context, read_only=True), Secret("a key of the tests alone, 32 signs")
        )
        _, answer = self.register(app, ticket(database))
        assert answer.status_code == 403
        with database.read() as connection:
            assert users.count(connection) == 0

    @pytest.mark.parametrize(
        ("name", "password", "words"),
        [
            ("", PASSWORD, "enter a name of 1 to 100 printable characters"),
            ("Ada", "short", "A password has 12 to 256 characters; this one has 5."),
        ],
    )
    def test_faults_are_stated_at_their_fields(
        self, app: Flask, database: Database, name: str, password: str, words: str
    ) -> None:
        _, answer = self.register(app, ticket(database), name, password)
        assert answer.status_code == 422
        assert words in body(answer)


class TestTheSteps:
    def test_the_set_up_is_for_admins(self, app: Flask, visitor: Sign) -> None:
        eddy = visitor(Role.EDITOR)
        rules = [route.rule for route in app.url_map.iter_rules() if route.rule.startswith("/setup")]
        for rule in rules:
            if "GET" in (
                next(route for route in app.url_map.iter_rules() if route.rule == rule).methods or ()
            ):
                answer = eddy.get(rule.replace("<key>", "main"))
                assert answer.status_code == 403 or rule == "/setup/register", rule

    def test_a_step_names_itself_and_the_states_of_the_others(self, visitor: Sign) -> None:
        page = body(visitor().get("/setup/kafka"))
        assert '<li aria-current="step"><a href="/setup/kafka">2 Kafka</a>' in page
        assert page.count("<li") >= 7
        assert "<title>Set-up: Kafka - m2t</title>" in page

    def test_kafka_that_is_away_is_stated_with_what_to_do(self, visitor: Sign) -> None:
        ada = visitor()
        page = body(ada.post("/setup/kafka/check"))
        assert "needs attention" in page and "m2t sandbox kafka" in page
        assert next_step(ada) == "/setup/kafka"

    def test_what_may_come_later_can_be_left_and_taken_up_again(
        self, visitor: Sign, database: Database
    ) -> None:
        ada = visitor()
        with database.write() as connection:
            console_state.put(connection, "setup", {"kafka": "2026-11-27T00:00:00+00:00"})
        connect_magento(ada)
        with database.write() as connection:
            remembered = console_state.get(connection, "setup")
            console_state.put(connection, "setup", {**remembered, "kafka": "2026-11-27T00:00:00+00:00"})
        assert next_step(ada) == "/setup/magento", "it no webhook received yet"
        ada.post("/setup/skip/magento")
        assert next_step(ada) == "/setup/tiktok"
        ada.post("/setup/skip/tiktok")
        assert next_step(ada) == "/setup/policies"
        assert ada.post("/setup/skip/kafka").status_code == 404, "this one is needed"
        assert "skipped for now" in body(ada.get("/setup/tiktok"))

    def test_a_shop_that_a_file_declared_needs_no_set_up(self, engine: Engine, visitor: Sign) -> None:
        engine.save()
        ada = visitor()
        assert next_step(ada) == "/setup/summary"
        page = body(ada.get("/setup/summary"))
        assert page.count("✓") >= 5
        assert "finished" in page


class TestMagento:
    def test_the_shop_is_known_at_once_and_waits_for_its_first_webhook(
        self, visitor: Sign, database: Database
    ) -> None:
        page = body(connect_magento(visitor(), base_url="https://shop.example"))
        shop = stored_shop(database)
        assert not shop.tiktok.connected
        assert shop.magento.secrets[0].reveal() == secret_in(page)
        assert "http://127.0.0.1:9/webhooks/magento/main" in page
        assert "Waiting for the first webhook" in page
        assert 'hx-get="/setup/magento/main/first-webhook"' in page
        assert "m2t trigger --shop main" in page

    def test_its_policy_is_paused_until_the_last_step(self, visitor: Sign, database: Database) -> None:
        connect_magento(visitor())

        with database.read() as connection:
            policy = RulebookReader(BOX).read(connection).policy_of("main").policy
        assert (policy.title, policy.paused, policy.product_upload) == ("Default", True, True)

    def test_the_secret_is_shown_once(self, visitor: Sign) -> None:
        ada = visitor()
        secret = secret_in(body(connect_magento(ada)))
        again = connect_magento(ada)
        assert again.status_code == 422, "sending the form again makes no other shop, and shows no secret"
        assert secret not in body(again)
        assert secret not in body(ada.get("/setup/magento"))

    @pytest.mark.parametrize(
        ("field", "value", "words"),
        [
            ("key", "Main Shop", "is not a shop key"),
            ("title", "", "a title has 1 to 120 characters"),
            ("base_url", "shop.example", "is not an http(s) URL"),
            ("store_view_id", "one", "is not a store view"),
            ("store_view_id", "9" * 40, "an id of Magento is a whole number, 0 or more"),
            ("website_id", "-1", "an id of Magento is a whole number, 0 or more"),
            ("title", "Main\x00shop", "no line breaks or control characters"),
            ("sender", "mageplaza", "choose one of standard"),
        ],
    )
    def test_a_fault_is_stated_at_its_field_and_nothing_typed_is_lost(
        self, visitor: Sign, database: Database, field: str, value: str, words: str
    ) -> None:
        answer = connect_magento(visitor(), **{field: value})
        page = body(answer)
        assert answer.status_code == 422
        assert words in page
        assert "whsec_" not in page
        assert field == "sender" or f'value="{value}"' in page
        with database.read() as connection:
            assert shops.load_all(connection, BOX) == {}

    def test_a_sender_of_the_table_is_offered_with_its_own_fields(
        self, visitor: Sign, database: Database, example_sender: ExampleSender
    ) -> None:
        ada = visitor()
        page = body(ada.get("/setup/magento"))
        assert re.search(r'name="sender" value="example">', page)
        assert "an app that sends batches" in page
        assert "Only for example" in page
        refused = connect_magento(ada, sender="example")
        assert refused.status_code == 422
        assert "Public key: is required for the sender example" in body(refused)
        assert re.search(r'value="example" checked', body(refused)), "what was chosen stays chosen"
        connect_magento(ada, sender="example", example_public_key=public_key())
        magento = stored_shop(database).magento
        assert magento.sender == "example"
        assert magento.sender_settings == {"example_public_key": public_key().strip()}
        assert "BEGIN PUBLIC KEY" in body(ada.get("/settings/shops/main/magento"))

    def test_the_senders_that_are_not_built_yet_are_named_and_cant_be_chosen(self, visitor: Sign) -> None:
        page = body(visitor().get("/setup/magento"))
        for name in ("adobe-events", "adobe-webhooks", "mageplaza"):
            assert re.search(rf'value="{name}" disabled', page)

    def test_the_first_webhook_is_shown_with_its_sku_and_time(
        self, visitor: Sign, database: Database, box: SecretBox
    ) -> None:
        ada = visitor()
        connect_magento(ada)
        live = {"HX-Request": "true"}
        there = "/setup/magento/main/first-webhook"
        assert "Waiting" in body(ada.get(there, headers=live))
        Engine(database, box).save("MUG-01", shop="main")
        arrived = body(ada.get(there, headers=live))
        assert "The first webhook has arrived" in arrived and "MUG-01" in arrived
        assert "hx-trigger" not in arrived, "it does not ask again"
        assert "webhooks arrive" in arrived, "the list of steps says so too"
        assert "The first webhook has arrived" in body(ada.get("/setup/magento"))
        assert ada.get(there).headers["Location"] == "/setup/magento", "without JavaScript: the whole page"


class TestTikTok:
    @pytest.fixture
    def ada(self, visitor: Sign) -> Visitor:
        signed = visitor()
        connect_magento(signed)
        return signed

    def app(self, ada: Visitor, tiktok: Sandbox, **changed: str) -> TestResponse:
        fields = {
            "app_key": "sandboxapp",
            "app_secret": APP_SECRET,
            "region": "US",
            "currency": "USD",
            "api_url": tiktok.url,
            "auth_url": f"{tiktok.url}/auth",
        }
        return ada.post("/shops/main/tiktok/app", {**fields, **changed})

    def consent(self, tiktok: Sandbox) -> str:
        response = requests.post(
            f"{tiktok.url}/_sandbox/consent", json={"shop": "GCP_sandbox_demo"}, timeout=10
        )
        return str(response.json()["code"])

    def state(self, ada: Visitor) -> str:
        found = re.search(r"[?&]state=([^\"&]+)", body(ada.get("/setup/tiktok")))
        assert found is not None
        return found[1]

    def test_the_sellers_consent_becomes_a_connected_shop(
        self, ada: Visitor, tiktok: Sandbox, database: Database
    ) -> None:
        assert self.app(ada, tiktok).status_code == 303
        there = f"/setup/tiktok/callback?code={self.consent(tiktok)}&state={self.state(ada)}"
        assert ada.get(there).status_code == 303
        page = body(ada.get("/setup/tiktok"))
        assert "Sandbox shop" in page and "seller.product.write" in page
        assert APP_SECRET not in page
        warehouse = re.search(r'name="warehouse-GCP_sandbox_demo" value="(\d+)"', page)
        assert warehouse is not None
        data = {"cipher": "GCP_sandbox_demo", "warehouse-GCP_sandbox_demo": warehouse[1]}
        assert ada.post("/shops/main/tiktok/pick", data).status_code == 303
        shop = stored_shop(database).tiktok
        assert shop.connected
        assert (shop.region, shop.warehouse_ids) == ("US", (warehouse[1],))
        with database.read() as connection:
            pair = tokens.load(connection, "main", BOX).pair
            assert console_state.get(connection, "connecting main") == {}
            assert "main" not in shops.stopped(connection)
        assert pair.access_until is not None and pair.refresh_until is not None, "the ends are known"

    def test_the_shop_of_a_cross_border_seller_is_refused_in_words(
        self, ada: Visitor, tiktok: Sandbox, database: Database, box: SecretBox
    ) -> None:
        self.app(ada, tiktok)
        ada.get(f"/setup/tiktok/callback?code={self.consent(tiktok)}&state={self.state(ada)}")
        with database.write() as connection:
            draft = connection_draft.load(connection, "main", box)
            assert draft is not None
            (offer,) = draft.offers
            abroad = replace(offer, shop=replace(offer.shop, seller_type="CROSS_BORDER"))
            connection_draft.save(connection, "main", box, replace(draft, offers=(abroad,)))
        page = body(ada.get("/setup/tiktok"))
        assert "be synced yet" in page and 'value="GCP_sandbox_demo" disabled' in page
        answer = ada.post("/shops/main/tiktok/pick", {"cipher": "GCP_sandbox_demo"})
        assert answer.status_code == 422
        assert not stored_shop(database).tiktok.connected

    def test_a_new_authorization_is_stored_at_every_shop_that_it_covers(
        self, ada: Visitor, tiktok: Sandbox, database: Database
    ) -> None:
        with database.write() as connection:
            for key, cipher in (("covered", "GCP_sandbox_demo"), ("elsewhere", "GCP_another_sellers")):
                connected = connected_to(tiktok.url, key, shop_cipher=cipher)
                shops.save(connection, connected, BOX, now=datetime.now(UTC))
        self.app(ada, tiktok)
        ada.get(f"/setup/tiktok/callback?code={self.consent(tiktok)}&state={self.state(ada)}")
        page = body(ada.get("/shops/main/tiktok"))
        warehouse = re.search(r'name="warehouse-GCP_sandbox_demo" value="(\d+)"', page)
        assert warehouse is not None
        data = {"cipher": "GCP_sandbox_demo", "warehouse-GCP_sandbox_demo": warehouse[1]}
        assert ada.post("/shops/main/tiktok/pick", data).status_code == 303
        with database.read() as connection:
            pairs = {key: stored.pair for key, stored in tokens.load_all(connection, BOX).items()}
        assert pairs["covered"] == pairs["main"]
        assert pairs["main"].access_until is not None
        assert pairs["elsewhere"].access_token == Secret("TTP_sandbox_access")

    def test_a_code_with_anothers_state_is_refused_and_not_used(self, ada: Visitor, tiktok: Sandbox) -> None:
        self.app(ada, tiktok)
        code, state = self.consent(tiktok), self.state(ada)
        for wrong in ("", "x" * 32):
            assert ada.get(f"/setup/tiktok/callback?code={code}&state={wrong}").status_code == 400
            state = self.state(ada)
        assert ada.get(f"/setup/tiktok/callback?code={code}&state={state}").status_code == 303
        again = ada.get(f"/setup/tiktok/callback?code={code}&state={state}")
        assert again.status_code == 400, "the state is good once too"

    def test_a_code_that_was_used_is_shown_with_what_to_do(self, ada: Visitor, tiktok: Sandbox) -> None:
        self.app(ada, tiktok)
        code = self.consent(tiktok)
        assert ada.post("/shops/main/tiktok/code", {"code": code}).status_code == 303
        answer = ada.post("/shops/main/tiktok/code", {"code": code})
        assert answer.status_code == 422
        assert "An authorization code works once" in body(answer) and code not in body(answer)

    def test_a_seller_who_does_not_consent_leads_back(self, ada: Visitor, tiktok: Sandbox) -> None:
        self.app(ada, tiktok)
        answer = ada.get(f"/setup/tiktok/callback?state={self.state(ada)}")
        assert answer.status_code == 303
        assert "did not authorize" in body(ada.get("/setup/tiktok"))

    def test_the_consent_page_goes_by_service_id_and_market(self, ada: Visitor, tiktok: Sandbox) -> None:
        self.app(ada, tiktok)
        assert f"{tiktok.url}/auth/oauth/authorize?app_key=sandboxapp&state=" in body(
            ada.get("/setup/tiktok")
        )
        self.app(ada, tiktok, service_id="7", app_secret="")
        assert "https://services.us.tiktokshop.com/open/authorize?service_id=7&state=" in body(
            ada.get("/setup/tiktok")
        )
        self.app(ada, tiktok, service_id="7", region="GB", app_secret="")
        assert "https://services.tiktokshop.com/open/authorize?service_id=7&state=" in body(
            ada.get("/setup/tiktok")
        )

    @pytest.mark.parametrize(
        ("field", "value", "words"),
        [
            ("app_key", "", "Length must be between 1 and 100"),
            ("app_secret", "", "a secret has at least 1 characters"),
            ("region", "Mars", "is not a region"),
            ("api_url", "javascript:alert(1)", "is not an http(s) URL"),
        ],
    )
    def test_a_fault_of_the_app_is_stated_at_its_field(
        self, ada: Visitor, tiktok: Sandbox, field: str, value: str, words: str
    ) -> None:
        answer = self.app(ada, tiktok, **{field: value})
        assert answer.status_code == 422
        assert words in body(answer)
        assert APP_SECRET not in body(answer)

    def test_tokens_can_be_given_by_hand_and_an_empty_secret_stays(
        self, ada: Visitor, tiktok: Sandbox, database: Database
    ) -> None:
        fields = {
            "app_key": "sandboxapp",
            "app_secret": APP_SECRET,
            "access_token": "TTP_sandbox_access",
            "refresh_token": "TTP_sandbox_refresh",
            "shop_cipher": "GCP_sandbox_demo",
            "region": "US",
            "currency": "USD",
            "warehouse_ids": "7068517275539719942, 7068517275539719943",
            "api_url": tiktok.url,
        }
        assert ada.post("/shops/main/tiktok/by-hand", {**fields, "region": "Mars"}).status_code == 422
        assert ada.post("/shops/main/tiktok/by-hand", fields).status_code == 303
        assert stored_shop(database).tiktok.warehouse_ids == ("7068517275539719942", "7068517275539719943")
        kept = {**fields, "app_secret": "  ", "access_token": "", "refresh_token": "", "currency": "GBP"}
        assert ada.post("/shops/main/tiktok/by-hand", kept).status_code == 303
        shop = stored_shop(database).tiktok
        assert (shop.currency, shop.app_secret.reveal()) == ("GBP", APP_SECRET)
        assert shop.access_token.reveal() == "TTP_sandbox_access"


class TestTheRules:
    @pytest.fixture
    def ada(self, visitor: Sign) -> Visitor:
        signed = visitor()
        connect_magento(signed)
        return signed

    def test_the_switches_of_the_first_policy_are_explained_and_stored(
        self, ada: Visitor, database: Database
    ) -> None:
        assert "is sent to TikTok automatically" in body(ada.get("/setup/policies"))
        fields = {"policy": "Default", "switches": "1", "product_update": "true", "product_assign": "true"}
        assert ada.post("/setup/policies", fields).status_code == 303
        page = body(ada.get("/setup/policies"))
        assert "chosen" in page
        assert re.search(r'id="product_update"[^>]* checked', page)
        assert not re.search(r'id="product_upload"[^>]* checked', page)

    def test_stock_and_price_need_updates(self, ada: Visitor) -> None:
        fields = {"policy": "Default", "switches": "1", "inventory_price_sync": "true"}
        answer = ada.post("/setup/policies", fields)
        assert answer.status_code == 422
        assert "Inventory/Price Sync needs Product Update" in body(answer)

    def test_a_policy_that_is_in_force_says_that_it_begins_before_the_dry_run(
        self, ada: Visitor, database: Database, box: SecretBox
    ) -> None:
        warning = "what is saved in Magento goes there at once, before the dry run"
        assert warning not in words(body(ada.get("/setup/policies"))), "the set-up's own is paused"
        Engine(database, box).policy("Second")
        ada.post("/setup/policies", {"policy": "Second"})
        assert warning in words(body(ada.get("/setup/policies")))

    def test_the_first_template_shows_which_known_products_match_before_it_is_stored(
        self, ada: Visitor, database: Database, box: SecretBox
    ) -> None:
        engine = Engine(database, box)
        engine.save("SHIRT-A", shop="main", attribute_set_id="9")
        engine.save("MUG-01", shop="main", attribute_set_id="11")
        page = body(ada.post("/setup/template", {**TEMPLATE, "step": "preview"}))
        assert "1 product matches, of all 2 received" in words(page)
        assert "SHIRT-A" in page and "MUG-01" not in page
        assert ada.post("/setup/template", {**TEMPLATE, "step": "store"}).status_code == 303
        assert "there is one" in body(ada.get("/setup/summary"))
        again = ada.post("/setup/template", {**TEMPLATE, "step": "store"})
        assert "there is a listing template of this title already" in body(again)

    @pytest.mark.parametrize(
        ("field", "value", "words"),
        [
            ("category_id", "shirts", "digits only"),
            ("weight", "", "positive number"),
            ("title", "", "1 to 120"),
        ],
    )
    def test_a_fault_is_stated_at_its_field(self, ada: Visitor, field: str, value: str, words: str) -> None:
        answer = ada.post("/setup/template", {**TEMPLATE, field: value, "step": "store"})
        assert answer.status_code == 422
        assert words in body(answer)


def test_before_magento_there_is_nothing_to_rule(visitor: Sign) -> None:
    bea = visitor(Role.ADMIN, "Bea")
    for path in ("/setup/policies", "/setup/template", "/setup/tiktok"):
        assert bea.get(path).headers["Location"] == "/setup/magento"


BY_HAND = {
    "app_key": "sandboxapp",
    "app_secret": APP_SECRET,
    "access_token": "TTP_sandbox_access",
    "refresh_token": "TTP_sandbox_refresh",
    "shop_cipher": "GCP_sandbox_demo",
    "region": "US",
    "currency": "USD",
    "warehouse_ids": "7068517275539719942",
}


class TestTheSummary:
    def test_before_the_start_it_says_what_would_happen_and_sends_nothing(
        self, visitor: Sign, database: Database, box: SecretBox
    ) -> None:
        ada = visitor()
        connect_magento(ada)
        ada.post("/setup/template", {**TEMPLATE, "image_uri": "tos-1/x", "step": "store"})
        engine = Engine(database, box)
        engine.save("SHIRT-A", shop="main", attribute_set_id="9")
        engine.save("MUG-01", shop="main", attribute_set_id="11")
        page = body(ada.post("/setup/summary"))
        assert "1 would be uploaded" in words(page)
        assert "1 would be left alone" in words(page)
        assert "tiktok main" in page and "TikTok Shop is not connected yet" in page

    def test_it_promises_no_upload_that_would_be_refused(
        self, visitor: Sign, database: Database, tiktok: Sandbox
    ) -> None:
        ada = visitor()
        connect_magento(ada)
        ada.post("/shops/main/tiktok/by-hand", {**BY_HAND, "api_url": tiktok.url})
        ada.post("/setup/template", {**TEMPLATE, "image_uri": "tos-1/x", "step": "store"})
        engine = Engine(database, BOX)
        engine.save("SHIRT-A", shop="main")
        engine.save("SHIRT-B", shop="main", price="0")
        page = words(body(ada.post("/setup/summary")))
        assert "1 would be uploaded" in page
        assert "1 would be refused" in page
        assert "is not a price above zero. Set the price in Magento." in page

    def test_the_start_needs_tiktok_and_resumes_the_policy(
        self, visitor: Sign, database: Database, tiktok: Sandbox
    ) -> None:
        ada = visitor()
        connect_magento(ada)
        assert ada.post("/setup/start").headers["Location"] == "/setup"
        ada.post("/shops/main/tiktok/by-hand", {**BY_HAND, "api_url": tiktok.url})
        assert "Starting resumes it" in body(ada.get("/setup/summary"))
        assert ada.post("/setup/start").headers["Location"] == "/?shop=main"
        assert "The policy Default is active" in body(ada.get("/setup/summary"))
