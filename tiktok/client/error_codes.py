"""What each of TikTok's error codes means, in one table. Source: the error tables in TikTok's documentation.

A dozen failures share the code 36009004; a keyword of the message tells them apart.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final

from tiktok.client.errors import (
    NotAuthorized,
    NotFound,
    NotNow,
    Rejected,
    ShopStopped,
    Throttled,
    TikTokError,
    Transient,
    WrongStatus,
)

LONGEST_WAIT = timedelta(minutes=15)
PROMOTION = timedelta(hours=1)
"""How long to wait before another attempt while a promotion locks a price or stock."""


class Place(StrEnum):
    """Where a person can fix the cause, if the class of the error does not say it."""

    SELLER_CENTER = "seller_center"
    LISTING_TEMPLATE = "listing_template"
    WAREHOUSES = "warehouses"


@dataclass(frozen=True, slots=True)
class Meaning:
    """The error class for a code, a hint for the merchant, and how long to wait before another attempt."""

    error: type[TikTokError]
    hint: str
    wait: timedelta | None = None
    place: Place | None = None


def _rows(
    error: type[TikTokError],
    hint: str,
    *codes: int,
    wait: timedelta | None = None,
    place: Place | None = None,
) -> dict[int, Meaning]:
    return dict.fromkeys(codes, Meaning(error, hint, wait, place))


MEANING: Final[Mapping[int, Meaning]] = {
    # the gateway and authorization
    **_rows(NotAuthorized, "The shop's access token has expired. Authorize the shop again.", 105002, 105001),
    **_rows(
        ShopStopped,
        "The token does not belong to this shop. Check the shop cipher and authorize the shop again.",
        101000,
    ),
    **_rows(ShopStopped, "The app lacks a permission. Grant it in TikTok's Partner Center.", 105005),
    **_rows(ShopStopped, "The app secret is wrong. Copy it again from the Partner Center.", 106001),
    **_rows(ShopStopped, "The shop cipher is missing. Apply the shop's settings again.", 106013),
    **_rows(
        ShopStopped, "This server's address is not on the app's allow list. Add it in TikTok's Partner Center.",
        36009033,
    ),
    **_rows(
        ShopStopped, "The shop or its seller is inactive on TikTok.", 36009043, 36009044, 12052700,
        12019004,
        place=Place.SELLER_CENTER,
    ),
    **_rows(NotAuthorized, "The authorization has ended. Authorize the shop again.", 36004004, 36004005, 36004001),
    **_rows(ShopStopped, "TikTok no longer supports this call. Update this software.", 36009014, 36009009, 36009010),
    **_rows(Throttled, "TikTok's rate limit was reached. Calls slow down automatically.", 36009002),
    **_rows(Throttled, "The test shop's hourly limit is reached.", 36009037, wait=LONGEST_WAIT),
    **_rows(Transient, "TikTok had an internal error.", 36009003, 36009007, 12001000, 12052881, 33001002),
    **_rows(
        Rejected, "TikTok rejected a field; its message names it.", 98001004, 36009021, 36009022, 36009023, 12052910,
        12052990, 11050001,
    ),
    # not found, or of another shop
    **_rows(
        NotFound, "The product is no longer on TikTok, or does not belong to this shop.", 12019150, 12052260, 12052032,
        12019008, 12052031, 12052034, 12052048,
    ),
    **_rows(
        Rejected, "The variant on TikTok is not the expected one.", 12052557, 12052036, 12052553, 12019022,
    ),
    # state, frozen, in audit
    **_rows(
        WrongStatus, "The product's status on TikTok does not allow this now.", 12052901, 12019113, 12052308, 12052332,
        12052371, 12052488, 12052163, 12052922, 12052547,
    ),
    # batches and paging
    **_rows(
        Rejected, "A request was larger than TikTok accepts.", 12019120, 12019027, 12019087, 12019015, 12019108,
        12019109, 12052180,
    ),
    # title and description
    **_rows(
        Rejected, "TikTok rejected the title. Shorten or reword the product's name.", 12052261, 12052051, 12052262,
        12052263, 12052931,
    ),
    **_rows(
        Rejected, "TikTok rejected the description. Simplify it.", 12052015, 12052013, 12019006, 12052056,
        12052344, 12052345, 12052348, 12052349, 12052350, 12052352, 12052340, 12052341, 12052342, 12052343, 12052932,
    ),
    # category, attributes, variants
    **_rows(
        Rejected, "Choose another TikTok category in the listing template.", 12052002, 12052023, 12052024, 12052025,
        12052230, 12052217, 12052220, 12052221, 12052223, 12052225, 12052226, 12052227, 12052446, 12052222,
        place=Place.LISTING_TEMPLATE,
    ),
    **_rows(
        Rejected, "Map the attribute that TikTok names in the listing template.", 12052104, *range(12052241, 12052257),
        12052182, 12052183, 12052935, 12052105, place=Place.LISTING_TEMPLATE,
    ),
    **_rows(
        Rejected, "TikTok rejected the variants.", 12052525, 12052526, 12052527, 12052529, 12052528,
        12052550, 12052560, 12052559, 12052050, 12052558, 12019056, 12019057, 12019019, 12052522, 12052902, 12052933,
        12052934,
    ),
    # seller SKU and ids
    **_rows(
        Rejected, "TikTok rejected the SKU. It accepts 1 to 50 characters without spaces.", 12019059, 12052054,
    ),
    **_rows(
        Rejected, "TikTok rejected the product's identifier.", 12052591, 12052592, 12052593, 12052598, 12052600,
        12052369,
    ),
    **_rows(Rejected, "Another TikTok product already carries this Magento product's id.", 12052996),
    # price
    **_rows(
        Rejected, "TikTok rejected the price.", 12052571, 12052012, 12052073, 12052092, 12052572, 12052570,
        12052084, 12052096, 12052375, 12052376, 12052383, 12052424,
    ),
    **_rows(
        NotNow, "A promotion locks the price; it is sent when the promotion ends.", 12019045, 12052038, wait=PROMOTION,
    ),
    # inventory and warehouses
    **_rows(WrongStatus, "The seller changed the warehouses of the product on TikTok.", 12019028),
    **_rows(Rejected, "TikTok rejected the quantity.", 12019024, 12052055),
    **_rows(
        Rejected, "Check the shop's warehouses on TikTok and in its settings here.", 12052097, 12052530,
        12052531, 12052532, 12052533, 12052534, 12052555, 12052094, 12052115, 12052535, 12052921, 12052037,
        place=Place.WAREHOUSES,
    ),
    **_rows(
        NotNow, "A promotion locks the stock; it is sent when the promotion ends.", 12052393, wait=PROMOTION,
    ),
    # images, files, package, brand
    **_rows(
        Rejected, "TikTok rejected an image. Check the listing template's image.", 12052028, 12052300, 12052301,
        12052302, 12052304, 12052305, 12052306, 12052520, 12052521, 12052523, 12052524, 12052356, 12052357, 12052722,
        12038002, 12038004, 12038015, 12038005, 12038014, 12019116, 12052360, place=Place.LISTING_TEMPLATE,
    ),
    **_rows(
        Rejected, "Check the package weight and dimensions in the listing template.", 12019011, 12052006, 12052181,
        12019012, 12052003, 12052004, 12052005, 12052116, 12052915, 12052916, 12019060, 12019061,
        place=Place.LISTING_TEMPLATE,
    ),
    **_rows(
        Rejected, "Check the brand in the listing template.", 12019013, 12052026, 12052200, 12052201, 12052208,
        place=Place.LISTING_TEMPLATE,
    ),
    # the seller and their quotas
    **_rows(
        NotNow, "The shop's daily listing limit is reached. Uploads continue when TikTok accepts new listings again.",
        12052093, 12052109, 12019068,
    ),
    **_rows(
        Rejected, "Finish the shop's open tasks in TikTok Seller Center first.", 12052419, 12052402, 12019114,
        12009014, 12019215, 12052585, 12052703, 12052995, place=Place.SELLER_CENTER,
    ),
}  # fmt: skip
"""The meaning of each code that is handled. For 36009004 see `_KEYWORDS`."""

SHARED_CODE, CHECK_FAILED = 36009004, 12052990
_KEYWORDS: Final = (
    ("x-tts-access-token", Meaning(NotAuthorized, "The access token was revoked. Authorize the shop again.")),
    ("app_key", Meaning(ShopStopped, "TikTok does not know the app key. Check it in the Partner Center.")),
    ("timestamp", Meaning(ShopStopped, "This server's clock is wrong. Correct it.")),
    (r"\bsign(ature)?\b", Meaning(ShopStopped, "The signature is missing or wrong. Check the app secret.")),
    ("credentials", Meaning(ShopStopped, "The signature is missing or wrong. Check the app secret.")),
    (
        "shop_cipher",
        Meaning(ShopStopped, "TikTok does not accept a shop cipher for this call. Update this software."),
    ),
    ("api version", Meaning(ShopStopped, "TikTok no longer supports this call. Update this software.")),
)
_UNKNOWN_CODE = Meaning(Rejected, "TikTok rejected the call; its message says why.")


def meaning_of(code: int, message: str, http_status: int) -> Meaning:
    """Return the meaning of a code. The meaning of an undocumented code follows from the HTTP status."""
    if code == SHARED_CODE:
        text = message.lower()
        if "required field" in text:
            return _UNKNOWN_CODE
        return next((meaning for words, meaning in _KEYWORDS if re.search(words, text)), _UNKNOWN_CODE)
    if code in MEANING:
        return MEANING[code]
    if http_status == 429:
        return MEANING[36009002]
    return MEANING[36009003] if http_status >= 500 else _UNKNOWN_CODE
