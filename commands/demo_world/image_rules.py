"""The rules of image policies. Each is tried on a listing template of its own."""

from __future__ import annotations

from commands.demo_world.rule import SHIRT, Rule, Step, saved

FRONT, BACK, TINY = "/d/e/demo-front.png", "/d/e/demo-back.jpg", "/d/e/demo-50x50.png"


def pictured(words: str, images: int, **changes: object) -> Step:
    """Save a new product, which is listed with this number of images."""
    expected = {"listed": True, "title": SHIRT["name"], "price": "29.00", "quantity": 18, "images": images}
    return Step("create", changes, words, ("create",), expected)


IMAGE_RULES: tuple[Rule, ...] = (
    Rule(
        "Image policy: the main image first, then the gallery; a new order is an edit",
        {},
        [
            pictured("a new product with two images is saved", 2, image=FRONT, gallery=[FRONT, BACK]),
            saved(
                "their order is changed", {"image": BACK, "gallery": [BACK, FRONT]}, "partial_edit", images=2
            ),
            saved("the price is changed", {"price": "31.50"}, "price", price="31.50"),
        ],
        images={},
    ),
    Rule(
        "Image policy: an image that TikTok does not accept is left out; price and stock are synced",
        {},
        [
            pictured("one of two images has 50 × 50 pixels", 1, image=FRONT, gallery=[FRONT, TINY]),
            saved("the price is changed", {"price": "31.50"}, "price", price="31.50", images=1),
        ],
        images={},
    ),
    Rule(
        "Image policy, default image: used for a product without images",
        {},
        [pictured("a new product without an image is saved", 1)],
        images={"default_image": "tos-sandbox/main-2"},
    ),
)
