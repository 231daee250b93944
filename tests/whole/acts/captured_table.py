"""What Magento holds after each captured act, and what TikTok must have: the table of the captured acts.

The values are those that Magento committed. They were read from the captured bodies: name, price, special price,
visibility, websites and categories from `catalog_product_save_commit_after` (categories of a creation by REST from its
`category_links`), quantity and stock status from `cataloginventory_stock_item_save_commit_after` and from the sources
in the last `SourceItemsSave`, and those of mass actions from their `attributes_data`. `test_captured_acts` reads them
again from there. Values of acts between the captured ones (a price set by REST before 19) arrive with the next save.

`opening` is what a product was before its first captured act: for products 5, 53, 59, 72 and 75 the `original` of that
act, for 74 what was deleted, for 11, 12 and 15 REST's list of products, for 60 and 61 the bodies of a module. Names and
prices of the mass products (6 to 8), and the quantities of 11, 15, 60 and 61, are assumed: they were not captured.

`own module` is the last act: bodies that a module built from committed values close what the acts before left open.

TikTok's values follow from a policy with everything on, which takes off sale what is hidden, disabled or outside of
website 1, deletes what is deleted, sends special prices, and 100 pieces where stock is not managed. The shop follows
store view 1 of a website with the views 1 and 3. Product 72 is sold from its second source. Product 77 belongs to a
shop that observes Color only.
"""

from __future__ import annotations

from datetime import date
from typing import Final

from tests.whole.acts.captured import MODULE, OPENING, TOO_LARGE
from tests.whole.acts.rows import NOT_LISTED, OFF_SALE, Fields, Row, Within, listed, new

NOVEMBER_29, NOVEMBER_30 = date(2026, 11, 29), date(2026, 11, 30)
CHRISTMAS_EVE, NEW_YEARS_EVE = date(2026, 12, 24), date(2026, 12, 31)
ORDERS, WEBSITES = "a web order, a shipment", "mass action on websites"
CATEGORIES, IMPORT = "categories by REST", "CSV import"
ADMIN_CHILDREN = "a configurable created in Admin"


_DELETED: Final[Fields] = {"deleted": True}
_HIDDEN: Final[Fields] = {"visibility": 1}
_RED_M: Final[Fields] = {"color": "Red", "size": "M"}

SINGLE_PRODUCTS: Final = (
    Row(
        "01_rest_create_simple",
        "1",
        new("MUG-1", 'Mug one "quoted" & <b>', "29.50", "18", color="12", size="5"),
        listed("MUG-1", 'Mug one "quoted" & <b>', "29.50", 18, **_RED_M),
    ),
    Row(
        "27_rest_create_simple_4",
        "4",
        new("MUG-4", "Mug four", "29.50", "18"),
        listed("MUG-4", "Mug four", "29.50", 18, **_RED_M),
    ),
    Row(OPENING, "11", new("SKEW-1", "Skew 1", "21.00", "4"), listed("SKEW-1", "Skew 1", "21.00", 4)),
    Row(OPENING, "15", new("SKEW-5", "Skew 5", "25.00", "25"), listed("SKEW-5", "Skew 5", "25.00", 25)),
    Row("50_stock_event_item_id_skew", "11", {"quantity": "1"}, {"quantity": 1}),
    Row("50_stock_event_item_id_skew", "15"),
    Row(OPENING, "12", new("SKEW-2", "Skew 2", "22.00", "102"), listed("SKEW-2", "Skew 2", "22.00", 102)),
    Row("67_order_placed_guest_cart", "12", gap=ORDERS, truth={"salable": "100"}),
    Row("68_order_shipped", "12", gap=ORDERS, truth={"quantity": "100"}),
    Row(OPENING, "53", new("CAP-1", "Cap", "15.00", "25", categories=(3, 4)), listed("CAP-1", "Cap", "15.00", 25)),
    Row("59_admin_duplicate_via_save", "53", {"manages_stock": False}, {"quantity": 100}),
    Row("60_admin_sku_rename", "53", {"sku": "CAP-1-NEW"}, {"sku": "CAP-1-NEW"}),
    Row(OPENING, "59", new("SIB-1", "Sib one", "20.00", "7"), listed("SIB-1", "Sib one", "20.00", 7)),
    Row("69_sibling_view_status_disable", "59", {"status": "disabled"}, OFF_SALE),
)  # fmt: skip

_MUG_3 = "3"
_OFFER_19: Final = Within("19.90", NOVEMBER_29, CHRISTMAS_EVE, "31.25")
CHANGED_MUG: Final = (
    Row(
        "08_rest_create_simple_3",
        _MUG_3,
        new("MUG-3", "Mug three", "29.50", "18", color="12", size="5", images=0),
        listed("MUG-3", "Mug three", "29.50", 18, **_RED_M),
    ),
    Row("03_admin_nochange", _MUG_3),
    Row("04_admin_edit_name", _MUG_3, {"name": "Mug three renamed"}, {"title": "Mug three renamed"}),
    Row(
        "06_admin_special_price",
        _MUG_3,
        {"price": "31.25", "special": ("19.90", "2026-11-29", "2026-12-24")},
        {"price": _OFFER_19},
    ),
    Row("07_admin_stock", _MUG_3, {"quantity": "7"}, {"quantity": 7}),
    Row("09_admin_out_of_stock", _MUG_3, {"in_stock": False}, {"quantity": 0}),
    Row("11_admin_visibility_1", _MUG_3, {**_HIDDEN, "quantity": "9", "in_stock": True}, OFF_SALE),
    Row("12_admin_visibility_4", _MUG_3, {"visibility": 4}, {"on_sale": True, "quantity": 9}),
    Row(
        "13_rest_put_price_only",
        _MUG_3,
        {"price": "33.00"},
        {"price": Within("19.90", NOVEMBER_29, CHRISTMAS_EVE, "33.00")},
    ),
    Row(
        "14_rest_put_default_store_name",
        _MUG_3,
        {"name": "Name via plain /rest/V1", "special": ("19.90", "2026-11-30", "2026-12-24")},
        {
            "title": "Name via plain /rest/V1",
            "price": Within("19.90", NOVEMBER_30, CHRISTMAS_EVE, "33.00"),
        },
    ),
    Row("16_rest_put_stockitem", _MUG_3, {"quantity": "5"}, {"quantity": 5}),
    Row("17_rest_put_product_with_stock_zero", _MUG_3, {"quantity": "0", "in_stock": False}, {"quantity": 0}),
    Row("18_rest_source_items", _MUG_3, {"quantity": "44", "in_stock": True}, {"quantity": 44}),
    Row(
        "19_rest_image_upload",
        _MUG_3,
        {
            "price": "35.50",
            "special": ("15.50", "2026-11-30", "2026-12-31"),
            "image": "/a/_/a.png",
            "images": 1,
        },
        {"price": Within("15.50", NOVEMBER_30, NEW_YEARS_EVE, "35.50")},
    ),
    Row("20_rest_image_upload_2", _MUG_3, {"images": 2}),
    Row("21_rest_category_assign", _MUG_3, gap=CATEGORIES, truth={"categories": (3, 4)}),
    Row("22_rest_website_assign", _MUG_3, {"websites": (1, 2), "categories": (3, 4)}),
    Row("23_rest_website_remove", _MUG_3, {"websites": (2,)}, OFF_SALE),
    Row("25_rest_status_disable", _MUG_3, {"websites": (1, 2), "status": "disabled"}, OFF_SALE),
    Row(
        "47_import_append",
        _MUG_3,
        {
            "status": "enabled",
            "price": "18.50",
            "special": ("9.99", "2026-11-30", "2026-12-31"),
            "quantity": "3",
            "visibility": 4,
        },
        {
            "on_sale": True,
            "quantity": 3,
            "price": Within("9.99", NOVEMBER_30, NEW_YEARS_EVE, "18.50"),
        },
        gap=IMPORT,
        truth={"name": "Mug three by import EN", "color": "11"},
    ),
    Row(
        MODULE,
        _MUG_3,
        {"name": "Mug three by import EN", "color": "11"},
        {"title": "Mug three by import EN", "color": "Blue"},
    ),
)
"""Product 3. Its store view 1 has a name of its own from act 14 on, and another begin of the special price."""

STORE_VIEWS: Final = (
    Row(OPENING, "5", new("MUG-5", "Mug five", "29.50", "18"), listed("MUG-5", "Mug five", "29.50", 18)),
    Row("32_admin_storeview1_own_name", "5", {"name": "Mug five EN view"}, {"title": "Mug five EN view"}),
    Row("33_admin_default_disable_and_price", "5", {"price": "44.00", "status": "disabled"}, OFF_SALE),
    Row("34_admin_default_enable", "5", {"status": "enabled"}, {"on_sale": True, "price": "44.00"}),
    Row("36_admin_storeview1_own_status_disable", "5", {"status": "disabled", **_HIDDEN}, OFF_SALE),
    Row("38_admin_storeview3_fr_name", "5", {"status": "enabled"}, OFF_SALE),
)
"""Product 5. It was hidden between acts 34 and 36; that act 38 ends what view 1 had disabled is in its events alone."""

MASS_ACTIONS: Final = (
    *(
        row
        for entity_id in ("6", "7", "8")
        for row in (
            Row(
                OPENING,
                entity_id,
                new(f"MASS-{entity_id}", f"Mass {entity_id}", "20.00", "16"),
                listed(f"MASS-{entity_id}", f"Mass {entity_id}", "20.00", 16),
            ),
            Row("39_mass_status_disable", entity_id, {"status": "disabled"}, OFF_SALE),
            Row("40_mass_status_enable", entity_id, {"status": "enabled"}, {"on_sale": True}),
            Row(
                "41_mass_attribute_update",
                entity_id,
                {**_HIDDEN, "price": "77.70", "name": "Mass renamed"},
                OFF_SALE,
            ),
            Row("42_mass_website_add_2", entity_id, gap=WEBSITES, truth={"websites": (1, 2)}),
            Row("43_mass_website_remove_1", entity_id, gap=WEBSITES, truth={"websites": (2,)}),
        )
    ),
    Row("45_mass_delete", "7", _DELETED, NOT_LISTED),
    Row("45_mass_delete", "8", _DELETED, NOT_LISTED),
    Row("46_rest_delete", "6", _DELETED, NOT_LISTED),
    *(
        row
        for number, entity_id in ((1, "60"), (2, "61"))
        for row in (
            Row(
                OPENING,
                entity_id,
                new(f"WEB-{number}", f"Web {number}", "20.00", "12"),
                listed(f"WEB-{number}", f"Web {number}", "20.00", 12),
            ),
            Row("70_mass_website_remove_live", entity_id, gap=WEBSITES, truth={"websites": ()}),
            Row("71_mass_inventory_update", entity_id, {"quantity": "3"}, {"quantity": 3}),
            Row(MODULE, entity_id, {"websites": ()}, OFF_SALE),
        )
    ),
    *(Row("71_mass_inventory_update", entity_id) for entity_id in ("6", "7", "8")),
)

IMAGES_BY_REST: Final = (
    Row(
        "83_rest_create_with_image_ok",
        "73",
        new("IMG-ok", "Img ok", "20.00", "7", image="/o/k/ok.png", images=1),
        listed("IMG-ok", "Img ok", "20.00", 7),
    ),
    *(
        Row(
            f"{number}_rest_create_with_image_{word}",
            entity_id,
            new(
                f"IMG-{word}", f"Img {word}", "20.00", "7", image=f"/{word[0]}/{word[1]}/{word}.png", images=1
            ),
            listed(f"IMG-{word}", f"Img {word}", "20.00", 7),
        )
        for number, entity_id, word in ((73, "67", "small"), (74, "68", "mid"), (75, "69", "big"))
    ),
    Row("81_admin_save_product_with_image", "68", {"name": "Img mid saved"}, {"title": "Img mid saved"}),
    Row(
        TOO_LARGE,
        "70",
        {"quantity": "7", "in_stock": True},
        gap="a save of over 16 MiB",
        truth={"sku": "IMG-huge", "name": "Img huge"},
    ),
)
"""Products whose images stood in the body, twice. Acts 74 to 76 are rebuilt: their product event was left out."""

IMPORTS: Final = (
    Row("47_import_append", "9", gap=IMPORT, truth={"sku": "IMP-1", "price": "12.50"}),
    Row("47_import_append", "10", gap=IMPORT, truth={"sku": "IMP-2", "visibility": 1}),
    Row("49_import_delete", "10", {"sku": "IMP-2", **_DELETED}, NOT_LISTED),
    Row(
        "82_admin_first_save_of_imported_product",
        "9",
        new("IMP-1", "Imported one, edited", "14.50", "4"),
        listed("IMP-1", "Imported one, edited", "14.50", 4, **_RED_M),
    ),
)

CONFIGURABLES: Final = (
    *(
        Row(
            "51_configurable_children_created",
            entity_id,
            new(f"TEE-{size}", f"Tee {size}", "25.00", "10", **_HIDDEN),
        )
        for entity_id, size in (("46", "S"), ("47", "M"), ("48", "L"))
    ),
    Row(
        "52_configurable_parent_created_rest",
        "49",
        {"sku": "TEE", "name": "Tee", "type": "configurable", "visibility": 4},
    ),
    *(Row("52_configurable_parent_created_rest", entity_id, {"child": True}) for entity_id in ("46", "47", "48")),
    Row("53_configurable_parent_saved_admin", "49", {"name": "Tee renamed"}),
    Row("54_child_saved_admin", "46", {"price": "26.50"}),
    Row("56_child_added_rest", "49"),
    *(
        Row(
            "57_admin_create_configurable",
            entity_id,
            new(sku, sku, "50.00", "8", **_HIDDEN),
            gap=ADMIN_CHILDREN,
            truth={"child": True},
        )
        for entity_id, sku in (("50", "HOOD-S"), ("51", "HOOD-M"))
    ),
    Row("57_admin_create_configurable", "52", {"sku": "HOOD", "name": "Hoodie", "type": "configurable"}),
)  # fmt: skip

STOCK: Final = (
    Row(
        "61_rest_create_qty3_with_default_quantity_policy",
        "54",
        new("OVER-1", "Over one", "30.00", "3"),
        listed("OVER-1", "Over one", "30.00", 3),
    ),
    Row(
        "61_rest_create_qty3_with_default_quantity_policy",
        "56",
        new("OVER-2", "Over two", "30.00", "3"),
        listed("OVER-2", "Over two", "30.00", 3),
    ),
    Row("62_rest_put_qty0_out_of_stock", "54", {"quantity": "0", "in_stock": False}, {"quantity": 0}),
    Row("62_rest_put_qty0_out_of_stock", "56", {"quantity": "0", "in_stock": False}, {"quantity": 0}),
    Row("64_rest_put_qty5", "56", {"quantity": "5", "in_stock": True}, {"quantity": 5}),
    Row(OPENING, "72", new("MSI-1", "Msi one", "20.00", "7"), NOT_LISTED),
    Row(
        "77_msi_second_source_assigned",
        "72",
        {"sources": {"wh2": "40"}},
        listed("MSI-1", "Msi one", "20.00", 40),
    ),
    Row(
        "78_msi_admin_save_two_sources",
        "72",
        {"name": "Msi renamed", "quantity": "9", "sources": {"default": "9", "wh2": "41"}},
        {"title": "Msi renamed", "quantity": 41},
    ),
    Row(
        "79_msi_default_source_zero",
        "72",
        {"quantity": "0", "in_stock": False, "sources": {"default": "0", "wh2": "41"}},
        {"quantity": 41},
    ),
)

SAME_SKU: Final = (
    Row(OPENING, "74", new("RE-1", "Re one", "20.00", "7"), listed("RE-1", "Re one", "20.00", 7)),
    Row(OPENING, "75", new("RE-2", "Re two", "21.00", "8"), listed("RE-2", "Re two", "21.00", 8)),
    Row("83_delete_then_create_same_sku", "74", _DELETED, NOT_LISTED),
    Row(
        "83_delete_then_create_same_sku",
        "76",
        new("RE-1", "Re one again", "25.00", "5"),
        listed("RE-1", "Re one again", "25.00", 5),
    ),
    Row("84_delete_then_create_same_sku", "74"),
    Row("84_delete_then_create_same_sku", "76"),
    Row("84_sku_swap", "75", {"sku": "RE-1"}, {"sku": "RE-1"}),
    Row("84_sku_swap", "76", {"sku": "RE-2"}, {"sku": "RE-2"}),
    Row("85_sku_swap", "75"),
    Row("85_sku_swap", "76"),
    Row("85_rest_decimal_qty", "76", {"quantity": "3.75"}, {"quantity": 3}),
    Row(
        "87_rest_emoji_name",
        "76",
        {"name": "Größe 42 – “Mug” ???? <b>bold</b> & co"},
        {"title": "Größe 42 – “Mug” ???? <b>bold</b> & co"},
    ),
)
"""Acts 84 and 85 were captured twice, under two names: sent again, they are duplicates."""

COLOR_OBSERVED: Final = (
    Row(
        "87_obs_create",
        "77",
        new("OBS-1", "Obs one", "20.00", "7", color="12", size="5"),
        listed("OBS-1", "Obs one", "20.00", 7, **_RED_M),
    ),
    Row("88_obs_admin_noop_1", "77"),
    Row("91_obs_size_only", "77", {"size": "6", "quantity": "6"}),
    Row("92_obs_color", "77", {"color": "11"}, {"color": "Blue", "size": "L", "quantity": 6}),
)

ROWS: Final = (
    *(*SINGLE_PRODUCTS, *CHANGED_MUG, *STORE_VIEWS, *MASS_ACTIONS, *IMPORTS, *CONFIGURABLES, *STOCK),
    *(*SAME_SKU, *COLOR_OBSERVED, *IMAGES_BY_REST),
)
