"""Signing: the expected digests were computed with OpenSSL from TikTok's description."""

from __future__ import annotations

import pytest

from tiktok.client.signing import sign

SECRET = "m4gent0-t1kt0k"
COMMON = {"app_key": "6a7b8c", "timestamp": "1795521600"}
CIPHER = {"shop_cipher": "GCP_9fX"}
BODY = b'{"product_ids":["1729592969712207008"]}'


@pytest.mark.parametrize(
    ("path", "query", "body", "content_type", "digest"),
    [
        ("/authorization/202309/shops", COMMON, b"", "application/json",
         "c6369fa94702f6176215abb9ef19da8b0fe308344f6fb310a3ee3b8113878aea"),
        # decoded values, in the order of their names
        ("/product/202502/products/search",
         {"shop_cipher": "GCP_9fX", "page_token": "b2Zmc2V0PTEw+/==", **COMMON, "page_size": "100"},
         b'{"seller_skus":["SHIRT-M"],"status":"ALL"}', "application/json",
         "b31ca513346688304cc83f3bd8fa5151d08be285141cafb2090cdb889f30972e"),
        # the bytes as they are sent
        ("/product/202309/products", {**COMMON, **CIPHER}, '{"title":"Größe M – Leinen"}'.encode(),
         "application/json; charset=utf-8",
         "8211b0f860b7f54b2b47e8846e6f94c09df1126c2730adf1927dba434912cb8f"),
        # a DELETE's body too
        ("/product/202309/products", {**COMMON, **CIPHER}, BODY, "application/json",
         "99b670619409b81ad770984bdfe4b37790427500a72b77e6f7ab333e5ce1968b"),
        # neither the signature itself nor a token
        ("/product/202309/products", {**COMMON, **CIPHER, "sign": "abc", "access_token": "TTP_x"}, BODY,
         "application/json",
         "99b670619409b81ad770984bdfe4b37790427500a72b77e6f7ab333e5ce1968b"),
        # not the body of an upload, whatever its boundary
        ("/product/202309/images/upload", COMMON, b"--x\r\n...", "multipart/form-data; boundary=x",
         "139b4074e00d0aae698c4e48950006bec686a28458072c130ef6c736b5465050"),
        ("/product/202309/images/upload", COMMON, b"--y\r\n...", "Multipart/Form-Data",
         "139b4074e00d0aae698c4e48950006bec686a28458072c130ef6c736b5465050"),
    ],
)  # fmt: skip
def test_a_request_is_signed(
    path: str, query: dict[str, str], body: bytes, content_type: str, digest: str
) -> None:
    assert sign(SECRET, path, query, body, content_type) == digest


@pytest.mark.parametrize(
    "other",
    [
        {"app_secret": "another"},
        {"path": "/product/202309/products/1"},
        {"query": {**COMMON, "shop_cipher": "GCP_other"}},
        {"body": BODY + b" "},
    ],
)
def test_any_change_changes_the_signature(other: dict[str, object]) -> None:
    request: dict[str, object] = {
        "app_secret": SECRET,
        "path": "/product/202309/products",
        "query": {**COMMON, **CIPHER},
        "body": BODY,
    }
    assert sign(**{**request, **other}) != sign(**request)  # type: ignore[arg-type]
