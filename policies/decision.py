"""A decision: what the rules say to do about a product, and why."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from policies.attribute_changes import Change
from policies.reasons import Reason


class Action(StrEnum):
    """What a decision leads to."""

    UPLOAD = "upload"
    SYNC = "sync"
    TAKE_DOWN = "take_down"
    SKIP = "skip"


@dataclass(frozen=True, slots=True)
class Decision:
    """An action and its reason. `changes` are the changed attributes that the reason is about."""

    action: Action
    reason: Reason
    changes: tuple[Change, ...] = ()

    @property
    def is_due(self) -> bool:
        """Whether the decision queues the listing for delivery."""
        return self.action is not Action.SKIP
