"""How many listings a change makes due: counted for a few seconds on a page, to the end where it is stored."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from console.desk import desk
from consumer.affected_listings import Change, Foreseen, foresee
from operations.applying import foretold
from records.governing import Governing

PATIENCE_SECONDS: Final = 4.0


class LongEnough(Exception):
    """Ends the count."""


@dataclass(frozen=True, slots=True)
class Due:
    """Of `walked` listings so many are to be looked at again; `foreseen` is None where counting stopped before."""

    walked: int
    foreseen: Foreseen | None

    @property
    def number(self) -> int:
        """How many."""
        return len(self.foreseen.product_ids) if self.foreseen is not None else 0

    @property
    def words(self) -> str:
        """A sentence."""
        if self.foreseen is not None:
            return foretold(self.number, self.walked)
        return (
            f"There are more listings than a page can ask: {self.walked} were looked at, then counting stopped. "
            "Storing it asks each of them, which takes a while, and makes due what is to be looked at again."
        )


@dataclass(slots=True)
class Patience:
    """Hears how many listings were looked at, and ends the walk when it has taken long enough."""

    until: float
    clock: Callable[[], float] = time.monotonic
    walked: int = 0

    @classmethod
    def of_a_page(cls) -> Patience:
        """As long as a page may take."""
        return cls(time.monotonic() + PATIENCE_SECONDS)

    def __call__(self, walked: int) -> None:
        """So many by now."""
        self.walked = walked
        if self.clock() > self.until:
            raise LongEnough


def due_of(
    before: Governing,
    after: Governing,
    now: datetime,
    *,
    whole: bool = False,
) -> Due:
    """What becomes due where `after` governs instead of `before`; `whole` walks to the end, however long that takes."""
    patience = Patience(float("inf")) if whole else Patience.of_a_page()
    try:
        with desk().database.read() as connection:
            found = foresee(connection, Change(before, after), now=now, progress=patience)
    except LongEnough:
        return Due(patience.walked, None)
    return Due(found.walked, found)


def looked_at_again(due: int) -> str:
    """What was stored made so many listings due; nothing is said of none."""
    if not due:
        return ""
    return f"{due} {'listing is' if due == 1 else 'listings are'} looked at again."
