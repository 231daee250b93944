"""What the reasons of dead letters mean, and what to do: the engine's, and those for which the door quarantines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_AS_IT_IS: Final = "It was quarantined unchanged."

MEANINGS: Final[Mapping[str, str]] = {
    "unreadable_event": "The record is not a product event: another program, or a newer version, writes to the topic.",
    "unsigned": (
        "The record has no signature of ours: another tool writes to the topic, or it lay there before an upgrade. "
        "Look at what it says; redriving vouches for it. For the time of an upgrade: M2T_EVENT_SIGNATURES."
    ),
    "wrong_signature": (
        "The record was changed on its way, written by somebody without our key, or signed with an earlier or a newer "
        "key than the consumer has. Find out who can write to the topic; only then redrive, which vouches for it."
    ),
    "unknown_shop": "The event is of a shop that is not connected. Connect it, then redrive.",
    "intake_failed": "Handling the event failed. After an update of this software it may go through: redrive.",
    "exhausted": "The listing failed ten times while other calls of its shop succeeded. Its product page says why.",
    "not_json": f"The webhook's body is not JSON. Mend the template that makes it in Magento. {_AS_IT_IS}",
    "not_an_object": f"The webhook's body is JSON, but no object that tells of a product. {_AS_IT_IS}",
    "too_deep": f"The webhook's body is nested deeper than any product is. {_AS_IT_IS}",
    "number_too_large": "The webhook has a number that would be rounded. Send it as text, then edit and redrive these.",
    "unknown_event": "The webhook calls its event by a name that is not followed. Take that event off in Magento.",
    "names_no_product": "The webhook tells neither a SKU nor an entity id. Add one of them to what Magento sends.",
    "invalid_sku": "The webhook's SKU is none that can be kept. Mend it in Magento, or edit and redrive.",
    "invalid_entity_id": "The webhook's entity id is no number of a product.",
    "invalid_store_id": "The webhook's store id is no number of a store view.",
    "invalid_original": "What the webhook tells of the product as it was is no object.",
    "tells_no_stock": "The webhook is called a stock event, but tells neither a quantity nor whether it is in stock.",
    "tells_no_attributes": "The webhook is a mass update that does not say which attributes changed.",
    "too_many_products": "The webhook names more products than are taken at once. Send fewer with each.",
}
"""By reason."""
