"""Any JSON body gets a response in TikTok's form, and a rejected call changes nothing."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.tiktok import Shop
from sandbox.tiktok.catalog.catalog import Settings
from sandbox.tiktok.control.seller_center import to_json
from sandbox.tiktok.state.world import World
from tests.sandbox.tiktok.caller import PRODUCTS, SEARCH, Clock, axis, shirt, sku
from tests.sandbox.tiktok.direct_calls import post

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=12)
ANY_JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
)
COMPLETE_PRODUCT = shirt(
    brand_id="1",
    external_product_id="demo/1",
    package_dimensions={"length": "1", "width": "2", "height": "3", "unit": "CENTIMETER"},
    skus=[sku("S-1", sales_attributes=[axis("Size", "S", sku_img={"uri": "tos-sandbox/main-1"})])],
)


@st.composite
def corrupted_body(draw: st.DrawFn) -> Any:
    """A valid body with something else in one place, at any depth."""
    body = json.loads(json.dumps(COMPLETE_PRODUCT))
    node, steps = body, draw(st.integers(1, 5))
    for step in range(steps):
        keys = list(node) if isinstance(node, dict) else list(range(len(node)))
        key = draw(st.sampled_from(keys))
        if step == steps - 1 or not isinstance(node[key], dict | list) or not node[key]:
            node[key] = draw(ANY_JSON)
            break
        node = node[key]
    return body


CALLS = st.sampled_from(
    [
        ("POST", PRODUCTS),
        ("PUT", "/product/202509/products/{id}"),
        ("POST", "/product/202509/products/{id}/partial_edit"),
        ("POST", f"{PRODUCTS}/{{id}}/prices/update"),
        ("POST", f"{PRODUCTS}/{{id}}/inventory/update"),
        ("POST", f"{PRODUCTS}/activate"),
        ("DELETE", PRODUCTS),
        ("POST", SEARCH),
    ]
)


@settings(max_examples=300, deadline=None)
@given(
    call=CALLS,
    body=corrupted_body() | ANY_JSON | st.fixed_dictionaries({"skus": ANY_JSON, "product_ids": ANY_JSON}),
)
def test_any_body_gets_a_response_and_a_rejected_call_changes_nothing(
    call: tuple[str, str], body: Any
) -> None:
    world = World((Shop(),), Settings(60), Clock())
    product_id = post(world, "POST", PRODUCTS, COMPLETE_PRODUCT)[1]["data"]["product_id"]
    before = to_json(world.catalog.products[product_id])
    method, path = call
    status, document = post(world, method, path.format(id=product_id), body)
    assert status in (200, 400)
    assert type(document["code"]) is int
    if document["code"] != 0:
        assert to_json(world.catalog.products[product_id]) == before
        assert len(world.catalog.products) == 1
    assert json.dumps(world.effects.after(0))
