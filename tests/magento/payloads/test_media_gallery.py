"""Images: the two names of the gallery are read into one, without the content of uploaded files."""

from __future__ import annotations

import json

import pytest

from policies.template_policies.images import wanted_images
from schemas.image_policy import ImagePolicy
from schemas.product import Product
from tests.webhooks.magento_bodies import MUG, read_single

FRONT = {"file": "/f/r/front.jpg", "media_type": "image", "position": 1, "disabled": False}
BACK = {"file": "/b/a/back.jpg", "media_type": "image", "position": 2, "disabled": False}
CONTENT = {"base64_encoded_data": "iVBORw0KGgo=", "type": "image/png", "name": "front.png"}
SAVED_FRONT = {
    "value_id": "4",
    "label": "Front",
    "types": ["image"],
    **FRONT,
    "content": {"data": CONTENT},
    "new_file": "/f/r/front.jpg",
}
OF_THE_REQUEST = {
    "media_type": "image",
    "label": "Front",
    "position": 1,
    "types": ["image"],
    "content": CONTENT,
}


@pytest.mark.parametrize(
    ("body", "images"),
    [
        ({"media_gallery": {"images": [SAVED_FRONT, BACK], "values": []}}, [FRONT, BACK]),
        ({"media_gallery": {"images": {"4": SAVED_FRONT, "9": BACK}}}, [FRONT, BACK]),
        ({"media_gallery": [FRONT]}, [FRONT]),
        ({"media_gallery_entries": [{"id": 4, "label": None, "types": [], **FRONT}]}, [FRONT]),
        ({"media_gallery_entries": []}, []),
        ({"extension_attributes": {"media_gallery_entries": [FRONT]}}, [FRONT]),
        ({"media_gallery": {"images": [{**FRONT, "removed": "1"}, BACK]}}, [BACK]),
        # In a REST save the entries of the request have no file.
        ({"media_gallery": {"images": [SAVED_FRONT]}, "media_gallery_entries": [OF_THE_REQUEST]}, [FRONT]),
        ({"media_gallery": {"images": []}, "media_gallery_entries": [FRONT]}, [FRONT]),
        ({"media_gallery": {"images": [FRONT, BACK]}, "media_gallery_entries": [FRONT]}, [FRONT, BACK]),
        ({"media_gallery": {"images": [{**FRONT, "removed": 1}]}, "media_gallery_entries": [FRONT]}, []),
        ({"media_gallery": None, "media_gallery_entries": [FRONT]}, [FRONT]),
    ],
)
def test_both_names_of_the_gallery_are_read_into_one(body: dict[str, object], images: object) -> None:
    attributes = read_single({**MUG, **body}).attributes
    assert attributes["media_gallery"] == {"images": images}
    assert "media_gallery_entries" not in attributes


def test_the_gallery_of_the_later_save_counts_whatever_its_name() -> None:
    first = read_single({**MUG, "image": FRONT["file"], "media_gallery": {"images": [FRONT], "values": []}})
    second = read_single({**MUG, "image": BACK["file"], "media_gallery_entries": [BACK]})
    current = {**first.attributes, **second.attributes}
    assert wanted_images(Product("demo", "MUG-01", default=current), ImagePolicy("Own")) == (BACK["file"],)


def test_the_content_of_files_is_never_kept() -> None:
    body = {
        **MUG,
        "media_gallery": {"images": [SAVED_FRONT]},
        "media_gallery_entries": [OF_THE_REQUEST],
        "manual": {"file": CONTENT},
        "videos": [{"poster": CONTENT}],
        "custom_attributes": [{"attribute_code": "leaflet", "value": CONTENT}],
    }
    payload = read_single({"product": body, "original": body})
    for kept in (payload.attributes, payload.original):
        assert "base64" not in json.dumps(kept)
        assert kept is not None and kept["manual"] == {"file": {"type": "image/png", "name": "front.png"}}
