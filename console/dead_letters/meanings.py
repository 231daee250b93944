"""What each reason of dead letters means, and what to do about it: the consumer's and the endpoint's reasons."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_AS_IT_IS: Final = "It was quarantined without the content of uploaded files, else unchanged."

MEANINGS: Final[Mapping[str, str]] = {
    "unreadable_event": "The record is not a product event: another program, or a newer version, writes to the topic.",
    "unsigned": (
        "The record has no signature of this system: another tool wrote it, or it is older than an upgrade. Check its "
        "content: redriving signs it. During an upgrade, see M2T_EVENT_SIGNATURES."
    ),
    "wrong_signature": (
        "The record was changed after it was signed, written without our key, or signed with an older or newer key "
        "than the consumer has. Find out who can write to the topic before you redrive: redriving signs it."
    ),
    "unknown_shop": "The event's shop is not connected. Connect it, then redrive.",
    "intake_failed": "Processing the event failed. Try again after an update of this software.",
    "exhausted": "The listing failed ten times while other calls of its shop succeeded. Its product page says why.",
    "not_json": f"The webhook's body is not JSON. Correct its template in Magento. {_AS_IT_IS}",
    "not_an_object": f"The webhook's body is JSON, but not an object with product data. {_AS_IT_IS}",
    "too_deep": f"The webhook's body is nested deeper than any product is. {_AS_IT_IS}",
    "too_many_values": "The webhook's body has more values than any product has. Send fewer products per webhook.",
    "record_too_large": (
        "The webhook is larger than 4 MiB, also without the content of uploaded files, and only the start of its body "
        "is kept. Send fewer products per webhook, or leave long attributes out, then save the products again."
    ),
    "number_too_large": "The webhook has a number that would be rounded. Send it as text, then edit and redrive these.",
    "unknown_event": "The webhook's event is not supported. Remove this event from the webhook in Magento.",
    "names_no_product": (
        "The webhook has neither a SKU nor an entity id. Add one of them in Magento. A stock item's own id is not its "
        "product's: it needs product_id or sku."
    ),
    "invalid_sku": "The webhook's SKU is not valid. Correct it in Magento, or edit it here and redrive.",
    "invalid_entity_id": "The webhook's entity id is not the number of a product.",
    "invalid_store_id": "The webhook's store id is not the number of a store view.",
    "invalid_original": "The webhook's original product data is not an object.",
    "tells_no_stock": "The stock event has neither a quantity nor a stock status. Add one of them in Magento.",
    "tells_no_attributes": "The webhook is a mass update that does not say which attributes changed.",
    "tells_nothing": (
        "The webhook names products, but does not say what changed: Magento's own event of a mass change of websites "
        "does not. Send the product data, or website_ids and action; else save the products in Magento once."
    ),
    "too_many_products": "The webhook contains too many products. Send fewer products per webhook.",
}
"""The meaning of each reason code."""
