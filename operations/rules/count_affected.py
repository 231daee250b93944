"""How many listings a change of the rules would make due, counted within a time budget."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection

from operations.formatting import number, plural
from sync.affected_listings import RuleChange, find_affected

WAIT_SECONDS: Final = 2.0
"""How long a page or a command may keep a person waiting for the count."""


class BudgetSpent(Exception):
    """Raised by `TimeBudget` to end the count."""


@dataclass(frozen=True, slots=True)
class Due:
    """`number` of the `walked` listings become due. There may be more unless `all_of_them` were walked."""

    walked: int
    number: int
    all_of_them: bool = True

    @property
    def words(self) -> str:
        """The result in one or two sentences."""
        if self.all_of_them:
            return affected_words(self.number, self.walked)
        found = f"At least {number(self.number)}" if self.number else "None"
        return (
            f"{found} of the first {plural(self.walked, 'listing')} will be checked again; there are more than can be "
            "counted while you wait. Saving it checks all of them, as a job that shows its progress."
        )


@dataclass(slots=True)
class TimeBudget:
    """The progress callback of a count; it ends the count when the time is spent."""

    until: float
    clock: Callable[[], float] = time.monotonic
    walked: int = 0
    found: int = 0

    @classmethod
    def for_a_person(cls) -> TimeBudget:
        """Return the budget for a person who waits: `WAIT_SECONDS`."""
        return cls(time.monotonic() + WAIT_SECONDS)

    @classmethod
    def unlimited(cls) -> TimeBudget:
        """Return a budget that never ends the count."""
        return cls(float("inf"))

    def __call__(self, walked: int, found: int) -> None:
        """Note the progress. Raises `BudgetSpent`."""
        self.walked, self.found = walked, found
        if self.clock() > self.until:
            raise BudgetSpent


def count_affected(connection: Connection, change: RuleChange, now: datetime, budget: TimeBudget) -> Due:
    """Count the listings that the change makes due, as far as the budget allows."""
    try:
        found = find_affected(connection, change, now=now, progress=budget)
    except BudgetSpent:
        return Due(budget.walked, budget.found, all_of_them=False)
    return Due(found.walked, len(found.product_ids))


def affected_words(due: int, walked: int) -> str:
    """Return in words how many of the `walked` listings a change makes due."""
    if not walked:
        return "No listing is affected."
    return f"{number(due) if due else 'None'} of {plural(walked, 'listing')} will be checked again."


def due_words(due: int) -> str:
    """Return in words how many listings became due; empty for none."""
    if not due:
        return ""
    return f"{plural(due, 'listing is', 'listings are')} checked again."
