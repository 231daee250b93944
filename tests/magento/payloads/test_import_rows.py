"""CSV imports: what the rows of Magento's import events say."""

from __future__ import annotations

import pytest

from magento.payloads.product_identity import NotAProduct
from magento.payloads.product_payload import ProductPayload, read
from schemas.product_event import EventKind

SAVE, DELETE = "catalog_product_import_bunch_save_after", "catalog_product_import_bunch_delete_after"
ROW = {
    "sku": "LAMP-1",
    "store_view_code": None,
    "attribute_set_code": "Lights",
    "_attribute_set": "Lights",
    "product_type": "simple",
    "categories": "Default Category/Lamps",
    "product_websites": "base",
    "name": "Lamp",
    "description": "",
    "weight": "1.5",
    "product_online": "2",
    "visibility": "Not Visible Individually",
    "price": "49.9",
    "special_price": None,
    "special_price_from_date": "11/1/26",
    "additional_attributes": "color=Red,material=Glass|Steel",
    "color": "Red",
    "material": ["Glass", "Steel"],
    "qty": "7",
    "is_in_stock": "0",
    "out_of_stock_qty": "2",
    "use_config_min_qty": "0",
    "base_image": "lamp.jpg",
    "url_key": "lamp",
}
ROW_ATTRIBUTES = {
    "name": "Lamp",
    "price": "49.9",
    "special_from_date": "11/1/26",
    "weight": "1.5",
    "status": "2",
    "visibility": "1",
    "type_id": "simple",
    "quantity": "7",
    "stock_status": "0",
    "min_qty": "2",
}


def imported(*rows: object) -> tuple[ProductPayload, ...]:
    return read({"event": SAVE, "adapter": {"__class": "Import"}, "bunch": list(rows), "name": SAVE})


def test_a_row_says_what_can_be_read_without_the_store() -> None:
    assert imported(ROW) == (ProductPayload(EventKind.ATTRIBUTES_UPDATED, None, "LAMP-1", 0, ROW_ATTRIBUTES),)


def test_an_empty_cell_says_nothing_and_the_text_for_it_empties_the_value() -> None:
    (row,) = imported({"sku": "LAMP-1", "price": " ", "name": None, "special_price": "__EMPTY__VALUE__"})
    assert row.attributes == {"special_price": None}


@pytest.mark.parametrize(
    ("label", "visibility"),
    [("Catalog, Search", "4"), ("Catalog", "2"), ("search", "3"), ("4", "4"), ("Katalog", "Katalog")],
)
def test_visibility_is_a_label_in_files(label: str, visibility: str) -> None:
    (row,) = imported({"sku": "LAMP-1", "visibility": label})
    assert row.attributes == {"visibility": visibility}


@pytest.mark.parametrize(
    ("columns", "status"),
    [
        *(({"product_online": word}, "1") for word in ("1", "1.0", 1, "yes")),
        *(({"product_online": word}, "2") for word in ("2", "0", "no", "Enabled", "Disabled", "-1", "12")),
        ({"product_online": "", "status": 2}, "2"),
        ({"product_online": "yes", "status": "1"}, "1"),
        ({"status": "2"}, "2"),
    ],
)
def test_an_import_disables_by_every_word_but_yes(columns: dict[str, object], status: str) -> None:
    (payload,) = imported({"sku": "LAMP-1", **columns})
    assert payload.attributes == {"status": status}


def test_rows_of_a_store_view_and_rows_without_sku_are_left_out() -> None:
    view = {"sku": "LAMP-1", "store_view_code": "de", "name": "Lampe"}
    more = {"sku": None, "name": None, "additional_images": "b.jpg"}
    assert [row.sku for row in imported(ROW, view, more, {**ROW, "sku": 1002}, "odd")] == ["LAMP-1", "1002"]


@pytest.mark.parametrize(
    "rows", [(), ({"sku": "LAMP-1"},), ({"sku": "LAMP-1", "store_view_code": "de", "name": "Lampe"},)]
)
def test_an_import_that_says_nothing_is_refused(rows: tuple[object, ...]) -> None:
    with pytest.raises(NotAProduct) as refused:
        imported(*rows)
    assert refused.value.reason == "tells_nothing"


@pytest.mark.parametrize(
    ("rows", "ids", "deleted"),
    [
        (["LAMP-1", "LAMP-2"], ["31", "32"], [("31", "LAMP-1"), ("32", "LAMP-2")]),
        # Which row has no id is not known.
        (["LAMP-1", "TYPO", "LAMP-2"], ["31", "32"], [("31", None), ("32", None)]),
        (["LAMP-1"], {"4": 31}, [("31", "LAMP-1")]),
    ],
)
def test_an_import_deletes_products(rows: list[str], ids: object, deleted: list[object]) -> None:
    payloads = read({"event": DELETE, "bunch": [{"sku": sku} for sku in rows], "ids_to_delete": ids})
    assert [(payload.entity_id, payload.sku) for payload in payloads] == deleted
    assert {payload.kind for payload in payloads} == {EventKind.DELETED}


def test_an_import_that_names_no_deleted_product_is_refused() -> None:
    with pytest.raises(NotAProduct) as refused:
        read({"event": DELETE, "bunch": [{"sku": "LAMP-1"}]})
    assert refused.value.reason == "tells_nothing"
