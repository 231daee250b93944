"""`m2t adopt --dry-run` against a strict sandbox: products found by SKU; nothing is written on either side."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from commands import adopt
from operations.products.find_on_tiktok import unlisted
from records.every_table import metadata
from sandbox.tiktok import Sandbox
from tests.commands.conftest import Desk
from tests.commands.examples import SECRETS, declaration, saved, shop
from tests.commands.store_front import Received, answering
from tests.commands.stories import synced
from tests.consumer.engine import connected_to
from tests.consumer.seller_center import SellerCenter


@pytest.fixture
def tiktok() -> Iterator[SellerCenter]:
    with Sandbox(audit_seconds=0.1) as sandbox:
        yield SellerCenter(sandbox.url)


@pytest.fixture
def sold(shop_desk: Desk, tiktok: SellerCenter) -> Desk:
    """Connect the shop to the sandbox, with two shirts and a mug stored, and none of them listed."""
    connection = connected_to(tiktok.url).tiktok
    fields = {
        "app_key": connection.app_key,
        "app_secret": connection.app_secret.reveal(),
        "access_token": connection.access_token.reveal(),
        "refresh_token": connection.refresh_token.reveal(),
        "shop_cipher": connection.shop_cipher,
        "api_url": tiktok.url,
        "auth_url": tiktok.url,
    }
    applied = shop_desk.apply(declaration(shops=[shop(tiktok=fields)]), "--replace-tokens")
    assert applied.exit_code == 0, applied.output
    for n, sku in enumerate(("SHIRT-M", "SHIRT-L", "MUG-01")):
        shop_desk.take(saved(n, sku=sku, entity_id=f"7{n}", is_new=False))
    return shop_desk


def looked(desk: Desk) -> dict[str, Any]:
    result = desk.m2t("adopt", "--dry-run", "--json")
    assert result.exit_code == 0, result.output
    return dict(json.loads(result.stdout))


def everything(desk: Desk) -> dict[str, list[Any]]:
    """Return every row of every table."""
    with desk.database.read() as connection:
        return {table.name: list(connection.execute(table.select())) for table in metadata.sorted_tables}


def test_a_product_on_tiktok_once_would_be_adopted_and_a_duplicate_is_not_synced(
    sold: Desk, tiktok: SellerCenter
) -> None:
    once = tiktok.list_by_hand("SHIRT-M")
    twice = sorted(tiktok.list_by_hand("SHIRT-L") for _ in range(2))
    found = looked(sold)
    assert found["looked_for"] == 3
    assert found["adopted"] == [{"sku": "SHIRT-M", "product_ids": [once], "statuses": ["ACTIVATE"]}]
    assert found["twice"] == [{"sku": "SHIRT-L", "product_ids": twice, "statuses": ["ACTIVATE"] * 2}]
    lines = sold.m2t("adopt", "--dry-run").stdout.splitlines()
    assert lines[0] == f"SHIRT-M: would be adopted, product {once} (ACTIVATE)"
    assert lines[1].startswith("SHIRT-L: on TikTok 2 times, not synced: ")
    assert lines[2] == (
        "SKUs that are not listed: 3. 1 would be adopted, 1 are on TikTok several times, 0 are variants of other "
        "products, 1 are not on TikTok."
    )


def test_a_sku_that_is_one_of_several_of_a_tiktok_product_is_not_adopted(
    sold: Desk, tiktok: SellerCenter
) -> None:
    product_id = tiktok.list_by_hand("SHIRT-M")
    tiktok.edit("SHIRT-M", add_sku={"seller_sku": "SHIRT-XL"})
    found = looked(sold)
    assert (found["adopted"], found["twice"]) == ([], [])
    assert found["variants"] == [{"sku": "SHIRT-M", "product_ids": [product_id], "statuses": ["ACTIVATE"]}]
    line, *_ = sold.m2t("adopt", "--dry-run").stdout.splitlines()
    assert line == (
        f"SHIRT-M: one of 2 SKUs of product {product_id} (ACTIVATE), not synced (variant_of_another_listing)"
    )


def test_nothing_is_written_on_either_side(sold: Desk, tiktok: SellerCenter) -> None:
    tiktok.list_by_hand("SHIRT-M")
    before, written = everything(sold), len(tiktok.effects(writes=True))
    looked(sold)
    assert everything(sold) == before
    assert len(tiktok.effects(writes=True)) == written


def test_listed_products_are_not_searched(shop_desk: Desk) -> None:
    synced(shop_desk)
    assert unlisted(shop_desk.database, "demo") == []


def test_without_dry_run_it_says_how_to_adopt(shop_desk: Desk) -> None:
    result = shop_desk.m2t("adopt")
    assert result.exit_code == 2
    assert "m2t upload --matching TEMPLATE" in result.stderr


# What can fail outside


def unauthorized(_: Received) -> tuple[int, bytes]:
    return 401, b'{"code": 105002, "message": "Expired credentials", "request_id": "1"}'


def unwell(_: Received) -> tuple[int, bytes]:
    return 503, b"busy"


@pytest.mark.parametrize(
    ("answer", "ends", "says"),
    [(unauthorized, 1, "the running consumer refreshes it"), (unwell, 4, "try again later, or m2t doctor")],
)
def test_an_error_of_tiktok_is_shown_with_the_next_step(
    shop_desk: Desk, monkeypatch: pytest.MonkeyPatch, answer: Any, ends: int, says: str
) -> None:
    slept: list[float] = []
    monkeypatch.setattr("commands.adopt.sleep", slept.append)
    shop_desk.take(saved(is_new=False))
    with answering(answer) as server:
        shop_desk.apply(declaration(shops=[shop(tiktok={"api_url": server.url})]))
        result = shop_desk.m2t("adopt", "--dry-run")
    assert result.exit_code == ends
    assert says in result.stderr
    assert not [secret for secret in SECRETS if secret in result.output]
    tries = 1 if ends == 1 else adopt.TRIES
    assert (len(server.received), len(slept)) == (tries, tries - 1)
