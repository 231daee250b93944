"""Adopting: every SKU is looked for once, some to a search."""

from __future__ import annotations

from collections.abc import Sequence

from operations.products.find_on_tiktok import SKUS_A_SEARCH, sightings
from tiktok.client.client import FoundProduct


def test_ten_skus_go_into_a_search_and_every_one_is_asked_for_once() -> None:
    asked: list[Sequence[str]] = []

    def search(skus: Sequence[str]) -> Sequence[FoundProduct]:
        asked.append(skus)
        return [FoundProduct("1729", "ACTIVATE", {skus[-1]: "1"})]

    skus = [f"SKU-{n}" for n in range(23)]
    rows = list(sightings(skus, search, lambda asked, of: None))
    assert [len(some) for some in asked] == [SKUS_A_SEARCH, SKUS_A_SEARCH, 3]
    assert [sku for some in asked for sku in some] == skus
    assert [one.sku for one in rows] == ["SKU-9", "SKU-19", "SKU-22"]
