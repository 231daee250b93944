"""The standard sender: Standard Webhooks, and an HMAC in a header of the shop's choice."""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook, WebhookVerificationError

from magento.senders.sender import Unverified
from magento.senders.standard import StandardSender
from schemas.secret import Secret
from tests.webhooks.examples import HMAC_HEADER, KEY, MAGENTO, NOW, SECRET, signed

verify = StandardSender().verify
RAW = b'{"sku":"MUG-01","name":"caf\\u00e9 \\/ bar"}'
OLD_SECRET = "whsec_" + base64.b64encode(b"k" * 32).decode()
ROTATING = replace(MAGENTO, secrets=(Secret(SECRET), Secret(OLD_SECRET)))


def test_the_webhook_id_is_the_delivery_id() -> None:
    assert verify(MAGENTO, signed(RAW, id_="msg_2KWPBgLlAfxdpx2AI54pPJ85f4W"), RAW, NOW) == (
        "msg_2KWPBgLlAfxdpx2AI54pPJ85f4W"
    )


@pytest.mark.parametrize(
    "late, verified",
    [
        (timedelta(0), True),
        (timedelta(minutes=5), True),
        (timedelta(minutes=5, seconds=1), False),
        (timedelta(minutes=-5), True),
        (timedelta(minutes=-5, seconds=-1), False),
        (timedelta(days=-1000), False),
    ],
)
def test_a_timestamp_may_be_five_minutes_off_either_way(late: timedelta, verified: bool) -> None:
    headers = signed(RAW)
    if verified:
        assert verify(MAGENTO, headers, RAW, NOW + late) == "msg_1"
        return
    with pytest.raises(Unverified, match="outside_window"):
        verify(MAGENTO, headers, RAW, NOW + late)


@pytest.mark.parametrize(
    "change, reason",
    [
        ({"webhook-id": ""}, "missing_header"),
        ({"webhook-timestamp": ""}, "missing_header"),
        ({"webhook-signature": ""}, "missing_header"),
        ({"webhook-id": "msg_2"}, "no_match"),
        ({"webhook-id": "x" * 151}, "malformed_header"),
        ({"webhook-id": "two words"}, "malformed_header"),
        ({"webhook-timestamp": "yesterday"}, "malformed_header"),
        ({"webhook-timestamp": "9" * 40}, "malformed_header"),
        ({"webhook-timestamp": "-1"}, "malformed_header"),
        ({"webhook-signature": "v1,"}, "no_match"),
        ({"webhook-signature": "v1"}, "no_match"),
        ({"webhook-signature": "v1,ä"}, "no_match"),
        ({"webhook-signature": "v1,not base64 at all"}, "no_match"),
        ({"webhook-signature": "v1," + "A" * 44}, "no_match"),
    ],
)
def test_a_missing_or_wrong_header_is_unverified(change: dict[str, str], reason: str) -> None:
    with pytest.raises(Unverified) as refused:
        verify(MAGENTO, {**signed(RAW), **change}, RAW, NOW)
    assert refused.value.reason == reason


@pytest.mark.parametrize("version", ["v1a,", "v2,", "v1:", ""])
def test_a_signature_of_another_version_is_unverified(version: str) -> None:
    headers = signed(RAW)
    headers["webhook-signature"] = headers["webhook-signature"].replace("v1,", version)
    with pytest.raises(Unverified, match="no_match"):
        verify(MAGENTO, headers, RAW, NOW)


def test_a_body_with_one_letter_changed_is_unverified() -> None:
    with pytest.raises(Unverified, match="no_match"):
        verify(MAGENTO, signed(RAW), RAW.replace(b"MUG", b"MUH"), NOW)


@pytest.mark.parametrize("key", [KEY, b"k" * 32], ids=["new secret", "old secret"])
def test_every_secret_is_accepted_during_a_rotation(key: bytes) -> None:
    assert verify(ROTATING, signed(RAW, key=key), RAW, NOW) == "msg_1"


def test_a_removed_secret_is_no_longer_accepted() -> None:
    with pytest.raises(Unverified, match="no_match"):
        verify(MAGENTO, signed(RAW, key=b"k" * 32), RAW, NOW)


def test_one_valid_signature_among_several_is_enough() -> None:
    headers = signed(RAW)
    headers["webhook-signature"] = f"v1,{'A' * 44} v1a,xyz {headers['webhook-signature']}"
    assert verify(MAGENTO, headers, RAW, NOW) == "msg_1"


@pytest.mark.parametrize(
    "secret, key",
    [
        ("a plain text shared secret", b"a plain text shared secret"),
        (base64.b64encode(KEY).decode(), KEY),
        (base64.b64encode(KEY).decode(), base64.b64encode(KEY)),
        (SECRET.rstrip("="), KEY),
    ],
    ids=["text", "base64 read by a library", "base64 taken as text", "whsec_ without padding"],
)
def test_a_secret_is_read_in_every_way_in_which_senders_read_it(secret: str, key: bytes) -> None:
    connection = replace(MAGENTO, secrets=(Secret(secret),))
    assert verify(connection, signed(RAW, key=key), RAW, NOW) == "msg_1"


def test_a_whsec_secret_is_never_used_as_text() -> None:
    with pytest.raises(Unverified, match="no_match"):
        verify(MAGENTO, signed(RAW, key=SECRET.encode()), RAW, NOW)


@given(key=st.binary(min_size=24, max_size=64), text=st.text(max_size=50), tampered=st.booleans())
def test_verification_agrees_with_the_reference_library(key: bytes, text: str, tampered: bool) -> None:
    """The library reads the clock itself, so the test uses the current time."""
    secret, now = f"whsec_{base64.b64encode(key).decode()}", datetime.now(UTC)
    headers = signed(text.encode(), sent=now, key=key)
    raw = text.encode() + b"!" * tampered
    connection = replace(MAGENTO, secrets=(Secret(secret),))
    if tampered:
        with pytest.raises(WebhookVerificationError):
            Webhook(secret).verify(raw, headers, json_parse=False)
        with pytest.raises(Unverified):
            verify(connection, headers, raw, now)
        return
    Webhook(secret).verify(raw, headers, json_parse=False)
    assert verify(connection, headers, raw, now) == "msg_1"


DIGEST = hmac.digest(b"a plain text shared secret", RAW, hashlib.sha256)
BASE64 = base64.b64encode(DIGEST).decode()


@pytest.mark.parametrize(
    "text",
    [
        DIGEST.hex(),
        DIGEST.hex().upper(),
        f"sha256={DIGEST.hex()}",
        f"SHA256={DIGEST.hex().upper()}",
        f"  {DIGEST.hex()} ",
        BASE64,
        BASE64.rstrip("="),
        f"sha256={BASE64}",
    ],
)
def test_an_hmac_header_may_be_hex_or_base64(text: str) -> None:
    assert verify(HMAC_HEADER, {"x-magic-signature": text}, RAW, NOW) is None


def test_an_hmac_header_may_be_sent_with_a_webhook_id() -> None:
    headers = {"x-magic-signature": BASE64, "webhook-id": "save-17"}
    assert verify(HMAC_HEADER, headers, RAW, NOW) == "save-17"


@pytest.mark.parametrize("id_", ["", "two words", "x" * 151, "é"])
def test_an_invalid_webhook_id_is_ignored(id_: str) -> None:
    assert verify(HMAC_HEADER, {"x-magic-signature": BASE64, "webhook-id": id_}, RAW, NOW) is None


@pytest.mark.parametrize(
    "text, reason",
    [
        (None, "missing_header"),
        (" ", "missing_header"),
        ("sha256=", "no_match"),
        ("sha1=" + DIGEST.hex()[:40], "no_match"),
        (DIGEST.hex()[:-1], "no_match"),
        ("0" * 64, "no_match"),
        ("ÿþ", "no_match"),
        (base64.b64encode(b"x" * 32).decode(), "no_match"),
    ],
)
def test_a_missing_or_wrong_hmac_header_is_unverified(text: str | None, reason: str) -> None:
    with pytest.raises(Unverified) as refused:
        verify(HMAC_HEADER, {} if text is None else {"x-magic-signature": text}, RAW, NOW)
    assert refused.value.reason == reason


def test_a_shop_with_an_hmac_header_accepts_no_other_signature() -> None:
    with pytest.raises(Unverified, match="missing_header"):
        verify(HMAC_HEADER, signed(RAW, key=b"a plain text shared secret"), RAW, NOW)


@given(st.dictionaries(st.sampled_from(["webhook-id", "webhook-timestamp", "webhook-signature"]), st.text()))
def test_any_headers_without_a_valid_signature_are_unverified(headers: dict[str, str]) -> None:
    with pytest.raises(Unverified):
        verify(MAGENTO, headers, RAW, NOW)


def test_a_refusal_never_quotes_a_secret() -> None:
    with pytest.raises(Unverified) as refused:
        verify(MAGENTO, {**signed(RAW), "webhook-id": "other"}, RAW, NOW)
    assert SECRET not in repr(refused.value)


@pytest.mark.parametrize("place, verified", [(1, True), (8, True), (9, False), (50_000, False)])
def test_the_first_eight_signatures_count(place: int, verified: bool) -> None:
    headers = signed(RAW)
    wrong = f"v1,{base64.b64encode(b'x' * 32).decode()}"
    headers["webhook-signature"] = " ".join([*[wrong] * (place - 1), headers["webhook-signature"], wrong])
    if verified:
        assert verify(MAGENTO, headers, RAW, NOW) == "msg_1"
        return
    with pytest.raises(Unverified, match="no_match"):
        verify(MAGENTO, headers, RAW, NOW)


@pytest.mark.parametrize(
    "change, plausible",
    [
        ({}, True),
        ({"webhook-signature": f"v1,{base64.b64encode(b'x' * 32).decode()}"}, True),
        ({"webhook-signature": f"v2,x v1,{base64.b64encode(b'x' * 32).decode()}"}, True),
        ({"webhook-signature": f"v1,{base64.b64encode(b'x' * 31).decode()}"}, False),
        ({"webhook-signature": "v1,AAAA"}, False),
        ({"webhook-signature": "v2,x"}, False),
        ({"webhook-signature": ""}, False),
        ({"webhook-id": ""}, False),
        ({"webhook-id": "two words"}, False),
        ({"webhook-timestamp": ""}, False),
        ({"webhook-timestamp": "soon"}, False),
        ({"webhook-timestamp": str(int(NOW.timestamp()) - 301)}, False),
        ({"webhook-timestamp": str(int(NOW.timestamp()) + 301)}, False),
    ],
)
def test_headers_are_plausible_if_they_may_belong_to_some_body(
    change: dict[str, str], plausible: bool
) -> None:
    headers = {**signed(b"another body"), **change}
    assert StandardSender().has_plausible_headers(MAGENTO, headers, NOW) is plausible


@pytest.mark.parametrize(
    "text, plausible",
    [
        ("ab" * 32, True),
        ("sha256=" + "ab" * 32, True),
        (base64.b64encode(b"x" * 32).decode(), True),
        ("ab" * 31, False),
        ("sha256=", False),
        ("", False),
        ("x" * 100_000, False),
    ],
)
def test_an_hmac_header_is_plausible_if_it_has_the_length_of_one(text: str, plausible: bool) -> None:
    headers = {"x-magic-signature": text}
    assert StandardSender().has_plausible_headers(HMAC_HEADER, headers, NOW) is plausible
    assert StandardSender().has_plausible_headers(HMAC_HEADER, {}, NOW) is False
