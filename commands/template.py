"""`m2t template`: the listing templates."""

from __future__ import annotations

from commands.cli.edited import group
from operations.rules.rule_versions import TEMPLATE

command = group(
    "template",
    "Listing templates: list them, show one, its history, and restore an earlier version.",
    [TEMPLATE],
)
