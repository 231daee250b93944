"""Settings: the switches of the whole, read once from the environment, every fault reported at once.

Variables are named ``M2T_…``; each may come from a file instead (``M2T_SECRET_KEY_FILE``), and a ``.env`` in the
working folder is read where a variable is not set. Entry points open this room and hand on what others need.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import Field, dataclass, field, fields
from pathlib import Path
from typing import Any

from environs import Env, EnvValidationError
from marshmallow import ValidationError, validate

from schemas.secret import Secret

PREFIX = "M2T_"
SHORTEST_SECRET_KEY = 32
_HOW_TO_MAKE_ONE = 'Make one: python3 -c "import secrets; print(secrets.token_urlsafe(48))"'
_PLACEHOLDERS = ("change", "secret-key", "example", "password", "xxxxxxxx", "00000000")


class InvalidSettings(Exception):
    """The settings have faults; nothing was started."""

    def __init__(self, faults: list[str]) -> None:
        lines = [
            self.__doc__ or "",
            *(f"  {fault}" for fault in faults),
            "See .env.example for every setting.",
        ]
        super().__init__("\n".join(lines))
        self.faults = tuple(faults)


def _setting(default: Any, doc: str, **rules: Any) -> Any:  # a field's metadata: default, words, bounds
    return field(metadata={"default": default, "doc": doc, **rules})


@dataclass(frozen=True, slots=True)
class Settings:
    """Every switch. The text beside each one is what ``.env.example`` says."""

    secret_key: Secret = _setting(
        None,
        "Seals the shops' secrets in the database. At least 32 random characters:\n"
        'python3 -c "import secrets; print(secrets.token_urlsafe(48))"',
    )
    database_url: str = _setting(
        "sqlite:///.m2t/m2t.db", "SQLite for one machine; postgresql+psycopg://... for several."
    )
    kafka_bootstrap_servers: tuple[str, ...] = _setting("127.0.0.1:9092", "Brokers, comma separated.")
    kafka_security_protocol: str = _setting(
        "PLAINTEXT",
        "PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL.",
        one_of=("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"),
    )
    kafka_sasl_mechanism: str = _setting("", "PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512, for SASL.")
    kafka_sasl_username: str = _setting("", "The user name, for SASL.")
    kafka_sasl_password: Secret = _setting("", "The password, for SASL.")
    kafka_ssl_cafile: str = _setting("", "The certificate authority's file, for SSL.")
    topic_prefix: str = _setting("", "Stands before every topic's name, as staging. (with its dot).")
    consumer_group: str = _setting("m2t.consumer", "The group that intake consumes in.")
    door_host: str = _setting("127.0.0.1", "Where the webhook endpoint listens.")
    door_port: int = _setting(8080, "Its port.", low=0, high=65_535)
    door_processes: int = _setting(2, "Its processes; as many as cores is best.", low=1, high=64)
    door_threads: int = _setting(16, "Threads of each process.", low=1, high=256)
    consumer_host: str = _setting("127.0.0.1", "Where the consumer serves /livez, /readyz and /metrics.")
    consumer_port: int = _setting(9102, "Its port; 0 for none.", low=0, high=65_535)
    calls_in_flight: int = _setting(64, "TikTok calls at once, all shops together.", low=1, high=512)
    calls_per_second: float = _setting(
        5.0, "TikTok calls a second, each shop; 0 for no limit.", low=0, high=1000
    )
    read_delay: float = _setting(
        2.0, "Seconds that Magento's commit may come after its webhook.", low=0, high=60
    )
    audit_look: float = _setting(
        2.0,
        "Seconds after which an audit is first looked at; later looks come at growing steps.",
        low=0.1,
        high=600,
    )
    log_level: str = _setting(
        "INFO", "DEBUG, INFO, WARNING or ERROR.", one_of=("DEBUG", "INFO", "WARNING", "ERROR")
    )
    log_format: str = _setting("json", "json or console.", one_of=("json", "console"))

    @classmethod
    def from_environ(cls, dotenv: Path | None = Path(".env")) -> Settings:
        """The settings of this process. Raises `InvalidSettings` naming every fault."""
        env = Env(eager=False, prefix=PREFIX)
        if dotenv is not None and dotenv.is_file():
            env.read_env(str(dotenv), recurse=False)
        faults: list[str] = []
        values = {setting.name: _read(env, setting, faults) for setting in fields(cls)}
        try:
            env.seal()
        except EnvValidationError as error:
            faults.extend(_sentences(error.error_messages))
        if faults:
            raise InvalidSettings(faults)
        return cls(**values)

    @property
    def events_topic(self) -> str:
        """The topic of product events."""
        return f"{self.topic_prefix}magento.product.events"

    @property
    def dead_letters_topic(self) -> str:
        """The topic of what could not be read or handled."""
        return f"{self.events_topic}.dlq"

    @property
    def outcomes_topic(self) -> str:
        """The topic of what TikTok answered."""
        return f"{self.topic_prefix}tiktok.sync.outcomes"

    def kafka(self) -> dict[str, Any]:
        """How every Kafka client of ours connects."""
        connection: dict[str, Any] = {
            "bootstrap_servers": list(self.kafka_bootstrap_servers),
            "security_protocol": self.kafka_security_protocol,
        }
        if self.kafka_sasl_mechanism:
            connection["sasl_mechanism"] = self.kafka_sasl_mechanism
            connection["sasl_plain_username"] = self.kafka_sasl_username
            connection["sasl_plain_password"] = self.kafka_sasl_password.reveal()
        if self.kafka_ssl_cafile:
            connection["ssl_cafile"] = self.kafka_ssl_cafile
        return connection


def _read(env: Env, setting: Field[Any], faults: list[str]) -> Any:
    """One setting; `NAME_FILE` stands in where `NAME` is not set."""
    rules: Mapping[str, Any]
    variable, rules = PREFIX + setting.name.upper(), setting.metadata
    default: Any = _from_file(variable, faults) or rules["default"]
    if setting.type == "Secret":
        check = _secret(rules["default"] is None)
        if variable in os.environ:
            return Secret(env.str(setting.name.upper(), validate=check) or "")
        try:
            check(default or "")
        except ValidationError as error:
            faults.extend(f"{variable}: {message}" for message in error.messages)
        return Secret(default or "")
    if setting.type == "tuple[str, ...]":
        listed = env.list(setting.name.upper(), default=default.split(","), validate=validate.Length(min=1))
        return tuple(one.strip() for one in listed or ())
    if setting.type == "int":
        return env.int(setting.name.upper(), default=default, validate=_between(rules))
    if setting.type == "float":
        return env.float(setting.name.upper(), default=default, validate=_between(rules))
    choices = rules.get("one_of")
    allowed = validate.OneOf(choices, error="say one of {choices}") if choices else None
    return env.str(setting.name.upper(), default=default, validate=allowed)


def _between(rules: Mapping[str, Any]) -> validate.Range:
    return validate.Range(rules["low"], rules["high"], error="say a number from {min} to {max}")


def _secret(required: bool) -> Callable[[str], None]:
    def check(value: str) -> None:
        if not required:
            return
        if not value:
            raise ValidationError("is missing. " + _HOW_TO_MAKE_ONE)
        if len(value) < SHORTEST_SECRET_KEY or len(set(value)) < 8:
            raise ValidationError(f"is not {SHORTEST_SECRET_KEY} random characters. {_HOW_TO_MAKE_ONE}")
        if any(word in value.lower() for word in _PLACEHOLDERS):
            raise ValidationError(f"is a placeholder. {_HOW_TO_MAKE_ONE}")

    return check


def _from_file(variable: str, faults: list[str]) -> str:
    path = os.environ.get(f"{variable}_FILE")
    if not path or variable in os.environ:
        return ""
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        faults.append(f"{variable}_FILE: {path!r} can't be read ({error.strerror})")
        return ""


def _sentences(errors: Any) -> list[str]:
    sentences: list[str] = []
    for variable, messages in dict(errors).items():
        told = os.environ.get(variable)
        secret = any(word in variable for word in ("SECRET", "PASSWORD", "TOKEN"))
        found = "" if secret or told is None else f" (found {told!r})"
        sentences.extend(f"{variable}: {message}{found}" for message in messages)
    return sentences


def env_example() -> str:
    """The text of ``.env.example``: every setting with its default, and what it is for."""
    lines = ["# Every setting. Copy to .env, or set the variables; NAME_FILE reads a value from a file.", ""]
    for setting in fields(Settings):
        lines += [f"# {line}" for line in setting.metadata["doc"].splitlines()]
        default = setting.metadata["default"]
        required = default is None
        lines += [
            f"{'' if required else '# '}{PREFIX}{setting.name.upper()}={'' if required else default}",
            "",
        ]
    return "\n".join(lines)
