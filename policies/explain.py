"""Explain a decision: every row of the rule table with its answer, including those after the row that decides.

`decide` uses the same rows, so that both always agree.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from policies import rules
from policies.case import Case
from policies.decision import Action
from policies.reasons import Reason
from schemas.listing import OutcomeKind

PREFLIGHT_ROW: Final = 18
PREFLIGHT: Final = "Complete for TikTok?"


@dataclass(frozen=True, slots=True)
class Check:
    """One row of the decision table, answered.

    `row` is its number. `reason` is why the product does not pass, None where it passes. `decides` marks the first row
    that the product does not pass; pre-flight, where that row is an upload that pre-flight refuses. `applies` is
    whether the question is about this product at all.
    """

    row: int
    question: str
    answer: str
    reason: Reason | OutcomeKind | None = None
    decides: bool = False
    applies: bool = True

    @property
    def passed(self) -> bool:
        """Whether the product passes this row."""
        return self.reason is None


def explain(
    case: Case, faults: Sequence[str] | None = None, left_out: Sequence[str] = ()
) -> tuple[Check, ...]:
    """Return the checks in the order of the table; exactly one decides.

    `faults` are the sentences of pre-flight about the listing that would be sent; None where none would be sent.
    `left_out` are sentences about what that listing would do without.
    """
    found: list[Check] = []
    undecided, refused = True, False
    for row in rules.ROWS:
        decision = row.ask(case)
        decides = undecided and decision is not None
        undecided = undecided and not decides
        if decides and faults and decision is not None and decision.action is Action.UPLOAD:
            decides, refused = False, True
        reason = None if decision is None else decision.reason
        answer, applies = row.answer(case, decision), row.applies(case)
        found.append(Check(row.number, row.question, answer, reason, decides, applies))
    return (*found, _preflight(faults, left_out, decides=refused))


def _preflight(faults: Sequence[str] | None, left_out: Sequence[str], *, decides: bool) -> Check:
    """Return the last check, which delivery makes of every listing that should be live."""
    if faults is None:
        return Check(PREFLIGHT_ROW, PREFLIGHT, "not asked: it should not be on TikTok now", applies=False)
    if not faults:
        return Check(PREFLIGHT_ROW, PREFLIGHT, ". ".join(["yes", *left_out]))
    return Check(PREFLIGHT_ROW, PREFLIGHT, f"no: {' '.join(faults)}", OutcomeKind.REFUSED_HERE, decides)
