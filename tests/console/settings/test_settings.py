"""Settings: shops, their secrets, which are never shown, and the checks of m2t doctor."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from config.settings import Settings
from console import serve
from console.app import create_app
from console.setup import connection_draft
from console.setup.connection_draft import Draft, ShopOption
from console.web.context import ConsoleContext, Switch
from policies.events.store_clock import AheadClock
from records.accounts.users import Role
from records.db.database import Database
from records.db.secret_box import SecretBox
from records.log import store_clocks
from records.rules import shops, tokens
from sandbox.tiktok import Sandbox
from schemas.secret import Secret
from schemas.shop import NOT_CONNECTED, Shop
from schemas.tokens import TokenPair
from tests.console.conftest import Visitor
from tests.console.wizard import magento
from tests.consumer.engine import Engine, connected_to
from tests.records.examples import BOX, SECRETS, SHOP
from tiktok.client.authorized_shops import AuthorizedShop, Warehouse
from tiktok.client.tokens import Authorization
from topics import clients

Sign = Callable[..., Visitor]


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait 300 ms only for a Kafka that isn't there."""
    monkeypatch.setattr(clients, "REACH_MS", 300)


def body(answer: TestResponse) -> str:
    return html.unescape(answer.get_data(as_text=True))


def stored_shop(database: Database, key: str = "demo") -> Shop:
    with database.read() as connection:
        return shops.load_all(connection, BOX)[key]


class TestTheMagentoHalf:
    def test_fields_that_are_not_on_the_form_stay(
        self, engine: Engine, visitor: Sign, database: Database
    ) -> None:
        before = stored_shop(database)
        ada = visitor()
        assert ada.post("/settings/shops/demo/magento", magento(title="Another title")).status_code == 303
        assert stored_shop(database) == replace(before, title="Another title")

    def test_a_typed_access_token_replaces_the_stored_token(
        self, engine: Engine, visitor: Sign, database: Database
    ) -> None:
        ada = visitor()
        page = body(ada.get("/settings/shops/demo/magento"))
        assert "Stored, ending in oken. Leave empty to keep it." in page
        ada.post("/settings/shops/demo/magento", magento(token="another-integration-token"))
        kept = stored_shop(database).magento.token
        assert kept is not None and kept.reveal() == "another-integration-token"

    def test_a_fault_is_stated_at_its_field_and_nothing_is_stored(
        self, engine: Engine, visitor: Sign, database: Database
    ) -> None:
        before = stored_shop(database)
        answer = visitor().post(
            "/settings/shops/demo/magento", magento(base_url="ftp://x", token="typed-secret")
        )
        assert answer.status_code == 422
        assert "'ftp://x' is not an http(s) URL" in body(answer)
        assert "typed-secret" not in body(answer)
        assert stored_shop(database) == before

    def test_an_editor_can_only_read(self, engine: Engine, visitor: Sign) -> None:
        eddy = visitor(Role.EDITOR)
        page = body(eddy.get("/settings/shops/demo"))
        assert "Demo shop" in page and "Add a secret" not in page and "Change</a>" not in page
        assert eddy.get("/settings/shops/demo/magento").status_code == 403


class TestTheWebhookSecrets:
    def add(self, ada: Visitor, live: int) -> TestResponse:
        return ada.post("/settings/shops/demo/secrets/add", {"live": str(live)})

    def test_a_second_secret_is_valid_beside_the_first_until_the_first_is_retired(
        self, engine: Engine, visitor: Sign, database: Database
    ) -> None:
        ada = visitor()
        shown = re.search(r'<code id="webhook-secret">(whsec_[^<]+)<', body(self.add(ada, 1)))
        assert shown is not None
        assert [secret.reveal() for secret in stored_shop(database).magento.secrets] == [
            SECRETS["webhook"],
            shown[1],
        ]
        assert shown[1] not in body(ada.get("/settings/shops/demo"))
        ada.post("/settings/shops/demo/secrets/retire", {"live": "2"})
        assert [secret.reveal() for secret in stored_shop(database).magento.secrets] == [shown[1]]

    def test_a_form_that_is_sent_twice_adds_one(
        self, engine: Engine, visitor: Sign, database: Database
    ) -> None:
        ada = visitor()
        self.add(ada, 1)
        assert self.add(ada, 1).status_code == 303
        assert len(stored_shop(database).magento.secrets) == 2

    def test_the_only_secret_cant_be_retired(self, engine: Engine, visitor: Sign, database: Database) -> None:
        ada = visitor()
        ada.post("/settings/shops/demo/secrets/retire", {"live": "1"})
        assert "Add another one first" in body(ada.get("/settings/shops/demo"))
        assert len(stored_shop(database).magento.secrets) == 1

    def test_there_are_four_at_most(self, engine: Engine, visitor: Sign, database: Database) -> None:
        ada = visitor()
        for live in range(1, 6):
            self.add(ada, live)
        assert len(stored_shop(database).magento.secrets) == 4


class TestThePolicy:
    def test_the_shop_gets_another_policy(self, engine: Engine, visitor: Sign, database: Database) -> None:
        engine.policy("Second")
        ada = visitor()
        ada.post("/settings/shops/demo/policy", {"synchronization_policy": "Second"})
        assert stored_shop(database).synchronization_policy == "Second"

    def test_a_missing_policy_is_refused(self, engine: Engine, visitor: Sign) -> None:
        answer = visitor().post("/settings/shops/demo/policy", {"synchronization_policy": "Third"})
        assert answer.status_code == 422
        assert "names no synchronization policy" in body(answer)


class TestTheChecks:
    @pytest.fixture
    def tiktok(self) -> Iterator[Sandbox]:
        with Sandbox(audit_seconds=0.1) as started:
            yield started

    def test_every_check_runs_and_each_fault_says_what_to_do(
        self, engine: Engine, visitor: Sign, tiktok: Sandbox
    ) -> None:
        engine.connect(connected_to(tiktok.url))
        page = body(visitor(Role.EDITOR).post("/settings/checks"))
        names = ["kafka", "kafka round trip", "webhook endpoint", "consumer", "tiktok demo"]
        assert re.findall(r'<th scope="row">(.*?)</th><td data-label="State">', page)[:5] == names
        assert "TikTok answers, and the token is for this shop" in page
        for step in ("m2t sandbox kafka", "start it: m2t webhooks", "start it: m2t consumer"):
            assert step in page

    def test_the_checks_of_one_shop_run_alone(self, engine: Engine, visitor: Sign, tiktok: Sandbox) -> None:
        engine.connect(connected_to(tiktok.url))
        engine.connect(connected_to("http://127.0.0.1:9", "other"))
        page = body(visitor().post("/settings/shops/demo/checks"))
        assert "tiktok demo: OK" in page and "tiktok other" not in page


def test_a_store_whose_clock_is_ahead_is_shown_until_it_is_right(
    engine: Engine, visitor: Sign, database: Database
) -> None:
    ada = visitor()
    assert "clock" not in body(ada.get("/settings/shops/demo"))
    since = engine.clock() - timedelta(minutes=90)
    with database.write() as connection:
        store_clocks.save(connection, {"demo": AheadClock(timedelta(hours=2), since, engine.clock())})
    page = body(ada.get("/settings/shops/demo"))
    assert "Magento's clock is 2 h ahead" in page and "1 h ago" in page
    assert "Set the time of the Magento server (NTP)" in page
    with database.write() as connection:
        store_clocks.save(connection, {"demo": None})
    assert "clock" not in body(ada.get("/settings/shops/demo"))


def test_a_shop_without_tiktok_says_so_and_leads_on(engine: Engine, visitor: Sign) -> None:
    engine.connect(replace(SHOP, key="half", tiktok=NOT_CONNECTED))
    ada = visitor()
    assert "not connected yet" in body(ada.get("/settings"))
    page = body(ada.get("/settings/shops/half"))
    assert "changes from Magento are decided and queued" in page
    assert 'href="/shops/half/tiktok"' in page


def test_settings_of_the_environment_are_listed_without_values(
    console_context: ConsoleContext, enrolled: Callable[..., str]
) -> None:
    environ = {
        "M2T_SECRET_KEY": "k" * 12 + "0123456789" * 4,
        "M2T_KAFKA_SASL_USERNAME": "planted-user",
        "M2T_KAFKA_SASL_PASSWORD": "planted-password",
        "M2T_KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
        "M2T_KAFKA_SASL_MECHANISM": "PLAIN",
        "M2T_DATABASE_URL": "postgresql+psycopg://planted:planted-database@db/m2t",
    }
    found = serve.switches(Settings.from_environ(environ, dotenv=None))
    assert Switch("M2T_LOG_FORMAT", "json or console.", False) in found
    assert {switch.name for switch in found if switch.is_set} == set(environ)
    assert "planted" not in repr(found) and environ["M2T_SECRET_KEY"] not in repr(found)
    app = create_app(replace(console_context, switches=found), Secret("a key of the tests alone, 32 signs"))
    client = app.test_client()
    client.set_cookie("m2t_session", enrolled(Role.VIEWER, "Vera"))
    page = body(client.get("/settings"))
    assert "M2T_KAFKA_SASL_PASSWORD" in page and "planted" not in page


PLANTED = {
    **SECRETS,
    "draft app": "planted-app-secret-of-the-draft",
    "draft access": "TTP_planted_access_of_the_draft",
    "draft refresh": "TTP_planted_refresh_of_the_draft",
}


def test_no_page_shows_a_secret(
    app: Flask, engine: Engine, database: Database, box: SecretBox, visitor: Sign
) -> None:
    """With stored secrets and a connection in progress, no page of any role shows a secret."""
    engine.connect(replace(SHOP, key="half", tiktok=NOT_CONNECTED))
    engine.save()
    pair = TokenPair(Secret(PLANTED["draft access"]), Secret(PLANTED["draft refresh"]))
    offered = ShopOption(AuthorizedShop("7", "Maomao", "GB", "GCP_x"), (Warehouse("1", "North", True),))
    draft = Draft(
        "app",
        Secret(PLANTED["draft app"]),
        authorized=Authorization(pair, "Maomao", ("seller.shop.info",)),
        offers=(offered,),
    )
    with database.write() as connection:
        for key in ("demo", "half"):
            connection_draft.save(connection, key, box, draft)
        assert connection_draft.load(connection, "half", box) == draft
    ada = visitor(Role.ADMIN, "Ada")
    walked = 0
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()):
            continue
        for key in ("demo", "half"):
            path = re.sub(r"<[^>]*>", "1", rule.rule.replace("<key>", key))
            answer = ada.get(path)
            walked += answer.status_code == 200
            page = body(answer) + str(answer.headers)
            assert not [name for name, secret in PLANTED.items() if secret in page], path
    assert walked > 40
    for path, data in (
        ("/shops/half/tiktok/app", {"app_key": "", "region": "Mars"}),
        ("/shops/half/tiktok/pick", {"cipher": "none"}),
        ("/shops/demo/tiktok/by-hand", {"region": "Mars"}),
        ("/settings/shops/demo/magento", {"title": ""}),
        ("/settings/shops/demo/checks", {}),
        ("/settings/checks", {}),
        ("/setup/summary", {}),
    ):
        page = body(ada.post(path, data))
        assert not [name for name, secret in PLANTED.items() if secret in page], path


def test_only_an_admin_sees_the_last_four_characters_of_a_secret(engine: Engine, visitor: Sign) -> None:
    planted = {name: f"planted-secret-of-the-test-{name}-Q7xZ{number}" for number, name in enumerate(SECRETS)}
    fields = {name: Secret(secret) for name, secret in planted.items()}
    engine.connect(
        replace(
            SHOP,
            magento=replace(SHOP.magento, secrets=(fields["webhook"],), token=fields["magento"]),
            tiktok=replace(SHOP.tiktok, app_secret=fields["app_secret"]),
        )
    )
    with engine.database.write() as connection:
        pair = TokenPair(fields["access"], fields["refresh"])
        tokens.store(
            connection, SHOP.tiktok.app_key, BOX, pair, spent=SHOP.tiktok.refresh_token, now=engine.clock()
        )
    ada, eddy = visitor(Role.ADMIN, "Ada"), visitor(Role.EDITOR, "Eddy")
    page, seen = (body(reader.get("/settings/shops/demo")) for reader in (ada, eddy))
    for secret in planted.values():
        assert f"<code>{secret[-4:]}</code>" in page
        assert secret[-5:] not in page
        assert f"<code>{secret[-4:]}</code>" not in seen
    form = body(ada.get("/settings/shops/demo/magento"))
    assert f"ending in {planted['magento'][-4:]}." in form and planted["magento"][-5:] not in form
    tiktok = body(ada.get("/shops/demo/tiktok"))
    for name in ("app_secret", "access", "refresh"):
        assert f"ending in {planted[name][-4:]}." in tiktok and planted[name][-5:] not in tiktok


def test_several_webhook_secrets_are_shown_apart_from_the_oldest_to_the_newest(
    engine: Engine, visitor: Sign, database: Database
) -> None:
    ada = visitor()
    ada.post("/settings/shops/demo/secrets/add", {"live": "1"})
    older, newer = (secret.reveal() for secret in stored_shop(database).magento.secrets)
    page = re.sub(r"</?code>", "", body(ada.get("/settings/shops/demo")))
    assert (
        f"2 active, stored encrypted, ending in {older[-4:]} (the oldest), {newer[-4:]} (the newest)." in page
    )


@pytest.mark.parametrize(
    ("secret", "ending"),
    [
        ("", ""),
        ("short", ""),
        ("fifteen_signs_x", ""),
        ("sixteen_signs_xy", "s_xy"),
        ("a" * 40 + "WXYZ", "WXYZ"),
    ],
)
def test_of_a_short_secret_nothing_is_shown(secret: str, ending: str) -> None:
    assert Secret(secret).ending == ending


def test_a_short_secret_is_shown_as_stored_only(engine: Engine, visitor: Sign) -> None:
    engine.connect(replace(SHOP, magento=replace(SHOP.magento, token=Secret("fifteen_signs_x"))))
    ada = visitor()
    assert "<dd>kept</dd>" in body(ada.get("/settings/shops/demo"))
    assert "Stored. Leave empty to keep it." in body(ada.get("/settings/shops/demo/magento"))


def test_nothing_is_stored_in_the_clear(
    engine: Engine, database: Database, visitor: Sign, tmp_path: Path
) -> None:
    ada = visitor()
    ada.post(
        "/shops/demo/tiktok/app",
        {"app_key": "app", "app_secret": PLANTED["draft app"], "region": "US", "currency": "USD"},
    )
    with database.read() as connection:
        drafted = connection_draft.load(connection, "demo", BOX)
    assert drafted is not None and drafted.app_secret.reveal() == PLANTED["draft app"]
    stored = b"".join(path.read_bytes() for path in tmp_path.glob("m2t.sqlite*"))
    assert not [name for name, secret in PLANTED.items() if secret.encode() in stored]
