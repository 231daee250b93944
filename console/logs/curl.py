"""A call of the feed as a curl line that a person may complete: secrets stand as variables of the shell."""

from __future__ import annotations

import re
import shlex
from typing import Final

from console.web.masking import masked
from records.log.feeds import FeedRow
from tiktok.client.client import ENDPOINTS
from tiktok.listing.image_upload import PATH, UPLOAD
from tiktok.listing.sync_plan import Operation

WHOLE: Final = "app_key=$APP_KEY&timestamp=$(date +%s)&shop_cipher=$SHOP_CIPHER&sign=$SIGN"
LONGEST: Final = 3_000
"""A longer body is read from a file."""
_FROM, _TO = "\ue000", "\ue001"
"""Around the name of a variable, until the text is quoted; taken out of the text before."""


def as_curl(row: FeedRow, api_url: str, product_id: str | None) -> str | None:
    """The line; None for a webhook, and for what is no call of the product API."""
    if row.direction != "out":
        return None
    if row.operation == UPLOAD:
        return f'curl -X POST "{api_url}{PATH}?{WHOLE}" -H "x-tts-access-token: $ACCESS_TOKEN" -F data=@image.jpg'
    try:
        method, path = ENDPOINTS[Operation(row.operation)]
    except (ValueError, KeyError):
        return None
    url = f"{api_url}{path.format(product_id=product_id or '$PRODUCT_ID')}?{WHOLE}"
    line = f'curl -X {method} "{url}" -H "x-tts-access-token: $ACCESS_TOKEN"'
    if row.request:
        data = (
            "--data-binary @body.json" if len(row.request) > LONGEST else f"--data-raw {_quoted(row.request)}"
        )
        line += f" -H 'content-type: application/json' {data}"
    return line


def _quoted(body: str) -> str:
    plain = body.replace(_FROM, "").replace(_TO, "").replace("<secret>", f"{_FROM}SECRET{_TO}")
    found = shlex.quote(masked(plain, lambda name: f"{_FROM}{_variable(name)}{_TO}"))
    return found.replace(_FROM, "'\"$").replace(_TO, "\"'")


def _variable(name: str) -> str:
    """`appSecret` and `x-tts-access-token` as a shell names them."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).upper().replace("-", "_")
    return re.sub(r"[^A-Z0-9_]", "", words).removeprefix("X_TTS_") or "SECRET"
