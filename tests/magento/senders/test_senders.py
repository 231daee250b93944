"""Rules for every sender in `SENDERS`."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from uuid import UUID

import pytest

from magento.delivery import Accepted, accept
from magento.senders import SENDERS
from schemas.apply_file import InvalidDocument, load_declaration
from schemas.shop import SignatureScheme
from tests.schemas.declarations import document
from tests.webhooks.examples import HMAC_HEADER, MAGENTO, NOW, SHOP


def test_senders_are_listed_by_name_and_their_field_names_are_unique() -> None:
    assert all(name == sender.name for name, sender in SENDERS.items())
    names = Counter(field.name for sender in SENDERS.values() for field in sender.fields)
    assert [name for name, number in names.items() if number > 1] == []


@pytest.mark.parametrize(
    "connection", [MAGENTO, HMAC_HEADER], ids=[scheme.value for scheme in SignatureScheme]
)
@pytest.mark.parametrize("event", ["product.saved", "product.deleted"])
def test_a_signed_sample_is_accepted(connection: object, event: str) -> None:
    magento = MAGENTO if connection is MAGENTO else HMAC_HEADER
    sender = SENDERS[magento.sender]
    raw = sender.sample(event, {"sku": "MUG-01", "name": "Mug"}, "msg_1", NOW)
    headers = {name.lower(): value for name, value in sender.sign(magento, raw, "msg_1", NOW).items()}
    answer = accept(raw, headers, replace(SHOP, magento=magento), NOW, lambda: UUID(int=1))
    assert isinstance(answer, Accepted)
    assert [(event.id, event.sku) for event in answer.events] == [("msg_1", "MUG-01")]


SETTINGS = {"standard": {}, "example": {"example_public_key": True, "example_note": False}}


@pytest.mark.parametrize(
    ("magento", "fault"),
    [
        ({"sender": "example", "sender_settings": {"example_public_key": "PEM"}}, None),
        (
            {"sender": "pigeon"},
            "shops[0].magento.sender: not known; choose one of example, standard (found 'pigeon')",
        ),
        (
            {"sender": "example"},
            "shops[0].magento.sender_settings.example_public_key: is required for the sender example",
        ),
        (
            {"sender": "standard", "sender_settings": {"example_note": "x"}},
            "shops[0].magento.sender_settings.example_note: is not a setting of the sender standard",
        ),
    ],
)
def test_a_shop_declares_a_registered_sender_with_its_settings(
    magento: dict[str, object], fault: str | None
) -> None:
    file = document()
    file["shops"][0]["magento"] |= magento
    if fault is None:
        (declared,) = load_declaration(file, senders=SETTINGS).shops
        assert declared.magento.sender_settings == magento["sender_settings"]
        return
    with pytest.raises(InvalidDocument) as invalid:
        load_declaration(file, senders=SETTINGS)
    assert [str(found) for found in invalid.value.faults] == [fault]
