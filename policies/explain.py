"""Explaining: every row of the rule table with its answer, also behind the row that decides.

The rows are those that `decide` goes through, so that both always agree.
"""

from __future__ import annotations

from dataclasses import dataclass

from policies import rules
from policies.case import Case
from policies.reasons import Reason


@dataclass(frozen=True, slots=True)
class Check:
    """One question of the decision table. `reason` is why the product does not pass, None where it passes.

    `row` is the question's number; `decides` marks the first row that the product does not pass.
    """

    row: int
    question: str
    answer: str
    reason: Reason | None = None
    decides: bool = False

    @property
    def passed(self) -> bool:
        """The product passes this row."""
        return self.reason is None


def explain(case: Case) -> tuple[Check, ...]:
    """Return the checks in the order of the table; exactly one decides."""
    found: list[Check] = []
    undecided = True
    for row in rules.ROWS:
        decision = row.ask(case)
        decides = undecided and decision is not None
        undecided = undecided and not decides
        reason = None if decision is None else decision.reason
        found.append(Check(row.number, row.question, row.answer(case, decision), reason, decides))
    return tuple(found)
