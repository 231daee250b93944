"""A policy field that is declared in one place is a key of apply files, is exported, and counts in a dry run."""

from __future__ import annotations

import json

import pytest
import yaml

from tests.commands.conftest import Desk
from tests.commands.examples import declaration, policy, template
from tests.policies.added_field import add_fields

WITH_RESERVE = declaration(
    synchronization_policies=[policy(rest_on_holidays=True)],
    inventory_policies=[{"title": "Counter", "reserve": 7}],
    listing_templates=[template(inventory_policy="Counter")],
)


@pytest.fixture(autouse=True)
def added(monkeypatch: pytest.MonkeyPatch) -> None:
    add_fields(monkeypatch)


def test_apply_accepts_it_export_prints_it_and_apply_finds_no_change(desk: Desk) -> None:
    desk.database.upgrade()
    assert desk.apply(WITH_RESERVE).exit_code == 0
    exported = desk.m2t("export").stdout
    document = yaml.safe_load(exported)
    assert document["inventory_policies"][0]["reserve"] == 7
    assert document["synchronization_policies"][0]["rest_on_holidays"] is True
    again = desk.m2t("apply", str(desk.file("again.yaml", exported)), "--json")
    assert json.loads(again.stdout)["changes"] == {}


def test_a_change_of_it_is_shown_as_a_difference(desk: Desk) -> None:
    desk.database.upgrade()
    desk.apply(WITH_RESERVE)
    changed = {**WITH_RESERVE, "inventory_policies": [{"title": "Counter", "reserve": 8}]}
    assert "reserve: 7 -> 8" in desk.apply(changed).output


def test_an_error_in_it_is_reported_with_its_place(desk: Desk) -> None:
    desk.database.upgrade()
    wrong = {**WITH_RESERVE, "inventory_policies": [{"title": "Counter", "reserve": "many"}]}
    refused = desk.apply(wrong)
    assert refused.exit_code != 0
    assert "inventory_policies[0].reserve: not a whole number" in refused.output
