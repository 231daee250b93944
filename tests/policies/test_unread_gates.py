"""A product with a gate that is not understood is held, and the merchant reads which one and why."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from policies.case import Case
from policies.decision import Action
from policies.messages import unread_sentence
from policies.reasons import Reason
from policies.rules import decide
from schemas.product import Product
from tests.policies.examples import case, not_listed, product

SAYS = "Save the product in Magento, or correct what sends its webhooks."


def without(code: str) -> Product:
    shirt = product()
    return replace(shirt, default={name: value for name, value in shirt.default.items() if name != code})


@pytest.mark.parametrize(
    ("code", "value"),
    [
        ("status", "Aktiviert"),
        ("status", 7),
        ("visibility", "somewhere"),
        ("website_ids", "base"),
        ("website_ids", ["base"]),
        ("website_ids", [True]),
        ("website_ids", [{"website_id": 2}]),
        ("website_ids", [None]),
        ("stock_status", ""),
    ],
)
def test_a_gate_that_is_not_understood_holds_the_product_listed_or_not(code: str, value: Any) -> None:
    shirt = product(**{code: value})
    for example in (case(product=shirt), case(product=shirt, listing=not_listed())):
        assert (decide(example).action, decide(example).reason) == (Action.SKIP, Reason.UNREAD_GATE)
    assert unread_sentence(shirt) == f"Not understood: {code} is {value!r}. {SAYS}"


@pytest.mark.parametrize("code", ["status", "visibility", "website_ids"])
def test_a_gate_that_was_never_sent_holds_what_is_not_on_tiktok_yet(code: str) -> None:
    shirt = without(code)
    assert reason_of(case(product=shirt, listing=not_listed())) is Reason.UNREAD_GATE
    assert reason_of(case(product=shirt)) is not Reason.UNREAD_GATE
    assert unread_sentence(shirt) == f"Magento has not sent {code}. {SAYS}"


def test_a_stock_status_that_was_never_sent_is_no_gate() -> None:
    assert reason_of(case(product=without("stock_status"), listing=not_listed())) is not Reason.UNREAD_GATE


def reason_of(example: Case) -> Reason:
    return decide(example).reason
