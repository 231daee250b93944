"""How many listings a change would make due: counted for as long as a person waits, or to the end."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection

from sync.affected_listings import RuleChange, find_affected

PATIENCE_SECONDS: Final = 2.0


class LongEnough(Exception):
    """Ends the count."""


@dataclass(frozen=True, slots=True)
class Due:
    """Of `walked` listings so many are to be looked at again; there may be more where not `all_of_them` were walked."""

    walked: int
    number: int
    all_of_them: bool = True

    @property
    def words(self) -> str:
        """A sentence or two."""
        if self.all_of_them:
            return foretold(self.number, self.walked)
        found = f"At least {self.number}" if self.number else "None"
        be = "is" if self.number < 2 else "are"
        return (
            f"{found} of the first {self.walked} listings {be} to be looked at again; there are more than can be "
            "counted while somebody waits. Storing it asks each of them, as a job that tells how far it is."
        )


@dataclass(slots=True)
class Patience:
    """Hears how many listings were looked at and found, and ends the walk when it has taken long enough."""

    until: float
    clock: Callable[[], float] = time.monotonic
    walked: int = 0
    found: int = 0

    @classmethod
    def of_a_person(cls) -> Patience:
        """As long as a page, or a command, keeps somebody waiting."""
        return cls(time.monotonic() + PATIENCE_SECONDS)

    @classmethod
    def endless(cls) -> Patience:
        """To the end, however long that takes."""
        return cls(float("inf"))

    def __call__(self, walked: int, found: int) -> None:
        """So many by now. Raises `LongEnough`."""
        self.walked, self.found = walked, found
        if self.clock() > self.until:
            raise LongEnough


def due_of(connection: Connection, change: RuleChange, now: datetime, patience: Patience) -> Due:
    """What the change makes due, as far as patience reaches."""
    try:
        found = find_affected(connection, change, now=now, progress=patience)
    except LongEnough:
        return Due(patience.walked, patience.found, all_of_them=False)
    return Due(found.walked, len(found.product_ids))


def foretold(due: int, walked: int) -> str:
    """How many listings a change makes due, in words; `walked` of them were asked."""
    if not walked:
        return "No listing is touched."
    number = str(due) if due else "none"
    return f"{number} of {walked} listings {'is' if due == 1 else 'are'} to be looked at again.".capitalize()


def looked_at_again(due: int) -> str:
    """What was stored has made so many listings due; nothing is said of none."""
    if not due:
        return ""
    return f"{due} {'listing is' if due == 1 else 'listings are'} looked at again."
