"""The demo world, with activity in its shop: people edit products in the store, and part of its catalogue is listed."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from commands.demo_world.demo_shops import demo_declaration
from commands.demo_world.demo_table import print_table
from commands.demo_world.rule import Rule
from commands.demo_world.sandbox_client import call
from commands.demo_world.store_acts import StoreTarget, point_store_at
from commands.demo_world.try_rules import try_rules
from commands.demo_world.world import Progress, World, world, world_folder
from operations.products.upload_matching import count_matching, request_uploads
from policies.assign import named
from records.log import events
from records.rules.load_rulebook import RulebookReader

SHOP, TEMPLATE = "demo", "Shirts"
SAVES, PRODUCTS, A_SECOND = 60, 30, 30
WAIT_SECONDS = 20.0


@contextmanager
def demo_world(
    data: Path, progress: Progress, rules: Sequence[Rule] = (), *, any_ports: bool = False
) -> Iterator[World]:
    """Try these rules, then start the world of the demo shop in the folder `data`; stop it at the end.

    The trials have a world of their own in the subfolder `rules`, so the demo shop is alone in the console. Raises
    `WorldInUse`, `ChildFailed` and `TrialFailed`.
    """
    with world_folder(data) as folder:
        if rules:
            # An earlier run may have left the folder. No other process uses it, because `data` is locked.
            shutil.rmtree(folder / "rules", ignore_errors=True)
            print_table(try_rules(folder / "rules", progress, rules))
        with world(folder, demo_declaration, progress, any_ports=any_ports) as opened:
            progress("People edit products in the demo store …")
            liven(opened)
            yield opened


def liven(world: World) -> None:
    """Save many products, request the upload of those that match the template, then edit some of them again."""
    point_store_at(world, StoreTarget(SHOP))
    _burst(world, SAVES, seed=7)
    _settle(world)
    with world.database.read() as connection:
        rulebooks = RulebookReader(world.box).read(connection)
    template = named(rulebooks.templates, TEMPLATE)
    if template is None:
        return
    _, found = count_matching(world.database, rulebooks, SHOP, template)
    request_uploads(world.database, RulebookReader(world.box), template, found, author="m2t up")
    _burst(world, SAVES // 2, seed=8)
    _settle(world)


def _burst(world: World, saves: int, *, seed: int) -> None:
    order = {"saves": saves, "products": PRODUCTS, "per_second": A_SECOND, "seed": seed}
    call(f"{world.magento_url}/_store/burst", "POST", order)
    deadline = time.monotonic() + WAIT_SECONDS
    while call(f"{world.magento_url}/_store/burst")["running"] and time.monotonic() < deadline:
        time.sleep(0.1)


def _settle(world: World) -> None:
    """Wait until intake records no new events for half a second, at most `WAIT_SECONDS`."""
    deadline, seen = time.monotonic() + WAIT_SECONDS, -1
    while time.monotonic() < deadline:
        with world.database.read() as connection:
            now = events.last_seq(connection)
        if now == seen:
            return
        seen = now
        time.sleep(0.5)
