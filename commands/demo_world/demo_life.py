"""A little life in the demo shop: people edit products in the sandbox store, and part of its catalogue goes up."""

from __future__ import annotations

import time

from commands.demo_world.sandbox_client import call
from commands.demo_world.trial import point_store_at
from commands.demo_world.world import World
from operations.products.upload_matching import ask_for, count_matching
from policies.assign import named
from records.log import events
from records.rules.load_rulebook import RulebookReader

SHOP, TEMPLATE = "demo", "Shirts"
SAVES, PRODUCTS, A_SECOND = 60, 30, 30
WAIT_SECONDS = 20.0


def liven(world: World) -> None:
    """Saves of many products; then those that the template takes are asked for; then some of them are edited again."""
    point_store_at(world, SHOP)
    _burst(world, SAVES, seed=7)
    _settle(world)
    with world.database.read() as connection:
        rulebooks = RulebookReader(world.box).read(connection)
    template = named(rulebooks.templates, TEMPLATE)
    if template is None:
        return
    _, found = count_matching(world.database, rulebooks, SHOP, template)
    ask_for(world.database, RulebookReader(world.box), template, found, author="m2t up")
    _burst(world, SAVES // 2, seed=8)
    _settle(world)


def _burst(world: World, saves: int, *, seed: int) -> None:
    order = {"saves": saves, "products": PRODUCTS, "per_second": A_SECOND, "seed": seed}
    call(f"{world.magento_url}/_store/burst", "POST", order)
    deadline = time.monotonic() + WAIT_SECONDS
    while call(f"{world.magento_url}/_store/burst")["running"] and time.monotonic() < deadline:
        time.sleep(0.1)


def _settle(world: World) -> None:
    """Until intake has taken what came, or it has had its time."""
    deadline, seen = time.monotonic() + WAIT_SECONDS, -1
    while time.monotonic() < deadline:
        with world.database.read() as connection:
            now = events.last_seq(connection)
        if now == seen:
            return
        seen = now
        time.sleep(0.5)
