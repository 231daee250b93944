"""`m2t feeds`: the synchronization feed log of webhooks in and TikTok calls out."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import click

from commands.cli.log_reading import Log, Reading, options, print_log
from operations.formatting import moment
from records.db.columns import columns
from records.log import feeds
from records.log.activity import LEVELS
from records.log.feeds import FeedRow


@click.command("feeds")
@options
@click.option(
    "--level",
    type=click.Choice(LEVELS),
    default=LEVELS[0],
    help="warning or error: show only failed or rejected calls. Default: all.",
)
def command(level: str, **options_given: Any) -> None:
    """Show the feed log, newest first: each webhook in and each TikTok call out.

    With SKU, only the rows of this product. --json prints the bodies too, with secrets masked. Shops whose policy has
    the Synchronization Feed Log disabled are named: they log nothing.
    """
    log = Log(
        "Synchronization Feed Log",
        partial(feeds.page, failed=level != LEVELS[0]),
        _line,
        _document,
        lambda policy: policy.feed_log,
    )
    print_log(log, Reading(**options_given))


def _line(row: FeedRow) -> str:
    missing = "no webhook" if row.without_webhook else "no answer"
    answer = [missing if row.http_status is None else str(row.http_status)]
    if row.code:
        answer.append(f"code {row.code}")
    if row.message and row.message != "Success":
        answer.append(row.message)
    took = f", {row.milliseconds} ms" if row.milliseconds is not None else ""
    way = f"{row.direction:<3} {row.operation}"
    return f"{moment(row.at)}  {row.shop}  {row.sku or '-'}  {way}: {' '.join(answer)}{took}"


def _document(row: FeedRow) -> Mapping[str, object]:
    return {**columns(row), "at": row.at.isoformat()}
