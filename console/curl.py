"""A call of the feed as a curl line that a person may complete: secrets stand as variables of the shell."""

from __future__ import annotations

import shlex
from typing import Final

from console.masking import masked
from records.feeds import FeedRow
from tiktok.images import PATH, UPLOAD
from tiktok.plan import Operation
from tiktok.shop import ENDPOINTS

WHOLE: Final = "app_key=$APP_KEY&timestamp=$(date +%s)&shop_cipher=$SHOP_CIPHER&sign=$SIGN"


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
        line += f" -H 'content-type: application/json' --data-raw {shlex.quote(masked(row.request))}"
    return line
