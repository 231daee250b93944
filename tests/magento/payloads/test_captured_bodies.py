"""Bodies that a real Magento sent, where they stand beside the project: each is read, or refused for a known reason."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from magento.payloads.product_identity import NotAProduct
from magento.payloads.product_payload import read
from schemas.product_event import EventKind

ACTS = sorted(Path(__file__).parents[3].glob("../shared/samples/magento-real/events/*.json"))
REFUSED = {"unknown_event", "tells_nothing"}


def bodies(act: Path) -> Iterator[tuple[str, dict[str, object]]]:
    """Yield the name and the body of each event whose body was captured."""
    for event in json.loads(act.read_text()):
        if isinstance(event["body"], dict):
            yield event["event"], event["body"]


if ACTS:

    @pytest.mark.parametrize("act", ACTS, ids=lambda act: act.stem)
    def test_every_captured_body_is_read_or_refused_for_a_known_reason(act: Path) -> None:
        for name, body in bodies(act):
            try:
                payloads = read(body)
            except NotAProduct as refused:
                assert refused.reason in REFUSED, name
                continue
            product = body.get("product")
            assert "base64" not in json.dumps(
                [(payload.attributes, payload.original) for payload in payloads]
            )
            if isinstance(product, dict):
                (payload,) = payloads
                is_stock_item = payload.kind is EventKind.STOCK_CHANGED
                assert payload.entity_id == product["product_id" if is_stock_item else "entity_id"], name
                assert payload.kind is EventKind.SAVED or "save_after" not in name or is_stock_item
