"""Shops: secrets are sealed in the database, and an apply does not replace tokens."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Connection

from records.db.database import Database
from records.db.secret_box import CannotOpenSecret, SecretBox
from records.rules import shops
from records.rules.load_rulebook import RulebookReader
from records.rules.tables import shops as table
from schemas.attributes import AttributeType
from schemas.secret import Secret
from schemas.shop import NOT_CONNECTED, Shop
from tests.policies.examples import at
from tests.records.examples import BOX, SECRETS, SHOP, with_tokens


def stored(database: Database) -> Shop:
    with database.read() as connection:
        return shops.load_all(connection, BOX)["demo"]


def save(database: Database, shop: Shop, seconds: float = 0, *, replace_tokens: bool = False) -> bool:
    with database.write() as connection:
        return shops.save(connection, shop, BOX, now=at(seconds), replace_tokens=replace_tokens)


def test_a_shop_is_loaded_as_it_was_stored(database: Database) -> None:
    whole = replace(SHOP, magento=replace(SHOP.magento, attribute_types={"color": AttributeType.MULTISELECT}))
    assert save(database, whole)
    assert stored(database) == whole


def test_saving_the_same_shop_again_reports_no_change(database: Database) -> None:
    save(database, SHOP)
    assert not save(database, SHOP, 1)
    assert save(database, replace(SHOP, title="Another title"), 2)
    assert stored(database).title == "Another title"


@pytest.mark.parametrize("replace_tokens, token", [(False, SECRETS["access"]), (True, "TTP_other")])
def test_tokens_are_set_where_there_are_none_or_on_demand(
    database: Database, replace_tokens: bool, token: str
) -> None:
    save(database, SHOP)
    other = with_tokens("TTP_other", "TTP_other_refresh")
    assert save(database, other, 1, replace_tokens=replace_tokens) is replace_tokens
    assert stored(database).tiktok.access_token == Secret(token)


def test_another_change_keeps_the_tokens(database: Database) -> None:
    save(database, SHOP)
    save(database, replace(with_tokens("TTP_other", "TTP_other_refresh"), title="Another title"), 1)
    assert stored(database).title == "Another title"
    assert stored(database).tiktok.refresh_token == Secret(SECRETS["refresh"])


@pytest.mark.parametrize("secret", SECRETS.values(), ids=list(SECRETS))
def test_no_secret_is_in_the_bytes_of_the_file(sqlite: Database, sqlite_file: Path, secret: str) -> None:
    save(sqlite, SHOP)
    save(sqlite, with_tokens("TTP_other", "TTP_other_refresh"), 1, replace_tokens=True)
    files = [path.read_bytes() for path in sqlite_file.parent.iterdir()]
    assert b"Demo shop" in b"".join(files)
    assert secret.encode() not in b"".join(files)


def test_another_key_opens_no_secret_and_says_what_to_do(database: Database) -> None:
    save(database, SHOP)
    other = SecretBox(Secret("another key, forty characters long......"))
    with database.read() as connection, pytest.raises(CannotOpenSecret, match="M2T_SECRET_KEY"):
        shops.load_all(connection, other)


def test_one_secret_is_sealed_differently_each_time() -> None:
    secret = Secret(SECRETS["access"])
    assert BOX.seal(secret) != BOX.seal(secret)
    assert BOX.open(BOX.seal(secret)) == secret


def test_secrets_are_opened_again_only_after_a_change(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    rulebooks, opened = RulebookReader(BOX), []
    load_all = shops.load_all

    def opening(connection: Connection, box: SecretBox) -> dict[str, Shop]:
        opened.append(1)
        return load_all(connection, box)

    monkeypatch.setattr(shops, "load_all", opening)
    save(database, SHOP)
    for _ in range(3):
        with database.read() as connection:
            assert rulebooks.read(connection).shops == {"demo": SHOP}
    assert len(opened) == 1
    save(database, replace(SHOP, title="Another title"), 1)
    with database.read() as connection:
        assert rulebooks.read(connection).shops["demo"].title == "Another title"
    assert len(opened) == 2


def test_a_removed_shop_is_no_longer_in_the_rulebooks(database: Database) -> None:
    rulebooks = RulebookReader(BOX)
    save(database, SHOP)
    with database.write() as connection:
        assert set(rulebooks.read(connection).shops) == {"demo"}
        connection.execute(table.delete())
        assert rulebooks.read(connection).shops == {}


def test_a_shop_without_tiktok_is_stopped_until_it_is_connected(
    database: Database,
) -> None:
    half = replace(SHOP, tiktok=NOT_CONNECTED)
    assert save(database, half)
    assert stored(database) == half
    assert standing(database) == shops.NOT_CONNECTED_YET
    assert save(database, SHOP, 1), "its first tokens are taken without being asked twice"
    assert stored(database) == SHOP
    assert standing(database) is None


def test_a_shop_saved_without_tiktok_stays_connected(database: Database) -> None:
    save(database, SHOP)
    assert not save(database, replace(SHOP, tiktok=NOT_CONNECTED), 1)
    assert save(database, replace(SHOP, title="Another title", tiktok=NOT_CONNECTED), 2)
    assert stored(database) == replace(SHOP, title="Another title")


def standing(database: Database) -> str | None:
    with database.read() as connection:
        why, _ = shops.stopped(connection).get("demo", (None, None))
    return why
