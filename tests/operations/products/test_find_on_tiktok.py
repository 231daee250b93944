"""Finding products on TikTok: each SKU is searched once, ten to a search."""

from __future__ import annotations

from collections.abc import Sequence

from operations.products.find_on_tiktok import SKUS_A_SEARCH, sightings
from tiktok.client.client import FoundProduct


def test_each_search_has_ten_skus_and_each_sku_is_searched_once() -> None:
    searches: list[Sequence[str]] = []

    def search(skus: Sequence[str]) -> Sequence[FoundProduct]:
        searches.append(skus)
        return [FoundProduct("1729", "ACTIVATE", {skus[-1]: "1"}, 1)]

    skus = [f"SKU-{n}" for n in range(23)]
    rows = list(sightings(skus, search, lambda searched, total: None))
    assert [len(some) for some in searches] == [SKUS_A_SEARCH, SKUS_A_SEARCH, 3]
    assert [sku for some in searches for sku in some] == skus
    assert [sighting.sku for sighting in rows] == ["SKU-9", "SKU-19", "SKU-22"]
