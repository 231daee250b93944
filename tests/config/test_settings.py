"""Settings: where values come from, and how faults are reported."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from types import MappingProxyType

import pytest

from config.settings import InvalidSettings, Settings
from schemas.event_signature import UnverifiedEvent
from tests.config.env_example import PATH, env_example

KEY = "kQ7-vR2_mX9zLw4TnB6yHc1JdF8sGp3A-eUiOtZq"


def settings(fields: Mapping[str, str] = MappingProxyType({}), *, dotenv: Path | None = None) -> Settings:
    return Settings.from_environ({"M2T_SECRET_KEY": KEY, **fields}, dotenv=dotenv)


def faults(fields: Mapping[str, str]) -> tuple[str, ...]:
    with pytest.raises(InvalidSettings) as refused:
        settings(fields)
    return refused.value.faults


def test_only_the_secret_key_must_be_set() -> None:
    assert settings().secret_key.reveal() == KEY
    with pytest.raises(InvalidSettings, match="M2T_SECRET_KEY: is missing"):
        Settings.from_environ({}, dotenv=None)


def test_an_empty_variable_counts_as_not_set() -> None:
    assert settings({"M2T_DOOR_PORT": "", "M2T_LOG_LEVEL": ""}) == settings()


@pytest.mark.parametrize(
    ("variable", "value", "says"),
    [
        ("M2T_SECRET_KEY", "short", "is not 32 random characters"),
        ("M2T_SECRET_KEY", "a" * 64, "is not 32 random characters"),
        ("M2T_SECRET_KEY", "please-change-me-before-production-0123", "is a placeholder"),
        ("M2T_SECRET_KEY_FALLBACKS", "short", "key 1 is not 32 random characters"),
        (
            "M2T_SECRET_KEY_FALLBACKS",
            f"{KEY}, please-change-me-before-production-0123",
            "key 2 is a placeholder",
        ),
        ("M2T_CONSOLE_TRUSTED_HOSTS", "https://console.example", "must be host names or IPv4 addresses"),
        ("M2T_CONSOLE_TRUSTED_HOSTS", "console.example:8090", "must be host names or IPv4 addresses"),
        ("M2T_DATABASE_URL", "mysql://shop:pw@db/m2t", "must be sqlite:///PATH or postgresql+psycopg://"),
        (
            "M2T_DATABASE_URL",
            "postgresql+psycopg://m2t:pw@db:port/m2t",
            "must be sqlite:///PATH or postgresql",
        ),
        (
            "M2T_DATABASE_URL",
            "postgresql+psycopg://m2t:p/w@db/m2t",
            "write / and @ in the password as %2F and %40",
        ),
        ("M2T_DATABASE_URL", "postgresql+psycopg://m2t:pw@db", "HOST:PORT/NAME"),
        ("M2T_KAFKA_BOOTSTRAP_SERVERS", "kafka", "must be HOST:PORT"),
        ("M2T_KAFKA_BOOTSTRAP_SERVERS", ",", "must be HOST:PORT"),
        ("M2T_KAFKA_SECURITY_PROTOCOL", "TLS", "must be one of PLAINTEXT, SSL, SASL_PLAINTEXT, SASL_SSL"),
        ("M2T_KAFKA_SASL_MECHANISM", "MD5", "must be one of PLAIN, SCRAM-SHA-256, SCRAM-SHA-512"),
        ("M2T_KAFKA_SSL_CAFILE", "/nowhere/ca.pem", "there is no such file"),
        ("M2T_TOPIC_PREFIX", "my shop", "may contain only"),
        ("M2T_DOOR_PORT", "80a", "must be a whole number from 0 to 65535"),
        ("M2T_DOOR_PORT", "70000", "must be a whole number from 0 to 65535"),
        ("M2T_DOOR_PROCESSES", "0", "must be a whole number from 1 to 64"),
        ("M2T_CALLS_PER_SECOND", "-1", "must be a number from 0 to 1000"),
        ("M2T_CALLS_PER_SECOND", "nan", "must be a number from 0 to 1000"),
        ("M2T_READ_DELAY", "soon", "must be a number from 0 to 60"),
        ("M2T_LOG_LEVEL", "loud", "must be one of DEBUG, INFO, WARNING, ERROR"),
        ("M2T_LOG_FORMAT", "xml", "must be one of json, console"),
    ],
)
def test_a_fault_names_its_variable_and_says_what_is_allowed(variable: str, value: str, says: str) -> None:
    (fault,) = faults({variable: value})
    assert fault.startswith(f"{variable}: ")
    assert says in fault


def test_every_fault_is_reported_at_once() -> None:
    every = {"M2T_SECRET_KEY", "M2T_DOOR_PORT", "M2T_LOG_LEVEL", "M2T_READ_DELAY"}
    named = {fault.partition(":")[0] for fault in faults(dict.fromkeys(every, "x"))}
    assert named == every


@pytest.mark.parametrize(
    ("fields", "missing"),
    [
        ({}, {"MECHANISM", "USERNAME", "PASSWORD"}),
        ({"M2T_KAFKA_SASL_MECHANISM": "PLAIN"}, {"USERNAME", "PASSWORD"}),
        ({"M2T_KAFKA_SASL_MECHANISM": "PLAIN", "M2T_KAFKA_SASL_USERNAME": "m2t"}, {"PASSWORD"}),
    ],
)
def test_sasl_needs_its_three_parts(fields: dict[str, str], missing: set[str]) -> None:
    found = faults({"M2T_KAFKA_SECURITY_PROTOCOL": "SASL_SSL", **fields})
    assert {fault.partition(":")[0].removeprefix("M2T_KAFKA_SASL_") for fault in found} == missing


def test_a_sasl_mechanism_without_a_sasl_protocol_is_refused() -> None:
    (fault,) = faults({"M2T_KAFKA_SASL_MECHANISM": "PLAIN"})
    assert "SASL_SSL or SASL_PLAINTEXT" in fault


def test_a_value_comes_from_its_file(tmp_path: Path) -> None:
    secret, port = tmp_path / "key", tmp_path / "port"
    secret.write_text(KEY + "\n")
    port.write_text("8081\n")
    fields = {"M2T_SECRET_KEY_FILE": str(secret), "M2T_DOOR_PORT_FILE": str(port)}
    read = Settings.from_environ(fields, dotenv=None)
    assert (read.secret_key.reveal(), read.door_port) == (KEY, 8081)


def test_a_value_from_a_file_is_checked_like_any_other(tmp_path: Path) -> None:
    file = tmp_path / "port"
    file.write_text("eighty")
    assert faults({"M2T_DOOR_PORT_FILE": str(file)}) == (
        "M2T_DOOR_PORT: must be a whole number from 0 to 65535 (found 'eighty')",
    )


@pytest.mark.parametrize(("content", "why"), [(None, "No such file"), (b"\xff\xfe", "not UTF-8")])
def test_a_file_that_cannot_be_read_is_one_fault(tmp_path: Path, content: bytes | None, why: str) -> None:
    file = tmp_path / "key"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(InvalidSettings) as refused:
        Settings.from_environ({"M2T_SECRET_KEY_FILE": str(file)}, dotenv=None)
    (fault,) = refused.value.faults
    assert fault.startswith("M2T_SECRET_KEY_FILE: ")
    assert why in fault


def test_the_environment_overrides_the_dotenv_file(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text(f"M2T_SECRET_KEY={KEY}\nM2T_DOOR_PORT=8081\nM2T_DOOR_THREADS=4\n")
    read = Settings.from_environ({"M2T_DOOR_PORT": "8082"}, dotenv=file)
    assert (read.secret_key.reveal(), read.door_port, read.door_threads) == (KEY, 8082, 4)


def test_an_empty_variable_leaves_the_dotenv_files_value(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("M2T_DOOR_PORT=8081\n")
    assert settings({"M2T_DOOR_PORT": ""}, dotenv=file).door_port == 8081


def test_a_dotenv_file_may_name_a_secrets_file(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(KEY)
    file = tmp_path / ".env"
    file.write_text(f"M2T_SECRET_KEY_FILE={tmp_path / 'key'}\n")
    assert Settings.from_environ({}, dotenv=file).secret_key.reveal() == KEY


@pytest.mark.parametrize(
    "fields",
    [
        {"M2T_SECRET_KEY": "planted-secret"},
        {"M2T_SECRET_KEY_FALLBACKS": f"{KEY},planted-secret"},
        {"M2T_DATABASE_URL": "mysql://m2t:planted-secret@db/m2t"},
        {"M2T_KAFKA_SASL_PASSWORD": "planted-secret", "M2T_KAFKA_SASL_MECHANISM": "MD5"},
    ],
)
def test_no_fault_quotes_a_secret(fields: dict[str, str]) -> None:
    assert "planted-secret" not in "\n".join(faults(fields))


def test_settings_print_without_their_secrets() -> None:
    fields = {"M2T_DATABASE_URL": "postgresql+psycopg://m2t:planted-secret@db/m2t"}
    fields |= {"M2T_SECRET_KEY_FALLBACKS": f"{KEY[::-1]},{KEY}", "M2T_KAFKA_SASL_PASSWORD": "planted-secret"}
    printed = repr(settings(fields))
    assert "planted-secret" not in printed
    assert KEY not in printed and KEY[::-1] not in printed


def test_earlier_secret_keys_follow_the_current_key() -> None:
    read = settings({"M2T_SECRET_KEY_FALLBACKS": f"{KEY[::-1]}, {KEY.swapcase()}"})
    assert [key.reveal() for key in read.secret_keys] == [KEY, KEY[::-1], KEY.swapcase()]


def test_earlier_secret_keys_verify_and_do_not_sign() -> None:
    old = settings({"M2T_SECRET_KEY": KEY[::-1]}).signatures()
    now = settings({"M2T_SECRET_KEY_FALLBACKS": KEY[::-1]}).signatures()
    name, signature = old.header(b"key", b"value", [])
    now.verify(b"key", b"value", {name: signature})
    with pytest.raises(UnverifiedEvent):
        old.verify(b"key", b"value", dict([now.header(b"key", b"value", [])]))


def test_the_console_trusts_loopback_its_address_and_the_configured_names() -> None:
    assert settings().trusted_hosts == ("localhost", "127.0.0.1")
    fields = {"M2T_CONSOLE_HOST": "10.0.0.7", "M2T_CONSOLE_TRUSTED_HOSTS": "console.example.com,.example.org"}
    assert settings(fields).trusted_hosts[2:] == ("10.0.0.7", "console.example.com", ".example.org")


def test_topics_carry_the_prefix() -> None:
    staging = settings({"M2T_TOPIC_PREFIX": "staging."})
    assert staging.events_topic == "staging.magento.product.events"
    assert staging.dead_letters_topic == "staging.magento.product.events.dlq"
    assert staging.outcomes_topic == "staging.tiktok.sync.outcomes"


def test_kafka_clients_use_the_connection_settings() -> None:
    fields = {
        "M2T_KAFKA_BOOTSTRAP_SERVERS": "one:9092,two:9093",
        "M2T_KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
        "M2T_KAFKA_SASL_MECHANISM": "SCRAM-SHA-512",
        "M2T_KAFKA_SASL_USERNAME": "m2t",
        "M2T_KAFKA_SASL_PASSWORD": "pass",
    }
    assert settings(fields).kafka() == {
        "bootstrap_servers": ["one:9092", "two:9093"],
        "security_protocol": "SASL_SSL",
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": "m2t",
        "sasl_plain_password": "pass",
    }


def test_the_env_example_is_current() -> None:
    assert PATH.read_text() == env_example()


def test_the_env_example_names_every_setting_with_its_default(tmp_path: Path) -> None:
    """With its lines uncommented and a key added, the file holds the defaults."""
    lines = env_example().splitlines()
    uncommented = "\n".join(line.removeprefix("# ") if "M2T_" in line else line for line in lines)
    file = tmp_path / ".env"
    file.write_text(uncommented)
    assert all(f"M2T_{setting.name.upper()}=" in uncommented for setting in fields(Settings))
    assert settings(dotenv=file) == settings()


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:////var/lib/m2t/m2t.db",
        "postgresql+psycopg://m2t:p%40ss%2Fword@db.example:5432/m2t?sslmode=verify-full",
        "postgresql+psycopg://m2t@[::1]:5432/m2t",
        "postgresql+psycopg:///m2t?host=/var/run/postgresql",
    ],
)
def test_valid_database_urls(url: str) -> None:
    assert settings({"M2T_DATABASE_URL": url}).database_url == url
