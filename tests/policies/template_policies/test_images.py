"""Which of a product's images should be on TikTok, and in which order."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.template_policies.images import is_uploaded, wanted_images
from schemas.image_policy import MOST_IMAGES, ImagePolicy
from schemas.product import Product

POLICY = ImagePolicy("Own images")
STORE = "https://store.example/media/catalog/product"
FRONT, BACK, SIDE = "/m/u/front.jpg", "/m/u/back.jpg", "/m/u/side.jpg"


def product(image: Any = None, gallery: Any = None, **given: Any) -> Product:
    own = {"image": image, "media_gallery": gallery, **given}
    return Product("demo", "MUG", default={code: value for code, value in own.items() if value is not None})


def entry(file: str, position: object = "1", **more: Any) -> dict[str, Any]:
    return {"file": file, "position": position, "disabled": "0", "media_type": "image", **more}


def flat(*entries: dict[str, Any]) -> dict[str, Any]:
    return {"images": list(entries), "values": []}


@pytest.mark.parametrize(
    ("image", "gallery", "wanted"),
    [
        (FRONT, None, (FRONT,)),
        (FRONT, flat(entry(BACK, "1"), entry(FRONT, "2")), (FRONT, BACK)),
        (FRONT, flat(entry(SIDE, "10"), entry(BACK, "9")), (FRONT, BACK, SIDE)),
        (None, flat(entry(BACK, "2"), entry(SIDE, "1")), (SIDE, BACK)),
        ("no_selection", flat(entry(BACK)), (BACK,)),
        (FRONT, flat(entry(FRONT), entry(BACK, disabled="1")), (FRONT,)),
        (FRONT, flat(entry(FRONT, disabled="1"), entry(BACK)), (FRONT, BACK)),
        (FRONT, flat(entry(BACK, removed="1")), (FRONT,)),
        (FRONT, flat(entry(BACK, media_type="external-video")), (FRONT,)),
        (FRONT, flat(entry(BACK, None), entry(SIDE, "3")), (FRONT, SIDE, BACK)),
        (FRONT, {"images": [], "values": []}, (FRONT,)),
        (FRONT, {"images": {"7": entry(BACK)}}, (FRONT, BACK)),
        (FRONT, flat({"position": "1"}, entry("no_selection"), entry(BACK)), (FRONT, BACK)),
        # The same file by its address and by its path
        (STORE + FRONT, flat(entry(FRONT), entry(BACK)), (STORE + FRONT, BACK)),
        (FRONT, flat(entry(BACK), entry(STORE + BACK)), (FRONT, BACK)),
        ("https://cdn.example/front.jpg", flat(entry(FRONT)), ("https://cdn.example/front.jpg", FRONT)),
        (None, None, ()),
        ("", [], ()),
    ],
)
def test_the_main_image_comes_first_and_the_gallery_follows_by_position(
    image: Any, gallery: Any, wanted: tuple[str, ...]
) -> None:
    assert wanted_images(product(image, gallery), POLICY) == wanted


def test_the_gallery_of_the_rest_api_that_earlier_versions_stored() -> None:
    entries = [
        {"id": 2, "file": BACK, "position": 2, "disabled": False, "media_type": "image", "types": []},
        {"id": 3, "file": SIDE, "position": 3, "disabled": True, "media_type": "image", "types": []},
    ]
    assert wanted_images(product(FRONT, media_gallery_entries=entries), POLICY) == (FRONT, BACK)
    assert wanted_images(product(FRONT, flat(), media_gallery_entries=entries), POLICY) == (FRONT,)


def test_the_main_image_may_be_another_attribute() -> None:
    policy = ImagePolicy("Own images", main_image_attribute="listing_image")
    assert wanted_images(product(FRONT, flat(entry(FRONT)), listing_image=BACK), policy) == (BACK, FRONT)


@pytest.mark.parametrize("maximum", [1, 2, 3])
def test_no_more_than_the_maximum_are_wanted_and_the_main_image_is_among_them(maximum: int) -> None:
    gallery = flat(entry(BACK, "1"), entry(SIDE, "2"), entry("/x.jpg", "3"))
    wanted = wanted_images(product(FRONT, gallery), ImagePolicy("Few", gallery_maximum=maximum))
    assert wanted == (FRONT, BACK, SIDE)[:maximum]


@pytest.mark.parametrize(
    ("image", "wanted"),
    [(None, "/p/l/placeholder.jpg"), ("no_selection", "/p/l/placeholder.jpg"), (FRONT, FRONT)],
)
def test_a_product_without_images_uses_the_default_image(image: str | None, wanted: str) -> None:
    policy = ImagePolicy("Own images", default_image="/p/l/placeholder.jpg")
    assert wanted_images(product(image), policy) == (wanted,)


def test_only_a_uri_of_tiktok_counts_as_uploaded() -> None:
    assert is_uploaded("tos-maliva-i-o3syd03w52-us/c668cdf70b7f483c94dbe")
    assert not any(map(is_uploaded, (FRONT, "https://shop.example/tos-1.jpg")))


@given(
    st.one_of(
        st.none(),
        st.text(max_size=5),
        st.recursive(
            st.none() | st.integers() | st.text(max_size=9),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(
                    st.sampled_from(["images", "file", "position", "disabled", "media_type", "1"]),
                    inner,
                    max_size=4,
                )
            ),
        ),
        st.lists(st.builds(entry, st.text(max_size=4), st.integers(0, 20)), max_size=15).map(
            lambda all_: flat(*all_)
        ),
    )
)
def test_any_gallery_gives_at_most_the_maximum_of_distinct_images(gallery: Any) -> None:
    wanted = wanted_images(product(FRONT, gallery), POLICY)
    assert wanted[0] == FRONT
    assert len(wanted) == len(set(wanted)) <= MOST_IMAGES
