"""Tokens in a shop's row: the turn to renew them, and that only the pair that was spent is replaced."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from records.accounts import key_rotation
from records.db.database import Database
from records.db.secret_box import SecretBox
from records.rules import shops, tokens
from records.rules.load_rulebook import RulebookReader
from records.rules.tables import shops as table
from records.rules.tokens import StoredTokens
from schemas.secret import Secret
from schemas.shop import NOT_CONNECTED
from schemas.tokens import USED_UP, WARN_BEFORE, TokenPair
from tests.policies.examples import NOON, at
from tests.records.examples import BOX, KEY, SECRETS, SHOP, with_tokens

REFRESH = Secret(SECRETS["refresh"])
NEW = TokenPair(
    Secret("TTP_new_access"),
    Secret("TTP_new_refresh"),
    NOON,
    NOON + timedelta(days=7),
    NOON + timedelta(days=365),
)


@pytest.fixture(autouse=True)
def connected(database: Database) -> None:
    with database.write() as connection:
        shops.save(connection, SHOP, BOX, now=NOON)


def stored(database: Database) -> StoredTokens:
    with database.read() as connection:
        return tokens.load(connection, "demo", BOX)


def store(database: Database, spent: Secret = REFRESH) -> bool:
    with database.write() as connection:
        return bool(tokens.store(connection, SHOP.tiktok.app_key, BOX, NEW, spent=spent, now=at(5)))


def test_tokens_entered_by_a_person_have_no_known_expiry(database: Database) -> None:
    assert stored(database) == StoredTokens(TokenPair(Secret(SECRETS["access"]), REFRESH))


def test_a_new_pair_replaces_the_spent_pair(database: Database) -> None:
    assert store(database)
    assert stored(database).pair == NEW


def test_a_pair_that_another_process_replaced_is_not_overwritten(database: Database) -> None:
    assert not store(database, Secret("TTP_some_other"))
    assert stored(database).pair.refresh_token == REFRESH


def test_the_rulebook_reader_sees_the_new_pair(database: Database) -> None:
    rulebooks = RulebookReader(BOX)

    def access() -> Secret:
        with database.read() as connection:
            return rulebooks.read(connection).shops["demo"].tiktok.access_token

    assert access() == Secret(SECRETS["access"])
    store(database)
    assert access() == NEW.access_token


@pytest.mark.parametrize(("seconds", "theirs"), [(0, True), (11, True), (12, False)])
def test_a_claim_belongs_to_its_owner_until_it_expires(
    database: Database, seconds: float, theirs: bool
) -> None:
    with database.write() as connection:
        tokens.claim(connection, ["demo"], owner="a", until=at(12))
    assert stored(database).being_renewed(at(seconds)) is theirs


@pytest.mark.parametrize(("owner", "ended"), [("a", True), ("b", False)])
def test_only_its_owner_releases_a_claim(database: Database, owner: str, ended: bool) -> None:
    with database.write() as connection:
        tokens.claim(connection, ["demo"], owner="a", until=at(12))
        tokens.unclaim(connection, ["demo"], owner=owner)
    assert stored(database).being_renewed(NOON) is not ended


def test_a_stored_pair_ends_the_claim_and_a_refusal(database: Database) -> None:
    with database.write() as connection:
        tokens.claim(connection, ["demo"], owner="a", until=at(12))
        tokens.refuse(connection, SHOP.tiktok.app_key, BOX, spent=REFRESH, why="ended")
    assert (stored(database).refused, stored(database).being_renewed(NOON)) == ("ended", False)
    store(database)
    assert (stored(database).refused, stored(database).being_renewed(NOON)) == (None, False)


def second(database: Database, key: str = "second", app_key: str = SHOP.tiktok.app_key) -> None:
    """Store another shop of the same authorization."""
    with database.write() as connection:
        other = replace(SHOP.tiktok, shop_cipher=f"GCP_{key}", app_key=app_key)
        shops.save(connection, replace(SHOP, key=key, tiktok=other), BOX, now=NOON)


def access(database: Database) -> dict[str, Secret]:
    with database.read() as connection:
        return {key: found.pair.access_token for key, found in tokens.load_all(connection, BOX).items()}


def test_a_new_pair_is_stored_at_every_shop_that_has_the_spent_one(database: Database) -> None:
    second(database)
    second(database, "other_app", app_key="another")
    assert store(database)
    assert access(database) == {
        "demo": NEW.access_token,
        "second": NEW.access_token,
        "other_app": SHOP.tiktok.access_token,
    }


def test_the_claim_of_one_shop_counts_for_all_that_have_the_pair(database: Database) -> None:
    second(database)
    with database.write() as connection:
        _, keys = tokens.load_to_renew(connection, "demo", BOX)
        tokens.claim(connection, keys, owner="a", until=at(12))
        found, of_second = tokens.load_to_renew(connection, "second", BOX)
    assert (keys, of_second) == (("demo", "second"), ("second", "demo"))
    assert found.being_renewed(NOON)


def test_a_new_authorization_is_stored_at_the_shops_that_it_covers(database: Database) -> None:
    second(database)
    store(database)
    second(database, "third")
    again = replace(NEW, access_token=Secret("TTP_b"), refresh_token=Secret("TTP_b_refresh"))
    ciphers = {SHOP.tiktok.shop_cipher, "GCP_third", "GCP_never_connected"}
    with database.write() as connection:
        tokens.store_for_authorization(
            connection, SHOP.tiktok.app_key, BOX, again, ciphers=ciphers, now=at(9)
        )
    assert access(database) == {"demo": Secret("TTP_b"), "second": NEW.access_token, "third": Secret("TTP_b")}


def test_shops_without_a_tiktok_connection_share_no_pair(database: Database) -> None:
    with database.write() as connection:
        for key in ("a", "b"):
            shops.save(connection, replace(SHOP, key=key, tiktok=NOT_CONNECTED), BOX, now=NOON)
        assert tokens.load_to_renew(connection, "a", BOX)[1] == ("a",)


def test_a_pair_is_shared_after_the_key_was_rotated(database: Database) -> None:
    second(database)
    rotated = SecretBox(Secret("rotated-0123456789-abcdefghijklmnop"), KEY)
    with database.write() as connection:
        key_rotation.reseal(connection, rotated)
        assert tokens.load_to_renew(connection, "demo", rotated)[1] == ("demo", "second")


def test_a_refusal_of_replaced_tokens_is_not_stored(database: Database) -> None:
    with database.write() as connection:
        assert not tokens.refuse(
            connection, SHOP.tiktok.app_key, BOX, spent=Secret("TTP_some_other"), why="ended"
        )
    assert stored(database).refused is None


def test_tokens_entered_by_a_person_clear_the_refusal(database: Database) -> None:
    store(database)
    with database.write() as connection:
        tokens.refuse(connection, SHOP.tiktok.app_key, BOX, spent=NEW.refresh_token, why="ended")
        shop = with_tokens("TTP_other", "TTP_other_refresh")
        shops.save(connection, shop, BOX, now=at(9), replace_tokens=True)
    assert stored(database) == StoredTokens(TokenPair(Secret("TTP_other"), Secret("TTP_other_refresh")))


def test_another_change_of_the_shop_keeps_its_tokens_expiry(database: Database) -> None:
    store(database)
    with database.write() as connection:
        shops.save(connection, with_tokens("TTP_other", "TTP_other_refresh"), BOX, now=at(9))
    assert stored(database).pair == NEW


def test_no_token_is_stored_in_the_clear(database: Database) -> None:
    store(database)
    with database.read() as connection:
        row = str(connection.execute(table.select()).mappings().one())
    for secret in (*SECRETS.values(), "TTP_new_access", "TTP_new_refresh"):
        assert secret not in row


def test_a_stopped_shop_is_recorded_once_with_its_time(database: Database) -> None:
    with database.write() as connection:
        assert shops.stop(connection, "demo", "Authorize it again.", now=at(1))
        assert not shops.stop(connection, "demo", "Authorize it again.", now=at(2))
        assert shops.stop(connection, "demo", "The seller is inactive.", now=at(3))
        assert shops.stopped(connection) == {"demo": ("The seller is inactive.", at(1))}
        assert shops.clear_stopped(connection, "demo")
        assert not shops.clear_stopped(connection, "demo")
        assert shops.stopped(connection) == {}


WEEK = timedelta(days=7)


@pytest.mark.parametrize(
    ("given", "until", "passed", "wants"),
    [
        (NOON, NOON + WEEK, WEEK * (USED_UP - 0.01), False),
        (NOON, NOON + WEEK, WEEK * USED_UP, True),
        (NOON, NOON + WEEK, WEEK * 2, True),
        (NOON, None, WEEK * 9, False),
        (None, NOON + WEEK, WEEK * 9, False),
    ],
)
def test_a_pair_is_renewed_after_four_fifths_of_its_lifetime(
    given: object, until: object, passed: timedelta, wants: bool
) -> None:
    pair = TokenPair(Secret("a"), Secret("r"), given, until)  # type: ignore[arg-type]  # a table of both
    assert pair.wants_renewal(NOON + passed) is wants


@pytest.mark.parametrize(
    ("left", "says"),
    [
        (None, None),
        (WARN_BEFORE + timedelta(seconds=1), None),
        (WARN_BEFORE, "in 30 days"),
        (timedelta(days=2), "in 2 days"),
        (timedelta(days=1, hours=23), "within two days"),
        (timedelta(days=-3), "within two days"),
    ],
)
def test_an_authorization_that_expires_soon_is_reported(left: timedelta | None, says: str | None) -> None:
    pair = TokenPair(Secret("a"), Secret("r"), refresh_until=None if left is None else NOON + left)
    found = pair.warning(NOON)
    assert (found is None) if says is None else (found is not None and says in found)
