"""Known shops: in memory, read again, and kept while the database is away."""

from __future__ import annotations

import pytest

from tests.webhooks.examples import SHOP, Shops
from webhooks.shop_cache import KnownShops, ShopsNotRead


def test_a_shop_is_found_by_its_key() -> None:
    known = KnownShops(Shops(SHOP).load)
    assert known.find("demo") is SHOP
    assert known.find("other") is None
    known.close()


def test_a_shop_made_later_is_known_after_the_next_reading() -> None:
    database = Shops()
    known = KnownShops(database.load)
    assert known.find("demo") is None
    database.held = {"demo": SHOP}
    known.read()
    assert known.find("demo") is SHOP
    known.close()


def test_the_last_known_hold_while_the_database_is_away() -> None:
    database = Shops(SHOP)
    known = KnownShops(database.load)
    known.read()
    database.away = True
    known.read()
    assert known.find("demo") is SHOP
    known.close()


def test_nothing_is_stated_of_a_shop_before_the_first_reading() -> None:
    database = Shops(SHOP)
    database.away = True
    known = KnownShops(database.load)
    with pytest.raises(ShopsNotRead):
        known.find("demo")
    database.away = False
    known.read()
    assert known.find("demo") is SHOP
    known.close()
