"""`m2t export`: `m2t apply` applies its output without a change, and it contains no secret."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from commands.cli.export_yaml import dump
from commands.cli.references import References, escaped
from records.every_table import metadata
from records.rules import shops
from schemas.shop import Shop
from tests.commands.conftest import Desk
from tests.commands.examples import SECRETS, WEBHOOK_SECRET, declaration, policy, shop, template

OTHER_SECRET = "whsec_" + "b3RoZXIg" * 4
EVERYTHING = declaration(
    synchronization_policies=[
        policy(
            only_specific_attributes=True,
            observed_attributes=["color", "size"],
            when_deleted="delete",
            paused=True,
        ),
        policy(title="Second"),
    ],
    pricing_policies=[
        {
            "title": "Plus ten",
            "source": "special_price",
            "adjustment": "percent",
            "adjustment_value": "10",
            "rounding": "nearest_99",
            "floor": "4.50",
            "time_zone": "Europe/Berlin",
        }
    ],
    inventory_policies=[{"title": "Careful", "buffer": 5, "threshold": 10, "above": 20, "below": 2}],
    image_policies=[{"title": "All", "gallery_maximum": 4}],
    listing_templates=[
        template(
            pricing_policy="Plus ten",
            inventory_policy="Careful",
            image_policy="All",
            attributes=[
                {"tiktok_attribute_id": "100089", "magento_attribute": "color", "values": {"49": "Black"}},
                {"tiktok_attribute_id": "100090", "constant": "costs $${NOTHING}"},
            ],
            package_dimensions={"length": "10", "width": "10", "height": "4", "unit": "CENTIMETER"},
        ),
        template("Yes", "11", priority=3),
    ],
    shops=[
        shop(
            magento={
                "secrets": [WEBHOOK_SECRET, OTHER_SECRET],
                "token": "the-magento-token",
                "base_url": "https://magento.example",
                "attribute_types": {"fabric": "multiselect"},
            }
        ),
        shop("second", synchronization_policy="Second", title="file: no reference"),
    ],
)


@pytest.fixture
def full_desk(desk: Desk) -> Desk:
    """Provide a database with everything that can be declared."""
    desk.database.upgrade()
    applied = desk.apply(EVERYTHING)
    assert applied.exit_code == 0, applied.output
    return desk


def exported(desk: Desk, *options: str) -> str:
    result = desk.m2t("export", *options)
    assert result.exit_code == 0, result.output
    return str(result.stdout)


def apply(desk: Desk, text: str, *options: str) -> dict[str, Any]:
    result = desk.m2t("apply", str(desk.file("exported.yaml", text)), "--json", *options)
    assert result.exit_code == 0, result.output
    return dict(json.loads(result.stdout))


def everything(desk: Desk) -> dict[str, list[Any]]:
    """Return every row of every table."""
    with desk.database.read() as connection:
        return {table.name: list(connection.execute(table.select())) for table in metadata.sorted_tables}


def stored(desk: Desk, key: str = "demo") -> Shop:
    with desk.database.read() as connection:
        return shops.load_all(connection, desk.box)[key]


def with_secrets(text: str) -> str:
    """Return the export with each secret filled in, for an empty database."""
    document = yaml.safe_load(text)
    for exported_shop, original in zip(document["shops"], EVERYTHING["shops"], strict=True):
        exported_shop["magento"]["secrets"] = original["magento"]["secrets"]
        if "token" in exported_shop["magento"]:
            exported_shop["magento"]["token"] = original["magento"]["token"]
        for name in ("app_secret", "access_token", "refresh_token"):
            exported_shop["tiktok"][name] = original["tiktok"][name]
    return str(yaml.safe_dump(document))


# Round trips


def test_applying_an_export_changes_nothing(full_desk: Desk) -> None:
    before = everything(full_desk)
    result = apply(full_desk, exported(full_desk), "--replace-tokens")
    assert (result["changes"], result["due"]) == ({}, 0)
    assert len(result["unchanged"]) == 9
    assert everything(full_desk) == before


def test_an_export_with_secrets_creates_the_same_in_another_database(full_desk: Desk) -> None:
    first = exported(full_desk)
    other = f"sqlite:///{full_desk.folder / 'other.db'}"
    assert full_desk.m2t("db", "upgrade", M2T_DATABASE_URL=other).exit_code == 0
    path = full_desk.file("with-secrets.yaml", with_secrets(first))
    applied = full_desk.m2t("apply", str(path), M2T_DATABASE_URL=other)
    assert applied.exit_code == 0, applied.output
    assert full_desk.m2t("export", M2T_DATABASE_URL=other).stdout == first


def test_a_shop_without_tiktok_can_be_exported_and_applied(desk: Desk) -> None:
    desk.database.upgrade()
    half = {name: part for name, part in shop().items() if name != "tiktok"}
    apply(desk, str(yaml.safe_dump(declaration(shops=[half]))))
    first = exported(desk)
    assert "tiktok" not in yaml.safe_load(first)["shops"][0]
    assert apply(desk, first)["changes"] == {}
    findings = desk.m2t("doctor").stdout
    assert "FAULT  tiktok demo: TikTok Shop is not connected yet" in findings


def test_an_empty_database_is_an_empty_declaration(desk: Desk) -> None:
    desk.database.upgrade()
    assert yaml.safe_load(exported(desk)) == {}
    assert apply(desk, exported(desk)) == {"changes": {}, "unchanged": [], "due": 0}


@given(st.text(alphabet=st.sampled_from("${}A_ x"), max_size=12))
def test_an_escaped_text_resolves_to_the_same_text(text: str) -> None:
    references = References({}, Path())
    assert references.resolved(escaped({"title": [text]})) == {"title": [text]}
    assert references.faults == []


@given(
    st.recursive(
        st.text(max_size=20) | st.integers() | st.booleans(),
        lambda inner: (
            st.lists(inner, min_size=1, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
        ),
        max_leaves=8,
    )
)
def test_dumped_yaml_loads_to_the_same_value(value: Any) -> None:
    assert yaml.safe_load(dump({"shops": [value]})) == {"shops": [escaped(value)]}


def test_one_shop_is_exported_with_its_policy_and_all_templates(full_desk: Desk) -> None:
    found = yaml.safe_load(exported(full_desk, "--shop", "second"))
    assert [listed["key"] for listed in found["shops"]] == ["second"]
    assert [listed["title"] for listed in found["synchronization_policies"]] == ["Second"]
    assert len(found["listing_templates"]) == 2
    assert full_desk.m2t("export", "--shop", "elsewhere").exit_code == 1


# Secrets


def test_no_secret_is_shown(full_desk: Desk) -> None:
    found = exported(full_desk)
    assert not [secret for secret in (*SECRETS, OTHER_SECRET, "the-magento-token") if secret in found]
    tiktok = yaml.safe_load(found)["shops"][0]["tiktok"]
    assert (tiktok["app_secret"], tiktok["access_token"], tiktok["refresh_token"]) == ("kept",) * 3


def test_kept_secrets_stay_while_other_fields_change(full_desk: Desk) -> None:
    before = stored(full_desk)
    result = apply(full_desk, exported(full_desk).replace("The demo shop", "The first shop"))
    assert result["changes"] == {"shop 'demo'": ["title: The demo shop -> The first shop"]}
    after = stored(full_desk)
    assert (after.magento, after.tiktok) == (before.magento, before.tiktok)


def test_a_secret_is_added_to_the_kept_secrets(shop_desk: Desk) -> None:
    assert (
        shop_desk.apply(declaration(shops=[shop(magento={"secrets": ["kept", OTHER_SECRET]})])).exit_code == 0
    )
    assert [secret.reveal() for secret in stored(shop_desk).magento.secrets] == [WEBHOOK_SECRET, OTHER_SECRET]


def _of_a_new_shop() -> dict[str, Any]:
    return shop("new", magento={"secrets": ["kept"]}, tiktok={"app_secret": "kept"})


def _never_stored() -> dict[str, Any]:
    return shop(magento={"token": "kept"})


@pytest.mark.parametrize(
    ("entry", "places"),
    [
        (_of_a_new_shop, ["shops[0].magento.secrets[0]", "shops[0].tiktok.app_secret"]),
        (_never_stored, ["shops[0].magento.token"]),
    ],
)
def test_kept_without_a_stored_secret_is_an_error_with_its_place(
    shop_desk: Desk, entry: Callable[[], dict[str, Any]], places: list[str]
) -> None:
    result = shop_desk.apply(declaration(shops=[entry()]))
    assert result.exit_code == 1
    assert f"{len(places)} to fix" in result.stderr
    for place in places:
        assert f"{place}: is kept, but none is stored yet; enter the secret itself" in result.stderr
