"""Reason codes: stable names for the reasons of a decision, used in metrics, logs, records and screens."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Reason(StrEnum):
    """Why a decision was made, in the order of the decision table."""

    STALE_EVENT = "stale_event"
    OTHER_STORE_VIEW = "other_store_view"
    UPDATE_OFF = "update_off"
    PRODUCT_DELETED = "product_deleted"
    PRODUCT_DISABLED = "product_disabled"
    NOT_IN_WEBSITE = "not_in_website"
    NOT_VISIBLE_INDIVIDUALLY = "not_visible_individually"
    UNREAD_GATE = "unread_gate"
    NO_LISTING_TEMPLATE_MATCHES = "no_listing_template_matches"
    UNSUPPORTED_TYPE = "unsupported_type"
    UPLOAD_OFF = "upload_off"
    EXISTED_BEFORE_UPLOAD = "existed_before_upload"
    GONE_ON_TIKTOK = "gone_on_tiktok"
    NEW_PRODUCT = "new_product"
    UPLOAD_REQUESTED = "upload_requested"
    BECAME_ELIGIBLE = "became_eligible"
    TEMPLATE_CHANGED = "template_changed"
    SYNC_REQUESTED = "sync_requested"
    POLICY_CHANGED = "policy_changed"
    NOTHING_CHANGED = "nothing_changed"
    NOT_ACCEPTED_YET = "not_accepted_yet"
    NO_OBSERVED_ATTRIBUTE_CHANGED = "no_observed_attribute_changed"
    INVENTORY_PRICE_SYNC_OFF = "inventory_price_sync_off"
    OBSERVED_ATTRIBUTE_CHANGED = "observed_attribute_changed"
    ATTRIBUTE_CHANGED = "attribute_changed"
    FIRST_SEEN = "first_seen"


INELIGIBLE: Final = frozenset(
    {
        Reason.PRODUCT_DELETED,
        Reason.PRODUCT_DISABLED,
        Reason.NOT_IN_WEBSITE,
        Reason.NOT_VISIBLE_INDIVIDUALLY,
        Reason.NO_LISTING_TEMPLATE_MATCHES,
        Reason.UNSUPPORTED_TYPE,
    }
)
"""The reasons of rows 5 to 8. While one of them holds, a listed product is marked ineligible."""

HOLDING: Final = frozenset({Reason.UNREAD_GATE})
"""The reasons for which a product is held until somebody corrects what Magento sends."""
