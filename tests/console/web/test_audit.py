"""The audit: every route that changes something leaves a row with who, when, and each field as it was and as it became.

One story goes through all of them; a test holds it against the routes, so that none is left out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

import pyotp
import pytest
import requests
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from console.web import audit
from console.web.audit import LOOKING
from console.web.context import ConsoleContext, Kafka
from records.accounts import audit as console_audit
from records.accounts import second_factors, users
from records.accounts.audit import UNENDED, AuditRow, Change
from records.accounts.users import Role
from records.db.database import Database
from records.log import dead_letters
from records.rules import policies, template_policies
from sandbox.kafka import Broker
from sandbox.tiktok import Sandbox
from schemas.listing import LastSent, Money
from schemas.pricing_policy import PricingPolicy
from schemas.secret import Secret
from schemas.template_policies import KINDS
from tests.console.conftest import Visitor, csrf_of
from tests.console.every_screen import furnish
from tests.console.letters import letter, put
from tests.console.wizard import APP_SECRET, MAGENTO, TEMPLATE, magento, ticket
from tests.consumer.engine import TEMPLATE as LISTING_TEMPLATE
from tests.consumer.engine import Engine
from tests.records.examples import BOX, SECRETS

FIRST, SECOND = "correct horse battery staple", "another horse battery staple"
TOKEN = "planted-integration-token"
DEFAULT = "synchronization_policies:\n- {title: Default, product_update: true}\n"

LOOKS: Final = {
    "policy_forms.form",
    "listing_templates.form",
    "policies.restore",
    "settings.check",
    "settings_shops.check",
    "setup_summary.look",
}
"""Endpoints that only show what would change; the change itself is `policies.save`."""


@dataclass
class Story:
    """The users of the story with what they were shown; no row may contain any of `secrets`."""

    app: Flask
    database: Database
    tiktok: Sandbox
    ada: Visitor
    key: str = ""
    bob: int = 0
    secrets: list[str] = field(default_factory=list)

    def post(self, path: str, **data: Any) -> TestResponse:
        return self.ada.post(path, data)

    def code(self, steps: int = 0) -> str:
        return pyotp.TOTP(self.key).at(datetime.now(UTC), counter_offset=steps)

    def elsewhere(
        self, path: str, client: FlaskClient | None = None, *, page: str = "/sign-in", **data: str
    ) -> FlaskClient:
        """Send a form from another browser."""
        client = client or self.app.test_client()
        token = csrf_of(client.get(page).get_data(as_text=True))
        assert client.post(path, data={**data, "csrf_token": token}).status_code == 303
        return client

    def user(self, name: str) -> int:
        with self.database.read() as connection:
            found = users.by_name(connection, name)
        assert found is not None
        return found.id


Done = Callable[[Story], Any]
Expected = tuple[str, str, str]


def registered(_: Story) -> None:
    """Check the first step of the story."""


def connected(story: Story) -> None:
    page = story.post("/setup/magento", **MAGENTO).get_data(as_text=True)
    story.secrets += re.findall(r"whsec_[A-Za-z0-9+/=]+", page)


def the_app(story: Story) -> TestResponse:
    url = story.tiktok.url
    fields = {"app_key": "sandboxapp", "app_secret": APP_SECRET, "region": "US", "currency": "USD"}
    return story.post("/shops/main/tiktok/app", **fields, api_url=url, auth_url=f"{url}/auth")


def consent(story: Story) -> str:
    response = requests.post(
        f"{story.tiktok.url}/_sandbox/consent", json={"shop": "GCP_sandbox_demo"}, timeout=10
    )
    return str(response.json()["code"])


def came_back(story: Story) -> TestResponse:
    state = re.search(
        r"[?&]state=([^\"&]+)",
        story.ada.get("/shops/main/tiktok").get_data(as_text=True).replace("&amp;", "&"),
    )
    assert state is not None
    return story.ada.get(f"/setup/tiktok/callback?code={consent(story)}&state={state[1]}")


def picked(story: Story) -> TestResponse:
    page = story.ada.get("/shops/main/tiktok").get_data(as_text=True)
    warehouse = re.search(r'name="warehouse-GCP_sandbox_demo" value="(\d+)"', page)
    assert warehouse is not None
    return story.post(
        "/shops/main/tiktok/pick", cipher="GCP_sandbox_demo", **{"warehouse-GCP_sandbox_demo": warehouse[1]}
    )


def by_hand(story: Story) -> TestResponse:
    story.secrets += ["TTP_given_by_hand_access", "TTP_given_by_hand_refresh"]
    fields = {"access_token": "TTP_given_by_hand_access", "refresh_token": "TTP_given_by_hand_refresh"}
    return story.post(
        "/shops/main/tiktok/by-hand",
        **fields, app_key="sandboxapp", shop_cipher="GCP_sandbox_demo", region="US", currency="GBP",
        warehouse_ids="7068517275539719942", api_url=story.tiktok.url, auth_url=f"{story.tiktok.url}/auth",
    )  # fmt: skip


def added_secret(story: Story) -> None:
    page = story.post("/settings/shops/demo/secrets/add", live="1").get_data(as_text=True)
    story.secrets += re.findall(r"whsec_[A-Za-z0-9+/=]+", page)


def stored(story: Story) -> TestResponse:
    document = json.dumps({"title": "Few", "buffer": 7})
    return story.post("/policies/save", kind="inventory", document=document, base="1")


def edited(story: Story) -> TestResponse:
    page = story.ada.get("/dead-letters/1").get_data(as_text=True)
    assert 'name="value"' in page
    with story.database.read() as connection:
        letter = dead_letters.get(connection, 1)
    assert letter is not None and letter.value is not None
    return story.post("/dead-letters/1/redrive", value=letter.value.decode() + " ")


def discarded(story: Story) -> None:
    """Discard all letters of a reason, while no job is running."""
    put(story.database, letter(77, reason="of_a_test"))
    story.post("/dead-letters/reason/of_a_test/discard", note="all of a test")


def offered(story: Story) -> None:
    page = story.post("/me/second-factor/offer", password=SECOND).get_data(as_text=True)
    found = re.search(r'<code id="second-factor-key">([A-Z2-7]+)</code>', page)
    assert found is not None, page
    story.key = found[1]
    story.secrets.append(found[1])


def recovery_codes(story: Story, path: str, **data: str) -> None:
    page = story.post(path, **data).get_data(as_text=True)
    codes = re.findall(r"<li><code>([A-Z2-7 ]+)</code></li>", page)
    assert len(codes) == 10, page
    story.secrets += [*codes, *(code.replace(" ", "") for code in codes)]


def with_link(story: Story, path: str, **data: str) -> None:
    page = story.post(path, **data).get_data(as_text=True)
    story.secrets += re.findall(r"/enter/([^<]+)<", page)


def both_steps(story: Story) -> None:
    """Sign in with the password, then a recovery code."""
    client = story.elsewhere("/sign-in", name="Ada", password=SECOND)
    story.elsewhere("/sign-in/code", client, page="/sign-in/code", code=story.secrets[-1])


def of_somebody_else(story: Story) -> TestResponse:
    now = datetime.now(UTC)
    with story.database.write() as connection:
        second_factors.offer(connection, story.bob, Secret(pyotp.random_base32()), BOX, now=now)
        second_factors.confirm(connection, story.bob, 1, now=now)
    return story.post(f"/people/{story.bob}/second-factor/off")


def invited(story: Story) -> None:
    with_link(story, "/people", name="Bob", role="viewer")
    story.bob = story.user("Bob")


SECRET, NONE = "<secret>", ""
THE_STORY: Final[Sequence[tuple[str, Done, Sequence[Expected]]]] = (
    ("setup.enrol", registered, [("person Ada", NONE, "registered, admin"), ("session", NONE, "opened")]),
    (
        "setup.create_topics",
        lambda it: it.post("/setup/kafka/topics"),
        [("topic .*events", NONE, "created.*")],
    ),
    ("setup.check_kafka", lambda it: it.post("/setup/kafka/check"), [("set-up kafka", "20.*", "20.*")]),
    (
        "setup_magento.connect",
        connected,
        [
            ("shop 'main' title", NONE, "Main shop"),
            ("shop 'main' magento.secrets", NONE, r"\[<secret>\]"),
            ("set-up shop", NONE, "main"),
        ],
    ),
    ("setup.skip", lambda it: it.post("/setup/skip/template"), [("set-up skipped", NONE, r"\['template'\]")]),
    (
        "connecting.app",
        the_app,
        [("app of main app_key", NONE, "sandboxapp"), ("app of main app_secret", "nothing", SECRET)],
    ),
    ("connecting.callback", came_back, [("authorization of main", NONE, "given")]),
    (
        "connecting.code",
        lambda it: it.post("/shops/main/tiktok/code", code=consent(it)),
        [("authorization of main", "kept", "changed")],
    ),
    (
        "connecting.pick",
        picked,
        [("shop 'main' tiktok.region", NONE, "US"), ("shop 'main' tiktok.access_token", "nothing", SECRET)],
    ),
    (
        "connecting.by_hand",
        by_hand,
        [
            ("shop 'main' tiktok.currency", "USD", "GBP"),
            ("shop 'main' tiktok.access_token", SECRET, "changed"),
        ],
    ),
    (
        "setup_rules.choose_policy",
        lambda it: it.post("/setup/policies", policy="Second"),
        [("shop 'main' synchronization_policy", "Default", "Second")],
    ),
    (
        "setup_rules.make_template",
        lambda it: it.post("/setup/template", **{**TEMPLATE, "title": "First", "step": "store"}),
        [("template 'First' category_id", NONE, "600001")],
    ),
    ("setup_summary.start", lambda it: it.post("/setup/start"), [("set-up finished", NONE, "20.*")]),
    (
        "settings_shops.change_magento",
        lambda it: it.post("/settings/shops/demo/magento", **magento(title="Another", token=TOKEN)),
        [("shop 'demo' title", "Demo shop", "Another"), ("shop 'demo' magento.token", SECRET, "changed")],
    ),
    (
        "settings_shops.change_policy",
        lambda it: it.post("/settings/shops/demo/policy", synchronization_policy="Second"),
        [("shop 'demo' synchronization_policy", "Default", "Second")],
    ),
    (
        "settings_shops.add_secret",
        added_secret,
        [("shop 'demo' magento.secrets", r"\[<secret>\]", r"\[<secret>, <secret>\]")],
    ),
    (
        "settings_shops.retire_secret",
        lambda it: it.post("/settings/shops/demo/secrets/retire", live="2"),
        [("shop 'demo' magento.secrets", r"\[<secret>, <secret>\]", r"\[<secret>\]")],
    ),
    ("policies.save", stored, [("inventory policy 'Few' buffer", "5", "7")]),
    (
        "policies.count",
        lambda it: it.post("/policies/count", kind="image", document='{"title": "Big"}'),
        [(r"job \d+, count_due", NONE, "asked for: image policy 'Big'")],
    ),
    (
        "policies.pause",
        lambda it: it.post("/policies/synchronization/pause", title="Default", paused="true"),
        [("policy 'Default' paused", "false", "true")],
    ),
    (
        "policies.delete",
        lambda it: it.post("/policies/pricing/delete", title="Dear", typed="Dear"),
        [("pricing policy 'Dear' title", "Dear", NONE)],
    ),
    (
        "dead_letters.discard",
        lambda it: it.post("/dead-letters/2/discard", note="a test"),
        [("dead letter 2", "open", "discarded"), ("dead letter 2 note", NONE, "a test")],
    ),
    (
        "dead_letters.redrive_one",
        edited,
        [("dead letter 1", "open", "redriven"), ("dead letter 1 value", r"\d+ bytes", r"edited, \d+ bytes")],
    ),
    (
        "dead_letters.redrive",
        lambda it: it.post("/dead-letters/reason/exhausted/redrive", rate="5"),
        [
            ("dead letters, exhausted", "1 open", r"redrive by job \d+"),
            (r"job \d+ rate", NONE, "5"),
        ],
    ),
    (
        "dead_letters.discard_all",
        discarded,
        [
            ("dead letters, of_a_test", "1 open", r"discard by job \d+"),
            (r"job \d+ note", NONE, "all of a test"),
        ],
    ),
    (
        "products.sync",
        lambda it: it.post("/products/2/sync"),
        [("sync of SHIRT-2", "not queued", "asked for: .*sync_requested")],
    ),
    (
        "products.confirm_price",
        lambda it: it.post("/products/1/confirm-price", amount="29.00"),
        [("confirmed price of SHIRT-1", "99.00 USD", "29.00 USD")],
    ),
    (
        "simulate.begin",
        lambda it: it.post("/simulate", draft=DEFAULT, hours="24"),
        [(r"job \d+, simulate", NONE, "asked for: synchronization_policies 'Default', 24 h")],
    ),
    ("jobs.stop", lambda it: it.post("/jobs/1/stop"), [("job 1, count_matching", "done", "asked to stop")]),
    ("people.add", invited, [("person Bob", NONE, "added, viewer"), ("link for Bob", NONE, "created.*")]),
    (
        "people.change_role",
        lambda it: it.post(f"/people/{it.bob}/role", role="editor"),
        [("role of Bob", "viewer", "editor")],
    ),
    (
        "people.disable",
        lambda it: it.post(f"/people/{it.bob}/disable"),
        [("state of Bob", "may come in", "disabled")],
    ),
    (
        "people.enable",
        lambda it: it.post(f"/people/{it.bob}/enable"),
        [("state of Bob", "disabled", "may come in")],
    ),
    (
        "people.new_link",
        lambda it: with_link(it, f"/people/{it.bob}/link"),
        [("link for Bob", NONE, "created, valid once within 24 h")],
    ),
    (
        "account.change_password",
        lambda it: it.post("/me", old=FIRST, new=SECOND),
        [("password of Ada", "kept", "changed")],
    ),
    ("second_factor.offer", offered, [("second factor of Ada", "off", "offered")]),
    (
        "second_factor.confirm",
        lambda it: recovery_codes(it, "/me/second-factor/confirm", code=it.code()),
        [("second factor of Ada", "off", "on")],
    ),
    (
        "second_factor.renew_codes",
        lambda it: recovery_codes(it, "/me/second-factor/codes", codes_code=it.code(1)),
        [("recovery codes of Ada", "10 left", "10 new")],
    ),
    ("sign_in_code.enter", both_steps, [("session", NONE, "opened")]),
    ("second_factor.switch_off_of", of_somebody_else, [("second factor of Bob", "on", "off")]),
    (
        "second_factor.switch_off",
        lambda it: it.post("/me/second-factor/off", off_code=it.secrets[-3]),
        [("second factor of Ada", "on", "off")],
    ),
    (
        "sign_in.enter",
        lambda it: it.elsewhere("/sign-in", name="Ada", password=SECOND),
        [("session", NONE, "opened")],
    ),
    ("sign_in.leave", lambda it: it.post("/sign-out"), [("session", "open", "ended")]),
)


def changing(app: Flask) -> set[str]:
    return {rule.endpoint for rule in app.url_map.iter_rules() if (rule.methods or set()) - LOOKING}


def test_no_route_that_changes_something_is_left_out(app: Flask) -> None:
    assert {endpoint for endpoint, *_ in THE_STORY} == (changing(app) - LOOKS) | {"connecting.callback"}


@pytest.fixture
def kafka(broker: Broker, topic_prefix: str) -> Kafka:
    """A real broker that has no topics yet."""
    events, letters, outcomes, group = (
        f"{topic_prefix}{name}" for name in ("events", "dlq", "outcomes", "group")
    )
    return Kafka({"bootstrap_servers": [broker.bootstrap_servers]}, events, letters, outcomes, group)


@pytest.fixture
def story(app: Flask, console_context: ConsoleContext, database: Database, engine: Engine) -> Iterator[Story]:
    """A shop with everything in it, and Ada, the only user, who has just registered."""
    furnish(engine)
    engine.policy("Second")
    guard(engine)
    with database.write() as connection:
        connection.exec_driver_sql("DELETE FROM console_users")
    client = app.test_client()
    token = ticket(database)
    csrf = csrf_of(client.get(f"/setup/register?ticket={token}").get_data(as_text=True))
    data = {"csrf_token": csrf, "ticket": token, "name": "Ada", "password": FIRST}
    assert client.post("/setup/register", data=data).status_code == 303
    with Sandbox(audit_seconds=0.1) as tiktok:
        found = Story(app, database, tiktok, Visitor(client, ""))
        found.secrets += [*SECRETS.values(), FIRST, SECOND, TOKEN, APP_SECRET, token]
        yield found


def guard(engine: Engine) -> None:
    """Drop the price of SHIRT-1 from 99 to 29, which the price guard holds back."""
    with engine.database.write() as connection:
        template_policies.save(
            connection,
            KINDS[0],
            PricingPolicy("Guarded", guard_percent=Decimal(30)),
            now=engine.clock(),
            author="Ada",
        )
    engine.template(replace(LISTING_TEMPLATE, pricing_policy="Guarded"))
    engine.put_on_tiktok("SHIRT-1", last_sent=LastSent(price={"SHIRT-1": Money("99.00", "USD")}))


def rows(database: Database) -> list[AuditRow]:
    """Return the audit rows, oldest first."""
    with database.read() as connection:
        return list(console_audit.page(connection, 500).values())[::-1]


def has(changes: Sequence[Change], expected: Expected) -> bool:
    return any(
        re.fullmatch(field_, change.field) and re.fullmatch(old, change.old) and re.fullmatch(new, change.new)
        for change in changes
        for field_, old, new in [expected]
    )


@pytest.mark.timeout(180)
def test_every_change_has_a_row_with_its_old_and_new_value(story: Story) -> None:
    began = datetime.now(UTC) - timedelta(minutes=1)
    for endpoint, do, expected in THE_STORY:
        do(story)
        row = next(found for found in reversed(rows(story.database)) if found.action == endpoint)
        assert (row.author, row.status < 400) == ("Ada", True), (endpoint, row)
        assert began < row.at <= datetime.now(UTC)
        for part in expected:
            assert has(row.changes, part), f"{endpoint}: {part} is not in {row.changes}"
    found = rows(story.database)
    assert not [secret for secret in story.secrets if secret in repr(found)]
    assert not [row for row in found if not row.changes], "each of them has changed something"


def test_a_request_that_only_reads_records_no_change(
    app: Flask, engine: Engine, visitor: Callable[..., Visitor], database: Database
) -> None:
    ada = visitor(Role.ADMIN, "Ada")
    fields = {
        "policy_forms.form": ("/policies/inventory/form", {"title": "New", "buffer": "3"}),
        "policies.restore": ("/policies/synchronization/restore", {"title": "Default", "version": "1"}),
        "listing_templates.form": ("/listing-templates/form", {"title": "New", "op": "review"}),
        "settings.check": ("/settings/checks", {}),
        "settings_shops.check": ("/settings/shops/demo/checks", {}),
        "setup_summary.look": ("/setup/summary", {}),
    }
    assert fields.keys() == LOOKS
    for path, data in fields.values():
        assert ada.post(path, data).status_code in (200, 422)
    assert {row.action: row.changes for row in rows(database)} == dict.fromkeys(fields, ())


def test_a_refused_request_records_no_change(
    engine: Engine, visitor: Callable[..., Visitor], database: Database
) -> None:
    ada = visitor(Role.ADMIN, "Ada")
    ada.post("/settings/shops/demo/magento", magento(title=""))
    ada.post("/settings/shops/demo/policy", {"synchronization_policy": "Third"})
    ada.post("/settings/shops/demo/magento", magento())
    assert [(row.status, row.changes) for row in rows(database)] == [(422, ()), (422, ()), (303, ())]


class Killed(BaseException):
    """Simulates that the process is killed."""


def test_a_request_cut_off_after_its_change_has_a_row(
    engine: Engine,
    visitor: Callable[..., Visitor],
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def killed(*_: Any) -> None:
        raise Killed

    ada = visitor(Role.ADMIN, "Ada")
    with monkeypatch.context() as patched, pytest.raises(Killed):
        patched.setattr(audit, "record_fields", killed)
        ada.post("/policies/synchronization/pause", {"title": "Default", "paused": "true"})
    with database.read() as connection:
        assert policies.load_all(connection)["Default"].policy.paused
    (row,) = rows(database)
    assert (row.author, row.action, row.target, row.status, row.changes) == (
        "Ada",
        "policies.pause",
        "title Default, paused true",
        UNENDED,
        (),
    )
    assert "not finished" in ada.get("/people/audit").get_data(as_text=True)


def test_a_row_has_a_bounded_size(
    engine: Engine, visitor: Callable[..., Visitor], database: Database
) -> None:
    many = ",".join(f"attribute_{number}" for number in range(400))
    document = {
        "title": "Wide",
        "only_specific_attributes": True,
        "product_update": True,
        "observed_attributes": many.split(","),
    }
    visitor().post(
        "/policies/save", {"kind": "synchronization", "document": json.dumps(document), "base": "0"}
    )
    (row,) = rows(database)
    assert has(row.changes, ("policy 'Wide' observed_attributes", "", r"\[attribute_0, .* …"))
    assert len(row.changes) <= audit.MOST
    assert max(len(change.new) for change in row.changes) <= audit.LONGEST


def test_the_page_and_its_files_show_before_and_after(
    engine: Engine, visitor: Callable[..., Visitor]
) -> None:
    ada = visitor(Role.ADMIN, "Ada")
    ada.post("/settings/shops/demo/magento", magento(title="<b>Another</b>", token=TOKEN))
    page = ada.get("/people/audit").get_data(as_text=True)
    assert "<del>Demo shop</del>" in page and "<ins>&lt;b&gt;Another&lt;/b&gt;</ins>" in page
    assert "<del>&lt;secret&gt;</del>" in page and "<ins>changed</ins>" in page
    csv = ada.get("/people/audit?format=csv").get_data(as_text=True)
    assert "shop 'demo' title: Demo shop -> <b>Another</b>" in csv
    (row,) = [
        document
        for document in json.loads(ada.get("/people/audit?format=json").get_data())
        if document["action"].startswith("settings")
    ]
    assert "shop 'demo' magento.token: <secret> -> changed" in row["changes"]
    assert TOKEN not in page + csv + str(row)
