"""`m2t template`: the listing templates."""

from __future__ import annotations

from commands.cli.edited import group
from operations.rules.rule_versions import TEMPLATE

command = group(
    "template",
    "List and show listing templates and their history, and restore an earlier version.",
    [TEMPLATE],
)
