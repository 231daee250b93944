"""Settings: read once from the environment; all faults are reported together.

Variables are named ``M2T_…``. Each may come from a file instead (``M2T_SECRET_KEY_FILE``), and a ``.env`` in the
working folder fills in what is not set. An empty variable counts as not set. Entry points read the settings and pass on
what other packages need.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import Field, dataclass, field, fields
from pathlib import Path
from typing import Any, TypeAlias
from zoneinfo import available_timezones

from dotenv import dotenv_values
from environs import Env, EnvValidationError
from marshmallow import ValidationError, validate

from config.quoting import file_named
from schemas.event_signature import EventSignatures
from schemas.secret import Secret

PREFIX = "M2T_"
SHORTEST_SECRET_KEY = 32
LOOPBACK = ("localhost", "127.0.0.1")
_HOW_TO_GENERATE = 'Generate one: python3 -c "import secrets; print(secrets.token_urlsafe(48))"'
_PLACEHOLDERS = ("change", "secret-key", "example", "password", "xxxxxxxx", "00000000")


Rules: TypeAlias = Mapping[str, Any]
"""The metadata of a setting: `default`, `doc`, and what is allowed: `one_of`, `pattern` with its message `error`, or
`low` and `high`."""


class InvalidSettings(Exception):
    """The settings are invalid; nothing was started."""

    def __init__(self, faults: list[str]) -> None:
        lines = [
            self.__doc__ or "",
            *(f"  {fault}" for fault in faults),
            "See .env.example for every setting.",
        ]
        super().__init__("\n".join(lines))
        self.faults = tuple(faults)


def _setting(default: object, doc: str, *, shown: bool = True, **rules: object) -> Any:
    """Return a dataclass field whose metadata hold its default, its help text and what is allowed.

    `shown`: whether a repr shows its value. The type is Any, as that of `dataclasses.field`.
    """
    return field(repr=shown, metadata={"default": default, "doc": doc, **rules})


@dataclass(frozen=True, slots=True)
class Settings:
    """Every setting; its help text is also its comment in ``.env.example``."""

    secret_key: Secret = _setting(
        None,
        "Encrypts the shops' secrets in the database and signs events. At least 32 random characters:\n"
        'python3 -c "import secrets; print(secrets.token_urlsafe(48))"',
    )
    secret_key_fallbacks: tuple[Secret, ...] = _setting(
        "",
        "Earlier secret keys, comma separated, used during a key rotation: they decrypt what they encrypted, and\n"
        "encrypt nothing new. Set both, restart every process, run m2t db reseal, then remove the earlier keys.",
    )
    database_url: str = _setting(
        "sqlite:///.m2t/m2t.db",
        "SQLite for one machine; postgresql+psycopg://... for several.",
        pattern=r"sqlite:///.|postgresql\+psycopg://([^@/\s]+@)?([^\s:/@\[\]]*|\[[0-9a-fA-F:.]+\])(:[0-9]{1,5})?"
        r"/[^\s/?]+(\?\S*)?\Z",
        error="must be sqlite:///PATH or postgresql+psycopg://USER:PASSWORD@HOST:PORT/NAME; "
        "write / and @ in the password as %2F and %40",
        shown=False,
    )
    kafka_bootstrap_servers: tuple[str, ...] = _setting(
        "127.0.0.1:9092",
        "Brokers, comma separated.",
        pattern=r"[^\s,:]+:[0-9]{1,5}(,[^\s,:]+:[0-9]{1,5})*\Z",
        error="must be HOST:PORT, or several separated by commas",
    )
    kafka_security_protocol: str = _setting(
        "PLAINTEXT",
        "PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL.",
        one_of=("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"),
    )
    kafka_sasl_mechanism: str = _setting(
        "",
        "PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512, for SASL.",
        one_of=("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"),
    )
    kafka_sasl_username: str = _setting("", "The user name, for SASL.")
    kafka_sasl_password: Secret = _setting("", "The password, for SASL.")
    kafka_ssl_cafile: str = _setting("", "The certificate authority's file, for SSL.")
    topic_prefix: str = _setting(
        "",
        "Prefix of every topic's name, for example staging. (with its dot).",
        pattern=r"[A-Za-z0-9.-]{1,100}\Z",
        error="may contain only A-Z, a-z, 0-9, . and -, at most 100 characters",
    )
    event_signatures: str = _setting(
        "required",
        "required: an unsigned record on the events topic becomes a dead letter.\n"
        "accept_unsigned: unsigned records are accepted. Use it while upgrading from a version that did not sign,\n"
        "until the lag is 0, or if another tool writes events and nobody else can write to the topic. A record with a\n"
        "wrong signature is always a dead letter.",
        one_of=("required", "accept_unsigned"),
    )
    consumer_group: str = _setting(
        "m2t.consumer",
        "Consumer group that reads the events topic. The same name with .quarantine appended reads the dead letters.",
    )
    door_host: str = _setting("127.0.0.1", "Host that the webhook endpoint listens on.")
    door_port: int = _setting(8080, "Port of the webhook endpoint.", low=0, high=65_535)
    door_processes: int = _setting(
        2, "Processes of the webhook endpoint; set it to the number of CPU cores.", low=1, high=64
    )
    door_threads: int = _setting(32, "Threads of each webhook process.", low=1, high=256)
    consumer_host: str = _setting(
        "127.0.0.1", "Host that the consumer serves /livez, /readyz and /metrics on."
    )
    consumer_port: int = _setting(
        9102, "Port of the consumer's /livez, /readyz and /metrics; 0 disables them.", low=0, high=65_535
    )
    console_host: str = _setting("127.0.0.1", "Host that the console listens on.")
    console_port: int = _setting(8090, "Port of the console.", low=0, high=65_535)
    console_threads: int = _setting(8, "Threads of the console.", low=1, high=256)
    console_read_only: bool = _setting(
        "false", "true: nothing can be changed in the console.", one_of=("true", "false")
    )
    console_demo: bool = _setting(
        "false", "true: every page shows that the shops are sandboxes.", one_of=("true", "false")
    )
    console_behind_proxy: bool = _setting(
        "false",
        "true: the console runs behind a reverse proxy and trusts its X-Forwarded-For, -Proto and -Host headers.",
        one_of=("true", "false"),
    )
    console_trusted_hosts: tuple[str, ...] = _setting(
        "",
        "Host names that the console answers to, comma separated: console.example.com, or .example.com for every name\n"
        "below it. localhost, 127.0.0.1 and M2T_CONSOLE_HOST are always allowed; any other name gets a 400.",
        pattern=r"\.?[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*(,\.?[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*)*\Z",
        error="must be host names or IPv4 addresses without scheme and port, separated by commas",
    )
    console_timezone: str = _setting(
        "UTC",
        "Time zone of the dates and times in the console, for example Europe/Berlin.",
        pattern=r"[A-Za-z0-9_+/-]{1,60}\Z",
        error="must be a time zone, for example Europe/Berlin",
    )
    door_url: str = _setting(
        "",
        "URL at which Magento reaches the webhook endpoint, as https://hooks.example.com; the console shows it.",
        pattern=r"https?://[^\s/]+\Z",
        error="must be https://HOST, without a path",
    )
    calls_in_flight: int = _setting(64, "Concurrent TikTok calls, for all shops together.", low=1, high=512)
    calls_per_second: float = _setting(
        5.0, "TikTok calls per second for each shop; 0 for no limit.", low=0, high=1000
    )
    read_delay: float = _setting(
        2.0,
        "Seconds that Magento may take to commit a change after it sent its webhook.",
        low=0,
        high=60,
    )
    audit_look: float = _setting(
        2.0,
        "Seconds until TikTok's review of a listing is first checked; the interval grows with each further check.",
        low=0.1,
        high=600,
    )
    cap_look: float = _setting(
        3600.0,
        "Seconds after which one new listing is sent to find out whether TikTok's daily listing limit is lifted.",
        low=1,
        high=86_400,
    )
    allow_private_media: bool = _setting(
        "false",
        "true: images may be fetched from a store on this machine (a loopback address).",
        one_of=("true", "false"),
    )
    log_level: str = _setting(
        "INFO", "DEBUG, INFO, WARNING or ERROR.", one_of=("DEBUG", "INFO", "WARNING", "ERROR")
    )
    log_format: str = _setting("json", "json or console.", one_of=("json", "console"))

    @classmethod
    def from_environ(
        cls, environ: Mapping[str, str] | None = None, *, dotenv: Path | None = Path(".env")
    ) -> Settings:
        """Return the settings of `environ` (None: of the process), which overrides those of the `dotenv` file.

        Raises `InvalidSettings` with every fault.
        """
        found, unreadable = _variables(os.environ if environ is None else environ, dotenv)
        env = _MappingEnv(found)
        values: dict[str, Any] = {setting.name: _read(env, setting) for setting in fields(cls)}
        faults = list(unreadable.values())
        try:
            env.seal()
        except EnvValidationError as error:
            errors = error.error_messages
            faults.extend(_sentences(errors, found, unreadable) if isinstance(errors, Mapping) else errors)
        if not faults:
            faults.extend(_contradictions(values))
        if faults:
            raise InvalidSettings(faults)
        return cls(**values)

    def signatures(self) -> EventSignatures:
        """Return the keys that sign product events and verify them; earlier keys verify too."""
        return EventSignatures(self.secret_keys, required=self.event_signatures == "required")

    @property
    def secret_keys(self) -> tuple[Secret, ...]:
        """The key that seals secrets, and then the earlier keys, which only open them."""
        return self.secret_key, *self.secret_key_fallbacks

    @property
    def trusted_hosts(self) -> tuple[str, ...]:
        """The host names that the console answers to: loopback, its own address, and those of the setting."""
        return tuple(dict.fromkeys((*LOOPBACK, self.console_host, *self.console_trusted_hosts)))

    @property
    def events_topic(self) -> str:
        """The topic of product events."""
        return f"{self.topic_prefix}magento.product.events"

    @property
    def webhooks_url(self) -> str:
        """The URL at which senders reach the webhook endpoint; its own address if none is set."""
        return self.door_url or f"http://{self.door_host}:{self.door_port}"

    @property
    def dead_letters_topic(self) -> str:
        """The topic of dead letters."""
        return f"{self.events_topic}.dlq"

    @property
    def outcomes_topic(self) -> str:
        """The topic of outcomes."""
        return f"{self.topic_prefix}tiktok.sync.outcomes"

    @property
    def topics(self) -> tuple[str, str, str]:
        """The topics of product events, dead letters and outcomes."""
        return self.events_topic, self.dead_letters_topic, self.outcomes_topic

    def kafka(self) -> dict[str, object]:
        """Return the connection options of every Kafka client, in kafka-python's names."""
        connection: dict[str, object] = {
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


class _MappingEnv(Env):
    """environs over a mapping; `Env` itself reads the environment of the process only."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        super().__init__(eager=False, prefix=PREFIX)
        self._variables = variables

    def _get_value(self, env_key: str, default: object) -> object:
        return self._variables.get(env_key, default)


def _variables(environ: Mapping[str, str], dotenv: Path | None) -> tuple[dict[str, str], dict[str, str]]:
    """Return our variables with their values, and the faults of those whose ``_FILE`` can't be read."""
    written = dotenv_values(dotenv) if dotenv is not None and dotenv.is_file() else {}
    values_by_name = {
        name: value
        for source in (written, environ)
        for name, value in source.items()
        if name.startswith(PREFIX) and value
    }
    unreadable: dict[str, str] = {}
    for setting in fields(Settings):
        variable = PREFIX + setting.name.upper()
        path = values_by_name.get(f"{variable}_FILE")
        if path is not None and variable not in values_by_name:
            try:
                values_by_name[variable] = Path(path).read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError) as error:
                why = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
                unreadable[variable] = f"{variable}_FILE: {file_named(path)} can't be read ({why})"
        if setting.metadata["default"] is None:
            values_by_name.setdefault(variable, "")
    return values_by_name, unreadable


def _read(env: Env, setting: Field[object]) -> object:
    """Return the value of a setting; `env` collects its faults."""
    name, rules = setting.name.upper(), setting.metadata
    default = rules["default"]
    if setting.type == "Secret":
        required = default is None
        return Secret(env.str(name, default=default, validate=_random_characters if required else None) or "")
    if setting.type == "tuple[Secret, ...]":
        return tuple(Secret(key) for key in _parts(env.str(name, default=default, validate=_each_random)))
    if setting.type == "tuple[str, ...]":
        return tuple(_parts(env.str(name, default=default, validate=_allowed(rules))))
    if setting.type == "bool":
        return env.str(name, default=default, validate=_allowed(rules)) == "true"
    if setting.type in ("int", "float"):
        number = int if setting.type == "int" else float
        return number(env.str(name, default=default, validate=_within(rules, number)) or 0)
    return env.str(name, default=default, validate=_allowed(rules))


def _parts(text: str | None) -> list[str]:
    return [part.strip() for part in (text or "").split(",") if part.strip()]


def _within(rules: Rules, number: Callable[[str], float]) -> Callable[[str], None]:
    def check(value: str) -> None:
        try:
            within = rules["low"] <= number(value) <= rules["high"]
        except ValueError:
            within = False
        if not within:
            kind = "a whole number" if number is int else "a number"
            raise ValidationError(f"must be {kind} from {rules['low']} to {rules['high']}")

    return check


def _allowed(rules: Rules) -> Callable[[str], object] | None:
    if "one_of" in rules:
        return validate.OneOf(rules["one_of"], error="must be one of {choices}")
    if "pattern" in rules:
        return validate.Regexp(rules["pattern"], error=rules["error"])
    return None


def _random_characters(value: str) -> None:
    if not value:
        raise ValidationError(f"is missing. {_HOW_TO_GENERATE}")
    if len(value) < SHORTEST_SECRET_KEY or len(set(value)) < 8:
        raise ValidationError(f"is not {SHORTEST_SECRET_KEY} random characters. {_HOW_TO_GENERATE}")
    if any(word in value.lower() for word in _PLACEHOLDERS):
        raise ValidationError(f"is a placeholder. {_HOW_TO_GENERATE}")


def _each_random(value: str) -> None:
    for number, key in enumerate(_parts(value), start=1):
        try:
            _random_characters(key)
        except ValidationError as error:
            raise ValidationError(f"key {number} {error.messages[0]}") from error


def _contradictions(values: Mapping[str, object]) -> Iterator[str]:
    """Yield the faults of settings that do not fit together, or to this machine."""
    protocol, cafile = str(values["kafka_security_protocol"]), str(values["kafka_ssl_cafile"])
    if protocol.startswith("SASL_"):
        for part in ("mechanism", "username", "password"):
            if not values[f"kafka_sasl_{part}"]:
                yield f"{PREFIX}KAFKA_SASL_{part.upper()}: is missing; KAFKA_SECURITY_PROTOCOL={protocol} needs it"
    elif values["kafka_sasl_mechanism"]:
        words = "must be SASL_SSL or SASL_PLAINTEXT, because KAFKA_SASL_MECHANISM is set"
        yield f"{PREFIX}KAFKA_SECURITY_PROTOCOL: {words} (found {protocol!r})"
    if values["console_timezone"] not in {"UTC", *available_timezones()}:
        yield f"{PREFIX}CONSOLE_TIMEZONE: there is no such time zone (found {values['console_timezone']!r})"
    if cafile and not Path(cafile).is_file():
        yield f"{PREFIX}KAFKA_SSL_CAFILE: there is no such file (found {cafile!r})"


def _sentences(
    errors: Mapping[str, Iterable[str]], fields: Mapping[str, str], unreadable: Mapping[str, str]
) -> list[str]:
    sentences: list[str] = []
    for variable, messages in errors.items():
        if variable in unreadable:
            continue
        secret = any(word in variable for word in ("SECRET", "PASSWORD", "TOKEN"))
        found = "" if secret or not fields.get(variable) else f" (found {_shown(fields[variable])})"
        sentences.extend(f"{variable}: {message}{found}" for message in messages)
    return sentences


def _shown(value: str) -> str:
    """Return the value as messages quote it: a URL without its password."""
    return repr(re.sub(r"(?<=://)([^/@:]*):[^@]*@", r"\1:<secret>@", value))
