"""`m2t policy` and `m2t template`: each version with its author and changes, and restoring a version."""

from __future__ import annotations

import getpass
import json
from typing import Any

import pytest
import yaml

from policies.rulebook import PolicyInForce
from records.catalog import sync_queue
from records.rules import policies, templates
from records.rules.tables import versions
from tests.commands.conftest import Desk
from tests.commands.examples import SKU, policy, shop, template
from tests.commands.stories import govern, synced, with_policy

PLUS_TEN = {"title": "Plus ten", "adjustment": "percent", "adjustment_value": "10"}


def printed(desk: Desk, *arguments: str) -> Any:
    result = desk.m2t(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def in_force(desk: Desk) -> PolicyInForce:
    with desk.database.read() as connection:
        return policies.load_all(connection)["Default"]


# list and show


def test_every_kind_is_listed_with_what_uses_it(shop_desk: Desk) -> None:
    govern(
        shop_desk,
        synchronization_policies=[policy(), policy(title="Unused")],
        pricing_policies=[PLUS_TEN],
        listing_templates=[template(pricing_policy="Plus ten")],
        shops=[shop(), shop("second")],
    )
    fields = {(row["kind"], row["title"]): row["used_by"] for row in printed(shop_desk, "policy", "list")}
    assert fields == {
        ("synchronization", "Default"): ["shop demo", "shop second"],
        ("synchronization", "Unused"): [],
        ("pricing", "Plus ten"): ["template 'Shirts'"],
    }


def test_a_template_is_listed_with_the_listings_that_use_it(shop_desk: Desk) -> None:
    synced(shop_desk)
    (found,) = printed(shop_desk, "template", "list")
    assert (found["title"], found["version"], found["used_by"]) == ("Shirts", 1, ["1 listing of shop demo"])
    line = shop_desk.m2t("template", "list").stdout
    assert line.startswith("listing 'Shirts': version 1 by ")
    assert line.endswith("; used by 1 listing of shop demo\n")


def test_an_empty_list_says_how_to_create_a_document(desk: Desk) -> None:
    desk.database.upgrade()
    assert desk.m2t("template", "list").stdout == "There are none yet. Next: m2t apply FILE.yaml\n"


@pytest.mark.parametrize("arguments", [("policy", "show", "Default"), ("template", "show", "Shirts")])
def test_apply_accepts_what_show_prints(shop_desk: Desk, arguments: tuple[str, ...]) -> None:
    shown = shop_desk.m2t(*arguments).stdout
    result = shop_desk.m2t("apply", str(shop_desk.file("shown.yaml", shown)))
    assert result.stdout.endswith(": unchanged\n")
    assert printed(shop_desk, *arguments)["document"] == next(iter(yaml.safe_load(shown).values()))[0]


def test_an_earlier_version_is_shown(shop_desk: Desk) -> None:
    with_policy(shop_desk, paused=True)
    show = ("policy", "show", "Default")
    assert printed(shop_desk, *show)["document"]["paused"] is True
    assert printed(shop_desk, *show, "--version", "1")["document"]["paused"] is False


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("policy", "show", "Nowhere"), "There is no 'Nowhere' among the synchronization policies."),
        (
            ("policy", "show", "Default", "--kind", "pricing"),
            "There is no 'Default' among the pricing policies.",
        ),
        (("template", "history", "Default"), "there is 'Shirts'"),
        (("policy", "show", "Default", "--version", "7"), "choose one from 1 to 1"),
        (("policy", "restore", "Default", "7"), "'Default' has no version 7."),
    ],
)
def test_an_unknown_title_or_version_lists_the_existing_ones(
    shop_desk: Desk, arguments: tuple[str, ...], says: str
) -> None:
    result = shop_desk.m2t(*arguments)
    assert result.exit_code == 1
    assert says in result.stderr


# history


def test_the_history_shows_author_and_changes_newest_first(shop_desk: Desk) -> None:
    with_policy(shop_desk, paused=True, observed_attributes=["color"])
    newest, first = printed(shop_desk, "policy", "history", "Default")
    assert newest["changes"] == ["observed_attributes: [] -> [color]", "paused: false -> true"]
    assert (newest["version"], first["version"], first["changes"]) == (2, 1, ["is new"])
    assert newest["author"] == f"{getpass.getuser()} (m2t apply)"
    lines = shop_desk.m2t("policy", "history", "Default").stdout.splitlines()
    assert lines[0].startswith("version 2, 2026-11-24 13:00:")
    assert lines[2] == "  paused: false -> true"


def test_a_policy_of_a_template_has_its_history(shop_desk: Desk) -> None:
    for value in ("10", "12"):
        govern(shop_desk, pricing_policies=[{**PLUS_TEN, "adjustment_value": value}])
    newest, _ = printed(shop_desk, "policy", "history", "Plus ten", "--kind", "pricing")
    assert newest["changes"] == ["adjustment_value: 10 -> 12"]


# restore


def test_restoring_is_a_new_version_by_the_person_who_restores(shop_desk: Desk) -> None:
    before = in_force(shop_desk).policy
    with_policy(shop_desk, paused=True)
    result = shop_desk.m2t("policy", "restore", "Default", "1", "--yes")
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines()[0] == "paused: true -> false"
    assert result.stdout.endswith("Version 1 was restored as version 3.\n")
    assert (in_force(shop_desk).policy, in_force(shop_desk).version) == (before, 3)
    newest = printed(shop_desk, "policy", "history", "Default")[0]
    assert newest["author"] == f"{getpass.getuser()} (m2t policy restore)"


def test_nothing_is_restored_without_confirmation(shop_desk: Desk) -> None:
    with_policy(shop_desk, paused=True)
    restore = ("policy", "restore", "Default", "1")
    assert shop_desk.m2t(*restore).exit_code == 1
    assert printed(shop_desk, *restore) == {"changes": ["paused: true -> false"], "due": 0, "restored": False}
    assert in_force(shop_desk).version == 2


def test_restoring_checks_the_affected_listings_again(shop_desk: Desk) -> None:
    govern(shop_desk, listing_templates=[template(category_id="600002")])
    synced(shop_desk)
    found = printed(shop_desk, "template", "restore", "Shirts", "1", "--yes")
    assert found == {"changes": ["category_id: 600002 -> 600001"], "due": 1, "restored": True}
    with shop_desk.database.read() as connection:
        assert sync_queue.get(connection, shop_desk.product(SKU).id) is not None
        assert templates.load_all(connection)[0].category_id == "600001"


def test_the_version_in_force_is_not_restored_again(shop_desk: Desk) -> None:
    result = shop_desk.m2t("policy", "restore", "Default", "1", "--yes")
    assert result.stdout == "It is the same as that version: nothing is changed.\n"
    assert in_force(shop_desk).version == 1


def test_a_version_that_is_no_longer_valid_is_refused_with_its_errors(shop_desk: Desk) -> None:
    with_policy(shop_desk, paused=True)
    old = {"title": "Default", "product_upload": "yes"}
    with shop_desk.database.write() as connection:
        connection.execute(
            versions.update()
            .where(versions.c.version == 1, versions.c.title == "Default")
            .values(document=old)
        )
    result = shop_desk.m2t("policy", "restore", "Default", "1", "--yes")
    assert result.exit_code == 1
    assert "Version 1 can't be restored" in result.stderr
    assert "product_upload" in result.stderr
    newest = printed(shop_desk, "policy", "history", "Default")[0]
    assert newest["changes"] == ["can't be compared, because this version of m2t can't read it"]


def test_restoring_a_version_with_product_upload_starts_its_time_anew(shop_desk: Desk) -> None:
    with_policy(shop_desk, product_upload=False)
    assert in_force(shop_desk).upload_on_since is None
    shop_desk.m2t("policy", "restore", "Default", "1", "--yes")
    assert in_force(shop_desk).upload_on_since is not None
