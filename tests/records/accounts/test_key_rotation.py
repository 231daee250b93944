"""Key rotation: what the earlier key sealed can be opened, is resealed, and then the earlier key can be removed."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from records.accounts import console_state, key_rotation
from records.accounts.key_rotation import SEALED, Sealing
from records.db.database import Database
from records.db.secret_box import CannotOpenSecret, SecretBox, looks_sealed
from records.every_table import metadata
from records.rules import shops
from schemas.secret import Secret
from tests.policies.examples import NOON
from tests.records.examples import SHOP

FIRST, SECOND, THIRD = (
    Secret(f"the {which} key, forty characters long....") for which in ("1st", "2nd", "3rd")
)
OLD, BOTH, NEW = SecretBox(FIRST), SecretBox(SECOND, FIRST), SecretBox(SECOND)
A_SECRET = Secret("what is to be kept")


def without_id(sealed: str) -> str:
    """Return the text as sealed by versions without key ids."""
    return sealed.partition(".")[2]


@pytest.fixture
def sealed(database: Database) -> Database:
    """A shop (three secrets and two tokens), and a draft with one, all sealed by the first key."""
    with database.write() as connection:
        shops.save(connection, SHOP, OLD, now=NOON)
        console_state.put(connection, "connecting demo", {"app_secret": OLD.seal(A_SECRET), "region": "US"})
    return database


class TestABoxWithAnEarlierKey:
    def test_opens_what_either_key_has_sealed(self) -> None:
        assert BOTH.open(OLD.seal(A_SECRET)) == BOTH.open(NEW.seal(A_SECRET)) == A_SECRET

    def test_seals_with_the_current_key_only(self) -> None:
        sealed = BOTH.seal(A_SECRET)
        assert NEW.open(sealed) == A_SECRET
        with pytest.raises(CannotOpenSecret):
            OLD.open(sealed)

    @pytest.mark.parametrize(
        "as_stored", [str, without_id], ids=["with its key's id", "of before there were ids"]
    )
    def test_recognizes_the_key_that_sealed(self, as_stored: Any) -> None:
        assert BOTH.is_current(as_stored(NEW.seal(A_SECRET)))
        assert not BOTH.is_current(as_stored(OLD.seal(A_SECRET)))
        assert looks_sealed(as_stored(OLD.seal(A_SECRET)))

    def test_opens_nothing_of_a_third_key(self) -> None:
        sealed = SecretBox(THIRD).seal(A_SECRET)
        for text in (sealed, without_id(sealed), "x", "", f"{sealed}x", sealed.upper()):
            with pytest.raises(CannotOpenSecret):
                BOTH.open(text)

    def test_an_id_reveals_nothing_of_its_key(self) -> None:
        identity = OLD.seal(A_SECRET).partition(".")[0]
        assert len(identity) == 8
        assert identity not in FIRST.reveal().encode().hex()


def test_everything_is_resealed_so_that_the_earlier_key_can_be_removed(sealed: Database) -> None:
    with sealed.write() as connection:
        assert key_rotation.look(connection, BOTH) == Sealing(6, 6, (), earlier_keys=True)
        assert key_rotation.reseal(connection, BOTH) == Sealing(6, 6, (), earlier_keys=True)
        assert key_rotation.reseal(connection, BOTH) == Sealing(6, 0, (), earlier_keys=True), (
            "again is nothing"
        )
    with sealed.read() as connection:
        assert shops.load_all(connection, NEW) == {"demo": SHOP}
        draft = console_state.get(connection, "connecting demo")
        assert (NEW.open(draft["app_secret"]), draft["region"]) == (A_SECRET, "US")
        with pytest.raises(CannotOpenSecret):
            shops.load_all(connection, OLD)


def test_looking_changes_nothing(sealed: Database) -> None:
    with sealed.read() as connection:
        key_rotation.look(connection, BOTH)
        assert shops.load_all(connection, OLD) == {"demo": SHOP}


def test_secrets_that_no_key_opens_are_named_and_kept(sealed: Database) -> None:
    with sealed.write() as connection:
        stray = SecretBox(THIRD).seal(A_SECRET)
        console_state.put(connection, "connecting demo", {"app_secret": stray})
        found = key_rotation.reseal(connection, BOTH)
        assert found == Sealing(6, 5, ("console_state connecting demo",), earlier_keys=True)
        assert console_state.get(connection, "connecting demo") == {"app_secret": stray}
        assert shops.load_all(connection, NEW) == {"demo": SHOP}


def test_without_a_key_change_nothing_is_sealed_by_an_earlier_key(sealed: Database) -> None:
    with sealed.read() as connection:
        assert key_rotation.look(connection, OLD) == Sealing(6, 0, ())


def test_every_column_with_sealed_texts_is_read(sealed: Database) -> None:
    found: set[tuple[str, str]] = set()
    with sealed.read() as connection:
        for name, table in metadata.tables.items():
            for row in connection.execute(select(table)).mappings():
                found |= {(name, column) for column, value in row.items() if ".gAAAA" in str(value)}
    assert found and found <= {(table.name, column) for table, names in SEALED.items() for column in names}


def test_a_box_shows_no_key() -> None:
    assert "forty characters" not in f"{BOTH!r} {vars(BOTH)!r}"
