"""The trials of the demo run side by side, and are reported in the order of the rules."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Barrier, Event, Lock

import pytest

from commands.demo_world.demo_shops import sku_of
from commands.demo_world.rule import Rule, Step
from commands.demo_world.rules import RULES
from commands.demo_world.sandbox_client import TrialFailed
from commands.demo_world.trial import Result
from commands.demo_world.try_rules import side_by_side

AT_ONCE = 3
TIMEOUT = 10.0
"""Seconds; a test that waits so long has failed."""


def rules(number: int) -> list[Rule]:
    return [Rule(f"rule {place}", {}) for place in range(number)]


def words(results: Sequence[Result]) -> list[str]:
    return [result.rule for result in results]


def ok(rule: Rule) -> Result:
    return Result(rule.rule, "", "", [], True)


def test_results_are_in_the_order_of_the_rules_although_the_first_trial_ends_last() -> None:
    others = Barrier(AT_ONCE)

    def try_rule(place: int, rule: Rule) -> Result:
        if place in (0, 3, 4):
            # The first ends only after the last two have begun.
            others.wait(TIMEOUT)
        return ok(rule)

    tried = list(side_by_side(rules(5), try_rule, Event(), at_once=AT_ONCE))
    assert words(tried) == [f"rule {place}" for place in range(5)]


def test_no_more_than_so_many_are_tried_at_once() -> None:
    lock, running, most = Lock(), 0, 0
    together = Barrier(AT_ONCE)

    def try_rule(_place: int, rule: Rule) -> Result:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        together.wait(TIMEOUT)
        with lock:
            running -= 1
        return ok(rule)

    list(side_by_side(rules(4 * AT_ONCE), try_rule, Event(), at_once=AT_ONCE))
    assert most == AT_ONCE


def test_a_rule_that_changes_the_settings_of_tiktok_is_tried_alone_and_reported_in_its_place() -> None:
    limited = Rule("limited", {}, [Step("create", {}, None, tiktok={"daily_listings": 0})])
    seen: list[str] = []

    def try_rule(_place: int, rule: Rule) -> Result:
        seen.append(rule.rule)
        return ok(rule)

    tried = list(side_by_side([*rules(2), limited, *rules(1)], try_rule, Event(), at_once=AT_ONCE))
    assert (seen[0], words(tried)) == ("limited", ["rule 0", "rule 1", "limited", "rule 0"])


def test_a_trial_that_is_impossible_ends_the_others() -> None:
    stopping, begun = Event(), Barrier(2)

    def try_rule(place: int, rule: Rule) -> Result:
        begun.wait(TIMEOUT)
        if place == 0:
            raise TrialFailed("DEMO-01: not settled")
        assert stopping.wait(TIMEOUT)
        return ok(rule)

    with pytest.raises(TrialFailed, match="DEMO-01"):
        list(side_by_side(rules(2), try_rule, stopping, at_once=AT_ONCE))


def test_trials_that_are_given_up_end() -> None:
    stopping = Event()

    def try_rule(place: int, rule: Rule) -> Result:
        assert place == 0 or stopping.wait(TIMEOUT)
        return ok(rule)

    tried = side_by_side(rules(2), try_rule, stopping, at_once=AT_ONCE)
    next(tried)
    tried.close()
    assert stopping.is_set()


def test_each_rule_has_words_and_products_of_its_own() -> None:
    assert len({rule.rule for rule in RULES}) == len(RULES)
    prefixes = [sku_of(place, "") for place in range(len(RULES))]
    assert [
        (sku, prefix) for sku in prefixes for prefix in prefixes if sku != prefix and sku.startswith(prefix)
    ] == []
