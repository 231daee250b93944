"""Masking: a response that quotes one of our secrets, in any encoding, is recorded without it."""

from __future__ import annotations

import json
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest

from schemas.secret import Secret
from tiktok.client.exchange import masked

TOKEN = "TTP_a+b/c=d&e-0123456789_?~xyz"


@pytest.mark.parametrize(
    "write",
    [
        str,
        quote,
        quote_plus,
        lambda text: quote(text, safe=""),
        lambda text: quote(text, safe="").replace("%2B", "%2b").replace("%2F", "%2f").replace("%3D", "%3d")
        .replace("%26", "%26").replace("%3F", "%3f"),
        lambda text: json.dumps(text).replace("/", "\\/"),
        lambda text: json.dumps(text).replace("&", "\\u0026"),
        lambda text: text.encode().hex(),
        lambda text: text.encode().hex().upper(),
    ],
)  # fmt: skip
def test_a_secret_is_masked_in_every_encoding(write: Callable[[str], str]) -> None:
    text = f"The token {write(TOKEN)} is bad."
    assert masked(text.encode(), [Secret(TOKEN)]).decode().replace('"', "") == "The token <secret> is bad."


@pytest.mark.parametrize("encode", [b64encode, urlsafe_b64encode])
@pytest.mark.parametrize("before", range(4))
@pytest.mark.parametrize("behind", range(4))
def test_of_a_secret_in_base64_only_the_ends_remain(
    encode: Callable[[bytes], bytes], before: int, behind: int
) -> None:
    raw = encode(b"x" * before + TOKEN.encode() + b"y" * behind)
    left = masked(raw, [Secret(TOKEN)])
    assert b"<secret>" in left
    assert len(left.replace(b"<secret>", b"")) <= 4 * 4


def test_other_text_is_not_masked() -> None:
    value = b'{"message": "The title is empty.", "code": 12052261}'
    assert masked(value, [Secret(TOKEN), Secret("short")]) == value
