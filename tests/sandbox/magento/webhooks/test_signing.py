"""The signature of each webhook."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook, WebhookVerificationError

from sandbox.magento.errors import InvalidChange
from sandbox.magento.webhooks.signing import Encoding, Scheme, Target, signed_headers
from tests.sandbox.magento.webhook_receiver import SECRET

URL = "http://127.0.0.1:7310/webhooks/magento/demo"


def test_the_signature_matches_the_published_example() -> None:
    target = Target(URL, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    headers = signed_headers(target, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


@given(
    key=st.binary(min_size=24, max_size=64),
    document=st.dictionaries(st.text(), st.one_of(st.text(), st.integers(), st.none())),
)
def test_the_public_package_verifies_every_signature(key: bytes, document: dict[str, object]) -> None:
    secret = f"whsec_{base64.b64encode(key).decode()}"
    body = json.dumps(document).encode()
    now = int(datetime.now(UTC).timestamp())
    assert Webhook(secret).verify(body, signed_headers(Target(URL, secret), "msg_1", now, body)) == document


@pytest.mark.parametrize(
    "changed",
    [{"webhook-id": "msg_2"}, {"webhook-timestamp": "1"}, {"webhook-signature": "v1,bm8="}],
)
def test_a_changed_header_fails_verification(changed: dict[str, str]) -> None:
    headers = signed_headers(Target(URL, SECRET), "msg_1", int(datetime.now(UTC).timestamp()), b"{}")
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(b"{}", {**headers, **changed})


@pytest.mark.parametrize(
    ("encoding", "prefix", "expected"),
    [
        (Encoding.HEX, "", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
        (Encoding.HEX, "sha256=", "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
        (Encoding.BASE64, "", "W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM="),
    ],
)
def test_a_custom_header_has_the_hmac_of_rfc_4231(encoding: Encoding, prefix: str, expected: str) -> None:
    target = Target(URL, "Jefe", Scheme.HMAC_HEADER, "x-shop-proof", encoding, prefix)
    headers = signed_headers(target, "msg_1", 0, b"what do ya want for nothing?")
    assert headers == {"x-shop-proof": expected}


def test_the_secret_is_never_shown() -> None:
    target = Target(URL, SECRET)
    assert SECRET not in repr(target)
    assert SECRET not in str(target.to_public_json())


@pytest.mark.parametrize("scheme", Scheme)
def test_a_target_survives_serialization(scheme: Scheme) -> None:
    target = Target(URL, SECRET, scheme, "x-proof", Encoding.BASE64, "sha256=", sku_prefix="24-")
    assert Target.from_json(target.to_json()) == target


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (["not", "an", "object"], "an object"),
        ({"secret": SECRET}, "an object"),
        ({"url": "ftp://127.0.0.1/", "secret": SECRET}, "http or https"),
        ({"url": URL}, "it is missing"),
        ({"url": URL, "secret": "letmein"}, "whsec_"),
        ({"url": URL, "secret": "whsec_c2hvcnQ="}, "24 to 64"),
        ({"url": URL, "secret": SECRET, "scheme": "md5"}, "standard_webhooks or hmac_header"),
        ({"url": URL, "secret": SECRET, "scheme": "hmac_header", "encoding": "octal"}, "hex or base64"),
        ({"url": URL, "secret": SECRET, "header": "two words"}, "not a header name"),
        ({"url": URL, "secret": SECRET, "colour": "red"}, "has no colour"),
        ({"url": URL, "secret": SECRET, "events": ["product.saved"]}, "'product.saved' is not a valid Event"),
        ({"url": URL, "secret": SECRET, "stock_with_saves": "yes"}, "neither true nor false"),
    ],
)
def test_an_invalid_target_is_rejected(document: object, message: str) -> None:
    with pytest.raises(InvalidChange, match=message):
        Target.from_json(document)
