"""`m2t activity`: the activity log, each decision and each outcome."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import click

from commands.cli.log_reading import Log, Reading, options, tell
from operations.time_format import moment
from records.db.columns import columns
from records.log import activity
from records.log.activity import LEVELS, ActivityRow


@click.command("activity")
@options
@click.option(
    "--level",
    type=click.Choice(LEVELS),
    default=LEVELS[0],
    help="Only rows of this level or above. Default: all.",
)
def command(level: str, **asked: Any) -> None:
    """The activity log: each decision and each outcome, newest first.

    Of one SKU, or of all. A shop whose policy has the Activity Log disabled writes none, and that is said.
    """
    log = Log(
        "Activity Log",
        partial(activity.page, level=level),
        _line,
        _document,
        lambda policy: policy.activity_log,
    )
    tell(log, Reading(**asked))


def _line(row: ActivityRow) -> str:
    level = f"{row.level.upper()} " * (row.level != LEVELS[0])
    return f"{moment(row.at)}  {row.shop}  {row.sku or '-'}  {level}{row.message}  [{row.reason}]"


def _document(row: ActivityRow) -> Mapping[str, Any]:
    return {**columns(row), "at": row.at.isoformat()}
