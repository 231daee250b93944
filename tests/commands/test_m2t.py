"""`m2t` itself: fast help, exit codes, and the small commands."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from commands.m2t import COMMANDS
from tests.commands.conftest import HEAVY, Desk
from tests.commands.examples import SKU, declaration


def imported_by(*arguments: str) -> set[str]:
    """Return the packages that a new process has imported when this command line ends."""
    script = (
        "import sys\nfrom commands.m2t import m2t\n"
        "try:\n    m2t(sys.argv[1:], prog_name='m2t')\n"
        "except SystemExit as end:\n    assert end.code == 0, end.code\n"
        "print('\\n' + ' '.join({name.partition('.')[0] for name in sys.modules}))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script, *arguments],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        cwd=Path(__file__).parents[2],
    )
    return set(ended.stdout.splitlines()[-1].split())


@pytest.mark.parametrize("arguments", [("--help",), ("--version",)])
def test_help_imports_no_command(arguments: tuple[str, ...]) -> None:
    assert imported_by(*arguments) & {*HEAVY, "records", "consumer", "sandbox"} == set()


def test_a_command_imports_what_it_needs_and_no_more() -> None:
    assert "kafka" not in imported_by("explain", "--help")


def test_help_names_every_command_with_its_line(desk: Desk) -> None:
    result = desk.m2t("--help")
    assert result.exit_code == 0
    words = " ".join(result.stdout.split())
    assert [name for name, line in COMMANDS.items() if f"{name} {line}" not in words] == []


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(desk: Desk, name: str) -> None:
    result = desk.m2t(name, "--help")
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith(f"Usage: m2t {name} ")


def test_an_unknown_command_is_a_usage_error(desk: Desk) -> None:
    assert desk.m2t("dance").exit_code == 2


# Exits


@pytest.mark.parametrize(
    "arguments",
    [
        ("explain", SKU),
        ("trigger",),
        ("apply", "shop.yaml"),
        ("db", "upgrade"),
        ("topics", "ensure"),
        ("webhooks",),
        ("consumer",),
    ],
)
def test_invalid_settings_exit_with_3_and_list_every_error(desk: Desk, arguments: tuple[str, ...]) -> None:
    desk.file("shop.yaml", "shops: []")
    result = desk.m2t(*arguments, M2T_SECRET_KEY="", M2T_DOOR_PORT="many")
    assert result.exit_code == 3
    assert "M2T_SECRET_KEY: is missing" in result.stderr
    assert "M2T_DOOR_PORT: " in result.stderr
    assert "Next: correct them in the environment" in result.stderr


@pytest.mark.parametrize("arguments", [("explain", SKU), ("trigger",), ("apply", "shop.yaml")])
def test_a_database_without_tables_exits_with_1_and_the_next_step(
    desk: Desk, arguments: tuple[str, ...]
) -> None:
    desk.file("shop.yaml", "shops: []")
    result = desk.m2t(*arguments)
    assert result.exit_code == 1
    assert result.stderr.splitlines()[-1] == "Next: m2t db upgrade"


@pytest.mark.parametrize("arguments", [("explain", SKU), ("trigger",), ("apply", "shop.yaml")])
def test_a_file_that_is_not_a_database_exits_with_4(desk: Desk, arguments: tuple[str, ...]) -> None:
    desk.file("shop.yaml", "shops: []")
    desk.file("m2t.db", "these are words, and no database at all " * 100)
    result = desk.m2t(*arguments)
    assert result.exit_code == 4
    assert "M2T_DATABASE_URL" in result.stderr


@pytest.mark.parametrize("arguments", [("explain", SKU), ("trigger",), ("apply", "shop.yaml")])
def test_a_wrong_secret_key_exits_with_3(shop_desk: Desk, arguments: tuple[str, ...]) -> None:
    result = shop_desk.m2t(*arguments, M2T_SECRET_KEY="an-Other-Key-0f-Th1rty-Two-Characters")
    assert result.exit_code == 3
    assert "Next: set M2T_SECRET_KEY to the key that sealed the secrets" in result.stderr


def test_an_unreachable_kafka_exits_with_4(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("topics.clients.REACH_MS", 300)
    result = desk.m2t("topics", "ensure")
    assert result.exit_code == 4
    assert "Kafka at 127.0.0.1:9" in result.stderr
    assert "m2t sandbox kafka" in result.stderr


# Settings files


def test_without_an_env_file_settings_come_from_a_running_world(desk: Desk) -> None:
    (desk.folder / ".m2t").mkdir()
    lines = "".join(f"{name}={value}\n" for name, value in desk.environ.items())
    desk.file(".m2t/env", lines)
    desk.environ = {}
    assert desk.m2t("db", "upgrade").exit_code == 0
    desk.file(".env", "M2T_SECRET_KEY=short\n")
    assert desk.m2t("db", "upgrade").exit_code == 3
    assert desk.m2t("--env-file", ".m2t/env", "db", "upgrade").exit_code == 0


# db upgrade


def test_upgrade_creates_the_tables_and_is_safe_to_run_again(desk: Desk) -> None:
    first = json.loads(desk.m2t("db", "upgrade", "--json").stdout)
    assert first["before"] is None
    assert desk.database.is_current()
    again = desk.m2t("db", "upgrade")
    assert again.exit_code == 0
    assert again.stdout == f"The database is current ({first['after']}).\n"


def test_upgrade_creates_the_folder_of_a_new_database(desk: Desk) -> None:
    url = f"sqlite:///{desk.folder / 'deep' / 'down' / 'm2t.db'}"
    assert desk.m2t("db", "upgrade", M2T_DATABASE_URL=url).exit_code == 0
    assert (desk.folder / "deep" / "down" / "m2t.db").is_file()


def test_upgrade_keeps_the_stored_data(shop_desk: Desk) -> None:
    shop_desk.m2t("db", "upgrade")
    assert "unchanged" in shop_desk.apply(declaration()).stdout
