"""JSON as PHP's plain `json_encode` writes it: no spaces, `/` as `\\/`, non-ASCII as `\\uXXXX`, 10.0 as 10.

A receiver must verify the signature over these bytes: parsing and writing the body again changes them.
"""

from __future__ import annotations

import json


def encode(document: object) -> bytes:
    """Return the document's bytes."""
    text = json.dumps(document, ensure_ascii=True, separators=(",", ":"), allow_nan=False)
    return text.replace("/", "\\/").encode("ascii")


def number(text: str | None) -> int | float:
    """Return a stored decimal as PHP prints that float: 92.000000 -> 92, 49.990000 -> 49.99; no value is 0."""
    value = float(text or 0)
    return int(value) if value.is_integer() else value
