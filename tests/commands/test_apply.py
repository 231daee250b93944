"""`m2t apply`: all errors at once and nothing half applied; references; kept tokens; the listings made due."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

import commands.apply
from consumer import resync_worker as walker_room
from consumer.resync_worker import ResyncWorker
from operations.rules.count_affected import Due, count_affected
from records.catalog import products, sync_queue
from records.catalog.tables import pending_syncs as pending_table
from records.every_table import metadata
from records.jobs import jobs
from records.rules import policies, shops, templates
from records.rules.tables import versions
from schemas.shop import Shop
from tests.commands.conftest import Desk
from tests.commands.examples import SECRETS, WEBHOOK_SECRET, declaration, policy, saved, shop, template

TOKENS = {"access_token": "TTP_a-renewed-access", "refresh_token": "TTP_a-renewed-refresh"}


def stored(desk: Desk, key: str = "demo") -> Shop:
    with desk.database.read() as connection:
        return shops.load_all(connection, desk.box)[key]


def everything(desk: Desk) -> dict[str, list[Any]]:
    """Return every row of every table."""
    with desk.database.read() as connection:
        return {table.name: list(connection.execute(table.select())) for table in metadata.sorted_tables}


def due(desk: Desk) -> list[str]:
    """Return the SKUs that are due."""
    with desk.database.read() as connection:
        ids = list(connection.execute(pending_table.select()).scalars())
        return sorted(product.sku or "" for product in products.load(connection, ids).values())


def forget_what_is_due(desk: Desk) -> None:
    with desk.database.write() as connection:
        connection.execute(pending_table.delete())


@pytest.fixture
def empty_desk(desk: Desk) -> Desk:
    """Provide an empty database."""
    desk.database.upgrade()
    return desk


# All or nothing


def test_three_errors_are_shown_together_and_nothing_is_applied(empty_desk: Desk) -> None:
    before = everything(empty_desk)
    result = empty_desk.apply(
        declaration(
            synchronization_policies=[policy(), policy(title="Second", product_update=False)],
            listing_templates=[template(category_id="shirts")],
            shops=[shop(), shop("other", tiktok={"region": "XX"})],
        )
    )
    assert result.exit_code == 1
    assert "3 to fix" in result.stderr
    assert "synchronization_policies[1].inventory_price_sync: Inventory/Price Sync needs" in result.stderr
    assert "listing_templates[0].category_id: " in result.stderr
    assert "shops[1].tiktok.region: " in result.stderr
    assert "Next: correct the file" in result.stderr
    assert everything(empty_desk) == before


def test_an_error_found_late_rolls_everything_back(shop_desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    before = everything(shop_desk)

    def broken(*_: object, **__: object) -> int:
        raise RuntimeError("the last step")

    monkeypatch.setattr(jobs, "ask", broken)
    result = shop_desk.apply(declaration(synchronization_policies=[policy(paused=True)]))
    assert isinstance(result.exception, RuntimeError)
    assert everything(shop_desk) == before


def test_dry_run_prints_what_would_change_and_changes_nothing(shop_desk: Desk) -> None:
    before = everything(shop_desk)
    document = declaration(synchronization_policies=[policy(paused=True)])
    result = shop_desk.apply(document, "--dry-run")
    assert result.exit_code == 0
    assert "policy 'Default': paused: false -> true" in result.stdout
    assert result.stdout.endswith("Nothing was changed (--dry-run).\n")
    assert everything(shop_desk) == before
    assert "paused: false -> true" in shop_desk.apply(document).stdout


def test_the_same_file_again_changes_nothing(shop_desk: Desk) -> None:
    before = everything(shop_desk)
    result = shop_desk.apply(declaration())
    assert (
        result.stdout == "policy 'Default': unchanged\ntemplate 'Shirts': unchanged\nshop 'demo': unchanged\n"
    )
    assert everything(shop_desk) == before


def test_documents_that_the_file_does_not_name_stay(shop_desk: Desk) -> None:
    assert shop_desk.apply({"listing_templates": [template("Mugs", "11")]}).exit_code == 0
    with shop_desk.database.read() as connection:
        assert set(policies.load_all(connection)) == {"Default"}
        assert [stored_template.title for stored_template in templates.load_all(connection)] == [
            "Mugs",
            "Shirts",
        ]
    assert stored(shop_desk).key == "demo"


# What is not a file of ours


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("shops: [\n", "line 2, column 1"),
        ("shops: []\nshops: []\n", "the key 'shops' is repeated"),
        ("just words\n", "is not a mapping"),
        ("shop: []\n", "shop: "),
        ("shops: !!python/object/apply:os.getcwd []\n", "line 1"),
    ],
)
def test_an_invalid_file_is_refused_with_the_place_of_the_error(
    empty_desk: Desk, text: str, says: str
) -> None:
    result = empty_desk.m2t("apply", str(empty_desk.file("shop.yaml", text)))
    assert result.exit_code == 1
    assert says in result.stderr


def test_a_missing_file_is_a_usage_error(empty_desk: Desk) -> None:
    assert empty_desk.m2t("apply", "nowhere.yaml").exit_code == 2


# References


def test_a_secret_comes_from_the_environment_or_from_a_file(empty_desk: Desk) -> None:
    empty_desk.file("app-secret.txt", "the-secret-in-a-file\n")
    document = declaration(
        shops=[
            shop(magento={"secrets": ["${SHOP_SECRET}"]}, tiktok={"app_secret": "file:app-secret.txt"}),
        ]
    )
    path = empty_desk.file("shop.yaml", json.dumps(document))
    result = empty_desk.m2t("apply", str(path), SHOP_SECRET=WEBHOOK_SECRET)
    assert result.exit_code == 0, result.output
    found = stored(empty_desk)
    assert found.magento.secrets[0].reveal() == WEBHOOK_SECRET
    assert found.tiktok.app_secret.reveal() == "the-secret-in-a-file"


def test_the_path_of_a_secret_file_is_relative_to_the_yaml_file(empty_desk: Desk) -> None:
    (empty_desk.folder / "shops").mkdir()
    empty_desk.file("shops/app-secret.txt", "beside-the-yaml-file")
    document = declaration(shops=[shop(tiktok={"app_secret": "file:app-secret.txt"})])
    path = empty_desk.file("shops/shop.yaml", json.dumps(document))
    assert empty_desk.m2t("apply", str(path)).exit_code == 0
    assert stored(empty_desk).tiktok.app_secret.reveal() == "beside-the-yaml-file"


@pytest.mark.parametrize(
    ("part", "where", "says"),
    [
        (
            {"magento": {"secrets": ["${NOT_SET}"]}},
            "shops[0].magento.secrets[0]",
            "the environment variable NOT_SET is not set",
        ),
        (
            {"tiktok": {"app_secret": "file:gone.txt"}},
            "shops[0].tiktok.app_secret",
            "'gone.txt' can't be read",
        ),
        (
            {"tiktok": {"app_key": "${NOT_SET}"}},
            "shops[0].tiktok.app_key",
            "the environment variable NOT_SET is not set",
        ),
    ],
)
def test_an_unresolved_reference_is_one_error_with_its_place(
    empty_desk: Desk, part: dict[str, Any], where: str, says: str
) -> None:
    result = empty_desk.apply(declaration(shops=[shop(**part)]))
    assert result.exit_code == 1
    assert "1 to fix" in result.stderr
    assert f"{where}: the" in result.stderr
    assert says in result.stderr


def test_two_dollar_signs_are_read_as_a_single_dollar_sign(empty_desk: Desk) -> None:
    empty_desk.apply(declaration(shops=[shop(title="Costs $${NOTHING}")]))
    assert stored(empty_desk).title == "Costs ${NOTHING}"


# Tokens and secrets


def test_the_shop_s_own_tokens_are_kept(shop_desk: Desk) -> None:
    result = shop_desk.apply(declaration(shops=[shop(tiktok=TOKENS)]))
    assert "shop 'demo': unchanged" in result.stdout
    assert stored(shop_desk).tiktok.access_token.reveal() == SECRETS[2]


def test_tokens_are_replaced_on_demand(shop_desk: Desk) -> None:
    result = shop_desk.apply(declaration(shops=[shop(tiktok=TOKENS)]), "--replace-tokens")
    assert "shop 'demo': tiktok.access_token: <secret> -> <secret>" in result.stdout
    assert stored(shop_desk).tiktok.access_token.reveal() == TOKENS["access_token"]
    assert stored(shop_desk).tiktok.refresh_token.reveal() == TOKENS["refresh_token"]


SECOND = {"shop_cipher": "GCP_second"}


def test_new_tokens_of_one_shop_are_stored_at_all_shops_of_the_authorization(shop_desk: Desk) -> None:
    stranger = {"app_key": "another", "shop_cipher": "GCP_x"}
    shop_desk.apply(declaration(shops=[shop(), shop("second", tiktok=SECOND), shop("x", tiktok=stranger)]))
    result = shop_desk.apply(declaration(shops=[shop(tiktok=TOKENS)]), "--replace-tokens")
    assert "shop 'second': tiktok.access_token: <secret> -> <secret>" in result.stdout
    for key, token in (
        ("demo", TOKENS["refresh_token"]),
        ("second", TOKENS["refresh_token"]),
        ("x", SECRETS[3]),
    ):
        assert stored(shop_desk, key).tiktok.refresh_token.reveal() == token


def test_a_shop_that_became_another_tiktok_shop_keeps_its_new_tokens_to_itself(shop_desk: Desk) -> None:
    shop_desk.apply(declaration(shops=[shop(), shop("second", tiktok=SECOND)]))
    moved = {**TOKENS, "shop_cipher": "GCP_another_sellers"}
    shop_desk.apply(declaration(shops=[shop(tiktok=moved)]), "--replace-tokens")
    assert stored(shop_desk, "second").tiktok.refresh_token.reveal() == SECRETS[3]


def test_a_shop_that_is_added_with_the_pair_of_a_file_gets_the_pair_that_was_renewed_since(
    shop_desk: Desk,
) -> None:
    shop_desk.apply(declaration(shops=[shop(tiktok=TOKENS)]), "--replace-tokens")
    result = shop_desk.apply(declaration(shops=[shop(), shop("second", tiktok=SECOND)]))
    assert (result.exit_code, "shop 'demo': unchanged" in result.stdout) == (0, True)
    assert stored(shop_desk, "second").tiktok.refresh_token.reveal() == TOKENS["refresh_token"]


def test_no_secret_is_printed_or_stored_in_plain_text(empty_desk: Desk) -> None:
    faulty = shop("other", magento={"secrets": ["too-short"]}, tiktok={"region": "XX"})
    value = empty_desk.apply(declaration(shops=[shop(), faulty])).output
    value += empty_desk.apply(declaration(), "--dry-run").output + empty_desk.apply(declaration()).output
    value += empty_desk.apply(declaration(shops=[shop(tiktok=TOKENS)]), "--replace-tokens", "--json").output
    empty_desk.database.close()
    secrets = (*SECRETS, *TOKENS.values(), "too-short")
    assert not [secret for secret in secrets if secret in value]
    files = [file.read_bytes() for file in empty_desk.folder.glob("m2t.db*")]
    assert not [secret for secret in secrets for file in files if secret.encode() in file]


# What it makes due


def test_a_changed_template_makes_its_own_listings_due_and_the_number_is_shown_first(shop_desk: Desk) -> None:
    shop_desk.apply({"listing_templates": [template("Mugs", "11")]})
    shop_desk.take(saved(), saved(1, sku="MUG-01", entity_id="42", attribute_set_id="11"))
    forget_what_is_due(shop_desk)
    document = {"listing_templates": [template("Mugs", "11", brand_id="7001")]}
    dry = shop_desk.apply(document, "--dry-run")
    assert dry.stderr == "1 of 2 listings will be checked again.\n"
    assert due(shop_desk) == []
    result = shop_desk.apply(document)
    assert result.stderr == dry.stderr
    assert "1 listing is checked again" in result.stdout
    assert due(shop_desk) == ["MUG-01"]


def test_a_paused_policy_makes_nothing_due(shop_desk: Desk) -> None:
    shop_desk.take(saved())
    forget_what_is_due(shop_desk)
    result = shop_desk.apply(declaration(synchronization_policies=[policy(paused=True)]))
    assert result.stderr == "None of 1 listing will be checked again.\n"
    assert due(shop_desk) == []


def test_switching_product_upload_on_uploads_nothing(shop_desk: Desk) -> None:
    off = policy(product_upload=False)
    shop_desk.apply(declaration(synchronization_policies=[off]))
    shop_desk.take(saved())
    shop_desk.apply(declaration(synchronization_policies=[policy()]))
    assert due(shop_desk) == []


def test_a_product_saved_between_count_and_change_is_checked_again(
    shop_desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The count finds a product that matches no template; a save makes it match before the change is stored."""
    shop_desk.apply({"listing_templates": [template("Mugs", "11")]})
    shop_desk.take(saved(), saved(1, sku="MUG-01", entity_id="42", attribute_set_id="12"))
    forget_what_is_due(shop_desk)

    def count(*given: Any) -> Due:
        found = count_affected(*given)
        shop_desk.take(saved(9, sku="MUG-01", entity_id="42", attribute_set_id="11"))
        forget_what_is_due(shop_desk)
        return found

    monkeypatch.setattr(commands.apply, "count_affected", count)
    result = shop_desk.apply({"listing_templates": [template("Mugs", "11", brand_id="7001")]})
    assert result.stderr == "None of 2 listings will be checked again.\n"
    assert due(shop_desk) == ["MUG-01"]


def test_the_count_before_a_change_has_a_time_limit(shop_desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    shop_desk.apply({"listing_templates": [template("Mugs", "11")]})
    shop_desk.take(saved(1, sku="MUG-01", entity_id="42", attribute_set_id="11"))
    forget_what_is_due(shop_desk)
    monkeypatch.setattr("operations.rules.count_affected.WAIT_SECONDS", -1.0)
    document = {"listing_templates": [template("Mugs", "11", brand_id="7001")]}
    assert shop_desk.apply(document, "--dry-run").stderr == "1 of 1 listing will be checked again.\n"
    result = shop_desk.apply(document)
    assert result.stderr.startswith("At least 1 of the first 1 listing will be checked again; there are more")
    assert "1 listing is checked again" in result.stdout


def test_the_consumer_continues_an_interrupted_job(shop_desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The stored rules are in force and the job is released: the command need not run again."""
    shop_desk.apply({"listing_templates": [template("Mugs", "11")]})
    shop_desk.take(saved(1, sku="MUG-01", entity_id="42", attribute_set_id="11"))
    forget_what_is_due(shop_desk)

    def interrupted(*_: object, **__: object) -> int:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(sync_queue, "enqueue_listings", interrupted)
        result = shop_desk.apply({"listing_templates": [template("Mugs", "11", brand_id="7001")]})
    assert result.exit_code != 0
    assert due(shop_desk) == []
    walker = ResyncWorker(
        shop_desk.database, shop_desk.box, clock=lambda: datetime.now(UTC) + walker_room.HEAD_START
    )
    assert walker.run_next_job()
    assert due(shop_desk) == ["MUG-01"]
    assert not walker.run_next_job()


def test_a_change_of_another_shop_s_rules_makes_nothing_due(shop_desk: Desk) -> None:
    shop_desk.take(saved(status="2"))
    result = shop_desk.apply({"synchronization_policies": [policy(title="Unused")]}, "--json")
    assert json.loads(result.stdout) == {
        "changes": {"policy 'Unused'": ["is new"]},
        "unchanged": [],
        "due": 0,
    }


def test_each_change_is_a_version_with_its_author(shop_desk: Desk) -> None:
    shop_desk.apply(declaration(synchronization_policies=[policy(paused=True)]))
    with shop_desk.database.read() as connection:
        of_policy = versions.select().where(versions.c.title == "Default").order_by(versions.c.version)
        rows = connection.execute(of_policy)
        written = [(row.version, row.author.endswith("(m2t apply)"), row.document["paused"]) for row in rows]
    assert written == [(1, True, False), (2, True, True)]


def test_adding_a_second_shop_leaves_the_first_unchanged(shop_desk: Desk) -> None:
    first = stored(shop_desk)
    assert shop_desk.apply({"shops": [shop("second")]}).stdout == "shop 'second': is new\n"
    assert stored(shop_desk) == first
    assert stored(shop_desk, "second").title == "The second shop"
