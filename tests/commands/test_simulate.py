"""`m2t simulate`: what a draft replaces, and the errors of unusable drafts."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from tests.commands.conftest import Desk
from tests.commands.examples import declaration, policy, shop, template


def simulate(desk: Desk, document: Any, *options: str, kind: str = "--policy") -> Any:
    return desk.m2t("simulate", kind, str(desk.file("draft.yaml", yaml.safe_dump(document))), *options)


def test_without_a_draft_there_is_nothing_to_compare(shop_desk: Desk) -> None:
    result = shop_desk.m2t("simulate")
    assert result.exit_code == 2
    assert "give --policy FILE, --template FILE, or both" in result.stderr


@pytest.mark.parametrize(
    ("kind", "document", "says"),
    [
        ("--policy", policy(product_update=False), "Inventory/Price Sync needs"),
        ("--policy", {"synchronization_policies": [policy(colour=1)]}, "colour"),
        ("--policy", {"shops": []}, "file: contains none of: synchronization_policies"),
        ("--template", template(category_id="shirts"), "listing_templates[0].category_id"),
        ("--template", template(pricing_policy="None"), "names no pricing policy"),
        ("--template", [], "file: contains none of: listing_templates"),
    ],
)
def test_a_faulty_draft_is_refused_at_its_place(shop_desk: Desk, kind: str, document: Any, says: str) -> None:
    simulated = simulate(shop_desk, document, kind=kind)
    assert simulated.exit_code == 1
    assert says in simulated.stderr
    assert "Next: correct the file, and run m2t simulate again" in simulated.stderr


def test_a_policy_that_no_shop_uses_needs_a_shop(shop_desk: Desk) -> None:
    simulated = simulate(shop_desk, policy(title="Draft"))
    assert simulated.exit_code == 1
    assert "No shop uses 'Draft'." in simulated.stderr
    assert "--shop" in simulated.stderr


def test_an_unknown_shop_is_an_error(shop_desk: Desk) -> None:
    simulated = simulate(shop_desk, policy(), "--shop", "other")
    assert simulated.exit_code == 1
    assert "There is no shop 'other'." in simulated.stderr


@pytest.mark.parametrize(
    ("document", "options"),
    [
        (policy(), ()),
        (declaration(shops=[shop(tiktok={"app_key": "${NOT_SET}"})]), ()),  # only its policies are read
        (policy(title="Draft"), ("--shop", "demo")),
    ],
)
def test_a_valid_draft_is_compared_on_the_records_of_kafka(
    shop_desk: Desk, document: Any, options: tuple[str, ...]
) -> None:
    """Kafka is unreachable, which is an error: without recorded events there is nothing to decide."""
    simulated = simulate(shop_desk, document, *options)
    assert simulated.exit_code == 4
    assert "Kafka at 127.0.0.1:9 can't be reached" in simulated.stderr
