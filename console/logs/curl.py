"""A TikTok call of the feed log as a curl command, with shell variables in place of secrets."""

from __future__ import annotations

import re
import shlex
from typing import Final

from console.web.masking import masked
from records.log.feeds import FeedRow
from tiktok.client.client import ENDPOINTS, PAGE_SIZE
from tiktok.listing.image_upload import PATH, UPLOAD
from tiktok.listing.sync_plan import Operation

WHOLE: Final = "app_key=$APP_KEY&timestamp=$(date +%s)&shop_cipher=$SHOP_CIPHER&sign=$SIGN"
_QUERIES: Final = {
    Operation.GET: "&return_under_review_version=true",
    Operation.SEARCH: f"&page_size={PAGE_SIZE}",
}
"""What the client asks for besides. It repeats a `get` without this where TikTok has no version under review."""
LONGEST: Final = 3_000
"""A longer body is read from a file instead."""
_FROM, _TO = "\ue000", "\ue001"
"""Mark the name of a variable until the text is quoted. Private-use characters, removed from the text before."""


def as_curl(row: FeedRow, api_url: str, product_id: str | None) -> str | None:
    """Return the command; None for a webhook, and for a call outside the product API."""
    if row.direction != "out":
        return None
    if row.operation == UPLOAD:
        return f'curl -X POST "{api_url}{PATH}?{WHOLE}" -H "x-tts-access-token: $ACCESS_TOKEN" -F data=@image.jpg'
    try:
        method, path = ENDPOINTS[Operation(row.operation)]
    except (ValueError, KeyError):
        return None
    query = _QUERIES.get(Operation(row.operation), "")
    url = f"{api_url}{path.format(product_id=product_id or '$PRODUCT_ID')}?{WHOLE}{query}"
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
    """Return a shell variable's name for `appSecret` or `x-tts-access-token`."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).upper().replace("-", "_")
    return re.sub(r"[^A-Z0-9_]", "", words).removeprefix("X_TTS_") or "SECRET"
