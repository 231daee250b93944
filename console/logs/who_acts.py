"""Who does something about an answer of TikTok, by the kind of error that its code means. Pure."""

from __future__ import annotations

from tiktok.client.error_codes import Meaning
from tiktok.client.errors import Gone, NotAuthorized, ShopStopped, Transient, Waiting, WrongState

NOBODY = "No action needed: it is retried automatically."


def who_acts(meaning: Meaning) -> str:
    """In a sentence: the merchant in Magento, in the Seller Center or here, an admin, or nobody."""
    error, hint = meaning.error, meaning.hint
    if issubclass(error, Transient | Waiting):
        return NOBODY
    if issubclass(error, NotAuthorized):
        return "An admin must authorize the shop again in Settings; until then its listings wait."
    if issubclass(error, ShopStopped):
        if "inactive" in hint:
            return "The merchant, in TikTok Seller Center; until then the shop's listings wait."
        return "Whoever runs this installation; until then the shop's listings wait."
    if issubclass(error, Gone | WrongState) or "Seller Center" in hint:
        return "The merchant must check the product in TikTok Seller Center."
    if "template" in hint:
        return "The merchant must change the product's listing template."
    if "warehouses" in hint:
        return "The merchant in TikTok Seller Center, and an admin in the shop's settings."
    return "The merchant must change the product in Magento; the next save is sent."
