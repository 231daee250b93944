"""Since when a log is switched off, and by which version of which policy."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from policies.rulebook import Rulebooks
from records.rules import versions


@dataclass(frozen=True, slots=True)
class SwitchedOff:
    """A log that is off: the policy with the switch, and the version that switched it off."""

    policy: str
    version: int
    since: datetime | None


def switched_off(connection: Connection, rulebooks: Rulebooks, shop: str, switch: str) -> SwitchedOff | None:
    """Return when the shop's log was switched off; None while it is on. `switch` is the policy's field."""
    policy = rulebooks.policy_of(shop).policy
    if getattr(policy, switch):
        return None
    history = versions.history(connection, "synchronization_policies", policy.title)
    first = None
    for version in history:
        if version.document.get(switch, True):
            break
        first = version
    return SwitchedOff(policy.title, first.version if first else 1, first.at if first else None)
