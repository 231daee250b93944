"""Who can fix an error that TikTok answered, by the kind of error. Pure."""

from __future__ import annotations

from tiktok.client.error_codes import Meaning, Place
from tiktok.client.errors import NotAuthorized, NotFound, NotNow, ShopStopped, Transient, WrongStatus

RETRIED = "No action needed: it is retried automatically."


def who_acts(meaning: Meaning) -> str:
    """Return a sentence that says who acts: the merchant in Magento, Seller Center or here, an admin, or no one."""
    error, place = meaning.error, meaning.place
    if issubclass(error, Transient | NotNow):
        return RETRIED
    if issubclass(error, NotAuthorized):
        return "An admin must authorize the shop again in Settings; until then its listings wait."
    if issubclass(error, ShopStopped):
        if place is Place.SELLER_CENTER:
            return "The merchant, in TikTok Seller Center; until then the shop's listings wait."
        return "Whoever runs this installation; until then the shop's listings wait."
    if issubclass(error, NotFound | WrongStatus) or place is Place.SELLER_CENTER:
        return "The merchant must check the product in TikTok Seller Center."
    if place is Place.LISTING_TEMPLATE:
        return "The merchant must change the product's listing template."
    if place is Place.WAREHOUSES:
        return "The merchant in TikTok Seller Center, and an admin in the shop's settings."
    return "The merchant must change the product in Magento; the next save is sent."
