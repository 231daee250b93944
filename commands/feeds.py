"""`m2t feeds`: the synchronization feed log, each webhook in and each TikTok call out."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import click

from commands.cli.log_reading import Log, Reading, options, tell
from operations.time_format import moment
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
    help="warning or error: only the exchanges that failed or were refused. Default: all.",
)
def command(level: str, **asked: Any) -> None:
    """The feed log: each webhook in and each TikTok call out, newest first.

    Of one SKU, or of all; --json prints the bodies too, secrets masked. A shop whose policy has the Synchronization
    Feed Log disabled writes none, and that is said.
    """
    log = Log(
        "Synchronization Feed Log",
        partial(feeds.page, failed=level != LEVELS[0]),
        _line,
        _document,
        lambda policy: policy.feed_log,
    )
    tell(log, Reading(**asked))


def _line(row: FeedRow) -> str:
    answer = [str(row.http_status) if row.http_status is not None else "no answer"]
    if row.code:
        answer.append(f"code {row.code}")
    if row.message and row.message != "Success":
        answer.append(row.message)
    took = f", {row.milliseconds} ms" if row.milliseconds is not None else ""
    way = f"{row.direction:<3} {row.operation}"
    return f"{moment(row.at)}  {row.shop}  {row.sku or '-'}  {way}: {' '.join(answer)}{took}"


def _document(row: FeedRow) -> Mapping[str, Any]:
    return {**columns(row), "at": row.at.isoformat()}
