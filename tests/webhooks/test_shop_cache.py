"""The shop cache: shops are kept in memory, reloaded, and kept while the database is down."""

from __future__ import annotations

import pytest
from structlog.testing import capture_logs

from tests.webhooks.examples import SHOP, ShopTable
from webhooks.shop_cache import READ_EVERY_SECONDS, ShopCache, ShopsNotRead


def test_a_shop_is_found_by_its_key() -> None:
    cache = ShopCache(ShopTable(SHOP).load)
    assert cache.find("demo") is SHOP
    assert cache.find("other") is None
    cache.stop()


def test_a_new_shop_is_found_after_the_next_read() -> None:
    database = ShopTable()
    cache = ShopCache(database.load)
    assert cache.find("demo") is None
    database.stored = {"demo": SHOP}
    cache.read()
    assert cache.find("demo") is SHOP
    cache.stop()


def test_the_shops_read_last_stay_in_use_while_the_database_is_down() -> None:
    database = ShopTable(SHOP)
    cache = ShopCache(database.load)
    cache.read()
    database.down = True
    with pytest.raises(ConnectionError):
        cache.read()
    assert cache.find("demo") is SHOP
    cache.stop()


def test_a_lookup_before_the_first_successful_read_fails() -> None:
    database = ShopTable(SHOP)
    database.down = True
    cache = ShopCache(database.load)
    with pytest.raises(ShopsNotRead):
        cache.find("demo")
    database.down = False
    cache.read()
    assert cache.find("demo") is SHOP
    cache.stop()


def test_a_failed_read_is_logged_with_its_first_line_and_repeated_when_due() -> None:
    cache = ShopCache(ShopTable().load)
    with capture_logs() as lines:
        assert cache.after_error(ConnectionError("no route\nto the host")) == READ_EVERY_SECONDS
    assert [(line["event"], line["error"], line["why"]) for line in lines] == [
        ("shops_not_read", "ConnectionError", "no route")
    ]
