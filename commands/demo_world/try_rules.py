"""Every rule of the policies, tried in a world of its own."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import asdict
from functools import partial
from pathlib import Path
from threading import Event

from commands.demo_world.demo_shops import shop_key, sku_of, trial_declaration
from commands.demo_world.rule import Rule
from commands.demo_world.rules import RULES
from commands.demo_world.store_acts import StoreTarget, point_store_at
from commands.demo_world.trial import Result, Trial, refusal
from commands.demo_world.world import Progress, world

AUDIT_SECONDS = 0.4
AT_ONCE = 6
"""How many rules are tried at the same time: a trial mostly waits for audits and retries."""


def try_rules(folder: Path, progress: Progress, rules: Sequence[Rule] = RULES) -> list[Result]:
    """Start a world in `folder`, a `world_folder`, try the rules in it, and stop it. Results are in the rules' order.

    The trials have a world of their own because they leave behind shops, policies and templates, one of them with a
    revoked authorization, which would hide the demo shop. Raises `ChildFailed` and `TrialFailed`.
    """
    run = f"{int(time.time()):x}"
    stopping = Event()
    with world(
        folder,
        partial(trial_declaration, rules),
        progress,
        any_ports=True,
        audit_seconds=AUDIT_SECONDS,
        products=0,
    ) as trials:
        point_store_at(trials, *(_target(place, rule) for place, rule in enumerate(rules)))
        progress(
            f"Trying {len(rules)} rules, up to {AT_ONCE} at once: products are saved in the store, and looked up on "
            "TikTok. All of them take about a minute; m2t up without --demo skips them."
        )

        def try_rule(place: int, rule: Rule) -> Result:
            return (
                refusal(place, rule) if rule.refused else Trial(trials, place, rule, run, stopping).result()
            )

        results = []
        with closing(side_by_side(rules, try_rule, stopping)) as tried:
            for result in tried:
                progress(f"         {'ok  ' if result.ok else 'DIFFERS'} {result.rule}")
                results.append(result)
    return results


def side_by_side(
    rules: Sequence[Rule], try_rule: Callable[[int, Rule], Result], stopping: Event, *, at_once: int = AT_ONCE
) -> Generator[Result]:
    """Try the rules, at most `at_once` at the same time; yield the results in the order of the rules.

    `try_rule` gets a rule's place and the rule. A rule that must be tried alone is tried before the others. When the
    generator ends, whether because a trial failed, or because it is closed, it sets `stopping`, which ends the trials
    that still run, and waits for them.
    """
    places = range(len(rules))
    with ThreadPoolExecutor(at_once, thread_name_prefix="trial") as pool:
        try:
            alone = {place: try_rule(place, rules[place]) for place in places if rules[place].alone}
            yield from pool.map(lambda place: alone.get(place) or try_rule(place, rules[place]), places)
        finally:
            stopping.set()


def _target(place: int, rule: Rule) -> StoreTarget:
    return StoreTarget(shop_key(place), rule.hooks, sku_of(place, ""))


def as_json(results: Sequence[Result]) -> str:
    """Return the document that `m2t demo --json` prints."""
    return json.dumps({"rules": [asdict(result) for result in results]}, ensure_ascii=False)
