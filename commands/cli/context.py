"""What commands open: the settings, and the database with its tables current."""

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
"""Where `m2t up` says how its world is reached, for the commands of other shells."""


def env_file() -> Path:
    """The file that settings are read from where a variable is not set."""
    chosen: Path | None = click.get_current_context().find_root().obj
    if chosen is not None:
        return chosen
    return Path(".env") if Path(".env").is_file() else RUNNING_ENV


def settings() -> Settings:
    """The settings of this process; their faults end the command."""
    try:
        return Settings.from_environ(dotenv=env_file())
    except InvalidSettings as error:
        raise UnusableSettings(
            str(error), "set what is named above, in the environment or in .env (see .env.example)"
        ) from error


def child_environment() -> dict[str, str]:
    """The environment for a process of ours: this one's, over the settings file."""
    from dotenv import dotenv_values

    file = env_file()
    written = dotenv_values(file) if file.is_file() else {}
    sources = (written, os.environ)
    return {name: value for source in sources for name, value in source.items() if value is not None}


@contextmanager
def database(opened: Settings) -> Iterator[Database]:
    """The database, its tables current; closed at the end."""
    found = Database(opened.database_url)
    try:
        with reaching_database():
            found.require_current()
            yield found
    finally:
        found.close()
