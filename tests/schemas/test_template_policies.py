"""The policies that a template names: they exist, in the same file or before, and titles are unique within a kind."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.apply_file import InvalidDocument, load_declaration
from schemas.template_policies import KINDS
from tests.schemas.declarations import document, faults


def with_template_policies(**named: Any) -> dict[str, Any]:
    """Return the file with a policy of each kind, and a template that names these."""
    found = document()
    found["pricing_policies"] = [{"title": "Plus ten", "adjustment": "percent", "adjustment_value": 10}]
    found["inventory_policies"] = [{"title": "Careful", "buffer": 5}]
    found["listing_templates"][0].update(named)
    return found


def test_a_template_names_a_policy_of_each_kind() -> None:
    declared = load_declaration(with_template_policies(pricing_policy="Plus ten", inventory_policy="Careful"))
    assert declared.listing_templates[0].pricing_policy == declared.pricing_policies[0].title
    assert declared.listing_templates[0].inventory_policy == declared.inventory_policies[0].title


@pytest.mark.parametrize(
    ("field", "words", "there"),
    [
        ("pricing_policy", "pricing policy", "'Kept', 'Plus ten'"),
        ("inventory_policy", "inventory policy", "'Careful', 'Kept'"),
    ],
)
def test_a_template_that_names_a_missing_policy_is_a_fault(field: str, words: str, there: str) -> None:
    titles = {kind.listed: ["Kept"] for kind in KINDS}
    assert load_declaration(with_template_policies(**{field: "Kept"}), titles)
    with pytest.raises(InvalidDocument) as refused:
        load_declaration(with_template_policies(**{field: "Nowhere"}), titles)
    assert [str(fault) for fault in refused.value.faults] == [
        f"listing_templates[0].{field}: names no {words}; there is {there} (found 'Nowhere')"
    ]


@pytest.mark.parametrize(
    ("kind", "fields", "sentence"),
    [
        (
            "pricing_policies",
            {"title": "Plus", "floor": 0},
            "pricing_policies[0].floor: 0 is not a number from 0.01 to 999999999",
        ),
        (
            "inventory_policies",
            {"title": "Own", "source": "attribute"},
            "inventory_policies[0].attribute: enter the attribute's code, or choose another source",
        ),
    ],
)
def test_a_fault_of_a_template_policy_is_reported_at_its_place(
    kind: str, fields: dict[str, Any], sentence: str
) -> None:
    assert faults({**document(), kind: [fields]}) == [sentence]


@pytest.mark.parametrize("kind", [kind.listed for kind in KINDS])
def test_titles_are_unique_within_a_kind(kind: str) -> None:
    found = faults({**document(), kind: [{"title": "Twice"}, {"title": "Twice"}]})
    assert found == [
        f"{kind}[{at}].title: is given more than once in this file (found 'Twice')" for at in (0, 1)
    ]
