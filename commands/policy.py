"""`m2t policy`: the synchronization, pricing, inventory and image policies."""

from __future__ import annotations

from commands.cli.edited import group
from operations.rules.rule_versions import POLICIES

command = group(
    "policy", "List and show policies and their history, and restore an earlier version.", POLICIES
)
