"""An engine for each test, on a copy of one upgraded file; and a TikTok sandbox where it is asked for."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from records.database import Database
from tests.consumer.engine import Engine


@pytest.fixture(scope="session")
def upgraded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("consumer") / "upgraded.sqlite"
    database = Database(f"sqlite:///{path}")
    database.upgrade()
    database.close()
    return path


@pytest.fixture
def path(upgraded: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(upgraded, tmp_path / "m2t.sqlite"))


@pytest.fixture
def database(path: Path) -> Iterator[Database]:
    opened = Database(f"sqlite:///{path}")
    yield opened
    opened.close()


@pytest.fixture
def engine(database: Database) -> Engine:
    """A shop with everything switched on and one template; TikTok is not called."""
    made = Engine(database)
    made.connect()
    made.policy()
    made.template()
    return made
