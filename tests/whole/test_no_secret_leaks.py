"""No secret leaks: known secrets are planted, the whole system runs through its failures, and its output is searched.

Searched are logs, responses, probes, metrics, commands, topics, tables, and the `repr` of objects and errors.
"""

from __future__ import annotations

import json
import traceback
from base64 import b64encode
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from kafka import KafkaConsumer
from sqlalchemy import select
from werkzeug.routing import Map

from commands.demo_world.processes import Child
from config.settings import Settings
from console import serve
from console.app import create_app
from records.db.secret_box import SecretBox
from records.every_table import metadata
from sandbox.kafka import Broker
from sandbox.tiktok import Shop as SandboxShop
from schemas.apply_file import load_declaration
from schemas.secret import Secret
from tests.ports import free_port
from tests.whole.canaries import Canaries, leaks
from tests.whole.console_crawler import ConsoleCrawler
from tests.whole.echo_proxy import EchoProxy
from tests.whole.forked_commands import ForkedCommands
from tests.whole.scenario import Scenario, run_scenario, stored_shop
from tests.whole.system import running

SEALED = {("shops", "access_token"), ("shops", "refresh_token"), ("shops", "document")}
"""The columns with sealed secrets."""


REFUSED = {
    "GET connecting.callback",
    "POST connecting.code",
    "POST connecting.pick",
    "POST policies.delete",
}
"""What the console refuses here: a code that TikTok never issued, and deleting the only policy."""
pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def scenario(broker: Broker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scenario]:
    canaries, echo = Canaries(), EchoProxy()
    shop = SandboxShop(
        app_secret=canaries.plant("app_secret"),
        access_token=canaries.plant("access_token"),
        refresh_token=canaries.plant("refresh_token"),
    )
    variables = {
        "M2T_SECRET_KEY": canaries.plant("M2T_SECRET_KEY"),
        "M2T_KAFKA_SASL_PASSWORD": canaries.plant("kafka_sasl_password"),
        "M2T_LOG_LEVEL": "DEBUG",
        "M2T_CONSOLE_PORT": str(free_port()),
    }
    secret = canaries.plant_webhook_secret("webhook_secret")
    canaries.plant("magento_token")
    canaries.plant_plain("plain_secret")
    folder = tmp_path_factory.mktemp("secrets")
    with (
        ForkedCommands(folder, tmp_path_factory.mktemp("outputs")) as forked,
        running(
            broker, folder, "secrets.", echo.proxy, shop=shop, secret=secret, variables=variables
        ) as system,
    ):
        system.start("consumer")
        system.start("webhooks")
        console = Child("console", ["console"], system.environment, folder / "console.log")
        console.start()
        system.children.append(console)
        url = f"http://127.0.0.1:{system.settings.console_port}"
        console.wait_until_ready(url)
        crawler = ConsoleCrawler(url, routes(system.settings), canaries)
        found = Scenario(system, canaries, echo, crawler, forked)
        run_scenario(found)
        yield found


def routes(settings: Settings) -> Map:
    """Return the routes of the console."""
    return create_app(serve.console_context(settings), Secret("a key of the routes alone, 32 signs")).url_map


def test_a_canary_is_found_in_every_form() -> None:
    """Otherwise the other tests would pass whatever leaks."""
    canaries = Canaries()
    secret = canaries.plant("token")
    for item in (
        f"a {secret} b",
        quote(secret, safe=""),
        json.dumps(secret),
        *(b64encode(f"{'x' * before}{secret}&more".encode()).decode() for before in range(4)),
    ):
        assert canaries.found_in(item), item
    assert not canaries.found_in("token nothing")


def test_no_log_contains_a_secret(scenario: Scenario) -> None:
    logs = {path.name: path.read_text() for path in scenario.system.folder.glob("*.log")}
    assert {"consumer.log", "webhooks.log", "console.log"} <= logs.keys()
    assert '"event": "call"' in logs["consumer.log"] and "no_match" in logs["webhooks.log"]
    assert leaks(scenario.canaries, logs) == {}


def test_no_response_probe_or_metric_contains_a_secret(scenario: Scenario) -> None:
    assert {
        "stranger",
        "shown",
        "unknown shop",
        "no json",
        "door metrics",
        "consumer readyz",
    } <= scenario.answers.keys()
    assert "m2t_" in scenario.answers["consumer metrics"]
    assert leaks(scenario.canaries, scenario.answers) == {}


def test_no_page_of_the_console_contains_a_secret_whatever_is_submitted(scenario: Scenario) -> None:
    crawler = scenario.crawler
    routes_of_console = {
        f"{method} {rule.endpoint}"
        for rule in crawler.routes.iter_rules()
        for method in ("GET", "POST")
        if method in (rule.methods or ()) and rule.endpoint not in ("static", "sign_in.once")
    }
    assert routes_of_console - crawler.seen.keys() == set()
    assert {name: codes for name, codes in crawler.seen.items() if max(codes) >= 500} == {}
    assert {name for name, codes in crawler.seen.items() if not codes & {200, 303}} == REFUSED
    assert leaks(scenario.canaries, crawler.answers) == {}


def test_no_command_prints_a_secret(scenario: Scenario) -> None:
    # `trigger --print` prints a signed request on purpose: a signature, but no secret.
    assert leaks(scenario.canaries, scenario.commands) == {}


def test_no_row_contains_a_secret(scenario: Scenario) -> None:
    fields: dict[str, str] = {}
    with scenario.system.database.read() as connection:
        for name, table in metadata.tables.items():
            for row in connection.execute(select(table)).mappings():
                for column, value in row.items():
                    text = value.decode("latin-1") if isinstance(value, bytes) else str(value)
                    fields[f"{name}.{column}"] = fields.get(f"{name}.{column}", "") + text + "\n"
    assert all(fields[f"{table}.{column}"].strip() for table, column in SEALED)
    assert fields["feeds.response"].strip() and fields["activity.message"].strip()
    assert leaks(scenario.canaries, fields) == {}


def test_the_database_file_contains_no_secret(scenario: Scenario) -> None:
    files = scenario.system.folder.glob("m2t.db*")
    fields = {file.name: file.read_bytes().decode("latin-1") for file in files}
    assert "m2t.db" in fields
    assert leaks(scenario.canaries, fields) == {}


def test_no_record_contains_a_secret(scenario: Scenario) -> None:
    settings = scenario.system.settings
    fields: dict[str, str] = {}
    for topic in settings.topics:
        consumer = KafkaConsumer(
            topic,
            bootstrap_servers=list(settings.kafka_bootstrap_servers),
            auto_offset_reset="earliest",
            consumer_timeout_ms=3_000,
        )
        records = [
            f"{record.key!r} {(record.value or b'').decode('latin-1')} {record.headers!r}"
            for record in consumer
        ]
        consumer.close()
        fields[topic] = "\n".join(records)
    assert fields[settings.events_topic] and fields[settings.outcomes_topic]
    assert leaks(scenario.canaries, fields) == {}


def test_no_repr_shows_a_secret(scenario: Scenario) -> None:
    system, planted = scenario.system, scenario.canaries.planted
    shop = stored_shop(system)
    document = system.shop_document("http://127.0.0.1:9")
    declaration = load_declaration({"shops": [document]}, {"synchronization_policies": ["Default"]})
    fields = {
        "settings": repr(system.settings) + str(system.settings),
        "shop": repr(shop) + str(shop),
        "declaration": repr(declaration),
        "secret": "{0!r} {0} {1}".format(Secret(planted["app_secret"]), [Secret(planted["app_secret"])]),
        "box": repr(SecretBox(*system.settings.secret_keys)),
        "signatures": repr(system.settings.signatures()),
        "database": repr(system.database),
    }
    assert leaks(scenario.canaries, fields) == {}


def test_no_error_shows_a_secret(scenario: Scenario) -> None:
    planted = scenario.canaries.planted
    document = scenario.system.shop_document("http://127.0.0.1:9")
    document["tiktok"] |= {"region": "XX", "app_key": "", "access_token": 7}
    environment = {
        **scenario.system.environment,
        "M2T_SECRET_KEY": planted["M2T_SECRET_KEY"][:20],
    }
    fields: dict[str, str] = {}
    for name, fails in (
        ("declaration", lambda: load_declaration({"shops": [document]})),
        ("settings", lambda: Settings.from_environ({**environment, "M2T_DOOR_PORT": "x"}, dotenv=None)),
        ("sealed with another key", lambda: SecretBox(Secret(planted["app_secret"])).open("x")),
    ):
        with pytest.raises(Exception) as raised:
            fails()
        fields[name] = f"{raised.value!r} {raised.value} {''.join(traceback.format_exception(raised.value))}"
    assert leaks(scenario.canaries, fields) == {}
