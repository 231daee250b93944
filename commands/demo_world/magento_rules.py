"""Rules for what Magento and its modules send: what a save means, and what is held because it is not understood."""

from __future__ import annotations

from collections.abc import Mapping

from commands.demo_world.offer_rules import offered
from commands.demo_world.rule import Rule, Step, created, not_created, saved
from commands.demo_world.store_acts import STOCK_WITH_SAVES

OFF_SALE, ON_SALE = "SELLER_DEACTIVATED", "ACTIVATE"
GERMAN_VIEW, FRENCH_VIEW = 2, 3
"""A store view of another website, and another one of the shop's website."""
_IMPORTED: Mapping[str, object] = {
    "name": "Demo shirt", "price": "29.00", "description": "<p>Imported.</p>", "qty": "18", "is_in_stock": "1",
    "attribute_set_code": "Top", "product_type": "simple", "product_websites": "base", "product_online": "1",
    "visibility": "Catalog, Search", "additional_attributes": "color=Red,size=M", "website_id": "0",
}  # fmt: skip


def saved_in(view: int, words: str, changes: Mapping[str, object], *calls: str, **expected: object) -> Step:
    """Save the product in a store view with these changes."""
    return Step("save", changes, words, calls, expected, view=view)


def sent(words: str, attributes: Mapping[str, object], *calls: str, **expected: object) -> Step:
    """Send a webhook with these attributes alone, as a module might."""
    return Step("sent", attributes, words, calls, expected)


VIEW_RULES: tuple[Rule, ...] = (
    Rule(
        "A save in the shop's store view keeps only what differs: later changes at All Store Views arrive",
        {},
        [
            created(),
            saved_in(1, "a name of its own", {"name": "View shirt"}, "partial_edit", title="View shirt"),
            saved("the price at All Store Views", {"price": "31.50"}, "price", price="31.50"),
            saved_in(1, "Use Default Value", {"name": None}, "partial_edit", title="Demo shirt"),
        ],
    ),
    Rule(
        "Disabled in another store view of the website: off sale; a view of another website does not count",
        {},
        [
            created(),
            saved_in(GERMAN_VIEW, "disabled in another website", {"status": "2"}, status=ON_SALE),
            saved_in(FRENCH_VIEW, "in the website", {"status": "2"}, "deactivate", status=OFF_SALE),
            saved_in(FRENCH_VIEW, "enabled there", {"status": "1"}, "activate", status=ON_SALE),
        ],
    ),
    Rule(
        "Removed from the shop's website: off sale, and on sale when it is back",
        {},
        [
            created(),
            saved("it is in another website only", {"website_ids": [2]}, "deactivate", status=OFF_SALE),
            saved("it is in both", {"website_ids": [1, 2]}, "activate", status=ON_SALE),
        ],
    ),
    Rule(
        "Disabled by a mass action: off sale",
        {},
        [
            created(),
            Step("mass", {"status": "2"}, "Change status: Disable", ("deactivate",), {"status": OFF_SALE}),
        ],
    ),
)

UNREAD_RULES: tuple[Rule, ...] = (
    Rule(
        "A status that is not understood lets nothing through: TikTok keeps what it has, the reason names the value",
        {},
        [
            created(),
            sent(
                "status 'Paused' and a new name are sent",
                {"status": "Paused", "name": "Demo shirt II"},
                title="Demo shirt",
                status=ON_SALE,
            ),
        ],
        {"named": "'Paused'"},
    ),
    Rule(
        "A special price that is no number holds the price alone: the rest is synced",
        {},
        [
            offered(),
            sent(
                "special price 'ask us' and a new name are sent",
                {"special_price": "ask us", "name": "Demo shirt II"},
                "partial_edit",
                title="Demo shirt II",
                price="29.00",
            ),
        ],
        pricing={"source": "special_price"},
    ),
    Rule(
        "An option that has no label never reaches TikTok: it is left out, the rest is synced",
        {},
        [
            created(color="Red"),
            sent(
                "an unknown color, 9999, and a new name are sent",
                {"color": "9999", "name": "Demo shirt II"},
                "partial_edit",
                title="Demo shirt II",
                color=None,
            ),
        ],
    ),
    Rule(
        "A save with a date in the future does not block later saves",
        {},
        [
            created(),
            sent(
                "a store's clock is ahead: 2099",
                {"name": "Demo shirt of 2099", "updated_at": "2099-01-01 00:00:00"},
                "partial_edit",
                title="Demo shirt of 2099",
            ),
            saved("the next save", {"name": "Demo shirt II"}, "partial_edit", title="Demo shirt II"),
        ],
    ),
    Rule(
        "A description is cleaned to what TikTok shows",
        {},
        [
            created(),
            saved(
                "a script, a style and a widget are in it",
                {
                    "description": '<p style="color:red" onclick="x()">Soft &amp; warm.</p>'
                    '<script>alert(1)</script>{{widget type="Magento\\\\Cms"}}'
                },
                "partial_edit",
                description="<p>Soft & warm.</p>",
            ),
        ],
    ),
)


def sent_newer(words: str, attributes: Mapping[str, object], *calls: str, **expected: object) -> Step:
    """Send a webhook with these attributes alone, of a save that was made later than the next ones."""
    return Step("sent_newer", attributes, words, calls, expected)


ORDER_RULES: tuple[Rule, ...] = (
    Rule(
        "A new product's webhooks arrive in the wrong order: it is listed when the first one is there, as last saved",
        {},
        [
            sent_newer(
                "the second save, of the name alone, arrives", {"name": "Demo shirt II"}, listed=False
            ),
            Step(
                "create",
                {},
                "the first save arrives",
                ("create",),
                {"listed": True, "title": "Demo shirt II", "price": "29.00", "quantity": 18},
            ),
        ],
    ),
    Rule(
        "A save that arrives late changes what no newer save has changed",
        {},
        [
            created(color="Red"),
            sent_newer(
                "the name is changed", {"name": "Demo shirt II"}, "partial_edit", title="Demo shirt II"
            ),
            saved(
                "a save from before arrives, with another name and Color Blue",
                {"name": "Demo shirt I", "color": "Blue"},
                "partial_edit",
                title="Demo shirt II",
                color="Blue",
            ),
        ],
    ),
    Rule(
        "Deleted and created anew with the same SKU: the new product is on sale, even if the delete arrives last",
        {},
        [
            created(),
            Step("delete", {}, "it is deleted, and the webhook is late", fires=False),
            Step(
                "create",
                {"name": "Demo shirt II"},
                "a product with its SKU is created",
                (),
                {"title": "Demo shirt"},
            ),
            Step(
                "sent_delete",
                {},
                "the webhook of the delete arrives",
                ("deactivate", "partial_edit", "activate"),
                {"title": "Demo shirt II", "status": ON_SALE},
            ),
        ],
    ),
)

IDENTITY_RULES: tuple[Rule, ...] = (
    Rule(
        "A body with one attribute changes this attribute alone",
        {},
        [
            created(),
            sent(
                "only the name is sent",
                {"name": "Demo shirt II"},
                "partial_edit",
                title="Demo shirt II",
                price="29.00",
                quantity=18,
                status=ON_SALE,
            ),
        ],
    ),
    Rule(
        "A SKU in another letter case is the same product",
        {},
        [
            created(),
            Step(
                "sent_in_lower_case",
                {"qty": 7, "is_in_stock": 1},
                "stock 7 is sent for the SKU in lower case",
                ("inventory",),
                {"quantity": 7},
            ),
        ],
    ),
    Rule(
        "A new product whose first webhook was lost is listed with its next save",
        {},
        [
            Step("create", {}, "its webhook is lost", (), {"listed": False}, fires=False),
            saved("it is saved again", {}, "create", listed=True, price="29.00", quantity=18),
        ],
    ),
    Rule(
        "An imported product is listed with its first save",
        {},
        [
            Step("import", _IMPORTED, "it is imported from a CSV file", (), {"listed": False}),
            saved("it is saved", {}, "create", listed=True, price="29.00", quantity=18),
        ],
        hooks=("catalog_product_import_bunch_save_after",),
    ),
    Rule(
        "Deleted by a CSV import: off sale, as one that is deleted in Magento Admin",
        {},
        [
            created(),
            Step("import_delete", {}, "the import deletes it", ("deactivate",), {"status": OFF_SALE}),
        ],
        hooks=("catalog_product_import_bunch_delete_after",),
    ),
)

STOCK_RULES: tuple[Rule, ...] = (
    Rule(
        "Stock that an ERP sends by REST is the stock that it sent: the empty stock object of the save does not count",
        {},
        [
            offered(),
            Step("rest", {"qty": 3}, "REST puts quantity 3", ("inventory",), {"quantity": 3}),
            Step(
                "rest", {"qty": 4, "is_in_stock": False}, "4, out of stock", ("inventory",), {"quantity": 0}
            ),
        ],
        inventory={"default_quantity": 100},
        hooks=(STOCK_WITH_SAVES,),
    ),
    Rule(
        "Inventory policy, an MSI source: its pieces are sent, and 0 when it is sold out",
        {},
        [
            not_created("a new product is not in the source yet"),
            Step(
                "save",
                {"sources": {"default": {"quantity": 0, "in_stock": False}, "wh2": {"quantity": 4}}},
                "the source wh2 has 4, the default source is sold out",
                ("create",),
                {"listed": True, "quantity": 4},
            ),
            Step(
                "save",
                {"sources": {"default": {"quantity": 18}, "wh2": {"quantity": 0, "in_stock": False}}},
                "it is sold out",
                ("inventory",),
                {"quantity": 0},
            ),
        ],
        inventory={"source": "msi", "source_code": "wh2"},
        hooks=("plugin.SourceItemsSave",),
    ),
)

MAGENTO_RULES: tuple[Rule, ...] = (*VIEW_RULES, *UNREAD_RULES, *ORDER_RULES, *IDENTITY_RULES, *STOCK_RULES)
