"""Clocks of stores that are ahead: one row for each shop, while it is so."""

from __future__ import annotations

from datetime import timedelta

from policies.events.store_clock import AheadClock
from records.db.database import Database
from records.log import store_clocks
from tests.policies.examples import at

CLOCK = AheadClock(timedelta(hours=2), at(0), at(60))


def test_the_newest_state_of_each_shop_is_stored(database: Database) -> None:
    newest = AheadClock(timedelta(hours=3), at(0), at(120))
    with database.write() as connection:
        store_clocks.save(connection, {"demo": CLOCK, "other": CLOCK})
        store_clocks.save(connection, {"demo": newest})
        assert store_clocks.load_all(connection) == {"demo": newest, "other": CLOCK}


def test_a_clock_that_is_right_again_has_no_row(database: Database) -> None:
    with database.write() as connection:
        store_clocks.save(connection, {"demo": CLOCK, "other": CLOCK})
        store_clocks.save(connection, {"demo": None, "third": None})
        assert store_clocks.load_all(connection) == {"other": CLOCK}
