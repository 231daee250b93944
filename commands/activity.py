"""`m2t activity`: the activity log of decisions and outcomes."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import click

from commands.cli.log_reading import Log, Reading, options, print_log
from operations.formatting import moment
from records.db.columns import columns
from records.log import activity
from records.log.activity import LEVELS, ActivityRow


@click.command("activity")
@options
@click.option(
    "--level",
    type=click.Choice(LEVELS),
    default=LEVELS[0],
    help="Show only rows of this level or above. Default: all.",
)
def command(level: str, **options_given: Any) -> None:
    """Show the activity log, newest first: each decision and each outcome.

    With SKU, only the rows of this product. Shops whose policy has the Activity Log disabled are named, because they
    log nothing.
    """
    log = Log(
        "Activity Log",
        partial(activity.page, level=level),
        _line,
        _document,
        lambda policy: policy.activity_log,
    )
    print_log(log, Reading(**options_given))


def _line(row: ActivityRow) -> str:
    level = f"{row.level.upper()} " * (row.level != LEVELS[0])
    return f"{moment(row.at)}  {row.shop}  {row.sku or '-'}  {level}{row.message}  [{row.reason}]"


def _document(row: ActivityRow) -> Mapping[str, object]:
    return {**columns(row), "at": row.at.isoformat()}
