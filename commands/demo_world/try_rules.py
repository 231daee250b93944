"""Every rule of the policies, tried in a world of its own."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path

from commands.demo_world.demo_shops import trial_declaration
from commands.demo_world.rule import Rule
from commands.demo_world.rules import RULES
from commands.demo_world.trial import Result, Trial, refusal
from commands.demo_world.world import Progress, world

AUDIT_SECONDS = 0.4


def try_rules(folder: Path, progress: Progress, rules: Sequence[Rule] = RULES) -> list[Result]:
    """Start a world in `folder`, a `world_folder`, try each rule in it, one after the other, and stop it.

    The trials have a world of their own because they leave behind shops, policies and templates, one of them with a
    revoked authorization, which would hide the demo shop. Raises `ChildFailed` and `TrialFailed`.
    """
    run = f"{int(time.time()):x}"
    results = []
    with world(
        folder,
        partial(trial_declaration, rules),
        progress,
        any_ports=True,
        audit_seconds=AUDIT_SECONDS,
        products=0,
    ) as trials:
        progress(
            f"Trying {len(rules)} rules: products are saved in the store, and looked up on TikTok. All of them take "
            "about two minutes; m2t up without --demo skips them."
        )
        for place, rule in enumerate(rules):
            result = refusal(place, rule) if rule.refused else Trial(trials, place, rule, run).result()
            progress(f"         {'ok  ' if result.ok else 'DIFFERS'} {result.rule}")
            results.append(result)
    return results


def as_json(results: Sequence[Result]) -> str:
    """Return the document that `m2t demo --json` prints."""
    return json.dumps({"rules": [asdict(result) for result in results]}, ensure_ascii=False)
