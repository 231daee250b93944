"""The settings and the database of a command."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from commands.cli.errors import UnusableSettings, reaching_database
from config.settings import InvalidSettings, Settings
from records.db.database import Database

RUNNING_ENV = Path(".m2t/env")
"""The settings that `m2t up` writes for the commands in other shells."""


def env_file() -> Path:
    """Return the file with the settings that the environment does not have."""
    chosen: Path | None = click.get_current_context().find_root().obj
    if chosen is not None:
        return chosen
    return Path(".env") if Path(".env").is_file() else RUNNING_ENV


def settings() -> Settings:
    """Return the settings. Raises `UnusableSettings`."""
    try:
        return Settings.from_environ(dotenv=env_file())
    except InvalidSettings as error:
        raise UnusableSettings(
            str(error), "correct them in the environment or in .env (see .env.example)"
        ) from error


def child_environment() -> dict[str, str]:
    """Return the environment for a process of the product: the settings file, overridden by this environment."""
    from dotenv import dotenv_values

    file = env_file()
    written = dotenv_values(file) if file.is_file() else {}
    sources = (written, os.environ)
    return {name: value for source in sources for name, value in source.items() if value is not None}


@contextmanager
def database(opened: Settings) -> Iterator[Database]:
    """Open the database and require current tables; close it at the end."""
    found = Database(opened.database_url)
    try:
        with reaching_database():
            found.require_current()
            yield found
    finally:
        found.close()
