"""The checks: findings, time limits, errors, and authorizations that end."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from operations.health.checks import (
    FAULT,
    NOTE,
    OK,
    Finding,
    Probe,
    ahead_clocks,
    authorizations,
    run_probes,
)
from policies.events.store_clock import AheadClock
from records.rules.tokens import StoredTokens
from schemas.secret import Secret
from schemas.tokens import TokenPair
from tests.policies.examples import NOON
from topics.errors import Refused

SECRET = "TTP_a-token-that-nobody-may-see"


@pytest.mark.parametrize(
    ("refused", "days", "state", "says"),
    [
        ("TikTok gives no new tokens. Authorize the shop again.", 300, FAULT, "gives no new tokens"),
        (None, 9, NOTE, "ends in 9 days"),
        (None, 300, None, ""),
        (None, None, None, ""),
    ],
)
def test_an_authorization_that_has_ended_or_ends_soon_is_shown(
    refused: str | None, days: int | None, state: str | None, says: str
) -> None:
    until = None if days is None else NOON + timedelta(days=days)
    pair = TokenPair(Secret("TTP_access"), Secret("TTP_refresh"), refresh_until=until)
    found = list(authorizations({"demo": StoredTokens(pair, refused=refused)}, NOON))
    assert [finding.state for finding in found] == ([] if state is None else [state])
    assert all(says in finding.words and "--replace-tokens" in finding.next_step for finding in found)


def test_a_store_whose_clock_is_ahead_is_noted_with_how_much_since_when_and_what_to_do() -> None:
    clock = AheadClock(timedelta(hours=2, minutes=7), NOON, NOON + timedelta(minutes=30))
    (finding,) = ahead_clocks({"demo": clock})
    assert (finding.name, finding.state) == ("clock of demo", NOTE)
    assert finding.words == (
        "Magento's clock is 2 h 7 min ahead, since 2026-11-24 12:00:00 UTC (last seen 2026-11-24 12:30:00 UTC): "
        "its times are ignored, and events are ordered as they arrive"
    )
    assert "set the time of the Magento server (NTP)" in finding.next_step


def test_a_check_without_an_answer_is_a_fault_and_blocks_no_other() -> None:
    never = threading.Event()

    def stuck() -> str:
        never.wait(60)
        return "too late"

    findings = list(run_probes([Probe("stuck", stuck), Probe("quick", lambda: "fine")], limit=0.2))
    never.set()
    assert [(finding.name, finding.state) for finding in findings] == [("stuck", FAULT), ("quick", OK)]


def test_an_unexpected_error_shows_only_its_class() -> None:
    def broken() -> str:
        raise ValueError(f"the token is {SECRET}")

    (finding,) = run_probes([Probe("broken", broken)])
    assert finding.state == FAULT
    assert "ValueError" in finding.words
    assert SECRET not in finding.words + finding.next_step


def test_a_message_of_several_lines_becomes_one_line() -> None:
    def failed() -> str:
        raise Refused("Two faults.\n  one\n  two", "mend them")

    assert list(run_probes([Probe("it", failed)])) == [
        Finding("it", FAULT, "Two faults. one; two", "mend them")
    ]
