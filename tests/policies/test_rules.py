"""The decision table: the first row that is not passed decides, and `explain` uses the same rows."""

from __future__ import annotations

import pytest

from policies import rules
from policies.case import Case
from policies.decision import Action, Decision
from policies.explain import PREFLIGHT, explain
from policies.reasons import Reason
from policies.rule_answers import yes_or_no
from policies.rules import ROWS, Row, decide
from schemas.listing import OutcomeKind
from tests.policies.decision_rows import NOT_ON_TIKTOK, ON_TIKTOK, WHEN

NUMBERS = [row.number for row in ROWS]


def is_closed_for_the_day(case: Case) -> Decision | None:
    return Decision(Action.SKIP, Reason.UPLOAD_OFF) if case.context.listing.listed else None


SHUT = Row(2, "Is the shop open today?", is_closed_for_the_day, yes_or_no)


def test_the_rows_are_in_the_order_of_their_numbers() -> None:
    assert sorted(NUMBERS) == NUMBERS
    # Number 3 was the question for the type, which is asked with row 8 since: the others keep their numbers.
    assert set(NUMBERS) == set(range(1, 18)) - {3}


@pytest.mark.parametrize("example", [ON_TIKTOK, NOT_ON_TIKTOK], ids=["listed", "not listed"])
@pytest.mark.parametrize("reason", WHEN)
def test_the_deciding_check_is_that_of_the_deciding_row(reason: Reason, example: Case) -> None:
    case = WHEN[reason](example)
    decision = decide(case)
    first = next(row for row in ROWS if row.ask(case) is not None)
    (check,) = [check for check in explain(case) if check.decides]
    assert (check.row, check.question, check.reason) == (first.number, first.question, decision.reason)


def test_what_pre_flight_refuses_of_an_upload_decides() -> None:
    case = WHEN[Reason.NEW_PRODUCT](NOT_ON_TIKTOK)
    (check,) = [check for check in explain(case, ["The price is not a number."]) if check.decides]
    assert (check.question, check.reason) == (PREFLIGHT, OutcomeKind.REFUSED_HERE)


@pytest.mark.parametrize("example", [ON_TIKTOK, NOT_ON_TIKTOK], ids=["listed", "not listed"])
@pytest.mark.parametrize("reason", WHEN)
def test_a_question_that_is_not_about_the_product_is_passed(reason: Reason, example: Case) -> None:
    case = WHEN[reason](example)
    assert all(check.passed for check in explain(case) if not check.applies)
    assert all(check.applies for check in explain(case) if check.decides)
    not_asked = [check for check in explain(case, []) if "not asked" in check.answer]
    assert not any(check.applies for check in not_asked if check.row != 4)


def test_a_row_that_is_added_to_the_table_decides_and_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "ROWS", (*ROWS[:2], SHUT, *ROWS[2:]))
    assert decide(ON_TIKTOK).reason is Reason.UPLOAD_OFF
    assert [check.question for check in explain(ON_TIKTOK) if check.decides] == [SHUT.question]
    answers = [check.answer for check in explain(NOT_ON_TIKTOK) if check.question == SHUT.question]
    assert answers == ["yes"]
