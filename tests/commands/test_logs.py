"""`m2t activity` and `m2t feeds`: order, pages, filters, --follow, and shops whose log is off."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from records.log import feeds
from records.log.feeds import FeedRow
from tests.commands.conftest import Desk
from tests.commands.examples import SECRETS, SKU, saved, shop
from tests.commands.stories import REFUSED, delivered, govern, synced, synced_then_saved, with_policy
from tests.policies.examples import at

LOGS = ("activity", "feeds")


def logged(desk: Desk, log: str, *options: str) -> dict[str, Any]:
    result = desk.m2t(log, "--json", *options)
    assert result.exit_code == 0, result.output
    return dict(json.loads(result.stdout))


def called(desk: Desk, operation: str, status: int | None, code: int | None, seconds: float = 2) -> None:
    """Store a call to TikTok with its answer in the feed log."""
    product = desk.product(SKU)
    failed = status is None or status >= 400 or bool(code)
    row = FeedRow(
        at(seconds), "demo", product.id, SKU, "out", operation, http_status=status, code=code, failed=failed
    )
    with desk.database.write() as connection:
        feeds.put(connection, [row])


def test_the_activity_log_is_newest_first(shop_desk: Desk) -> None:
    synced_then_saved(color="red")(shop_desk)
    rows = [row["message"] for row in logged(shop_desk, "activity")["rows"]]
    assert [words.split(":")[0] for words in rows] == [
        "Is synced to TikTok",
        "TikTok accepted it",
        "Is uploaded to TikTok",
    ]


def test_a_line_shows_time_shop_message_and_reason(shop_desk: Desk) -> None:
    shop_desk.take(saved(visibility="1"), at=1)
    (line,) = shop_desk.m2t("activity").stdout.splitlines()
    assert line.startswith(f"2026-11-24 12:00:01 UTC  demo  {SKU}  Nothing is sent: ")
    assert line.endswith("  [not_visible_individually]")


def test_the_line_of_a_call_shows_tiktok_s_answer(shop_desk: Desk) -> None:
    shop_desk.take(saved())
    called(shop_desk, "price", 400, 12052023)
    first, second = shop_desk.m2t("feeds").stdout.splitlines()
    assert first == f"2026-11-24 12:00:02 UTC  demo  {SKU}  out price: 400 code 12052023"
    assert second.endswith(f"demo  {SKU}  in  saved: 202")


def test_only_rows_of_the_level_or_above_are_shown(shop_desk: Desk) -> None:
    shop_desk.take(saved())
    delivered(shop_desk, REFUSED)
    assert [row["level"] for row in logged(shop_desk, "activity", "--level", "warning")["rows"]] == ["error"]
    assert len(logged(shop_desk, "activity")["rows"]) == 2


@pytest.mark.parametrize(
    ("status", "code", "failed"), [(200, 0, False), (200, 7, True), (503, None, True), (None, None, True)]
)
def test_only_failed_calls_are_shown(
    shop_desk: Desk, status: int | None, code: int | None, failed: bool
) -> None:
    shop_desk.take(saved())
    called(shop_desk, "price", status, code)
    rows = [row["operation"] for row in logged(shop_desk, "feeds", "--level", "error")["rows"]]
    assert rows == ["price"] * failed


@pytest.mark.parametrize("log", LOGS)
def test_only_rows_of_the_sku_are_shown(shop_desk: Desk, log: str) -> None:
    shop_desk.take(saved(), saved(1, sku="MUG-01", entity_id="42"))
    assert [row["sku"] for row in logged(shop_desk, log, "MUG-01")["rows"]] == ["MUG-01"]
    unknown = shop_desk.m2t(log, "NOWHERE")
    assert unknown.exit_code == 1
    assert "There is no product 'NOWHERE'." in unknown.stderr


@pytest.mark.parametrize("log", LOGS)
def test_only_rows_of_the_shop_are_shown(shop_desk: Desk, log: str) -> None:
    govern(shop_desk, shops=[shop(), shop("second")])
    shop_desk.take(saved(), saved(shop="second"))
    assert [row["shop"] for row in logged(shop_desk, log, "--shop", "second")["rows"]] == ["second"]
    assert shop_desk.m2t(log, "--shop", "elsewhere").exit_code == 1


@pytest.mark.parametrize("log", LOGS)
def test_only_rows_since_the_start_are_shown(shop_desk: Desk, log: str) -> None:
    shop_desk.take(saved(0), at=0)
    shop_desk.take(saved(3000, color="red"), at=3000)
    assert len(logged(shop_desk, log, "--since", "30m")["rows"]) == 1
    assert len(logged(shop_desk, log, "--since", "2h")["rows"]) == 2
    assert "is not a duration like 90s, 30m, 2h or 7d" in shop_desk.m2t(log, "--since", "yesterday").stderr


@pytest.mark.parametrize("log", LOGS)
def test_pages_have_no_gap_while_rows_are_added(shop_desk: Desk, log: str) -> None:
    shop_desk.take(*(saved(n, color=str(n)) for n in range(5)))
    every = [row["id"] for row in logged(shop_desk, log)["rows"]]
    first = logged(shop_desk, log, "--limit", "2")
    shop_desk.take(saved(9, color="red"))
    second = logged(shop_desk, log, "--limit", "10", "--before", str(first["before"]))
    assert [row["id"] for page in (first, second) for row in page["rows"]] == every
    assert second["before"] is None
    assert f"--before {first['before']}" in shop_desk.m2t(log, "--limit", "3").stdout


@pytest.mark.parametrize(
    ("log", "switch", "title"),
    [("activity", "activity_log", "Activity Log"), ("feeds", "feed_log", "Synchronization Feed Log")],
)
def test_a_log_that_is_off_says_so_beside_its_earlier_rows(
    shop_desk: Desk, log: str, switch: str, title: str
) -> None:
    shop_desk.take(saved())
    with_policy(shop_desk, **{switch: False})
    shop_desk.take(saved(5, color="red"))
    found = shop_desk.m2t(log).stdout.splitlines()
    assert len(found) == 2
    assert found[-1] == f"{title} is disabled for demo: nothing is logged there."
    assert logged(shop_desk, log)["off"] == ["demo"]


@pytest.mark.parametrize("log", LOGS)
def test_an_empty_log_says_so(shop_desk: Desk, log: str) -> None:
    assert shop_desk.m2t(log).stdout.endswith(": there are no rows.\n")


@pytest.mark.parametrize("log", LOGS)
def test_no_secret_is_shown(shop_desk: Desk, log: str) -> None:
    synced(shop_desk)
    text = shop_desk.m2t(log).output + shop_desk.m2t(log, "--json").output
    assert not [secret for secret in SECRETS if secret in text]


# Followed


@contextmanager
def following(desk: Desk, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Start `m2t` as a process; kill it at the end if it still runs."""
    environ = {**os.environ, **desk.environ}
    command = [sys.executable, "-m", "commands.m2t", *arguments]
    with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("log", LOGS)
def test_follow_prints_each_row_once_and_ctrl_c_ends_it(shop_desk: Desk, log: str) -> None:
    shop_desk.take(*(saved(n, color=str(n)) for n in range(3)))
    newest = logged(shop_desk, log, "--limit", "1")["rows"][0]["id"]
    with following(shop_desk, log, "--follow", "--json", "--limit", "1") as process:
        assert process.stdout is not None
        rows = [json.loads(process.stdout.readline())["id"]]
        for n in (7, 8):
            shop_desk.take(saved(n, color=str(n)))
            rows.append(json.loads(process.stdout.readline())["id"])
        process.send_signal(signal.SIGINT)
        rest, _ = process.communicate(timeout=20)
        assert rows == [newest, newest + 1, newest + 2]
        assert rest == ""
        assert process.returncode == 0


def test_an_event_that_no_webhook_brought_has_no_answer(shop_desk: Desk) -> None:
    row = FeedRow(at(0), "demo", None, SKU, "in", "saved", event_id="evt-1")
    with shop_desk.database.write() as connection:
        feeds.put(connection, [row])
    assert shop_desk.m2t("feeds").stdout.strip().endswith("in  saved: no webhook")
