"""The pre-flight checks agree with the sandbox: for any product and template they pass exactly what it accepts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import orjson
from hypothesis import event, given, settings
from hypothesis import strategies as st

from sandbox.tiktok.catalog.catalog import Settings
from sandbox.tiktok.shops import Category as Node
from sandbox.tiktok.shops import Need
from sandbox.tiktok.shops import Shop as TikTokApp
from sandbox.tiktok.state.world import World
from schemas.listing import Money
from schemas.listing_template import AttributeMapping, ListingTemplate, PackageDimensions, PackageWeight
from schemas.product import Product
from schemas.shop import Shop
from tests.sandbox.tiktok.direct_calls import post
from tests.tiktok.examples import WAREHOUSE, product, shop, template, unchanged_offer, wanted_or_refused
from tiktok.listing.category import Category, category_of, missing_requirements
from tiktok.listing.desired_listing import Refusal, WantedListing, content_of
from tiktok.listing.sync_plan import create_call

CURRENCIES = {
    "US": "USD",
    "GB": "GBP",
    "DE": "EUR",
    "IE": "EUR",
    "PL": "PLN",
    "BR": "BRL",
    "MX": "MXN",
    "JP": "JPY",
    "ID": "IDR",
    "VN": "VND",
    "TH": "THB",
    "SG": "SGD",
}
PRODUCTS_PATH = "/product/202309/products"
UPLOADED = "https://p-sandbox.ibyteimg.com/tos-sandbox/main-3"
FRAGMENTS = st.sampled_from(
    [
        "shirt",
        " ",
        "!",
        "\t",
        "\n",
        "\x00",
        "\x85",
        "\xa0",
        "&amp;",
        "&nbsp;",
        "&lt;",
        "&#8217;",
        "&",
        "é",
        "日",
        "✓",
        "\U0001f455",
        "⭐",
        "<p>",
        "</p>",
        "a" * 9,
        "a" * 10,
        "word " * 50,
        "word " * 1000,
        f'<img src="{UPLOADED}" width="80" height="60">',
        f'<IMG height="4000" width="4001" src="{UPLOADED}">',
        f'<img src="{UPLOADED}">',
        '<img src="https://shop.example/a.jpg" width="80" height="60">',
        "<div>",
        "*** !!!",
        f'<img src="{UPLOADED}" width="80" height="60">' * 30,
    ]
)
WORDS = st.lists(FRAGMENTS | st.text(max_size=30), max_size=6).map("".join)
NAMES = st.text(st.sampled_from("aB1 -_/.é"), max_size=8) | st.text(max_size=60)
SKUS = NAMES | st.integers(1, 70).map("S".ljust) | st.integers(1, 65).map(lambda length: "S" * length)
NUMBERS = st.from_regex(r"[0-9]{1,4}(\.[0-9]{1,3})?\Z", fullmatch=True)
SIDES = st.integers(0, 300).map(str) | st.sampled_from(["007", "0"])
PRICES = (
    st.none()
    | st.decimals(-5, 999_999_999, allow_nan=False, allow_infinity=False).map(str)
    | st.sampled_from(["0", "0.004", "0.005", "0.4", "0.5", "1.005", "free", "", "NaN", "1e3"])
)
"""Below our own limit: TikTok does not publish the highest price."""
QUANTITIES = st.none() | st.integers(-10, 200_000) | st.sampled_from(["some", "18.0000", "1e999", "99999.5"])

VALUES = st.dictionaries(st.sampled_from(["49", "50"]), st.sampled_from(["Black", "", "x" * 2001]))
MAPPINGS = st.builds(AttributeMapping, st.sampled_from(["100392", "100393"]), st.just("color"), values=VALUES)
ODD: dict[str, st.SearchStrategy[Any]] = {
    "sku": SKUS,
    "name": WORDS,
    "description": st.none() | WORDS,
    "price": PRICES,
    "quantity": QUANTITIES,
    "stock_status": st.sampled_from([None, "0", "1"]),
    "color": st.none() | st.sampled_from(["49", "50", "49,50"]) | st.text(max_size=20),
    "package_weight": st.builds(PackageWeight, NUMBERS, st.sampled_from(["KILOGRAM", "POUND", "GRAM"])),
    "package_dimensions": st.builds(
        PackageDimensions, SIDES, SIDES, SIDES, st.sampled_from(["CENTIMETER", "INCH"])
    ),
    "attributes": st.lists(MAPPINGS, max_size=2).map(tuple),
    "brand_id": st.sampled_from(["7082427311584347905", "1"]),
    "image_uri": st.sampled_from(["tos-sandbox/main-1", "https://shop.example/a.jpg"]),
}
"""Unusual values of a product or its template; all other values are accepted in every region."""
OF_THE_TEMPLATE = {"package_weight", "package_dimensions", "attributes", "brand_id", "image_uri"}
USUAL = {"sku": "SHIRT-M", "name": "A linen shirt, size medium", "image_uri": "tos-sandbox/main-1"}


@st.composite
def any_product(draw: st.DrawFn) -> tuple[Product, ListingTemplate]:
    odd = draw(st.sets(st.sampled_from(sorted(ODD)), max_size=3))
    fields = {**USUAL, **{name: draw(ODD[name]) for name in sorted(odd)}}
    sku = fields.pop("sku")
    of_the_template = {name: fields.pop(name) for name in OF_THE_TEMPLATE & fields.keys()}
    return replace(product(**fields), sku=sku), template(**of_the_template)


SHOPS = st.sampled_from(
    [
        shop(region=region, currency=currency, shop_cipher="GCP_sandbox_demo", warehouse_ids=(WAREHOUSE,))
        for region, currency in CURRENCIES.items()
    ]
)


FIELD_OF_CODE = {
    **dict.fromkeys((12052261, 12052051, 12052931), "title"),
    **dict.fromkeys((12052015, 12052013, 12052932, 12052056, 12052340, 12052341), "description"),
    **dict.fromkeys((12052028, 12052300, 12052306), "main_images"),
    **dict.fromkeys((12019060, 12052006), "package_weight"),
    **dict.fromkeys((12019061, 12052003, 12052004, 12052005, 12052915), "package_dimensions"),
    **dict.fromkeys((12052241, 12052242), "product_attributes"),
    **dict.fromkeys((12052054, 12019059), "seller_sku"),
    12052571: "price",
    36009004: "quantity",
}
"""TikTok's error code -> the field in the pre-flight checks. Here 36009004 means a body without a quantity."""


def world_of(selling_shop: Shop) -> World:
    app = TikTokApp(
        region=selling_shop.tiktok.region, currency=selling_shop.tiktok.currency, warehouses=(WAREHOUSE,)
    )
    return World([app], Settings(), lambda: 1_795_000_000.0)


def body_of(made: Product, listing_template: ListingTemplate, selling_shop: Shop) -> dict[str, Any]:
    """Return the body of a create without any pre-flight check."""
    sku, currency = made.sku or "", selling_shop.tiktok.currency
    offer = unchanged_offer(made, currency)
    price: Any = offer.price.amount if offer.price is not None else None
    quantity: Any = offer.stock.sent if offer.stock is not None else None
    content, _ = content_of(made, listing_template, selling_shop)
    unjudged = WantedListing(
        content,
        {sku: Money(price, currency)},
        {sku: {WAREHOUSE: quantity}},
    )
    document: dict[str, Any] = orjson.loads(create_call(unjudged, "key").body)
    return document


def agree(faults: Refusal | WantedListing, code: int, words: str) -> None:
    """TikTok accepts the product if there are no faults, and else rejects one of the fields with a fault."""
    if not isinstance(faults, Refusal):
        assert code == 0, words
    else:
        assert FIELD_OF_CODE.get(code, words) in {fault.field for fault in faults.faults}


@settings(max_examples=600, deadline=None)
@given(any_product(), SHOPS)
def test_a_create_passes_here_exactly_if_tiktok_accepts_it(
    case: tuple[Product, ListingTemplate], selling_shop: Shop
) -> None:
    made, listing_template = case
    found = wanted_or_refused(made, listing_template, selling_shop)
    event("refused here" if isinstance(found, Refusal) else "passed")
    _, answer = post(
        world_of(selling_shop), "POST", PRODUCTS_PATH, body_of(made, listing_template, selling_shop)
    )
    agree(found, answer["code"], answer["message"])


@settings(max_examples=200, deadline=None)
@given(any_product(), SHOPS)
def test_an_edit_passes_here_exactly_if_tiktok_accepts_it(
    case: tuple[Product, ListingTemplate], selling_shop: Shop
) -> None:
    made, listing_template = case
    world, good = world_of(selling_shop), product(name=USUAL["name"])
    whole = body_of(good, template(image_uri=USUAL["image_uri"]), selling_shop)
    _, created = post(world, "POST", PRODUCTS_PATH, whole)
    body = body_of(made, listing_template, selling_shop)
    del body["idempotency_key"]
    body["skus"][0]["id"] = created["data"]["skus"][0]["id"]
    _, answer = post(world, "PUT", f"/product/202509/products/{created['data']['product_id']}", body)
    agree(wanted_or_refused(made, listing_template, selling_shop), answer["code"], answer["message"])


NODES = st.builds(
    Node,
    id=st.just("600001"),
    name=st.just("Shirts"),
    is_leaf=st.sampled_from([True] * 9 + [False]),
    required_attributes=st.lists(
        st.sampled_from(["100392", "100393", "100400"]), max_size=3, unique=True
    ).map(tuple),
    needs=st.lists(
        st.sampled_from([*(need for need in Need if need.isidentifier()), "certification:77"]), max_size=1
    ).map(tuple),
)
TREES = st.sampled_from([("v1", "v2")] * 9 + [("v2",)])
MADE_OF = st.builds(
    template,
    category_id=st.sampled_from(["600001"] * 9 + ["600009"]),
    image_uri=st.just(USUAL["image_uri"]),
    attributes=st.lists(
        st.builds(AttributeMapping, st.sampled_from(["100392", "100393", "100400"]), st.just("color")),
        max_size=3,
        unique_by=lambda mapping: mapping.tiktok_attribute_id,
    ).map(tuple),
    package_dimensions=st.none() | st.just(PackageDimensions("9", "9", "9", "CENTIMETER")),
)


@settings(max_examples=400, deadline=None)
@given(NODES, TREES, MADE_OF, st.sampled_from(["Black", "49", None]))
def test_a_requirement_is_missing_here_exactly_if_tiktok_rejects_the_product(
    node: Node, versions: tuple[str, ...], listing_template: ListingTemplate, color: str | None
) -> None:
    app = TikTokApp(categories=(node,), category_versions=versions, warehouses=(WAREHOUSE,))
    world = World([app], Settings(), lambda: 1_795_000_000.0)
    body = body_of(product(color=color), listing_template, shop())
    category_id = listing_template.category_id
    path = f"/product/202309/categories/{category_id}"
    (_, rules), (_, attributes) = (post(world, "GET", f"{path}/{of}", None) for of in ("rules", "attributes"))
    category = (
        Category(category_id, refused=rules["message"])
        if rules["code"]
        else category_of(category_id, rules["data"], attributes["data"])
    )
    missing = {fault.field for fault in missing_requirements(category, listing_template, body, body)}
    event("missing" if missing else "complete")
    _, answer = post(world, "POST", PRODUCTS_PATH, body)
    assert (answer["code"] == 0) is (missing == set()), answer["message"]
