"""`m2t policy`: the synchronization policies, and those that listing templates name."""

from __future__ import annotations

from commands.cli.edited import group
from operations.rules.rule_versions import POLICIES

command = group(
    "policy", "Policies: list them, show one, its history, and restore an earlier version.", POLICIES
)
