"""Logs: each event is one line, whatever its values, without secrets."""

from __future__ import annotations

import logging
import subprocess
import sys

import orjson
import pytest

from config.logs import RepeatFilter

EMIT = """
import sys, orjson, structlog
from config.logs import configure
configure(*sys.argv[1:3])
structlog.get_logger().info("webhook", **orjson.loads(sys.argv[3]))
structlog.get_logger().debug("detail")
"""


def emitted(values: dict[str, object], level: str = "INFO", form: str = "json") -> bytes:
    arguments = [sys.executable, "-c", EMIT, level, form, orjson.dumps(values).decode()]
    return subprocess.run(arguments, capture_output=True, check=True).stderr


@pytest.mark.parametrize("value", ["two\nlines", "\x1b[31mred\x1b[0m", "\u2028", '\r\n{"event":"forged"}'])
def test_an_event_is_one_line_whatever_its_values(value: str) -> None:
    (line,) = emitted({"sku": value}).decode().split("\n")[:-1]
    assert orjson.loads(line)["sku"] == value
    assert "\x1b" not in line


@pytest.mark.parametrize(
    "name", ["app_secret", "access_token", "Authorization", "sign", "webhook_signature", "password", "cookie"]
)
def test_a_value_with_the_name_of_a_secret_is_masked(name: str) -> None:
    assert b"planted" not in emitted({name: "planted"})


@pytest.mark.parametrize(
    "values",
    [
        {"headers": {"x-tts-access-token": "planted"}},
        {"calls": [{"query": {"sign": "planted"}}]},
    ],
)
def test_a_secret_is_masked_at_any_depth(values: dict[str, object]) -> None:
    assert b"planted" not in emitted(values)


@pytest.mark.parametrize(("level", "events"), [("INFO", ["webhook"]), ("DEBUG", ["webhook", "detail"])])
def test_the_level_is_the_least_that_is_written(level: str, events: list[str]) -> None:
    lines = emitted({}, level).splitlines()
    assert [orjson.loads(line)["event"] for line in lines] == events


def test_the_console_form_is_one_line_too() -> None:
    assert emitted({"sku": "two\nlines"}, form="console").count(b"\n") == 1


LIBRARY = """
import logging
from config.logs import configure
configure()
said = logging.getLogger("kafka.net.transport")
for number in range(3):
    try:
        raise ConnectionResetError("by peer\\nand more")
    except OSError:
        said.exception("%s: socket %s", number, "disconnected")
said.warning("only a warning of Kafka's client")
logging.getLogger("another").warning("another")
"""


def test_messages_of_libraries_have_the_same_form_and_are_not_repeated() -> None:
    output = subprocess.run([sys.executable, "-c", LIBRARY], capture_output=True, check=True).stderr
    first, another = (orjson.loads(line) for line in output.splitlines())
    assert (first["event"], first["level"]) == ("0: socket disconnected", "error")
    assert first["logger"] == "kafka.net.transport"
    assert "Traceback" in first["exception"] and first["timestamp"].endswith("Z")
    assert another["event"] == "another"


@pytest.mark.parametrize("seconds, values", [(9, [(0, 0)]), (11, [(0, 0), (3, 2)])])
def test_dropped_messages_are_counted(seconds: int, values: list[tuple[int, int]]) -> None:
    repeats, now, found = RepeatFilter(), 1_800_000_000.0, []
    for number, after in enumerate((0, 1, 2, seconds)):
        record = logging.LogRecord("kafka", logging.ERROR, "", 0, "%s is away", ("broker",), None)
        record.created = now + after
        if repeats.filter(record):
            found.append((number, getattr(record, "left_out", 0)))
    assert found == values
