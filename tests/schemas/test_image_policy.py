"""Image policies as documents of an apply file."""

from __future__ import annotations

from typing import Any

import pytest
from marshmallow import ValidationError

from schemas.image_policy import ImagePolicy, ImagePolicySchema


def loaded(**value: Any) -> ImagePolicy:
    policy: ImagePolicy = ImagePolicySchema().load({"title": "Own images", **value})
    return policy


def test_the_default_policy_sends_the_base_image_and_nine_images_in_all() -> None:
    assert loaded() == ImagePolicy("Own images", "image", None, 9)


@pytest.mark.parametrize(
    "default", ["/p/l/placeholder.jpg", "https://shop.example/a.png", "tos-maliva-i-o3syd03w52-us/c668", None]
)
def test_a_default_image_is_a_path_a_url_or_a_uri_of_tiktok(default: str | None) -> None:
    assert loaded(default_image=default).default_image == default


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", ""),
        ("main_image_attribute", "Base Image"),
        ("default_image", "placeholder.jpg"),
        ("default_image", "ftp://shop.example/a.png"),
        ("default_image", "/with a space.jpg"),
        ("gallery_maximum", 0),
        ("gallery_maximum", 10),
        ("gallery_maximum", "9"),
        ("order", "position"),
    ],
)
def test_a_value_that_is_not_allowed_is_a_fault_of_its_field(field: str, value: Any) -> None:
    with pytest.raises(ValidationError) as refused:
        loaded(**{field: value})
    assert list(refused.value.normalized_messages()) == [field]
